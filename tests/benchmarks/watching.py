"""What watchers cost: the same calls with nobody in the console and with three who follow them.

    python -m tests.benchmarks.watching [--calls 100] [--seconds 15] [--rounds 2]

One watches the list of live calls, one a call word by word, one listens to it. Rounds alternate, so
that what else the machine does meets both alike. Prints the table of docs/benchmarks.md.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvloop
from websockets.asyncio.client import connect

from bot.clock import utcnow
from bot.console.passwords import Passwords
from bot.simulator.loopback_client import loopback_client
from bot.store import Store, UserRecord
from bot.tasks import running
from tests.benchmarks import processes
from tests.benchmarks.figures import Load
from tests.benchmarks.load import Habits, Pace
from tests.benchmarks.running import Plan, run_load
from tests.benchmarks.servers import Server, ours

NAME, PASSWORD = "watcher", "quiet harbour at noon"
WATCHERS = 3
HEAD = (
    "|  | nobody | three watchers | ratio |",
    "| :-- | --: | --: | --: |",
)


@dataclass
class Seen:
    """What came to the watchers, in bytes: a watcher who is told nothing costs nothing."""

    rows: int = 0  # of the list
    words: int = 0  # of the call
    sound: int = 0

    @property
    def is_whole(self) -> bool:
        return min(self.rows, self.words, self.sound) > 0


@asynccontextmanager
async def watched(server: Server, database_url: str, seen: Seen) -> AsyncIterator[None]:
    """Three watchers, for as long as this is entered."""
    store, passwords = await Store.open(database_url), Passwords()
    hashed = await passwords.hash(PASSWORD)
    user = UserRecord(name=NAME, password_hash=hashed, role="operator", made_at=utcnow())
    await store.console_users.add(user)
    await store.close()
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(
            loopback_client(base_url=server.url, headers={"Origin": server.url}, timeout=None)
        )
        entry = {"name": NAME, "password": PASSWORD}
        await browser.post("/console/sign-in", data=entry)
        key = {"Authorization": "Bearer bench-key"}
        calls = (await browser.get("/calls", headers=key)).json()["calls"]
        call_id = next(call["id"] for call in calls if call["status"] == "in-progress")
        for work in (
            _rows(browser, seen),
            _words(browser, call_id, seen),
            _sound(browser, server.url, call_id, seen),
        ):
            await stack.enter_async_context(running(work))
        yield


async def _rows(browser: httpx.AsyncClient, seen: Seen) -> None:
    async with browser.stream("GET", "/console/live/events") as answer:
        async for piece in answer.aiter_bytes():
            seen.rows += len(piece)


async def _words(browser: httpx.AsyncClient, call_id: str, seen: Seen) -> None:
    async with browser.stream("GET", f"/console/calls/{call_id}/events") as answer:
        async for piece in answer.aiter_bytes():
            seen.words += len(piece)


async def _sound(browser: httpx.AsyncClient, url: str, call_id: str, seen: Seen) -> None:
    told = (await browser.post(f"/console/calls/{call_id}/listen")).json()
    async with connect(url.replace("http", "ws", 1) + told["sound"], proxy=None) as socket:
        await socket.send(json.dumps({"token": told["token"]}))
        async for message in socket:
            seen.sound += len(message) if isinstance(message, bytes) else 0


async def measure(calls: int, seconds: float, rounds: int) -> tuple[list[Load], list[Load]]:
    """The runs without watchers, and those with. Raises ServerFailed, RuntimeError."""
    alone: list[Load] = []
    with_watchers: list[Load] = []
    core = processes.beside_server()
    with tempfile.TemporaryDirectory(prefix="watching-") as folder:
        plan = Plan(
            warm_up_secs=3.0,
            measure_secs=seconds,
            habits=Habits(),
            pace=Pace(),
            server_core=core,
            folder=Path(folder),
        )
        for number in range(rounds):
            alone.append(await run_load(ours(), calls, plan, f"alone{number}"))
            name, seen = f"watched{number}", Seen()
            database_url = f"sqlite:///{plan.folder / name}/bench.db"
            with_watchers.append(
                await run_load(
                    ours(),
                    calls,
                    plan,
                    name,
                    beside=lambda server, url=database_url, seen=seen: watched(server, url, seen),
                )
            )
            if not seen.is_whole:
                raise RuntimeError(f"a watcher was told nothing: {seen}")
    return alone, with_watchers


def table(alone: Sequence[Load], with_watchers: Sequence[Load]) -> list[str]:
    """Of medians over the rounds."""
    rows = list(HEAD)
    for name, figure in (
        ("CPU ms per call-second", lambda load: 1000 * load.cpu / load.calls),
        ("uplink p50 ms", lambda load: load.uplink.p50),
        ("uplink p99 ms", lambda load: load.uplink.p99),
        ("downlink p50 ms", lambda load: load.downlink.p50),
        ("downlink p99 ms", lambda load: load.downlink.p99),
        ("underruns", lambda load: float(load.underruns)),
        ("calls lost", lambda load: float(load.lost)),
    ):
        before, after = (
            statistics.median(figure(load) for load in loads) for loads in (alone, with_watchers)
        )
        ratio = f"{after / before:.2f}" if before else "-"
        rows.append(f"| {name} | {before:.2f} | {after:.2f} | {ratio} |")
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=100)
    options.add_argument("--seconds", type=float, default=15.0)
    options.add_argument("--rounds", type=int, default=2)
    asked = options.parse_args()
    busy = os.getloadavg()[0]
    runs = uvloop.run(measure(asked.calls, asked.seconds, asked.rounds))
    head = f"{asked.calls} calls, {asked.rounds} rounds; load average before the start {busy:.2f}"
    sys.stdout.write("\n".join((head, *table(*runs), "")))


if __name__ == "__main__":
    main()
