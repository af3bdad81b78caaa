"""Whether 03/04/2026 is in March or in April: by the country of its row, and by its column.

Nothing is decided by a majority alone: where a column contradicts the country of its rows, more
than the odd cell, its days that can be read in two ways are not read at all. Days with dots have
the day first, as senders who write dots have it, unless some in their column cannot.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Order = Literal["day_first", "month_first"]

# A day in numbers: three of them with the same separator.
NUMERIC = re.compile(r"(?<!\d)(\d{1,4})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{1,4})(?!\d)")

MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "VI", "AS", "MP", "PW", "FM", "MH"})
_UNCLEAR = frozenset({"CA", "PA", "KE", "GH"})  # both are in use there
_ODD = 3  # a cell is the odd one out if there are so many with it in all, or more


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A cell of a column, and where its row is."""

    cell: str
    country: str
    stated: bool  # by a cell of the row, and not by its number or the batch alone


class ColumnOrder:
    """How one column writes its days, row by row."""

    def __init__(self, seen: Iterable[Seen], *, home: str) -> None:
        """`home` is the country of the batch."""
        self._home = usual_order(home)
        self._pairs: dict[tuple[bool, Order | None], Counter[_Pair]] = {}
        for one in seen:
            if pair := _pair(one.cell):
                key = (one.stated, usual_order(one.country))
                self._pairs.setdefault(key, Counter())[pair] += 1
        self._all = _sum(self._pairs.values())
        self._told = {
            (stated, usual): self._settled(usual, stated=stated)
            for stated in (True, False)
            for usual in (*_BOTH, None)
        }

    def of(self, country: str, *, stated: bool) -> Order | None:
        """The order of a row; None: its days that can be read in two ways cannot be read."""
        return self._told[stated, usual_order(country)]

    def _settled(self, usual: Order | None, *, stated: bool) -> Order | None:
        if stated:
            return self._agreed(usual, self._pairs.get((True, usual), Counter()))
        others = {order: pairs for (stated, order), pairs in self._pairs.items() if not stated}
        if len(others) < 2:
            return self._agreed(usual, _sum(others.values()))
        if usual not in (None, self._home):
            return None  # most are of another country: their numbers do not say who wrote them
        like_home = (pairs for order, pairs in others.items() if order in (None, self._home))
        return self._agreed(self._home, _sum(like_home))

    def _agreed(self, usual: Order | None, own: "Counter[_Pair]") -> Order | None:
        """By the days of such rows; what all others prove must not be the contrary."""
        order = _settle(own, usual)
        if order is None:
            return _settle(self._all, None) if usual is None else None
        if _proofs(own, order):
            return order
        contrary = _other(order)
        objecting = _proofs(self._all, contrary) - _proofs(own, contrary)
        return None if objecting > _proofs(self._all, order) else order


class DottedOrder:
    """How one column writes its days with dots, 03.04.2026, whatever the country."""

    def __init__(self, cells: Iterable[str]) -> None:
        pairs = Counter(pair for cell in cells if (pair := _pair(cell, dotted=True)))
        month_first, day_first = (_proofs(pairs, each) for each in ("month_first", "day_first"))
        self.order: Order | None = "day_first"
        if month_first:
            self.order = None if day_first else "month_first"
        self.is_guess = self.order == "day_first" and not day_first


def order_of(cells: Iterable[str], country: str) -> Order | None:
    """How a column of rows of one country writes 03/04/2026.

    A cell like 24/11/2026 proves an order. None: the country writes both, or too many cells prove
    the contrary; then 03/04/2026 cannot be read.
    """
    return _settle(Counter(pair for cell in cells if (pair := _pair(cell))), usual_order(country))


def usual_order(country: str) -> Order | None:
    """What people of a country write; None: both."""
    if country in _UNCLEAR:
        return None
    return "month_first" if country in MONTH_FIRST else "day_first"


_Pair = tuple[int, int, int]  # day and month in some order, and the year
_BOTH: tuple[Order, Order] = ("day_first", "month_first")


def _other(order: Order) -> Order:
    return "day_first" if order == "month_first" else "month_first"


def _sum(counters: "Iterable[Counter[_Pair]]") -> "Counter[_Pair]":
    return sum(counters, Counter())


def _settle(pairs: "Counter[_Pair]", usual: Order | None) -> Order | None:
    proofs = {order: _proofs(pairs, order) for order in _BOTH}
    if usual is None:
        first, second = sorted(_BOTH, key=lambda order: proofs[order], reverse=True)
        return first if proofs[first] and proofs[second] * _ODD < proofs[first] else None
    objecting = proofs[_other(usual)]
    if not objecting:
        return usual
    if objecting * _ODD > pairs.total():
        return None
    if not proofs[usual] and _span(pairs, _other(usual)) < _span(pairs, usual):
        return None  # read the other way round they would lie closer together
    return usual


def _proofs(pairs: "Counter[_Pair]", order: Order) -> int:
    if order == "day_first":
        return sum(count for (one, two, _), count in pairs.items() if one > 12 >= two)
    return sum(count for (one, two, _), count in pairs.items() if two > 12 >= one)


def is_ambiguous(match: re.Match[str]) -> bool:
    """Whether a day in numbers may be another one with its month first."""
    one, two = int(match[1]), int(match[3])
    return len(match[1]) < 3 and one != two and max(one, two) <= 12


def _pair(cell: str, *, dotted: bool = False) -> _Pair | None:
    """Of a day that begins with day or month, with dots or without: the numbers as they stand."""
    match = NUMERIC.search(cell)
    if match is None or (match[2] == ".") != dotted or len(match[1]) > 2:
        return None
    return int(match[1]), int(match[3]), int(match[4])


def _span(pairs: Iterable[_Pair], order: Order) -> dt.timedelta:
    """From the first day to the last, if they are in that order wherever they can be."""
    days = []
    for one, two, year in pairs:
        day, month = (one, two) if order == "day_first" else (two, one)
        if month > 12:
            day, month = month, day
        try:
            days.append(dt.date(year % 100 + 2000, month, day))
        except ValueError:
            continue  # 31/02 is no day in any order
    return max(days) - min(days) if days else dt.timedelta()
