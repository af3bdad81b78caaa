"""What a run comes to: plain arithmetic."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

SATURATED_CPU = 0.95  # of a core
SATURATED_UPLINK_MS = 200.0
CHOPPY_SHARE = 0.01  # of the agent's speech in silences: people hear that it breaks off
LATE_MS = 20.0  # the generator's own frames, p99: a whole frame behind
GENERATOR_CPU = 0.95


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Of a list of measurements."""

    p50: float
    p99: float
    worst: float
    count: int


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1] of the values do not exceed.

    Raises ValueError for no values.
    """
    if not ordered:
        raise ValueError("there is no percentile of nothing")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> Spread | None:
    """None when nothing was measured."""
    if not values:
        return None
    ordered = sorted(values)
    return Spread(
        p50=percentile(ordered, 0.5),
        p99=percentile(ordered, 0.99),
        worst=ordered[-1],
        count=len(ordered),
    )


@dataclass(frozen=True, kw_only=True)
class Load:
    """A number of calls held by one server, measured for a while."""

    variant: str
    calls: int
    secs: float  # measured
    talking: int  # calls whose stream was open at the end
    lost: int
    bare: int  # calls held and ended before `idle_mb` was taken
    cpu: float  # of a core
    idle_mb: float  # RSS before the calls
    rss_mb: float  # with them
    agent_share: float  # of the time the agent was to be heard
    uplink: Spread | None
    downlink: Spread | None
    setup: Spread | None
    clear: Spread | None
    ignored: int  # the caller spoke over the agent, who went on
    underruns: int
    underrun_ms: float
    late: Spread | None  # the generator
    generator_cpu: float

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds for each second of each call."""
        return self.cpu * 1000 / self.calls

    @property
    def calls_a_core(self) -> float:
        """What a full core would carry at this cost."""
        return self.calls / self.cpu if self.cpu else math.inf

    @property
    def mb_a_call(self) -> float:
        """What the bare calls took is taken again, not anew: they are not counted."""
        return (self.rss_mb - self.idle_mb) / max(1, self.calls - self.bare)

    @property
    def verdict(self) -> str:
        """Empty when the run was clean; otherwise whose limit was reached, and which."""
        late = self.late.p99 if self.late else 0.0
        if self.generator_cpu > GENERATOR_CPU or late > LATE_MS:
            return f"generator late: p99 {late:.0f} ms, {self.generator_cpu:.0%} of its core"
        if self.lost:
            return f"saturated: {self.lost} calls lost or refused"
        if self.cpu > SATURATED_CPU:
            return f"saturated: {self.cpu:.0%} of a core"
        if self.uplink is None:
            return "saturated: no sound reached the model"
        if self.uplink.p99 > SATURATED_UPLINK_MS:
            return f"saturated: uplink p99 {self.uplink.p99:.0f} ms"
        if self.broken_share > CHOPPY_SHARE:
            return f"choppy: the agent broke off for {self.broken_share:.1%} of its speech"
        return ""

    @property
    def broken_share(self) -> float:
        """How long the silences of underruns were, of the time the agent was to be heard."""
        speech_ms = self.agent_share * self.secs * self.calls * 1000
        return self.underrun_ms / speech_ms if speech_ms else 0.0

    @property
    def carried(self) -> bool:
        """Nothing at all was wrong: nobody heard a gap either."""
        return not self.verdict and not self.underruns


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Calls that came at one moment."""

    variant: str
    greeting: str
    calls: int
    lost: int
    first_words: Spread | None


def median_load(runs: Sequence[Load]) -> Load:
    """One run that has, in each figure, the median of these, which are of one kind."""
    merged: dict[str, Any] = {}
    for each in fields(Load):
        values = [getattr(run, each.name) for run in runs]
        merged[each.name] = _median(values)
    return Load(**merged)


def _median(values: Sequence[Any]) -> Any:
    given = [value for value in values if value is not None]
    if not given:
        return None
    first = given[0]
    if isinstance(first, Spread):
        return Spread(
            **{
                part.name: _median([getattr(value, part.name) for value in given])
                for part in fields(Spread)
            }
        )
    if isinstance(first, int):
        return round(statistics.median(given))
    if isinstance(first, float):
        return statistics.median(given)
    return first
