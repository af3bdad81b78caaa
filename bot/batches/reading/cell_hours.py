"""The time of day in a cell, and on whose clock the cell says it is."""

import datetime as dt
import re
from dataclasses import dataclass

from bot.batches.reading.calendar_words import FILLERS, WEEKDAYS
from bot.batches.reading.cell_days import WORD, BadTime, plain
from bot.batches.reading.day_order import MONTH_FIRST
from bot.batches.reading.zone_names import zones_named

# Where a bare "2:30" may well be the afternoon.
_TWELVE_HOURS = MONTH_FIRST | {"CA", "AU", "NZ", "IN", "PK", "MX", "CO", "EG", "MY", "SG"}

_HALF = r"(?:\s*([ap])\.?\s?m\b\.?|(?<=\d)([ap])\b)"
_ALONE = r"(?<![\d.:/-])"
_CLOCK = (
    r"(\d{1,2})(?:\s*[:.h]\s*(\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?)?(?![\d:/])"
    rf"{_HALF}?((?:\s*(?:uhr|uur|o'clock|h|hrs?|hours|heures?|horas?|ore|godz)\b)?)"
)
_TIME = re.compile(_ALONE + _CLOCK, re.IGNORECASE)
# "10:00 - 10:30 AM": from one time to another.
_SPAN = re.compile(
    rf"{_ALONE}{_CLOCK}\s*(?:[-\u2010-\u2015~]|\b(?:to|until|till|thru|through|bis|jusqu'a|a|al|hasta|tot)\b)"
    rf"\s*{_CLOCK}",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{1,2})(\d{2})(?:\.0)?\s*(?:([ap])\.?\s?m?\b\.?|h|hrs?|hours|uhr)?", re.I)
_HOUR_WITH_MINUTES = re.compile(r"\b(\d{1,2})\s*(?:uhr|h)\s*(\d{2})\b", re.IGNORECASE)
_HOUR_AFTER_WORD = re.compile(r"\b(?:ore|kl\.?|a las|às)\s+(\d{1,2})(?![\d:.h])", re.IGNORECASE)
_HALVES = (  # in words
    (" AM ", r"de la ma[ñn]ana|du matin|di mattina|da manh[ãa]|vormittags?|morgens|in the morning"),
    (
        " PM ",
        r"de la (?:tarde|noche)|de l'apr[èe]s-midi|du soir|del pomeriggio|da tarde|"
        r"nachmittags?|abends|in the (?:afternoon|evening)",
    ),
)
_NOON = re.compile(r"\b(?:12(?:[:.]00)?\s*)?(?:noon|midday)\b", re.IGNORECASE)

# A clock is named right after a time: by its distance from UTC, or by name.
_MARKED = re.compile(
    r"(?<=[\dm.])\s*\(?(?:utc|gmt)\s*([+-]\d{1,2}(?::?\d{2})?)\)?(?!\d)", re.IGNORECASE
)
_BARE = re.compile(r"(?<=\d)\s?([+-]\d{2}:?\d{2}|[+-]\d{2}|Z)(?![\d:])")
_TO_THE_MINUTE = re.compile(r"\d:\d{2}\s?$")
_TO_THE_SECOND = re.compile(
    r"(?:\d:\d{2}:\d{2}(?:[.,]\d+)?|T\d{2}(?::?\d{2}){1,2}(?:[.,]\d+)?|(?<!\d)20\d{10}(?:\d{2})?)\s?$"
)
_MINUTES = re.compile(r"(?<!\d)(\d{2}):(\d{2})$")
_NAME = re.compile(
    r"(?<=\d)(?:\s*[ap]\.?\s?m\b\.?)?[\s,]*[(\[]?"
    r"(?P<name>[A-Z][A-Z_/&. -]*[A-Z](?: ?\([\w &]+\))?)[)\]]*$",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"(?<=[\dmM.])\s*\(?\b(?P<name>[A-Z]{1,2}[SD]?T|UTC|GMT|MES?Z)\b\)?")
_GREENWICH = ("UTC", "Europe/London")  # GMT: London's clock shows another time in summer


@dataclass(frozen=True, kw_only=True)
class Named:
    """A clock that a cell names."""

    offset: dt.timedelta | None = None  # from UTC
    zones: tuple[str, ...] = ()  # IANA; several where the name may mean each of them


def writes_twelve_hours(country: str) -> bool:
    """Whether people there may mean the afternoon by 2:30."""
    return country in _TWELVE_HOURS


def cut_clock(text: str, country: str) -> tuple[Named, str]:
    """The clock that a text names after its time, and the text without it. Raises BadTime."""
    if marked := _MARKED.search(text):
        rest = _without_zone(text[marked.end() :], country)
        return Named(offset=_offset(marked[1])), f"{text[: marked.start()]} {rest}"
    for bare in _BARE.finditer(text):
        if _is_offset(text[: bare.start()], bare[1]):
            rest = _without_zone(text[bare.end() :], country)
            return Named(offset=_offset(bare[1])), f"{text[: bare.start()]} {rest}"
    for pattern in (_SHORT_NAME, _NAME):
        for found in pattern.finditer(text):
            name, at = found["name"], found.start("name")
            rest = f"{text[:at].rstrip('([ ,')} {text[found.end() :]}"
            if name.upper() == "GMT":
                exact = _TO_THE_SECOND.search(text[:at])
                return Named(zones=_GREENWICH[:1] if exact else _GREENWICH), rest
            if zones := zones_named(name, country=country):
                return Named(zones=zones), rest
    return Named(), text


