"""Cells that a spreadsheet would run as a formula, made harmless in the files we hand out."""

import re

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")  # of a telephone, or to calculate with


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it if it begins like a formula; numbers stay as they are.

    Reading such a file takes the apostrophe away again (`bot.batches.reading.delimited.clean`).
    """
    if cell.startswith(_FORMULA_SIGNS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
