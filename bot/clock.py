"""The one clock of the service: what time it is, and how much of it has passed.

Nothing else in the service reads a clock, except that timers follow their event loop's own time.
Both functions look at the module `time` at each call, so a test that patches `time.time` and
`time.monotonic` moves every clock of the service. They may therefore be defaults of parameters and
fields; `time.monotonic` itself may not, for such a default would never see the patch.
"""

import time
from datetime import UTC, datetime
from typing import NamedTuple


def utcnow() -> datetime:
    """The time of day, aware, in UTC: for records, and for what is compared with a calendar.

    It may jump when somebody sets the machine's clock.
    """
    return datetime.fromtimestamp(time.time(), UTC)


def monotonic() -> float:
    """Seconds of a clock that is never set, from an arbitrary start: for deadlines and durations
    within this process, and for nothing that is stored or sent.
    """
    return time.monotonic()


class Instant(NamedTuple):
    """One moment on both clocks."""

    utc: datetime
    secs: float  # of `monotonic`


def instant() -> Instant:
    """This moment."""
    return Instant(utcnow(), monotonic())
