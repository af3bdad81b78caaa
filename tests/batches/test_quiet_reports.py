"""Reports about tens of thousands of people, beside live calls."""

import asyncio
import gc
import subprocess
import sys
import time
from asyncio import Handle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from batch_kit import NOON, a_batch, a_contact, opened_store

from bot.batches.batch_reports import BatchReports
from bot.batches.dry_run import DryRun
from bot.batches.plan_writer import BOUNDS, PlanWriter
from bot.batches.service import BatchService
from bot.batches.suppression_list import SuppressionList
from bot.child import Children
from bot.store import Store, Suppression
from config import Agent
from config.calling_rules import load_rules
from tests.brains.some_brains import BRAINS

PEOPLE = 30_000  # each a microsecond, in one go, is too long
AT_ONCE = 5_000
TIMES = 3  # each, until one is quick
LONGEST_SECS = 0.02  # nothing but sound is worked on for longer

AGENT = Agent(name="clinic", pipeline="reminder", instructions="Remind {name}.", first_line="Hi.")


class NoCalls:
    async def end(self, call_id: str) -> bool:
        return False


async def people(store: Store) -> None:
    await store.batches.add(a_batch(agent="clinic", state="running"))
    for begin in range(0, PEOPLE, AT_ONCE):
        some = [a_contact(n) for n in range(begin, begin + AT_ONCE)]
        await store.batches.add_contacts(some)
        await store.suppressions.add_all(
            [Suppression(number=each.number, at=NOON, source="import") for each in some[::100]]
        )


@contextmanager
def stretches() -> Iterator[list[float]]:
    """How long the event loop worked on each thing, in seconds of its own thread's processor: what
    else this machine does makes no difference. Python's collector has a rest: what it takes is by
    what is kept, and no report keeps more than a page, but the plan, which a child works out.
    """
    taken: list[float] = []
    run = Handle._run

    def timed(handle: Handle) -> None:
        began = time.thread_time()
        run(handle)
        taken.append(time.thread_time() - began)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Handle, "_run", timed)
        gc.disable()
        yield taken
        gc.enable()


async def drawn(pieces: AsyncIterator[str]) -> int:
    return sum([len(piece) async for piece in pieces])


@pytest.mark.realtime
@pytest.mark.thorough
@pytest.mark.timeout(600)
async def test_reports_are_not_heard(tmp_path: Path) -> None:
    """Plan, results, overview and the list of suppressions: each in slices, or in a thread.

    What is slow by itself is slow each time; what else this machine does is not slow three times.
    """
    async with opened_store(tmp_path) as store:
        await people(store)
        rules, now = load_rules(), lambda: NOON
        dry_run = DryRun(store=store, agents={"clinic": AGENT}, brains=BRAINS, rules=rules, now=now)
        service = BatchService(store=store, live_calls=NoCalls(), now=now)
        kept = SuppressionList(store=store, now=now)

        writer = PlanWriter(
            dry_run=dry_run,
            apart=Children(BOUNDS),
            database_url=f"sqlite:///{tmp_path / 'office.db'}",
            calling_rules=None,
        )

        async def plan() -> None:
            pieces = await writer.write("batch_a", "json")
            assert await asyncio.to_thread(lambda: sum(map(len, pieces))) > PEOPLE

        async def results() -> None:
            assert await drawn(await BatchReports(store=store).results("batch_a")) > PEOPLE

        async def export() -> None:
            assert await drawn(await kept.export()) > PEOPLE // 100

        reports: dict[str, Callable[[], Awaitable[object]]] = {
            "plan": plan,
            "results": results,
            "overview": lambda: service.overview("batch_a"),
            "export": export,
        }
        for name, report in reports.items():
            longest_secs: list[float] = []
            while len(longest_secs) < TIMES and min(longest_secs, default=1.0) > LONGEST_SECS:
                with stretches() as taken:
                    await report()
                longest_secs.append(max(taken))
            assert min(longest_secs) < LONGEST_SECS, name


def test_a_child_that_plans_starts_without_what_calls_need() -> None:
    """Pipecat alone takes longer to load than most plans to make."""
    loaded = (
        "import sys, bot.batches.plan_writer; print([m for m in sys.modules if m == 'pipecat'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.split() == ["[]"]
