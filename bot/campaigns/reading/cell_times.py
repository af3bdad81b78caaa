"""Days and times as people write them: read only where they can be read in one way."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.campaigns.reading.calendar_words import FILLERS, MONTHS, WEEKDAYS
from bot.campaigns.reading.tables import BadCell

Order = Literal["day_first", "month_first"]

_MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "VI", "AS", "MP", "PW", "FM", "MH"})
_UNCLEAR = frozenset({"CA", "PA", "KE", "GH"})  # both are in use there
# Where a bare "2:30" may well be the afternoon.
_TWELVE_HOURS = _MONTH_FIRST | {"CA", "AU", "NZ", "IN", "PK", "MX", "CO", "EG", "MY", "SG"}

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_TIME = re.compile(
    r"(?<![\d.:/-])(\d{1,2})(?:\s*[:.h]\s*(\d{2})(?::(\d{2})(?:\.\d+)?)?|\s*h\b)?\s*"
    r"(a\.?\s?m\.?|p\.?\s?m\.?|uhr\b)?(?![\d/-])(?:\s*uhr\b)?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,4})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{1,4})(?!\d)")
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_NAMED = (  # with the groups of year, month and day
    (
        re.compile(
            rf"(\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s-]*(?:de |of )?({_MONTH})\b\.?,?[\s-]*"
            rf"(?:de |del )?(\d{{4}})\b"
        ),
        (3, 2, 1),
    ),
    (
        re.compile(rf"\b({_MONTH})\b\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(\d{{4}})\b"),
        (3, 1, 2),
    ),
)
_WORD = re.compile(r"[^\W\d_]+")


class BadTime(BadCell):
    """A day or time that cannot be read, or in two ways; the message says why."""


class NoClock(ValueError):
    """Times without an offset, and nobody has said on whose clock they are: one sentence."""

    def __init__(self, where: str = "") -> None:
        super().__init__(
            f"{where}days and times have no offset, and nothing says on which clock they are: give "
            "the time zone of your business, with --times-in America/New_York (the setting "
            "times_in), or as the agent's timezone"
        )


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a cell says, on the clock of whoever wrote it."""

    day: dt.date | None = None
    time: dt.time | None = None
    offset: dt.timedelta | None = None  # from UTC, where the cell names one

    @property
    def needs_clock(self) -> bool:
        """Whether it is a moment only on the clock of somebody: it names no offset."""
        return self.day is not None and self.offset is None

    def moment(self, zone: dt.tzinfo | None) -> dt.datetime | None:
        """That day, at its time or else at its very beginning; None without a day.

        In UTC. The clock is that of the zone, unless the cell has an offset of its own; of a time
        that it shows twice, the earlier.

        Raises:
            NoClock: there is neither.
        """
        if self.day is None:
            return None
        clock = dt.timezone(self.offset) if self.offset is not None else zone
        if clock is None:
            raise NoClock
        local = dt.datetime.combine(self.day, self.time or dt.time())
        return local.replace(tzinfo=clock).astimezone(dt.UTC)


def order_of(cells: Iterable[str], country: str) -> Order | None:
    """How a column writes 03/04/2026: as its country does, unless its own cells say otherwise.

    A cell like 24/11/2026 proves an order. None: the country writes both, or the proofs
    contradict it or each other; then 03/04/2026 cannot be read.
    """
    proofs: set[Order] = set()
    for cell in cells:
        match = _NUMERIC.search(cell)
        if match and match[2] != "." and len(match[1]) <= 2:
            if int(match[1]) > 12:
                proofs.add("day_first")
            elif int(match[3]) > 12:
                proofs.add("month_first")
    usual = _usual_order(country)
    if not proofs:
        return usual
    proven = proofs.pop()
    return None if proofs or usual not in (None, proven) else proven


def read_when(cell: str, *, order: Order | None, country: str) -> Written:
    """A day, a time, or both, from one cell. An empty cell says nothing.

    Raises:
        BadTime
    """
    text = " ".join(cell.split())
    if not text:
        return Written()
    iso = _ISO.match(text)
    if iso and not text[iso.end() :].strip():
        return Written(
            day=_day(int(iso[1]), int(iso[2]), int(iso[3])),
            time=_time(iso[4], country) if iso[4] else None,
            offset=_offset(iso[5]) if iso[5] else None,
        )
    day, rest = _cut_day(text, order)
    rest = rest.strip(" ,;-T")
    time = _time(rest, country) if re.search(r"\d", rest) else None
    if day is None and time is None:
        raise BadTime(f'"{_short(text)}" is neither a day nor a time')
    return Written(day=day, time=time)


