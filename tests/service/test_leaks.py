"""Many calls in one process leave nothing behind. TRUNKLINE_SOAK=1 plays 1,000, not 60."""

import asyncio
import gc
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pipecat.pipeline.worker import PipelineWorker

from bot.brains.openai import OpenAISession
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.realtime import RealtimeModel
from bot.calls.call import Call
from bot.calls.journal import Journal
from bot.calls.pipeline import CallPipeline
from bot.simulator.caller import CallerScript, HangUp, Pause, StayOn
from bot.simulator.carrier import Answers, Busy
from bot.simulator.model import Faults, Incident, Manner, Mishap, Moment
from bot.testing.line import CALLER, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.realtime

SOAK = os.environ.get("TRUNKLINE_SOAK") == "1"
ONE_AFTER_ANOTHER = 1000 if SOAK else 60
AT_ONCE = 20
WARM_UP = 12
IDLE_SOCKETS = 24  # listening ones, and a connection or two between each pair of us
GROWTH_MB = 6.0  # what allocator and caches may keep; 300 calls have kept 1.3
OF_A_CALL = (
    Call,
    Journal,
    CallPipeline,
    RealtimeModel,
    OpenAIConversation,
    OpenAISession,
    PipelineWorker,
)

GOODBYE, FRESH = "+15550001001", "+15550001002"
CALLEE = "+15554440000"
AGENTS = {
    "bye": agent_file(f'numbers = ["{GOODBYE}"]', first_line="Goodbye.", grace_secs=0.05),
    "fresh": agent_file(f'numbers = ["{FRESH}"]', first_line=""),
    "task": agent_file("limits = { ring_secs = 5 }", pipeline="errand", first_line="Hi."),
}
BRISK = Manner(first_audio_after_secs=0.02, transcript_after_secs=0.02, keeps_audio=False)


@pytest.fixture(autouse=True)
def only_what_is_new() -> Iterator[None]:
    """What earlier tests have left is not looked through: that would stop the loop, again and
    again, until the service takes it for overload and turns calls away.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


OF_THE_LOOP = "asyncio_"  # threads of its pool, which grows to its bound with what is asked at once


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the process holds, simulated far sides included."""

    tasks: Counter[str]
    threads: int
    sockets: int
    files: int
    objects: Counter[str]

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        tasks = Counter(_kind(task) for task in asyncio.all_tasks())
        targets = [_target(name) for name in os.listdir("/proc/self/fd")]
        alive = Counter(type(it).__name__ for it in gc.get_objects() if type(it) in OF_A_CALL)
        return cls(
            tasks=tasks,
            threads=sum(
                not thread.name.startswith(OF_THE_LOOP) for thread in threading.enumerate()
            ),
            sockets=sum(target.startswith("socket:") for target in targets),
            files=sum(target.startswith("/") for target in targets),
            objects=alive,
        )

    def beyond(self, before: "Held") -> dict[str, object]:
        """What is held now and was not then. Connections kept alive for a while may be fewer."""
        grown = {
            "tasks": self.tasks - before.tasks,
            "threads": max(0, self.threads - before.threads),
            "sockets": max(0, self.sockets - before.sockets),
            "files": max(0, self.files - before.files),
            "objects": self.objects,
        }
        return {name: growth for name, growth in grown.items() if growth}


def _kind(task: asyncio.Task[object]) -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", repr(coroutine))


