"""How reasons of the gate are said. Plain code."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from bot.batches.gate.windows import Window, week_of
from config.calling_rules import Span
from processors.hours.spans import DAYS


def clocks_of(window: Window, now: datetime) -> str:
    """What the clocks show that are furthest apart, and by whom calls may begin when."""
    local = [now.astimezone(zone) for zone in window.zones]
    first, last = min(local, key=_wall), max(local, key=_wall)
    clocks: dict[str, list[str]] = {}
    for there in (first,) if _wall(first) == _wall(last) else (first, last):
        may = _may_begin(window, there.weekday())
        clocks.setdefault(may, []).append(f"{there:%a %H:%M} in {there.tzinfo}")
    return "; ".join(f"it is {' and '.join(them)}, where {may}" for may, them in clocks.items())


@lru_cache(maxsize=4096)
def _may_begin(window: Window, weekday: int) -> str:
    sources = [(week_of(window.hours)[weekday], "the sender's hours")]
    sources += [(rule.hours[weekday], f"{rule.region}: {rule.law}") for rule in window.rules]
    allowed = window.week[weekday]
    binding = [who for spans, who in sources if _binds(spans, allowed)]
    whose = ", ".join(binding or [who for _, who in sources])  # they may leave nothing together
    return f"calls may begin {_spans(allowed)} on {DAYS[weekday].capitalize()} ({whose})"


def _wall(local: datetime) -> datetime:
    return local.replace(tzinfo=None)


def _binds(spans: Sequence[Span], allowed: Sequence[Span]) -> bool:
    """Whether one of the ends of what is allowed is theirs."""
    if not allowed:
        return not spans
    return any(own.begin == span.begin or own.end == span.end for own in spans for span in allowed)


def _spans(spans: Sequence[Span]) -> str:
    return " and ".join(map(str, spans)) or "at no time"


def at_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day_of(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
