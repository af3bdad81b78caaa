"""A line whose service is several processes behind one address."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from process_kit import GIVES_UP_SECS, ServiceProcess

from bot.call_ids import worker_of
from bot.simulator.carrier import Answers, SimCall
from bot.testing.line import HASTY, HUMAN, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

CALLEE = "+15554440000"


# On a machine that is busy a worker tells late of the calls it has, and would be given more.
PATIENT = """
from loguru import logger
logger.remove()  # as the command itself does, before it loads anything
from bot.workers import worker_handle
worker_handle.PROMISE_SECS, worker_handle.SILENCE_SECS = 2.0, 20.0
"""


@asynccontextmanager
async def running(
    folder: Path, *, workers: int = 2, **overrides: object
) -> AsyncIterator[tuple[Line, ServiceProcess]]:
    """A line whose service is a parent and its workers."""
    service = ServiceProcess(folder, workers=workers, haste=PATIENT)
    async with open_line(
        folder,
        manner=HASTY,
        voice=ToneVoice(),
        agents={"front": agent_file(), "task": agent_file(pipeline="errand")},
        inbound_agent="front",
        serving=service.serving,
        **overrides,
    ) as line:
        line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
        line.carrier.answer(CALLEE, Answers(ring_secs=0.1))
        yield line, service


async def talking(line: Line, sim: SimCall) -> str:
    """Our id of a call whose greeting was heard and is stored."""
    record = await line.until(
        sim.sid, lambda record: bool(record["turns"]), within_secs=GIVES_UP_SECS
    )
    call_id: str = record["id"]
    return call_id


async def dialled(line: Line, count: int) -> dict[str, SimCall]:
    """So many inbound calls at once, each in its middle, by our id."""
    sims = [await line.carrier.dial(f"+1555222{n:04d}") for n in range(count)]
    ids = await asyncio.gather(*(talking(line, sim) for sim in sims))
    return dict(zip(ids, sims, strict=True))


def by_worker(ids: object) -> Counter[int | None]:
    return Counter(map(worker_of, ids))  # type: ignore[call-overload]
