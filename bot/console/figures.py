"""How a line does over some days: counted call by call. Plain code."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from bot.store.records import CallRecord

FIRST_WORDS_MS = 500  # within which the agent should be heard


@dataclass
class Day:
    """The calls that began on a day."""

    calls: int = 0
    failed: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Times of one kind, in ms."""

    median: int
    p95: int
    count: int
    within: float  # the share that is not above `FIRST_WORDS_MS`

    @classmethod
    def of(cls, times: Iterable[int] | Mapping[int, int]) -> "Spread | None":
        """Of times, or of how often each has come: half a million are as soon told as ten."""
        counted = Counter(times)
        count = counted.total()
        if not count:
            return None
        return cls(
            median=_at(counted, (count - 1) // 2),
            p95=_at(counted, (count * 95 + 99) // 100 - 1),
            count=count,
            within=sum(n for time, n in counted.items() if time <= FIRST_WORDS_MS) / count,
        )


def _at(counted: Mapping[int, int], place: int) -> int:
    """The time at this place of all, in order."""
    passed = 0
    for time in sorted(counted):
        passed += counted[time]
        if passed > place:
            return time
    raise ValueError(f"there are only {passed} times, none at place {place}")


@dataclass
class Figures:
    """Of all calls that began on `days`, in order; days are those of `zone`."""

    days: dict[date, Day]
    zone: tzinfo | None
    calls: int = 0
    inbound: int = 0
    talked: timedelta = timedelta()
    cost: Decimal = Decimal(0)
    currency: str = "USD"
    results: Counter[str] = field(default_factory=Counter)
    agents: Counter[str] = field(default_factory=Counter)
    cost_of: dict[str, Decimal] = field(default_factory=dict)
    dialled: Counter[str] = field(default_factory=Counter)  # how putting through went
    first_words_ms: Counter[int] = field(default_factory=Counter)
    turns_ms: Counter[int] = field(default_factory=Counter)

    @classmethod
    def empty(cls, last: date, days: int, zone: tzinfo | None) -> "Figures":
        """Of so many days up to the last one."""
        first = last - timedelta(days=days - 1)
        return cls(days={first + timedelta(days=n): Day() for n in range(days)}, zone=zone)

    def add(self, calls: Sequence[CallRecord]) -> None:
        """Counts these."""
        for call in calls:
            day = self.days.get(call.started_at.astimezone(self.zone).date())
            if day is not None:
                self._add(call, day)

    def _add(self, call: CallRecord, day: Day) -> None:
        self.calls += 1
        day.calls += 1
        self.inbound += call.direction == "inbound"
        self.agents[call.agent] += 1
        if call.answered_at and call.ended_at:
            self.talked += max(timedelta(), call.ended_at - call.answered_at)
        if call.outcome is not None:
            self.results[call.outcome.result] += 1
            day.failed += call.outcome.result == "failed"
        if call.transfer is not None:
            self.dialled[call.dialled.outcome if call.dialled else "not known"] += 1
        if call.first_words_ms is not None:
            self.first_words_ms[call.first_words_ms] += 1
        self.turns_ms.update(call.turn_latencies_ms)
        if call.cost is not None:
            self.cost += call.cost.total
            self.currency = call.cost.currency
            day.cost += call.cost.total
            self.cost_of[call.agent] = self.cost_of.get(call.agent, Decimal(0)) + call.cost.total

    @property
    def first_words(self) -> Spread | None:
        """From the answer to the first sound of the agent."""
        return Spread.of(self.first_words_ms)

    @property
    def turns(self) -> Spread | None:
        """From the end of what a caller says to the first sound of the agent."""
        return Spread.of(self.turns_ms)


def since(figures: Figures) -> datetime:
    """When the first day begins."""
    first = next(iter(figures.days))
    midnight = datetime(first.year, first.month, first.day, tzinfo=figures.zone)
    return midnight if figures.zone else midnight.astimezone()
