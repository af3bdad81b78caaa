"""The gate before every dial: facts in, a decision with its reasons out."""
