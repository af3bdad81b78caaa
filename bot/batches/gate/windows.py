"""When a contact may be called. Plain code.

Inside the law of every region and on the clock of every zone where they may be, and inside the
sender's hours. Of two readings of a local time the stricter one counts: where clocks are put back
over it, a window begins at the later and ends at the earlier of the two; where they are put forward
over it, likewise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from bot.batches.settings import Hours
from config.calling_rules import RegionRule, Rules, Span, Week
from processors.hours.spans import DAYS

HORIZON_DAYS = 60  # nothing is looked for beyond: more than the longest row of holidays
_NOWHERE = "ZZ"  # the CLDR's name for a country that is not known


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """When calls to a contact may begin. No zones: never."""

    zones: Sequence[ZoneInfo]
    hours: Hours  # the sender's
    rules: Sequence[RegionRule]
    week: Week  # what the hours and all rules allow
    quiet_regions: Sequence[str]  # whose public holidays are kept

    def contains(self, moment: datetime) -> bool:
        """Whether a call may begin at `moment`."""
        return self.in_hours(moment) and not self.holidays_at(moment)

    def in_hours(self, moment: datetime) -> bool:
        """Whether it suits the hours in all zones, holidays apart."""
        _require_aware(moment)
        return bool(self.zones) and all(self._has(zone, moment) for zone in self.zones)

    def holidays_at(self, moment: datetime) -> Sequence[str]:
        """The public holidays that forbid calls then, and where they are kept."""
        days = {moment.astimezone(zone).date() for zone in self.zones}
        return sorted({self._holiday(day) for day in days} - {""})

    def next(self, moment: datetime) -> datetime | None:
        """The first moment from `moment` on at which a call may begin, in UTC.

        None: there is none within HORIZON_DAYS. Raises ValueError if `moment` is not aware.
        """
        _require_aware(moment)
        return _first(self, moment.astimezone(UTC))

    def next_in(self, zone: ZoneInfo, moment: datetime) -> datetime | None:
        """The first moment from `moment` on that suits one zone."""
        today = moment.astimezone(zone).date()
        for ahead in range(HORIZON_DAYS + 2):
            day = today + timedelta(days=ahead)
            if self._holiday(day):
                continue
            for span in self.week[day.weekday()]:
                begin, end = _moments(zone, day, span)
                if moment < end and begin < end:
                    return max(moment, begin)
        return None

    def _has(self, zone: ZoneInfo, moment: datetime) -> bool:
        day = moment.astimezone(zone).date()
        spans = (_moments(zone, day, span) for span in self.week[day.weekday()])
        return any(begin <= moment < end for begin, end in spans)

    def _holiday(self, day: date) -> str:
        for region in self.quiet_regions:
            name = _holidays(region, day.year).get(day)
            if name:
                return f"{name} ({region})"
        return ""


def _require_aware(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")


@lru_cache(maxsize=4096)
def _first(window: Window, moment: datetime) -> datetime | None:
    """Each zone puts the moment off until it suits it; the first that none puts off suits all."""
    last = moment + timedelta(days=HORIZON_DAYS)
    while window.zones and moment <= last:
        openings = [window.next_in(zone, moment) for zone in window.zones]
        later = [opening for opening in openings if opening is not None]
        if len(later) < len(openings):
            return None
        if max(later) == moment:
            return moment
        moment = max(later)
    return None


@lru_cache(maxsize=4096)
def window_of(zones: frozenset[str], regions: frozenset[str], hours: Hours, rules: Rules) -> Window:
    """The window of a contact who may be in any of these zones (IANA) and regions ("US-FL")."""
    places = sorted(regions) or [_NOWHERE]
    held: dict[RegionRule, None] = {}
    quiet = set() if hours.holidays else set(places)
    for region in places:
        for rule in rules.of(region):
            held[rule] = None
            if not rule.holidays:  # those of the part that a rule is about, if it is about one
                quiet.add(rule.region if rule.region.startswith(f"{region}-") else region)
    week = week_of(hours)
    for rule in held:
        week = tuple(_both(a, b) for a, b in zip(week, rule.hours, strict=True))
    return Window(
        zones=tuple(ZoneInfo(key) for key in sorted(zones)),
        hours=hours,
        rules=tuple(held),
        week=week,
        quiet_regions=tuple(sorted(quiet)),
    )


@lru_cache(maxsize=4096)
def senders_window(zones: frozenset[str], hours: Hours) -> Window:
    """The sender's hours alone, in all of these zones: without law and holidays."""
    return Window(
        zones=tuple(ZoneInfo(key) for key in sorted(zones)),
        hours=hours,
        rules=(),
        week=week_of(hours),
        quiet_regions=(),
    )


def week_of(hours: Hours) -> Week:
    """A sender's hours, day by day."""
    span = Span(hours.begin, hours.end)
    return tuple((span,) if day in hours.days else () for day in DAYS)


def _both(some: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    cut = [Span(max(a.begin, b.begin), min(a.end, b.end)) for a in some for b in others]
    return tuple(sorted(span for span in cut if span.begin < span.end))


@lru_cache(maxsize=65536)
def _moments(zone: ZoneInfo, day: date, span: Span) -> tuple[datetime, datetime]:
    """The span on that day in UTC, by its strictest reading: begin may then be after end."""

    def readings(local: datetime) -> list[datetime]:
        return [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]

    begin, end = (datetime.combine(day, clock) for clock in span)
    return max(readings(begin)), min(readings(end))


@lru_cache(maxsize=4096)
def _holidays(region: str, year: int) -> dict[date, str]:
    """Public holidays of a region; of its country, if the library does not know that part of it."""
    country, _, part = region.partition("-")
    for subdivision in dict.fromkeys((part or None, None)):
        try:
            return dict(holidays.country_holidays(country, subdiv=subdivision, years=year))
        except NotImplementedError:  # the library's way to say that it does not know the place
            continue
    return {}
