"""Dialling: attempts brought to their end, each call made once, whatever dies."""
