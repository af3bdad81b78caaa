"""Where a table begins: reports have titles, dates and empty lines above the names of columns."""

import re
from collections.abc import Collection, Sequence

from bot.batches.reading.column_names import NAMES, VAGUE_NUMBERS
from bot.batches.reading.spelling import normalised

LOOKED_AT = 30  # lines that hold something, from the top

_NUMBERS = frozenset(NAMES["number"]) - VAGUE_NUMBERS
_ALONE = frozenset(NAMES["number"])
_KNOWN = frozenset(name for names in NAMES.values() for name in names)
_VALUE = re.compile(r"[\d\s:/.,\-+()]{4,}")  # a date, a time, a telephone number: no name


def find_header(lines: Sequence[Sequence[str]], named: Collection[str] = ()) -> int | None:
    """Which of these lines of cells holds the names of columns; None: none is known to.

    It is the first in which two or more names are known, best the first that has one of a column
    of telephone numbers too; of a list of one column, the first that is such a name, with no
    number above it. `named` are columns that the sender has named.
    """
    ours = frozenset(map(normalised, named))
    candidates = []
    for index, cells in enumerate(lines[:LOOKED_AT]):
        names = {normalised(cell) for cell in cells if cell}
        has_number = bool(names & (_NUMBERS | ours))
        if index == 0 and has_number:
            return 0
        if len(names & (_KNOWN | ours)) < 2 or any(map(_VALUE.fullmatch, cells)):
            continue
        if has_number:
            return index
        candidates.append(index)
    return candidates[0] if candidates else _of_one_column(lines[:LOOKED_AT], _ALONE | ours)


def _of_one_column(lines: Sequence[Sequence[str]], known: frozenset[str]) -> int | None:
    for index, cells in enumerate(lines):
        filled = [cell for cell in cells if cell]
        if len(filled) != 1 or _VALUE.fullmatch(filled[0]):
            return None
        if normalised(filled[0]) in known:
            return index
    return None