def _without_zone(rest: str, country: str) -> str:
    """Programs name the zone beside its distance: "-0500 EST", "[Europe/Paris]"."""
    name = rest.strip(" []")
    name = name.removeprefix("(").removesuffix(")") if name.startswith("(") else name
    return "" if zones_named(name, country=country) else rest


def read_time(text: str, country: str) -> dt.time | None:
    """The time of day in what is left of a cell without its day; None where there is nothing.

    Of a span of time it is the beginning. Raises BadTime.
    """
    text = _NOON.sub("12:00 PM", text.strip(" ,;-|@"))
    text = _HOUR_AFTER_WORD.sub(r"\1 h", text)
    text = _HOUR_WITH_MINUTES.sub(r"\1:\2", text)
    for half, words in _HALVES:
        text = re.sub(rf"(?<=[\d.])(?:\s*uhr)?\s*(?:{words})\b", half, text, flags=re.IGNORECASE)
    if not re.search(r"\d", text):
        _refuse_words(text)
        return None
    if compact := _COMPACT.fullmatch(text):
        half = compact[3] or ""
        return _time(compact[1], compact[2], "", half, marked=True, country=country)
    if span := _SPAN.search(text):
        _refuse_words(_SPAN.sub(" ", text, count=1))
        return _beginning(span, country)
    found = _TIME.search(text)
    if found is None:
        raise BadTime("is no time of day")
    rest = _TIME.sub(" ", text, count=1)
    _refuse_words(rest)
    if re.search(r"\b[ap]\.?m\b", rest, re.IGNORECASE) and (found[4] or found[5]):
        raise BadTime("is no time of day")
    return _of_match(found.groups(), country)


def _of_match(groups: tuple[str | None, ...], country: str, half: str = "") -> dt.time:
    hour, minute, second, long_half, short_half, unit = (group or "" for group in groups)
    half = long_half or short_half or half
    return _time(hour, minute, second, half, marked=bool(unit), country=country)


def _time(
    hour_text: str, minute: str, second: str, half: str, *, marked: bool, country: str
) -> dt.time:
    hour = int(hour_text)
    if half:
        if not 1 <= hour <= 12:
            raise BadTime("is no time of day")
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    elif not minute and not marked:
        raise BadTime("is no time of day: write it like 14:30")
    elif country in _TWELVE_HOURS and len(hour_text) == 1 and 1 <= hour <= 6:
        raise BadTime("may be morning or afternoon: write AM or PM")
    try:
        return dt.time(hour, int(minute or 0), int(second or 0))
    except ValueError:
        raise BadTime("is no time of day") from None


def _beginning(span: re.Match[str], country: str) -> dt.time:
    """In "11:30 - 12:15 PM" the one half of the day is said for both, where that makes sense."""
    first, second = span.groups()[:6], span.groups()[6:]
    if not any((*first[1:], *second[1:])):
        raise BadTime("is no time of day: write it like 14:30")  # 9-10 may be anything
    if not any(first[1:]):
        first = (*first[:5], second[5] or (None if second[3] or second[4] else second[1]))
    own, other = first[3] or first[4], second[3] or second[4]
    if other and not own:
        return _before(_of_match(second, country), first, country)
    begin = _of_match(first, country)
    hours = (first[0] or "", second[0] or "")
    by_twelve = country in _TWELVE_HOURS and all(int(hour) <= 12 for hour in hours)
    if (own and other) or not (own or (by_twelve and not hours[1].startswith("0"))):
        end = _of_match(second, "" if by_twelve else country)
        if _minutes(end) <= _minutes(begin):
            raise BadTime("ends before it begins")
    return begin


def _before(end: dt.time, first: tuple[str | None, ...], country: str) -> dt.time:
    for half in ("a", "p"):
        begin = _of_match(first, country, half)
        if 0 < _minutes(end) - _minutes(begin) < 12 * 60:
            return begin
    raise BadTime("ends before it begins: write AM or PM for both times")


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _refuse_words(rest: str) -> None:
    """What is neither day nor time must say nothing."""
    words = WORD.findall(plain(rest))
    odd = [word for word in words if word not in FILLERS and word not in WEEKDAYS]
    if re.search(r"\d", rest):
        raise BadTime("is no time of day")
    if odd:
        raise BadTime(f'is no time of day: "{odd[0]}" is not understood')


def _is_offset(before: str, written: str) -> bool:
    """ "10:00-10:30" is a span of time, "10:00:00-0500" is a distance from UTC."""
    if _TO_THE_SECOND.search(before):
        return True
    if written[0] != "-":
        return bool(_TO_THE_MINUTE.search(before))
    begin = _MINUTES.search(before)
    if begin is None or not re.search(r"\d{4}-\d{2}-\d{2}\s", before):
        return False
    end = written[1:].replace(":", "")
    if len(end) == 4 and end > begin[1] + begin[2]:
        raise BadTime(f"may end at {end[:2]}:{end[2:]}, or be on a clock {written} from UTC")
    return True


def _offset(text: str) -> dt.timedelta:
    if text == "Z":
        return dt.timedelta()
    digits = text[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    size = dt.timedelta(hours=int(hours), minutes=int(minutes))
    if size > dt.timedelta(hours=14):
        raise BadTime(f"cannot be read: no clock is {text} from UTC")
    return -size if text[0] == "-" else size
