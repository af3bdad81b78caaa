"""`make leaks`: many calls one after another, then many at a time; fails on what they leave behind.

python -m tests.benchmarks.many [--calls 1000] [--at-once 100]
"""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console

from bot.simulator.loopback_server import LoopbackServer
from tests.benchmarks import leaks, processes
from tests.benchmarks.grid import Grid
from tests.benchmarks.load import Exchange, LoadModel, Tally
from tests.benchmarks.processes import Use
from tests.benchmarks.servers import Server, ServerFailed, Variant, ours
from tests.benchmarks.soak import no_such_call

CALLS_A_SEC = 25.0  # of those that are held together
HELD_SECS = 2.0  # all of them at a time
GREETED_SECS = 20.0  # a caller who has heard nothing by then has given up
WARM_UP = 30  # calls beforehand: what is loaded and kept for calls is taken then
WARM_UP_WAVES = 5  # in which the heap comes to the size that so many calls at a time leave it at
QUIET_SECS = 60.0  # at most, until everything is let go and written
SAMPLE_EVERY = 10  # calls
MOST_TURNED_AWAY = 0.05  # of the calls: a test of fewer is another one

out = Console()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for."""

    one_by_one: int  # calls
    at_once: int
    waves: int  # of so many at once
    warm_up: int = WARM_UP
    warm_up_waves: int = WARM_UP_WAVES


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Calls of one kind, and what the idle server used before and after them."""

    name: str
    before: Use
    after: Use
    slope_mb: float | None  # per 1,000 calls, from samples between calls; None: too few


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of it."""

    stretches: tuple[Stretch, ...]
    turned_away: int
    left_behind: tuple[str, ...]
    lost: tuple[str, ...]  # what came of calls that were not to end

    @property
    def problems(self) -> tuple[str, ...]:
        """Empty: all is as it should be."""
        return (*self.left_behind, *self.lost)


def watched(carrier_url: str) -> Variant:
    """Trunkline as in production, whose tasks can be counted from outside."""
    return replace(
        ours(carrier_url=carrier_url),
        command=lambda port, model_url: (
            *(sys.executable, "-m", "tests.benchmarks.watched_server"),
            *(str(port), "tasks"),
        ),
    )


class Calls:
    """Calls in one server, and what it uses between them."""

    def __init__(self, exchange: Exchange, server: Server) -> None:
        self._exchange = exchange
        self._server = server

    async def one_after_another(self, count: int) -> list[tuple[int, Use]]:
        """Each is greeted, then hangs up. Returns samples: calls so far, and the use then."""
        samples = []
        for number in range(count):
            await self._exchange.call()
            await self._greeted_and_over()
            if number % SAMPLE_EVERY == SAMPLE_EVERY - 1:
                samples.append((number + 1, self._server.use()))
        return samples

    async def in_waves(self, waves: int, each: int) -> list[tuple[int, Use]]:
        """`each` at a time, held for a moment. Returns samples as above."""
        samples = []
        for number in range(waves):
            await self._exchange.ramp(each, a_sec=CALLS_A_SEC)
            await asyncio.sleep(HELD_SECS)
            await self._greeted_and_over()
            samples.append(((number + 1) * each, self._server.use()))
        return samples

    async def _greeted_and_over(self) -> None:
        callers = self._exchange.talking
        waiting = [asyncio.create_task(caller.greeted.wait()) for caller in callers]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=GREETED_SECS)
            for task in late:
                task.cancel()
        await self._exchange.hang_up(*callers)


async def run(wish: Wish, folder: Path, core: int | None) -> Found:
    """Raises ServerFailed when the server went away."""
    carrier = LoopbackServer(no_such_call)
    await carrier.start()
    tally = Tally()
    try:
        async with (
            LoadModel() as model,
            Server(watched(carrier.url), model_url=model.url, folder=folder, core=core) as server,
        ):
            exchange = Exchange(model=model, dialer=server.dialer, tally=tally)
            calls = Calls(exchange, server)
            idle_tasks = (await server.settled(lambda use: True, 0.0)).tasks
            await calls.one_after_another(wish.warm_up)
            await calls.in_waves(wish.warm_up_waves, wish.at_once)
            first = await server.settled(lambda use: use.tasks <= idle_tasks, QUIET_SECS)
            first = replace(first, tasks=idle_tasks)

            def as_before(use: Use) -> bool:
                return not model.open_sessions and not leaks.left_behind(first, use)

            stretches, before = [], first
            for name, play in (
                (
                    f"{wish.one_by_one} calls, one after another",
                    partial(calls.one_after_another, wish.one_by_one),
                ),
                (
                    f"{wish.waves * wish.at_once} calls, {wish.at_once} at a time",
                    partial(calls.in_waves, wish.waves, wish.at_once),
                ),
            ):
                samples = await play()
                after = await server.settled(as_before, QUIET_SECS)
                slope_mb = leaks.slope_mb(samples)
                stretches.append(Stretch(name=name, before=before, after=after, slope_mb=slope_mb))
                before = after
            sessions, kinds = len(model.open_sessions), server.tasks
    finally:
        await carrier.stop()
    problems = leaks.left_behind(first, before)
    if before.tasks > idle_tasks:
        problems.append(f"these tasks are there: {kinds}")
    if sessions:
        problems.append(f"{sessions} sessions with the model are left open")
    lost = []
    if tally.calls_lost:
        lost.append(f"{tally.calls_lost} calls were lost: {tally.dropped_calls[0]}")
    if tally.calls_refused > MOST_TURNED_AWAY * tally.calls_begun:
        lost.append(f"{tally.calls_refused} calls were turned away: {tally.dropped_calls[0]}")
    return Found(
        stretches=tuple(stretches),
        turned_away=tally.calls_refused,
        left_behind=tuple(problems),
        lost=tuple(lost),
    )


def _grid(found: Found) -> Grid:
    first = found.stretches[0].before
    rows = [_row("before", first, first, None)]
    rows += [_row(each.name, each.after, first, each.slope_mb) for each in found.stretches]
    head = ("the idle server", "tasks", "threads", "sockets", "fds", "RSS MB", "grown MB", SLOPE)
    return Grid(head=head, rows=rows)


SLOPE = "MB per 1,000 calls"


def _row(name: str, use: Use, first: Use, slope_mb: float | None) -> tuple[str, ...]:
    counts = (use.tasks, use.threads, use.sockets, use.fds)
    grown = f"{use.rss_mb - first.rss_mb:+.1f}"
    slope = "-" if slope_mb is None else f"{slope_mb:+.1f}"
    return (name, *map(str, counts), f"{use.rss_mb:.1f}", grown, slope)


def main() -> None:
    wish = _arguments()
    core = processes.beside_server()
    with tempfile.TemporaryDirectory(prefix="leaks-") as folder:
        try:
            found = uvloop.run(run(wish, Path(folder), core))
        except ServerFailed as failed:
            out.print(str(failed), style="red", highlight=False, markup=False)
            sys.exit(1)
    out.print(_grid(found).rich(""))
    if found.turned_away:
        out.print(f"{found.turned_away} calls were turned away: the machine was busy")
    for problem in found.problems:
        out.print(problem, style="red", highlight=False, markup=False)
    if not found.problems:
        out.print("nothing is left behind", style="green")
    sys.exit(1 if found.problems else 0)


def _arguments() -> Wish:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000, help="of either kind")
    parser.add_argument("--at-once", type=int, default=100)
    given = parser.parse_args()
    return Wish(
        one_by_one=given.calls,
        at_once=given.at_once,
        waves=max(1, given.calls // given.at_once),
    )


if __name__ == "__main__":
    main()
