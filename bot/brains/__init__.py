"""Brains: what thinks and speaks in a call. Each vendor has a folder of its own."""
