"""Work in a process of its own: every way in which it may end is a sentence, and harms nobody."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.child import (
    MOST_ASKED,
    Bounds,
    ChildFailed,
    ChildRefused,
    Children,
    in_this_process,
)

pytestmark = pytest.mark.realtime

MB = 1024 * 1024
BOUNDS = Bounds(secs=30, cpu_secs=10, memory_bytes=400 * MB, output_bytes=4 * MB)


def words(content: bytes, *, more: list[str]) -> Iterator[str]:
    """What a good function does."""
    yield from content.decode().split()
    yield from more


def where(content: bytes) -> Iterator[str]:
    """Its process, how nice it is, and what it knows of our environment."""
    yield str(os.getpid())
    yield str(os.nice(0) - int(content))
    yield os.environ.get("OPENAI_API_KEY", "no key")


def refuses(content: bytes) -> Iterator[str]:
    yield "a line that nobody is to see"
    raise ChildRefused(f"This is no file\nof ours: {len(content)} bytes.")


def breaks(content: bytes) -> Iterator[str]:
    raise KeyError(content)
    yield ""


def aborts(content: bytes) -> Iterator[str]:
    os.abort()
    yield ""


def is_killed(content: bytes) -> Iterator[str]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield ""


def eats(content: bytes) -> Iterator[str]:
    yield str(len(b"x" * (1024 * MB)))


def spins(content: bytes) -> Iterator[str]:
    while True:
        pass
    yield ""


def sleeps(content: bytes) -> Iterator[str]:
    time.sleep(60)
    yield ""


def talks(content: bytes) -> Iterator[str]:
    while True:
        yield "x" * 1000


def of(function: Any) -> str:
    return f"{__name__}:{function.__name__}"


@pytest.mark.parametrize("apart", [Children(BOUNDS), in_this_process])
async def test_a_function_is_run_over_a_file(apart: Any) -> None:
    """Here or there, its lines are the same; what it refuses is its own sentence."""
    with await apart(of(words), "Zoë Ann\n".encode(), {"more": ["", "Bob"]}) as output:
        assert list(output) == ["Zoë", "Ann", "", "Bob"]
    with pytest.raises(ChildRefused, match="This is no file"):
        await apart(of(refuses), b"x", {})


async def test_only_so_many_files_wait() -> None:
    """Each of them is held in memory. Who no longer waits makes room."""
    children = Children(BOUNDS)
    waiting = [asyncio.create_task(children(of(sleeps), b"", {})) for _ in range(MOST_ASKED)]
    await asyncio.sleep(0)
    with pytest.raises(ChildRefused, match="8 files are being read already"):
        await children(of(words), b"a", {"more": []})
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)
    with await children(of(words), b"a", {"more": []}) as output:
        assert list(output) == ["a"]


async def test_a_child_is_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which lets calls go first, and has no keys."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with await Children(BOUNDS)(of(where), str(os.nice(0)).encode(), {}) as output:
        pid, nicer, key = output
    assert int(pid) != os.getpid()
    assert (int(nicer) > 0 or os.nice(0) > 9, key) == (True, "no key")


@pytest.mark.parametrize(
    ("function", "bounds", "says"),
    [
        (breaks, {}, "it broke what reads it"),
        (aborts, {}, "400 MB of memory, or broke"),
        (is_killed, {}, "400 MB of memory, or broke"),
        (eats, {}, "400 MB of memory"),
        (spins, {"cpu_secs": 1}, "longer than 1 s of a processor"),
        (sleeps, {"secs": 1.0}, "longer than 1 s"),
        (talks, {}, "it broke what reads it"),
    ],
)
async def test_every_death_is_a_sentence(
    function: Any, bounds: dict[str, float], says: str
) -> None:
    """And the next piece of work is done as if nothing had been."""
    children = Children(Bounds(**{**vars(BOUNDS), **bounds}))
    with pytest.raises(ChildFailed, match=says):
        await children(of(function), b"secret words", {})
    with await children(of(words), b"a", {"more": []}) as output:
        assert list(output) == ["a"]
