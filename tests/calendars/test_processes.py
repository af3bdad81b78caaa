"""Processes that know nothing of each other give no time away twice, also where one is killed."""

import asyncio
import json
import sys

import pytest

from tests.calendars.practice_kit import Practice

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.timeout(300)]

PROCESSES, EACH = 5, 10


async def start(practice: Practice, first: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.calendars.caller_process"),
        *(practice.calendar, str(first), str(EACH)),
        stdout=asyncio.subprocess.PIPE,
    )


async def outcomes_of(process: asyncio.subprocess.Process) -> list[str]:
    told, _ = await process.communicate()
    outcomes: list[str] = json.loads(told)
    return outcomes


async def test_fifty_callers_of_five_processes(practice: Practice) -> None:
    """One has the time; forty-nine are offered those around it."""
    processes = [await start(practice, n * EACH) for n in range(PROCESSES)]
    outcomes = [each for process in processes for each in await outcomes_of(process)]
    assert len(outcomes) == PROCESSES * EACH
    assert outcomes.count("booked") == 1
    assert outcomes.count("10:30 09:30 11:00") == PROCESSES * EACH - 1
    assert len(await practice.files()) == 1


async def test_a_process_that_is_killed_in_its_turn(practice: Practice) -> None:
    """What it left is taken away after some time; the next one has the time, or it had it."""
    killed = await start(practice, 0)
    async with asyncio.timeout(30):
        while not any("turn" in name for name in await practice.files()):
            assert killed.returncode is None
    killed.kill()
    await killed.wait()
    outcomes = await outcomes_of(await start(practice, 100))
    booked = [name for name in await practice.files() if "turn" not in name]
    assert len(booked) == 1
    assert outcomes.count("booked") in (0, 1)
