"""Who holds up the event loop is named, with file and line, in the log and for health."""

import asyncio
import inspect
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loguru import logger

from bot.calls import Admission, HealthStatus, LoopLag, Registry

pytestmark = pytest.mark.realtime

HELD_SECS = 1.0
HERE = str(Path(__file__))


def sleeps() -> None:
    time.sleep(HELD_SECS)


def computes() -> None:
    """Pure Python: other threads run in between."""
    until = time.monotonic() + HELD_SECS
    while time.monotonic() < until:
        sum(range(100))


def matches() -> None:
    """In C, and no other thread runs meanwhile."""
    until = time.monotonic() + HELD_SECS
    while time.monotonic() < until:
        re.match(r"(a+)+$", "a" * 23 + "b")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    handler = logger.add(lambda message: lines.append(message.record["message"]), level="WARNING")
    yield lines
    logger.remove(handler)


def about_us(lines: list[str]) -> list[str]:
    """A loaded machine may name others too."""
    return [line for line in lines if HERE in line]


@pytest.mark.parametrize("hold", [sleeps, computes, matches])
async def test_a_place_is_named(hold: Callable[[], None], logged: list[str]) -> None:
    """Function, file and line; once in the log however often it happens; counted for health."""

    async def tool() -> None:
        hold()

    async with LoopLag().beating() as loop_lag:
        for _ in range(2):
            await asyncio.sleep(0.3)
            await tool()
        await asyncio.sleep(0.3)
        (told,) = about_us(list(loop_lag.stalls))
    (line,) = about_us(logged)
    first = inspect.getsourcelines(hold)[1]
    found = re.search(rf"{hold.__name__} \({re.escape(HERE)}:(\d+)\)", line)
    assert found
    assert first < int(found[1]) < first + 6
    assert re.search(rf"{hold.__name__} \(.*\): 2 times, up to \d+ ms$", told)


async def test_what_waits_as_it_should_is_not_named(logged: list[str]) -> None:
    """A tool that waits with await, or works in a thread, holds nobody up."""
    async with LoopLag().beating() as loop_lag:
        await asyncio.sleep(0.4)
        await asyncio.to_thread(sleeps)
    assert about_us(list(loop_lag.stalls)) == about_us(logged) == []


async def test_the_innermost_place_of_our_own_is_named(logged: list[str]) -> None:
    """Not those who called it."""
    async with LoopLag().beating():
        await asyncio.sleep(0.3)
        sorted([3], key=slow)
        await asyncio.sleep(0.3)
    assert any("slow" in line for line in about_us(logged))


def slow(value: int) -> int:
    time.sleep(0.4)
    return value


async def test_it_stands_in_the_service_s_health() -> None:
    """Of one process, and of several together, each place once."""
    async with LoopLag().beating() as loop_lag:
        registry = Registry(admission=Admission(max_calls=1, inbound_reserve=0), loop_lag=loop_lag)
        await asyncio.sleep(0.3)
        sleeps()
        await asyncio.sleep(0.3)
        (told,) = about_us(list(registry.standing().stalls))
    assert HealthStatus.merge(
        [HealthStatus(stalls=(told,)), HealthStatus(stalls=(told, "x"))]
    ).stalls == (told, "x")
