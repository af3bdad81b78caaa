"""Reading files: a table of people becomes contacts, and rows that are handed back."""
