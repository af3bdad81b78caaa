"""Dialler processes for tests, and batches for them to dial."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from dialler_process import run_worker

from bot.batches.settings import BatchSettings, Caps
from bot.store import BatchRecord, ContactRecord, Store

NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)  # a Wednesday in New York


BUSY = 5  # a busy machine takes so many times as long as the one that the waits below were set on
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["bot.dialler_app"])


@dataclass
class DiallerProcess:
    """One dialler, by the handle of its process."""

    process: ForkServerProcess
    ready: Connection
    log: Path
    id: str = ""

    async def died(self, *, within_secs: float = 60) -> int:
        """Waits for its end: the exit code, or minus the signal."""
        await until(lambda: self.process.exitcode is not None, within_secs=within_secs)
        code = self.process.exitcode
        assert code is not None
        return code

    async def kill(self) -> None:
        """kill -9"""
        self.process.kill()
        await self.died()

    async def terminate(self) -> int:
        self.process.terminate()
        return await self.died()


@dataclass
class Diallers:
    """Starts diallers, and lets none of them live longer than the test."""

    database_url: str
    far_url: str
    folder: Path
    in_haste: bool = False  # see dialler_process
    environment: dict[str, str] = field(default_factory=dict)  # beside, or for, what is usual
    all: list[DiallerProcess] = field(default_factory=list)
    begun_at: float = field(default_factory=time.monotonic)  # when it is noon

    async def __aenter__(self) -> "Diallers":
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for dialler in self.all:
            await dialler.kill()
            dialler.process.close()
            dialler.ready.close()

    async def start(
        self, *, die_at: tuple[str, int] = ("", 0), finish_secs: float = 30, **environment: str
    ) -> DiallerProcess:
        """A dialler that is ready, or has died of `die_at`."""
        log = self.folder / f"worker_{len(self.all)}.log"
        ready, theirs = FORKS.Pipe(duplex=False)
        settings = {
            "DATABASE_URL": self.database_url,
            "TRUNKLINE_URL": self.far_url,
            "BUSINESS_API_BASE": self.far_url,
            "TRUNKLINE_API_KEY": "key",
            "TWILIO_ACCOUNT_SID": "AC" + 32 * "0",
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_API_URL": self.far_url,
            "TWILIO_CALLS_PER_SECOND": "100",
            **self.environment,
            **environment,
        }
        arguments = (settings, self._now(), die_at, finish_secs, str(log), self.in_haste, theirs)
        process = FORKS.Process(target=run_worker, args=arguments, daemon=True)
        process.start()
        theirs.close()
        dialler = DiallerProcess(process=process, ready=ready, log=log)
        self.all.append(dialler)
        await until(
            lambda: ready.poll() or process.exitcode is not None, within_secs=60, look_secs=0.02
        )
        if process.exitcode is None:
            dialler.id = ready.recv()
        else:
            assert die_at[0], log.read_text()
        return dialler

    def _now(self) -> datetime:
        """By the clock of every dialler."""
        return NOON + timedelta(seconds=time.monotonic() - self.begun_at)


def batch_settings(**changes: Any) -> BatchSettings:
    values: dict[str, Any] = {
        "caps": Caps(per_contact=1),
        "calls_per_second": 50.0,
        "concurrency": 8,
    }
    return BatchSettings(**(values | changes))


async def add_batch(
    store: Store,
    count: int,
    *,
    batch_id: str = "batch_a",
    first_number: int = 0,
    about: str = "apt",
    **changes: Any,
) -> None:
    """A batch of so many people in New York; `about` begins the ids of their appointments."""
    settings = batch_settings(**changes).model_dump(mode="json")
    batch = BatchRecord(
        id=batch_id,
        name=batch_id,
        agent="reminder",
        settings=settings,
        created_at=NOON,
        state="running",
    )
    contacts = [
        ContactRecord(
            id=f"{batch_id}_{n:05}",
            batch_id=batch_id,
            line=n + 2,
            number=f"+1212{2000000 + first_number + n}",
            region="US-NY",
            consent_source="intake form",
            appointments=(f"{about}_{first_number + n}",),
        )
        for n in range(count)
    ]
    await store.batches.add(batch, contacts)


async def until(holds: Callable[[], Any], *, within_secs: float, look_secs: float = 0.1) -> float:
    """Waits until it holds; how many seconds that took. `holds` may be a coroutine function.

    Gives up if it never will: after so many seconds on a machine that has nothing else to do.
    """
    loop = asyncio.get_running_loop()
    begun_at = loop.time()
    while True:
        value = holds()
        if asyncio.iscoroutine(value):
            value = await value
        if value:
            return loop.time() - begun_at
        assert loop.time() - begun_at < BUSY * within_secs, "it took too long"
        await asyncio.sleep(look_secs)


async def is_over(store: Store, batch_id: str = "batch_a") -> bool:
    batch = await store.batches.get(batch_id)
    assert batch is not None
    assert batch.state in ("running", "done"), batch.why
    return batch.state == "done"