def _cut_day(text: str, order: Order | None) -> tuple[dt.date | None, str]:
    """The day, and the text without it."""
    iso = _ISO.match(text)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3])), text[iso.end(3) :]
    words = [_plain(word) for word in _WORD.findall(text)]
    numeric = _NUMERIC.search(text)
    if numeric:
        day = _numeric_day(numeric, order)
        rest = text[: numeric.start()] + " " + text[numeric.end() :]
    elif re.fullmatch(r"20\d{6}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:])), ""
    elif any(word in MONTHS and word not in _only_weekdays(text) for word in words):
        day, rest = _named_day(text)
    elif re.fullmatch(r"[3-6]\d{4}(\.\d+)?", text):
        raise BadTime(
            f"{text} is a spreadsheet's inner number for a day: format the column as date"
        )
    elif re.search(r"\d{1,2}\s*[./-]\s*\d{1,2}\s*[./-]?$", text) and not re.fullmatch(
        r"\d{1,2}[.:]\d{2}", text
    ):
        raise BadTime(f'"{_short(text)}" has no year')
    else:
        return None, text
    _check_weekday(words, day, text)
    return day, _WORD.sub(lambda word: "" if _plain(word[0]) in WEEKDAYS else word[0], rest)


def _numeric_day(match: re.Match[str], order: Order | None) -> dt.date:
    first, separator, second, third = match.groups()
    if len(first) == 4:
        return _day(int(first), int(second), int(third))
    if len(first) == 3 or len(third) not in (2, 4):
        raise BadTime(f'"{match[0]}" is no day')
    year = int(third) + (2000 if len(third) == 2 else 0)
    one, two = int(first), int(second)
    if separator == "." or one > 12:
        return _day(year, two, one)
    if two > 12 or one == two:
        return _day(year, one, two)
    if order is None:
        raise BadTime(
            f'"{match[0]}" may be {_day(year, two, one)} or {_day(year, one, two)}: '
            "write the day like 2026-11-24"
        )
    return _day(year, two, one) if order == "day_first" else _day(year, one, two)


def _named_day(text: str) -> tuple[dt.date, str]:
    """24 November 2026, Nov 24th, 2026, 24. de noviembre de 2026."""
    plain = _plain(text)
    for pattern, (year, month, day) in _NAMED:
        match = pattern.search(plain)
        if match:
            when = _day(int(match[year]), MONTHS[match[month]], int(match[day]))
            return when, f"{plain[: match.start()]} {plain[match.end() :]}"
    raise BadTime(f'"{_short(text)}" has no year, or is no day')


def _only_weekdays(text: str) -> frozenset[str]:
    """ "mar" is a month and a Tuesday: beside another month it is the day of the week."""
    words = {_plain(word) for word in _WORD.findall(text)}
    both = words & MONTHS.keys() & WEEKDAYS.keys()
    return frozenset(both) if (words & MONTHS.keys()) - both else frozenset()


def _check_weekday(words: Iterable[str], day: dt.date, text: str) -> None:
    named = {
        WEEKDAYS[word]
        for word in words
        if word in WEEKDAYS and (word not in MONTHS) and len(word) > 2
    }
    if named and day.weekday() not in named:
        raise BadTime(f'"{_short(text)}": {day} is another day of the week')


def _time(text: str, country: str) -> dt.time:
    compact = re.fullmatch(r"(\d{2})(\d{2})(?:\s*(?:h|hrs|uhr))?", text.strip(), re.IGNORECASE)
    if compact:
        text = f"{compact[1]}:{compact[2]}"
    match = _TIME.search(text)
    rest = _TIME.sub(" ", text, count=1) if match else text
    odd = [
        word for word in _WORD.findall(_plain(rest)) if word not in FILLERS and word not in WEEKDAYS
    ]
    if match is None or re.search(r"\d", rest) or odd:
        raise BadTime(f'"{_short(text)}" is no time of day')
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    half = (match[4] or "").lower()
    if half[:1] in ("a", "p"):
        if not 1 <= hour <= 12:
            raise BadTime(f'"{_short(text)}" is no time of day')
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    elif match[2] is None and not half and "h" not in match[0].lower():
        raise BadTime(f'"{_short(text)}" is no time of day: write it like 14:30')
    elif country in _TWELVE_HOURS and len(match[1]) == 1 and 1 <= hour <= 6:
        raise BadTime(f'"{_short(text)}" may be morning or afternoon: write AM or PM')
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        raise BadTime(f'"{_short(text)}" is no time of day') from None


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        when = dt.date(year, month, day)
    except ValueError:
        raise BadTime(f"there is no day {year:04d}-{month:02d}-{day:02d}") from None
    if not 1990 <= year <= 2100:
        raise BadTime(f"the year {year} cannot be meant")
    return when


def _offset(text: str) -> dt.timedelta:
    if text == "Z":
        return dt.timedelta()
    size = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    if size > dt.timedelta(hours=14):
        raise BadTime(f"no clock is {text} from UTC")
    return -size if text[0] == "-" else size


def _usual_order(country: str) -> Order | None:
    if country in _UNCLEAR:
        return None
    return "month_first" if country in _MONTH_FIRST else "day_first"


def _plain(text: str) -> str:
    """In small letters, without accents."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
