"""When the next call may begin: plain arithmetic over what has a pace.

The generic cell rate algorithm, without bursts: whatever was not used is not made up for.
"""

from datetime import datetime, timedelta


def next_slot(now: datetime, free_at: datetime, per_second: float) -> tuple[datetime, datetime]:
    """When a call may begin that is asked for now, and when the next one may; `free_at` is what
    was said of the next one before.
    """
    begin = max(now, free_at)
    return begin, begin + timedelta(seconds=1 / per_second)
