"""Values a model writes in its arguments: a day, a time of day, or both.

They are read from text alone. A bare number could be a timestamp, an hour or a year, and a
guess would book the wrong evening.
"""

import datetime as dt
import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::00)?\s*([ap])?\.?(?:m\.?)?", re.ASCII)


def _read_day(value: object) -> dt.date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value.strip()):
            return dt.date.fromisoformat(value.strip())
    except ValueError:
        pass  # the thirtieth of February
    raise PydanticCustomError("day", "must be a date that exists, like 2026-11-24")


def _read_time(value: object) -> dt.time:
    found = _TIME.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found:
        hour, minute, half = found.groups()
        if half and 1 <= int(hour) <= 12:
            hour = str(int(hour) % 12 + (12 if half == "p" else 0))
            minute = minute or "00"
        elif half:
            minute = None
        if minute and int(hour) < 24 and int(minute) < 60:
            return dt.time(int(hour), int(minute))
    raise PydanticCustomError("time", "must be a time of the 24-hour clock, like 19:45")


def _read_moment(value: object) -> dt.datetime:
    told = value.strip().replace("T", " ") if isinstance(value, str) else ""
    day, _, time = told.partition(" ")
    try:
        return dt.datetime.combine(_read_day(day), _read_time(time))
    except PydanticCustomError:
        raise PydanticCustomError(
            "moment", "must be a day and a time, like 2026-11-24 15:00"
        ) from None


Day = Annotated[
    dt.date,
    BeforeValidator(_read_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""Written 2026-11-24."""

TimeOfDay = Annotated[
    dt.time,
    BeforeValidator(_read_time),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""Written 19:45; "7:45 pm", which models write as well, is understood."""

Moment = Annotated[
    dt.datetime,
    BeforeValidator(_read_moment),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]$"}
    ),
]
"""Written 2026-11-24 15:00, of a clock that is told elsewhere: it has no offset."""
