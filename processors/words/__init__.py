"""The words that are said and listened for, in each language. None of it is a processor."""
