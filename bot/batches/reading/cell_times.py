"""Days and times as people write them: read only where they can be read in one way."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.batches.reading.cell_days import BadTime, cut_day
from bot.batches.reading.cell_hours import cut_clock, read_time
from bot.batches.reading.day_order import Order, order_of

__all__ = ["BadTime", "NoClock", "Order", "Written", "are_serials", "order_of", "read_when"]

# Days since the end of 1899, as spreadsheets keep them, from 2000 to 2099; and parts of a day.
_SERIAL = re.compile(r"(3[6-9]\d{3}|[4-6]\d{4}|7[0-2]\d{3})(?:[.,](\d+))?")
_PART_OF_DAY = re.compile(r"0?[.,](\d|[6-9]\d|\d{3,})")  # 0.25 may be a quarter past midnight
_SERIAL_DAY_ONE = dt.datetime(1899, 12, 30)  # noqa: DTZ001 (a day on no clock)
# The days that programs write where there is a time alone.
_NO_DAY = re.compile(
    r"^(?:1899-12-3[01]|1900-01-0[01]|1904-01-01|0001-01-01|12/3[01]/1899|3[01]/12/1899|"
    r"3[01]\.12\.1899|0?1/0?[01]/1900|0?1\.0?1\.1900)(?:T|,?\s+)(?=\d)"
)
# "Tue Jun  1 09:00:00 EDT 2027", with which programs print a moment.
_UNIX = re.compile(
    r"([A-Za-z]{3}) +(\d{1,2}) +(\d{1,2}:\d{2}:\d{2})((?: +[A-Za-z]{1,5})?) +(\d{4})$"
)
_LONGEST = 500  # characters of a cell with a day
_TWO = re.compile(r"\s+(?:[-\u2010-\u2015~]|to|until|till|through|thru|bis|hasta|al|tot)\s+", re.I)
_Orders = tuple[Order | None, Order | None]  # of days in numbers: without dots, and with dots
_SHOWN = 200  # characters of a cell that a message repeats


class NoClock(ValueError):
    """Times without an offset, and the sender has not said on whose clock: one sentence."""

    def __init__(self, where: str = "") -> None:
        super().__init__(
            f"{where}days and times have no offset, and nothing says on which clock they are: give "
            "the time zone of your business, with --times-in America/New_York (the setting "
            "times_in), or as the agent's timezone"
        )


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a cell says, on the clock of the sender who wrote it."""

    day: dt.date | None = None
    time: dt.time | None = None
    offset: dt.timedelta | None = None  # from UTC, where the cell names one
    zones: tuple[str, ...] = ()  # or the zones, one of which it names

    @property
    def needs_clock(self) -> bool:
        """Whether it is a moment only on a clock that has to be told: it names none."""
        return self.day is not None and self.offset is None and not self.zones

    def is_on(self, zone: dt.tzinfo) -> bool:
        """Whether it is on that clock already, or names none of its own."""
        return self.offset is None and (not self.zones or self.zones == (str(zone),))

    def moment(self, zone: dt.tzinfo | None) -> dt.datetime | None:
        """That day, at its time or else at its very beginning; None without a day.

        In UTC. The clock is that of the zone, unless the cell names one of its own; of a time
        that it shows twice, the earlier.

        Raises:
            NoClock: there is neither.
            BadTime: it names several, and they show that time at different moments.
        """
        if self.day is None:
            return None
        local = dt.datetime.combine(self.day, self.time or dt.time())
        if self.offset is not None:
            return local.replace(tzinfo=dt.timezone(self.offset)).astimezone(dt.UTC)
        if self.zones:
            moments = {self._at(local, ZoneInfo(name)) for name in self.zones}
            if len(moments) > 1:
                raise BadTime(
                    f"the time may be that of {' or '.join(self.zones)}, and they differ on "
                    f"{self.day}: write which of them it is"
                )
            return moments.pop()
        if zone is None:
            raise NoClock
        return self._at(local, zone)

    @staticmethod
    def _at(local: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        return local.replace(tzinfo=zone).astimezone(dt.UTC)


def are_serials(cells: Iterable[str]) -> bool:
    """Whether a column holds nothing but a spreadsheet's inner numbers for days.

    Where it holds days in words too, the spreadsheet has not understood all of them, and may have
    taken months for days in the others.
    """
    filled = [text for cell in cells if (text := _visible(cell))]
    return bool(filled) and all(_SERIAL.fullmatch(text) for text in filled)


@lru_cache(maxsize=4096)  # the same days and times stand in many rows
def read_when(
    cell: str,
    *,
    order: Order | None,
    country: str,
    dotted: Order | None = "day_first",
    serials: bool = False,
) -> Written:
    """A day, a time, or both, from one cell. An empty cell says nothing.

    `serials` says whether its column holds a spreadsheet's inner numbers (`are_serials`).

    Raises:
        BadTime
    """
    text = _visible(cell[: _LONGEST + 1])
    if not text:
        return Written()
    if len(cell) > _LONGEST:
        raise BadTime(f"{len(cell)} characters are neither a day nor a time")
    try:
        return _of_a_program(text, serials) or _of_people(text, (order, dotted), country)
    except BadTime as fault:
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        raise BadTime(f'"{shown}" {fault}') from None


def _visible(cell: str) -> str:
    """With plain digits and spaces, and without marks that cannot be seen."""
    if cell.isascii():
        return " ".join(cell.split())
    text = "".join(
        str(unicodedata.decimal(sign, sign))
        for sign in unicodedata.normalize("NFKC", cell)
        if unicodedata.category(sign) != "Cf"
    )
    return " ".join(text.split())


def _of_a_program(text: str, serials: bool) -> Written | None:
    """What a spreadsheet keeps inside: days as numbers, times as parts of a day."""
    if _SERIAL.fullmatch(text):
        if not serials:
            raise BadTime(
                "is a spreadsheet's inner number for a day, and other rows hold no such numbers: "
                "format the column as date"
            )
        moment = _SERIAL_DAY_ONE + dt.timedelta(minutes=_rounded(text))
        has_time = bool(re.search(r"[.,].*[1-9]", text))
        return Written(day=moment.date(), time=moment.time() if has_time else None)
    if _PART_OF_DAY.fullmatch(text):
        return Written(time=(_SERIAL_DAY_ONE + dt.timedelta(minutes=_rounded(text))).time())
    if re.fullmatch(r"0[.,]\d\d", text):
        raise BadTime("may be a time of day or a part of a day: write it like 14:30")
    return None


def _rounded(days: str) -> int:
    return round(float(days.replace(",", ".")) * 24 * 60)


def _of_people(text: str, orders: _Orders, country: str) -> Written:
    clock, rest = cut_clock(_in_order(_NO_DAY.sub("", text)), country)
    two = _TWO.split(rest)
    if len(two) == 2 and all(_has_day(part, orders) for part in two):
        (day, time), (last, _) = (_day_and_time(part, orders, country) for part in two)
        if day and last and last < day:
            raise BadTime("ends before it begins")
    else:
        day, time = _day_and_time(rest, orders, country)
    return Written(day=day, time=time, offset=clock.offset, zones=clock.zones)


def _day_and_time(
    text: str, orders: _Orders, country: str
) -> tuple[dt.date | None, dt.time | None]:
    day, rest = cut_day(text, orders[0], dotted=orders[1])
    if day is None and not re.search(r"\d|noon|midday", rest, re.IGNORECASE):
        raise BadTime("is neither a day nor a time")
    return day, read_time(re.sub(r"^t(?=\d)", "", rest.strip(" ,;-"), flags=re.I), country)


def _has_day(text: str, orders: _Orders) -> bool:
    try:
        return cut_day(text, orders[0], dotted=orders[1])[0] is not None
    except BadTime:
        return False


def _in_order(text: str) -> str:
    return _UNIX.sub(r"\1 \2 \5 \3\4", text)
