"""The day in a cell, however it is written: read only where it can be read in one way.

What is raised here says the second half of a sentence that begins with the cell.
"""

import datetime as dt
import re
from collections.abc import Iterable

from bot.batches.reading.calendar_words import MONTHS, WEEKDAYS
from bot.batches.reading.day_order import NUMERIC, Order
from bot.batches.reading.tables import BadCell
from tools.accents import without_accents

WORD = re.compile(r"[^\W\d_]+")

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?![\d-])")
# "20270601", "20270601T090000Z", and "202706010900" as medical systems send it.
_COMPACT = re.compile(
    r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:\d{2})?(?=$|[Z\s+-])|(?!\d))"
)
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]?")
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_NOT_A_TIME = r"(?!\d|[:.h]\d)(?!\s*(?:[ap]\.?\s?m\b|uhr\b|h\b))"
# Of four digits; of two where nothing else can be meant: after a dash, or beyond the hours of a day
_YEAR = rf"(?:(\d{{4}})(?!\d)|((?<=[-/'\u2019])\d{{2}}|2[5-9]|[3-9]\d){_NOT_A_TIME})"
_NAMED = (  # with the groups of day and month; those of the year are the last two
    (
        re.compile(
            rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.|º|ª)?[\s/-]*(?:de |of )?({_MONTH})(?![a-z])"
            rf"[.,]?[\s/-]*(?:de |del )?'?{_YEAR}"
        ),
        (1, 2),
    ),
    (
        re.compile(
            rf"(?<![a-z])({_MONTH})(?![a-z])\.?[\s/-]*(\d{{1,2}})(?:st|nd|rd|th|\.)?(?!\d)"
            rf"\s*[,/-]?\s*'?{_YEAR}"
        ),
        (2, 1),
    ),
)
_YEAR_FIRST = re.compile(
    rf"(?<!\d)(\d{{4}})[.,]?[\s/-]*({_MONTH})(?![a-z])[.,]?[\s/-]*(\d{{1,2}})(?:\.|th|st|nd|rd)?(?!\d)"
)
_NO_YEAR = re.compile(r"\d{1,2}\s*[./-]\s*\d{1,2}\s*[./-]?$")
_HOUR_ALONE = re.compile(r"\d{1,2}[.:]\d{2}")
_EARLY = 15  # years of two digits before 2015 are doubted where another number may be the year


class BadTime(BadCell):
    """A day or time that cannot be read, or in two ways; the message says why."""


def cut_day(
    text: str, order: Order | None, *, dotted: Order | None = "day_first"
) -> tuple[dt.date | None, str]:
    """The day in a text, and the text without it; `dotted` is the order of one with dots.

    Raises BadTime.
    """
    words = [plain(word) for word in WORD.findall(text)]
    has_month = any(word in MONTHS and word not in _only_weekdays(words) for word in words)
    if exact := _ISO.search(text) or _EAST_ASIAN.search(text):
        day = a_day(int(exact[1]), int(exact[2]), int(exact[3]))
        rest = _without(text, exact)
    elif has_month and (named := _named_day(text)):
        day, rest = named
    elif numeric := NUMERIC.search(text):
        day, rest = (
            _numeric_day(numeric, dotted if numeric[2] == "." else order),
            _without(text, numeric),
        )
    elif compact := _COMPACT.search(text):
        day = a_day(int(compact[1]), int(compact[2]), int(compact[3]))
        time = f" {compact[4]}:{compact[5]} " if compact[4] else " "
        rest = text[: compact.start()] + time + text[compact.end() :]
    elif has_month:
        raise BadTime("has no year, or is no day")
    elif (short := _NO_YEAR.search(text)) and not _HOUR_ALONE.fullmatch(short[0]):
        raise BadTime("has no year")
    else:
        return None, text
    _check_weekday(words, day)
    return day, WORD.sub(lambda word: "" if plain(word[0]) in WEEKDAYS else word[0], rest)


def a_day(year: int, month: int, day: int) -> dt.date:
    """That day. Raises BadTime when there is none, or it cannot be meant."""
    try:
        when = dt.date(year, month, day)
    except ValueError:
        raise BadTime(f"cannot be read: there is no day {year:04d}-{month:02d}-{day:02d}") from None
    if not 1990 <= year <= 2100:
        raise BadTime(f"cannot be read: the year {year} cannot be meant")
    return when


def plain(text: str) -> str:
    """In small letters, without accents."""
    return without_accents(text.casefold().replace("ı", "i").replace("ł", "l"))


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _numeric_day(match: re.Match[str], order: Order | None) -> dt.date:
    first, _, second, third = match.groups()
    if len(first) == 4:
        return a_day(int(first), int(second), int(third))
    if len(first) == 3 or len(third) not in (2, 4):
        raise BadTime("is no day")
    one, two, year = int(first), int(second), int(third)
    if len(third) == 2:
        year = _full_year(year, first=one, month=two)
    if one == two:
        return a_day(year, two, one)
    if one > 12 or two > 12:
        return _odd_day(year, one, two, order)
    if order is None:
        raise BadTime(
            f"may be {a_day(year, two, one)} or {a_day(year, one, two)}: "
            "write the day like 2026-11-24"
        )
    return a_day(year, two, one) if order == "day_first" else a_day(year, one, two)


def _odd_day(year: int, one: int, two: int, order: Order | None) -> dt.date:
    """One of the two is no month: whether that fits the order of the others."""
    found: Order = "day_first" if one > 12 else "month_first"
    day = a_day(year, two, one) if found == "day_first" else a_day(year, one, two)
    if order in (None, found):
        return day
    words = {"day_first": "the day first", "month_first": "the month first"}
    raise BadTime(
        f"has {words[found]}, and other rows have {words[order or found]}: "
        f"if it is meant, write it like {day}"
    )


def _named_day(text: str) -> tuple[dt.date, str] | None:
    """24 November 2026, Nov 24th, 2026, 24. de noviembre de 2026, 24-Nov-26, 2026-Nov-24."""
    folded = plain(text)
    if match := _YEAR_FIRST.search(folded):
        day = a_day(int(match[1]), MONTHS[match[2]], int(match[3]))
        return day, _without(folded, match)
    for pattern, (day_at, month_at) in _NAMED:
        if match := pattern.search(folded):
            number, month = int(match[day_at]), MONTHS[match[month_at]]
            whole, short = match.groups()[-2:]
            year = int(whole) if whole else _full_year(int(short), first=number, month=month)
            return a_day(year, month, number), _without(folded, match)
    return None


def _full_year(short: int, *, first: int, month: int) -> int:
    """2026 of 26; the number in front must not be the year as well as it."""
    if short < _EARLY and first >= 20 and month <= 12 and short >= 1:
        raise BadTime(
            f"may begin or end with its year (20{first:02d} or 20{short:02d}): "
            "write the day like 2026-11-24"
        )
    return 2000 + short


def _only_weekdays(words: Iterable[str]) -> frozenset[str]:
    """ "mar" is a month and a Tuesday: beside another month it is the day of the week."""
    known = frozenset(words)
    both = known & MONTHS.keys() & WEEKDAYS.keys()
    return both if (known & MONTHS.keys()) - both else frozenset()


def _check_weekday(words: Iterable[str], day: dt.date) -> None:
    named = {
        WEEKDAYS[word]
        for word in words
        if word in WEEKDAYS and (word not in MONTHS) and len(word) > 2
    }
    if named and day.weekday() not in named:
        raise BadTime(f"cannot be read: {day} is another day of the week")
