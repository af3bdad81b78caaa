"""`make soak`: holds calls for minutes while things go wrong; fails on leaks and lost calls.

python -m tests.benchmarks.soak [--calls 20] [--minutes 5] [--faults nonsense,cut]
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from bot.simulator.loopback_server import LoopbackServer
from tests.benchmarks import leaks, processes
from tests.benchmarks.grid import Grid
from tests.benchmarks.load import Exchange, LoadModel, Tally
from tests.benchmarks.mischief import Mischief
from tests.benchmarks.processes import Use
from tests.benchmarks.running import CALLS_A_SEC
from tests.benchmarks.servers import Server, ServerFailed, ours

WAVE_SECS = 10.0  # of as many calls and each fault, beforehand: memory is taken for them once
QUIET_SECS = 10.0  # for calls that were cut to be given up
SAMPLE_SECS = 1.0
DEAF_SECS = 10.0  # a caller whom the model has not heard for so long is lost

out = Console()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for."""

    calls: int
    minutes: float
    faults: Sequence[str]
    every_secs: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of it."""

    before: Use
    held: Sequence[Use]
    after: Use
    faults: dict[str, int]
    calls_begun: int
    problems: Sequence[str]


async def soak(wish: Wish, folder: Path, core: int | None) -> Found:
    """Raises ServerFailed when the server went away."""
    carrier = LoopbackServer(no_such_call)
    await carrier.start()
    tally = Tally()
    try:
        async with (
            LoadModel() as model,
            Server(
                ours(carrier_url=carrier.url), model_url=model.url, folder=folder, core=core
            ) as server,
        ):
            exchange = Exchange(model=model, dialer=server.dialer, tally=tally)
            await _wave(wish, exchange, model)
            before = server.use()
            await exchange.ramp(wish.calls, a_sec=CALLS_A_SEC)
            mischief = Mischief(exchange=exchange, model=model)
            held, deaf = await _hold(wish, exchange, mischief, server)
            await exchange.hang_up(*exchange.talking)
            await asyncio.sleep(QUIET_SECS)
            after, sessions = server.use(), len(model.open_sessions)
    finally:
        await carrier.stop()
    problems = [*leaks.left_behind(before, after), *leaks.growing(held), *tally.dropped_calls]
    if deaf:
        problems.append(f"{deaf} callers were not heard for {DEAF_SECS:g} s")
    if sessions:
        problems.append(f"{sessions} sessions with the model are left open")
    if model.strays:
        problems.append(f"{model.strays} sounds of one caller came to the session of another")
    return Found(
        before=before,
        held=held,
        after=after,
        faults=mischief.done,
        calls_begun=tally.calls_begun,
        problems=problems,
    )


async def _wave(wish: Wish, exchange: Exchange, model: LoadModel) -> None:
    """As many calls, and each fault once: what is loaded and kept for all of it is taken now."""
    await exchange.ramp(wish.calls, a_sec=CALLS_A_SEC)
    mischief = Mischief(exchange=exchange, model=model)
    for fault in wish.faults:
        await mischief.happen(fault)
    await asyncio.sleep(WAVE_SECS)
    await exchange.hang_up(*exchange.talking)
    await asyncio.sleep(QUIET_SECS)


async def _hold(
    wish: Wish, exchange: Exchange, mischief: Mischief, server: Server
) -> tuple[list[Use], int]:
    """Samples of what the server uses, and how many callers went unheard."""
    faults = itertools.cycle(wish.faults)
    began_at = time.perf_counter()
    next_fault_at = began_at + wish.every_secs
    held: list[Use] = []
    deaf: set[str] = set()
    while (now := time.perf_counter()) < began_at + wish.minutes * 60:
        if wish.faults and now >= next_fault_at and exchange.talking:
            next_fault_at += wish.every_secs
            await mischief.happen(next(faults))
        held.append(server.use())
        deaf |= {
            caller.call_sid
            for caller in exchange.talking
            if now - (caller.marker_heard_at or caller.begun_at or now) > DEAF_SECS
        }
        await asyncio.sleep(SAMPLE_SECS)
    return held, len(deaf)


async def no_such_call(scope: Scope, receive: Receive, send: Send) -> None:
    """The carrier's REST API: whatever call it is asked about is over."""
    gone = {"code": 20404, "message": "The requested resource was not found", "status": 404}
    await JSONResponse(gone, 404)(scope, receive, send)


def _show(wish: Wish, found: Found) -> None:
    rows = [
        (name, f"{use.rss_mb:.1f}", str(use.fds), str(use.threads))
        for name, use in (
            ("before, idle", found.before),
            *((("at the end, holding", found.held[-1]),) if found.held else ()),
            ("after, idle", found.after),
        )
    ]
    grid = Grid(head=("server", "RSS MB", "fds", "threads"), rows=rows)
    out.print(grid.rich(f"{wish.calls} calls for {wish.minutes:g} min"))
    done = ", ".join(f"{name} {count}" for name, count in found.faults.items()) or "none"
    out.print(f"calls begun: {found.calls_begun}; faults: {done}", highlight=False)
    out.print(f"growth while holding: {leaks.growth_mb(found.held):+.1f} MB", highlight=False)
    for problem in found.problems:
        out.print(problem, style="red", highlight=False, markup=False)
    if not found.problems:
        out.print("no leak, no call lost", style="green")


def main() -> None:
    wish = _arguments()
    core = processes.beside_server()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        try:
            found = uvloop.run(soak(wish, Path(folder), core))
        except ServerFailed as failed:
            out.print(str(failed), style="red", highlight=False, markup=False)
            sys.exit(1)
    _show(wish, found)
    sys.exit(1 if found.problems else 0)


def _arguments() -> Wish:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    known = ",".join(Mischief.FAULTS)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--faults", default=known, help=f"which, of {known}; empty: none")
    parser.add_argument("--every", type=float, default=2.0, help="seconds from fault to fault")
    given = parser.parse_args()
    faults = [name for name in given.faults.split(",") if name]
    if unknown := set(faults) - set(Mischief.FAULTS):
        parser.error(f"no fault is called {', '.join(sorted(unknown))}; there are {known}")
    return Wish(calls=given.calls, minutes=given.minutes, faults=faults, every_secs=given.every)


if __name__ == "__main__":
    main()
