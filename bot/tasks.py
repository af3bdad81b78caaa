"""Work beside the rest: tasks that are kept until they are done, pauses that grow, the first of
several to happen, work that goes on meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class TaskSet:
    """Tasks under way. An event loop itself holds tasks so weakly that one may vanish half done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __iter__(self) -> Iterator[asyncio.Task[Any]]:
        """Those under way now; they may end meanwhile."""
        return iter(tuple(self._tasks))

    def start(
        self, work: Coroutine[Any, Any, Result], *, name: str | None = None
    ) -> asyncio.Task[Result]:
        """Does this work in a task of its own."""
        return self.keep(asyncio.create_task(work, name=name))

    def keep(self, task: asyncio.Task[Result]) -> asyncio.Task[Result]:
        """Keeps a task that was made elsewhere."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def wait(self) -> None:
        """Until those under way are done, however they end."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


def growing_pauses(first_secs: float, longest_secs: float) -> Iterator[float]:
    """Each twice as long as the one before, up to the longest, for ever."""
    pause_secs = first_secs
    while True:
        yield pause_secs
        pause_secs = min(2 * pause_secs, longest_secs)


async def first_of(*happenings: Coroutine[Any, Any, Any]) -> None:
    """Returns when the first of these has happened; the others are waited for no longer."""
    tasks = [asyncio.ensure_future(each) for each in happenings]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the work for as long as this is entered."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
