"""Where a table begins: reports have titles, dates and empty lines above the names of columns, and
some have those in two lines: "Patient" over "First", "Last" and "Phone".
"""

import re
from collections.abc import Collection, Sequence

from bot.batches.reading.cell_words import phrases, words_of
from bot.batches.reading.column_names import NAMES, VAGUE_NUMBERS, spelled
from bot.batches.reading.fields import WHOSE
from bot.batches.reading.header_words import protective_field
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
        names = {spelled(cell) for cell in cells if cell}
        has_number = bool(names & (_NUMBERS | ours))
        if index == 0 and has_number:
            return 0
        if len(names & (_KNOWN | ours)) < 2 or any(map(_VALUE.fullmatch, cells)):
            continue
        if has_number:
            return index
        candidates.append(index)
    return candidates[0] if candidates else _of_one_column(lines[:LOOKED_AT], _ALONE | ours)


def names_in_two_lines(
    lines: Sequence[Sequence[str]], at: int
) -> tuple[int, tuple[str, ...]] | None:
    """Which line is the second of two that hold the names of columns, and those names, where the
    one `at` this place is one of them.
    """
    if at and (names := joined_header(lines[at - 1], lines[at])):
        return at, names
    if at + 1 < len(lines):
        above, below = lines[at], lines[at + 1]
        fills = any(under and not over for over, under in zip(above, below, strict=False))
        fills = fills or len(set(filter(None, above))) < len(list(filter(None, above)))
        if fills and (names := joined_header(above, below)):
            of_columns = sum(map(_means_something, filter(None, below)))
            if max(of_columns, sum(map(_means_something, set(names) - set(above)))) > 1:
                return at + 1, names
    return None


def joined_header(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...] | None:
    """The names of columns that stand in two lines, of which the first may hold titles of several
    columns. None: what stands above are no names.

    A column has both names, "Phone Home"; the lower one alone where the upper one adds nothing
    ("Patient" over "First"), and the upper one alone where the lower one is empty. Whose name and
    number stand under "Emergency contact" is thus not forgotten.
    """
    width = max(len(above), len(below))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*below, *[""] * (width - len(below))]
    titles = [cell for cell in upper if cell]
    if len(titles) < 2 or len(list(filter(None, lower))) < 2 or _holds_values((*upper, *lower)):
        return None
    names, known, title = [], False, ""
    for over, under in zip(upper, lower, strict=True):
        title = over or title
        if not under:
            names.append(over)
            known = known or _means_something(over)
            continue
        adds = title and (_means_something(f"{title} {under}") or not _says_nothing(title))
        protects = protective_field(under) is not None
        both = f"{title} {under}"
        if adds and not (protects and not _means_something(both)):
            names.append(both)
        else:
            names.append(under)
        known = known or bool(title) and (_says_nothing(title) or _means_something(both))
    return tuple(names) if known else None


def _holds_values(cells: Sequence[str]) -> bool:
    return any(_VALUE.fullmatch(cell) or sum(map(str.isdigit, cell)) > 6 for cell in cells)


def _means_something(name: str) -> bool:
    plain = spelled(name)
    if not any(map(str.isalpha, plain)):
        return False
    whose, _, rest = plain.partition(" ")
    known = plain in _KNOWN or whose in WHOSE and rest in _KNOWN
    return known or protective_field(name) is not None


def _says_nothing(title: str) -> bool:
    """Whether it is but a headline over columns whose own names say what they are."""
    return phrases("lines.groups").cover(words_of(title))


def _of_one_column(lines: Sequence[Sequence[str]], known: frozenset[str]) -> int | None:
    for index, cells in enumerate(lines):
        filled = [cell for cell in cells if cell]
        if len(filled) != 1 or _VALUE.fullmatch(filled[0]):
            return None
        if spelled(filled[0]) in known:
            return index
    return None
