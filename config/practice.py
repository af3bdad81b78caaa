"""The shape of a business on a calendar: where it is, its hours, how it gives out its time.

Its hours are those in which appointments are given, so no span passes midnight; those in which an
agent says that the business is open, over midnight and with holidays, are `processors.hours`.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from config.places import line_of
from config.settings import SettingsError

_SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])\s*-\s*([01][0-9]|2[0-4]):([0-5][0-9])")
_LAST = dt.time(23, 59)  # stands for 24:00

Span = tuple[dt.time, dt.time]


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text.strip())
    hours = [int(part) for part in found.groups()] if found else [25, 0, 25, 0]
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if not found or closes > 24 * 60:
        raise ValueError(f'{text!r} must be like "09:00-12:30"')
    if closes <= opens:
        raise ValueError(
            f"{text!r} ends before it begins: write what is after midnight to the next day"
        )
    until = _LAST if closes == 24 * 60 else dt.time(closes // 60, closes % 60)
    return dt.time(opens // 60, opens % 60), until


def _spans(value: Any) -> tuple[Span, ...]:
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise ValueError('must be a list like ["09:00-12:30", "14:00-18:00"]; [] is closed')
    spans = tuple(sorted(_span(each) for each in written))
    for (_, closes), (opens, _) in zip(spans, spans[1:], strict=False):
        if opens < closes:
            raise ValueError("two of these hours overlap")
    return spans


Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Part):
    """Of each day of the week; a day that is left out is closed."""

    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    @property
    def week(self) -> Mapping[int, Sequence[Span]]:
        """By the number of the day, Monday is 0."""
        return dict(enumerate(getattr(self, name) for name in type(self).model_fields))


class OtherDay(_Part):
    """A day that is otherwise: `hours`, or closed, and what is said of it."""

    hours: Spans = ()
    note: str = ""


def _exception(value: Any) -> Any:
    """A text alone is why it is closed, a list alone are its hours."""
    if isinstance(value, str):
        return {"note": value}
    return {"hours": value} if isinstance(value, list) else value


class Practice(_Part):
    """A business whose appointments stand in a calendar on a CalDAV server."""

    calendar: str  # its address
    user: str = ""  # the password is BUSINESS_PASSWORD
    also_busy: tuple[str, ...] = ()  # calendars whose events take time as well
    timezone: str  # IANA: the clock that the hours are on
    minutes: int = Field(default=30, ge=5, le=24 * 60)  # how long an appointment takes
    every: int | None = Field(default=None, ge=5, le=24 * 60)  # minutes between begins
    places: int = Field(default=1, ge=1, le=200)  # how many at the same time
    largest_party: int | None = Field(default=None, ge=1)
    notice_minutes: int = Field(default=60, ge=0)  # not sooner than this from now
    furthest_days: int = Field(default=90, ge=1, le=730)
    hold_minutes: int = Field(default=5, ge=1, le=60)
    hours: Hours
    exceptions: Mapping[dt.date, Annotated[OtherDay, BeforeValidator(_exception)]] = {}

    @field_validator("calendar", "also_busy")
    @classmethod
    def _address(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for url in (value,) if isinstance(value, str) else value:
            try:
                parts = urlsplit(url)
                fit = parts.scheme in ("http", "https") and parts.hostname and not parts.query
            except ValueError:
                fit = False
            if not fit:
                raise ValueError("must be the https address of a calendar")
            if parts.username or parts.password:
                raise ValueError(
                    "must hold no password: give user here and BUSINESS_PASSWORD in .env"
                )
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is no time zone like Europe/Berlin") from error


def read_practice(path: Path) -> Practice:
    """Reads the file. Raises SettingsError, naming the file, the line and the field."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        return Practice.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"BUSINESS: {path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        line = line_of(text, field)
        said = first["msg"].removeprefix("Value error, ")
        where = f"{path}{f':{line}' if line else ''}"
        raise SettingsError(f"BUSINESS: {where}: {field}: {said}") from None
