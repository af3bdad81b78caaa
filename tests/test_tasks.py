"""Work beside the rest: nothing is lost on the way, and pauses grow to a bound."""

import asyncio
import gc
from itertools import islice

from bot.tasks import TaskSet, first_of, growing_pauses


async def test_a_task_is_kept_until_it_is_done() -> None:
    """Nobody else holds it; afterwards the set does not either."""
    tasks, done = TaskSet(), []

    async def work(number: int) -> None:
        await asyncio.sleep(1)
        done.append(number)

    for number in range(3):
        tasks.start(work(number), name=f"work {number}")
    gc.collect(0)  # they are young
    assert sorted(task.get_name() for task in tasks) == ["work 0", "work 1", "work 2"]
    await tasks.wait()
    assert done == [0, 1, 2]
    assert list(tasks) == []


async def test_waiting_raises_nothing() -> None:
    """Whatever the tasks come to is their own business."""
    tasks = TaskSet()

    async def fail() -> None:
        raise ValueError

    failed, cancelled = tasks.start(fail()), tasks.start(asyncio.sleep(60))
    cancelled.cancel()
    await tasks.wait()
    assert isinstance(failed.exception(), ValueError)


def test_pauses_grow_to_the_longest() -> None:
    """And stay there."""
    assert list(islice(growing_pauses(0.5, 3.0), 5)) == [0.5, 1.0, 2.0, 3.0, 3.0]


async def test_the_first_of_several() -> None:
    """The others are given up, whether it came to an end or was cancelled itself."""
    began, given_up = asyncio.get_running_loop().time(), []

    async def wait(secs: float) -> None:
        try:
            await asyncio.sleep(secs)
        except asyncio.CancelledError:
            given_up.append(secs)
            raise

    await first_of(wait(5), wait(1), wait(9))
    await asyncio.sleep(0)
    assert round(asyncio.get_running_loop().time() - began, 3) == 1.0
    assert sorted(given_up) == [5, 9]