def _target(descriptor: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except FileNotFoundError:  # the one that listed the folder
        return ""


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def said_goodbye(line: Line) -> None:
    """The agent ends it."""
    sim = await line.carrier.dial(CALLER, to_number=GOODBYE)
    assert (await line.ended(sim.sid))["outcome"]["reason"] == "goodbye"
    await sim.wait_ended(5)


async def hung_up(line: Line) -> None:
    """The caller ends it, at some moment of the greeting."""
    script = CallerScript(actions=(Pause(50), HangUp()))
    sim = await line.carrier.dial(CALLER, to_number=GOODBYE, caller=script)
    await line.ended(sim.sid)


async def lost_its_model(line: Line) -> None:
    """The model breaks off and is not to be had any more."""
    drops = Faults(incidents=(Incident(moment=Moment.GREETING, mishap=Mishap.DROP),))
    line.model.next_faults(drops, Faults(refuse_with=401))
    sim = await line.carrier.dial(CALLER, to_number=FRESH)
    await line.ended(sim.sid)
    await sim.hang_up()


async def lost_its_stream(line: Line) -> None:
    """The line to us breaks."""
    sim = await line.carrier.dial(CALLER, to_number=GOODBYE)
    await sim.wait_for("stream_started")
    await asyncio.sleep(0.02)
    sim.cut_stream()
    await line.ended(sim.sid)
    await sim.hang_up()


async def was_busy(line: Line) -> None:
    """Nobody is reached."""
    line.carrier.answer(CALLEE, Busy(ring_secs=0.05))
    answer = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
    await line.ended(answer.json()["id"])


async def was_taken_back(line: Line) -> None:
    """We end a call that goes on."""
    line.carrier.answer(CALLEE, Answers(ring_secs=0.05, caller=CallerScript(actions=(StayOn(),))))
    answer = await line.api.post("/calls", json={"to": CALLEE, "agent": "task"})
    call_id = answer.json()["id"]
    await line.until(call_id, lambda record: record["status"] == "in-progress")
    await line.api.post(f"/calls/{call_id}/hangup")
    await line.ended(call_id)


KINDS = (said_goodbye, hung_up, lost_its_model, lost_its_stream, was_busy, was_taken_back)


async def play(line: Line, count: int) -> None:
    """Many calls at once, then these many, one after another."""
    await asyncio.gather(*(said_goodbye(line) for _ in range(AT_ONCE)))
    for number in range(count):
        await KINDS[number % len(KINDS)](line)
        if number % 30 == 29:
            await forget(line)


async def forget(line: Line) -> None:
    """Lets the far sides finish, and drops what they keep for tests to look at."""
    await line.carrier.settle(10)
    line.carrier.calls.clear()
    line.carrier.errors.clear()
    line.model.sessions.clear()
    line.rest.requests.clear()


async def quiet_down(line: Line, holds: Callable[[], bool]) -> None:
    """Waits until this holds, at most 10 s.

    A call is played now and then: HTTP clients close their idle connections when they are used.
    """
    ends_at = asyncio.get_running_loop().time() + 10
    while True:
        await forget(line)
        enough = holds() or asyncio.get_running_loop().time() > ends_at
        while not (await line.api.get("/health/ready")).is_success:  # noqa: ASYNC110 - looking stops the loop
            await asyncio.sleep(0.1)
        if enough:
            return
        await said_goodbye(line)


@pytest.mark.thorough
@pytest.mark.timeout(1500 if SOAK else 90)
async def test_calls_leave_nothing_behind(tmp_path: Path) -> None:
    """Calls of every kind, at once and one after another: no task, thread, socket, file or object
    of a call stays, and memory does not grow with their number.
    """
    async with open_line(tmp_path, manner=BRISK, voice=ToneVoice(60), agents=AGENTS) as line:
        await play(line, WARM_UP)
        await quiet_down(line, lambda: Held.now().sockets <= IDLE_SOCKETS)
        before, before_mb = Held.now(), _resident_mb()
        assert before.sockets <= IDLE_SOCKETS

        await play(line, ONE_AFTER_ANOTHER)
        await quiet_down(line, lambda: not Held.now().beyond(before))
        assert Held.now().beyond(before) == {}
        grown_mb = _resident_mb() - before_mb
        assert grown_mb <= GROWTH_MB
        assert (await line.api.get("/health/live")).json()["live_calls"] == 0


async def test_a_closed_service_leaves_nothing_behind(tmp_path: Path) -> None:
    """Closing the service lets go of all it held, calls in their middle included."""
    gc.collect()
    tasks = asyncio.all_tasks()
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        async with open_line(folder, manner=BRISK, voice=ToneVoice(60), agents=AGENTS) as line:
            sim = await line.carrier.dial(CALLER, to_number=FRESH)
            await sim.wait_for("agent_speaks")
        assert asyncio.all_tasks() == tasks
        if folder.name == "first":  # pools of threads are made once
            after_first = Held.now()
    held = Held.now()
    assert not held.objects
    assert (held.threads, held.sockets) == (after_first.threads, after_first.sockets)
