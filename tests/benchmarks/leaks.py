"""Whether a server that has been used is as it was: plain decisions."""

import statistics
from collections.abc import Sequence

from tests.benchmarks.processes import Use

MAX_GROWTH_MB = 10.0  # what an allocator may keep of many calls; a leak grows without end
MAX_FDS = 4  # connections to the database that stay open
MAX_THREADS = 2


def left_behind(before: Use, after: Use) -> list[str]:
    """What is left when all calls are over, compared with the time before; empty: nothing."""
    found = []
    if (growth_mb := after.rss_mb - before.rss_mb) > MAX_GROWTH_MB:
        found.append(f"{growth_mb:.1f} MB are left behind ({MAX_GROWTH_MB:g} are tolerated)")
    if (fds := after.fds - before.fds) > MAX_FDS:
        found.append(f"{fds} file descriptors are left behind ({MAX_FDS} are tolerated)")
    if (tasks := after.tasks - before.tasks) > 0:
        found.append(f"{tasks} tasks are left behind (none is tolerated)")
    if (threads := after.threads - before.threads) > MAX_THREADS:
        found.append(f"{threads} threads are left behind ({MAX_THREADS} are tolerated)")
    return found


def growth_mb(samples: Sequence[Use]) -> float:
    """How much more is used in the last quarter of these than in the second, in the median.

    The first quarter is left out: calls build up in it. 0 for fewer than eight samples.
    """
    quarter = len(samples) // 4
    if quarter < 2:
        return 0.0
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    return statistics.median(u.rss_mb for u in late) - statistics.median(u.rss_mb for u in early)


def slope_mb(samples: Sequence[tuple[int, Use]]) -> float | None:
    """By how much memory grows in 1,000 calls: the line through samples of (calls so far, use)
    that fits best. None for fewer than three.
    """
    if len(samples) < 3:
        return None
    line = statistics.linear_regression(
        [calls for calls, _ in samples], [use.rss_mb for _, use in samples]
    )
    return line.slope * 1000


def growing(samples: Sequence[Use]) -> list[str]:
    """Whether more and more was used while the number of calls stayed the same."""
    grown_mb = growth_mb(samples)
    if grown_mb > MAX_GROWTH_MB:
        return [f"memory grew by {grown_mb:.1f} MB under the same number of calls"]
    return []
