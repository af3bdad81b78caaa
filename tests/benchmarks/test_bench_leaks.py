"""What counts as a leak."""

import os
from dataclasses import replace

import pytest

from tests.benchmarks import leaks, processes
from tests.benchmarks.processes import Use

IDLE = Use(cpu_secs=1.0, rss_mb=200.0, fds=20, sockets=10, threads=8, tasks=12)


def test_what_comes_back_is_no_leak() -> None:
    """A little more memory, a connection to the database: tolerated."""
    assert leaks.left_behind(IDLE, replace(IDLE, rss_mb=208.0, fds=23, threads=9)) == []


def test_each_kind_of_leak_is_named() -> None:
    """Memory, descriptors, threads: a sentence each."""
    found = leaks.left_behind(IDLE, replace(IDLE, rss_mb=211.0, fds=25, threads=11, tasks=13))
    assert [sentence.split(" are ")[0] for sentence in found] == [
        "11.0 MB",
        "5 file descriptors",
        "1 tasks",
        "3 threads",
    ]


def test_growth_is_seen_behind_the_first_quarter() -> None:
    """Calls that build up are no growth; memory that rises with the same calls is."""
    building = [replace(IDLE, rss_mb=200.0 + 10 * n) for n in range(5)]
    steady = [replace(IDLE, rss_mb=250.0)] * 15
    rising = [replace(IDLE, rss_mb=250.0 + 2 * n) for n in range(15)]
    assert leaks.growing([*building, *steady]) == []
    assert leaks.growing([*building, *rising]) == [
        "memory grew by 20.0 MB under the same number of calls"
    ]
    assert leaks.growth_mb(rising[:7]) == 0.0


def test_memory_that_grows_with_the_calls_has_a_slope() -> None:
    """Per 1,000 calls; with fewer than three samples there is none."""
    samples = [(n, replace(IDLE, rss_mb=200.0 + n / 100)) for n in (10, 20, 30, 40)]
    assert leaks.slope_mb(samples) == pytest.approx(10.0)
    assert leaks.slope_mb(samples[:2]) is None


def test_a_process_is_measured_with_its_family() -> None:
    """Ours: it has used time, memory, descriptors and at least one thread."""
    mine = processes.use(os.getpid())
    assert mine.cpu_secs > 0
    assert mine.rss_mb > 10
    assert mine.fds >= 3
    assert 0 <= mine.sockets < mine.fds
    assert mine.threads >= 1
