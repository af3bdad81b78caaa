"""When people may be called by the law of their place: data, read once. See docs/batches.md.

A rule holds for a region: a country ("US"), a part of one ("US-FL"), or "elsewhere". The rules of a
country hold in its parts too: what is allowed is what all of them allow.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from processors.hours.spans import DAYS, days_of

SHIPPED = Path(__file__).with_name("calling_rules")
ELSEWHERE = "elsewhere"
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class RulesError(Exception):
    """A file of calling rules is wrong: one sentence says where and what."""


class Span(NamedTuple):
    """Part of a day on the callee's clock; no call begins at its end or later."""

    begin: time
    end: time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


Week = tuple[tuple[Span, ...], ...]  # seven days from Monday; spans in order, apart from each other


def _span(text: Any) -> Span:
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no span like 09:00-20:00")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    span = Span(time(hour, minute), time(end_hour, end_minute))
    if span.begin >= span.end:
        raise ValueError(f"{text}: the begin must be before the end, on the same day")
    return span


def _week(value: Any) -> Week:
    """From {"mon-fri": "09:00-17:00", "sat": ["09:00-12:00", "13:00-15:00"]}."""
    if not isinstance(value, Mapping):
        raise ValueError('must be a table like { mon-sat = "09:00-20:00" }')
    week: dict[int, tuple[Span, ...]] = {}
    for names, texts in value.items():
        spans = tuple(_span(text) for text in (texts if isinstance(texts, list) else [texts]))
        if any(a.end > b.begin for a, b in zip(spans, spans[1:], strict=False)):
            raise ValueError(f"{names}: spans must be in order and apart")
        for day in days_of(names):
            if day in week:
                raise ValueError(f"{DAYS[day]} is named twice")
            week[day] = spans
    return tuple(week.get(day, ()) for day in range(7))


# statute: the operative words of the law were seen; secondary: guides tell of it; conflict: guides
# disagree, and the strictest is kept; rule: it was found in a rule for callers; choice: careful
# hours of our own, not law.
Certain = Literal["statute", "secondary", "conflict", "rule", "choice"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Most(_Part):
    """How often one number may be called, whatever about."""

    calls: int = Field(ge=1)
    hours: int = Field(ge=1, le=168)  # calls are remembered for a week


class WithoutConsent(_Part):
    """What a law that lets some call without consent holds them to."""

    law: str = Field(min_length=1)
    most: tuple[Most, ...]


class RegionRule(_Part):
    """What one law or custom says of a region."""

    region: str
    law: str = Field(min_length=1)  # where it stands: shown with what it decides
    certain: Certain | None = None
    source: str = ""  # by whom we know of it
    checked: date | None = None  # when that was last looked at
    since: date | None = None  # in force, where that is of late
    hours: Annotated[Week, BeforeValidator(_week)]
    holidays: bool = True  # calls on public holidays of the region
    most: Most | None = None
    without_consent: WithoutConsent | None = None


class _Entry(RegionRule):
    replaces: bool = False  # an operator's own: instead of what ships, not in addition to it


@dataclass(frozen=True, kw_only=True, eq=False)
class Rules:
    """All rules, by region."""

    by_region: Mapping[str, Sequence[RegionRule]]

    def of(self, region: str) -> Sequence[RegionRule]:
        """All that hold for somebody in `region`.

        "US-FL": those of the US and of Florida. "US": the part is not known, so those of every part
        hold. A country without rules: those for elsewhere.
        """
        country, _, part = region.partition("-")
        rules = list(self.by_region.get(country) or self.by_region[ELSEWHERE])
        for name, more in self.by_region.items():
            if name.startswith(f"{country}-") and (not part or name == region):
                rules += more
        return rules


def read_rules(path: Path) -> Iterator[_Entry]:
    """The entries of one file. Raises RulesError, naming the file, the region and the field."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesError(f"{path}: {error}") from error
    for region, table in tables.items():
        if region != ELSEWHERE and not _REGION.fullmatch(region):
            raise RulesError(f'{path}: "{region}" is no region like US or US-FL')
        if not isinstance(table, dict) or "region" in table:
            raise RulesError(f"{path}: {region}: must be a table of hours and law")
        try:
            yield _Entry.model_validate({"region": region, **table})
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise RulesError(f"{path}: {region}.{field}: {first['msg']}") from None


def load_rules(own: Path | None = None) -> Rules:
    """The rules that ship, and an operator's own: a file, or a folder of them. Raises RulesError.

    An own entry holds in addition to what ships for its region, so it can only narrow it; with
    `replaces = true` it holds instead.
    """
    by_region: dict[str, Sequence[RegionRule]] = {}
    for folder in [SHIPPED, own] if own else [SHIPPED]:
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else [folder]:
            for entry in read_rules(path):
                if entry.region in here:
                    raise RulesError(f"both {here[entry.region]} and {path} have {entry.region}")
                here[entry.region] = path
                before = () if entry.replaces else by_region.get(entry.region, ())
                by_region[entry.region] = (*before, entry)
        if not here:
            raise RulesError(f"{folder} holds no calling rules")
    return Rules(by_region=MappingProxyType(by_region))
