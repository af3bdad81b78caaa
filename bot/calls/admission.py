"""Admission control, in plain arithmetic: whether one more call may come.

Calls over the limit are refused, with a line for the caller, and earlier when the event loop, the
database or the model's side falls behind: a call that is let in must not make the others stutter.
"""

import os
from dataclasses import dataclass
from typing import Literal

from bot.store import Direction

# What one core carries without a caller hearing an underrun; docs/benchmarks.md shows the
# measurement.
MEASURED_CALLS_PER_CORE = 100

# The cushion kept at the carrier (300 ms) hides a stall of this length; a loop that is late by
# half of it has no room for another call.
MAX_LAG_MS = 150.0
# A store that keeps up has a handful of notes before it. So many are seconds of writing, and what
# calls leave behind would be lost with the process.
MAX_BACKLOG = 1000
# Opening a session takes some milliseconds of this loop and half a second of the model's side.
# So many at once are either a second of our own, or the model's side does not answer.
MAX_OPENING = 100

NoRoom = Literal["draining", "full", "overloaded"]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the calls of this process take at the moment."""

    calls: int  # that have a place, or are to get one before the call in question
    lag_ms: float = 0.0  # how late the event loop runs
    backlog: int = 0  # notes that the store has not taken yet
    opening: int = 0  # model sessions being opened


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a call may not come now."""

    state: NoRoom
    why: str


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The rule of one process."""

    max_calls: int
    inbound_reserve: int  # places that outbound calls leave free: the phone must be answered

    def __post_init__(self) -> None:
        if not 0 <= self.inbound_reserve < self.max_calls:
            raise ValueError(
                f"{self.inbound_reserve} places kept for inbound calls leave nothing of "
                f"{self.max_calls}: keep fewer"
            )

    def share(self, worker: int, workers: int) -> "Admission":
        """Of so many workers' rules, this one's. Together they have the same places, of which each
        keeps its part free of outbound calls, and leaves at least one to them.
        """
        places, reserve = (
            whole // workers + (worker < whole % workers)
            for whole in (self.max_calls, self.inbound_reserve)
        )
        return Admission(max_calls=places, inbound_reserve=min(reserve, places - 1))

    def refusal(self, direction: Direction, load: Load) -> Refusal | None:
        """Why a call of this direction may not come now; None: it may."""
        places = self.max_calls - (self.inbound_reserve if direction == "outbound" else 0)
        if load.calls >= places:
            why = f"{load.calls} calls are under way, {places} is the most for {direction} calls"
            return Refusal(state="full", why=why)
        if load.lag_ms > MAX_LAG_MS:
            return _overloaded(f"the event loop is {load.lag_ms:.0f} ms late")
        if load.backlog > MAX_BACKLOG:
            return _overloaded(f"{load.backlog} notes wait for the database")
        if load.opening >= MAX_OPENING:
            return _overloaded(f"{load.opening} sessions are being opened at the model's side")
        return None


def _overloaded(why: str) -> Refusal:
    return Refusal(state="overloaded", why=why)


def admission(
    max_calls: int = 0, inbound_reserve: int | None = None, *, workers: int = 1
) -> Admission:
    """The rule that settings ask for. 0 calls: as many as were measured, for each worker that has
    a core to itself; no reserve: a fifth of the places.

    Raises:
        ValueError: the reserve takes all places.
    """
    places = max_calls or MEASURED_CALLS_PER_CORE * min(workers, usable_cores())
    reserve = default_reserve(places) if inbound_reserve is None else inbound_reserve
    return Admission(max_calls=places, inbound_reserve=reserve)


def default_reserve(max_calls: int) -> int:
    """A fifth of the places, and at least one where there are two."""
    return min(max(1, max_calls // 5), max_calls - 1)


def usable_cores() -> int:
    """The cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
