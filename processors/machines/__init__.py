"""Answering machines: who has answered, and what follows. None of it is a processor."""
