"""A pipeline of an author's own: served like the shipped ones, contained when it misbehaves."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pipecat.frames.frames import EndFrame, Frame, StartFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.simulator.caller import CallerScript, StayOn
from bot.simulator.carrier import Answers
from bot.testing.line import CALLER, HUMAN, Line
from config import SHIPPED, read_agents
from pipelines import CallParts, PipelineSpec
from processors import AutoHangup, CallTimeLimit
from processors.base import CallProcessor, OnFailure
from processors.frames import AgentAudioFrame
from tests.service.line_kit import open_line

AGENT = """
pipeline = "own"
instructions = "Be there."
first_line = "Hello."
lines = { sorry = "Sorry.", hold = "Hold." }
[outcome]
summary = false
"""
SORRY, HOLD = "Sorry.", "Hold."


class Deaf(FrameProcessor):
    """Never finishes with a frame that is not the start: the worst an author can write."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, (StartFrame, EndFrame)):
            await asyncio.Event().wait()
        await self.push_frame(frame, direction)


class Clumsy(FrameProcessor):
    """Raises at each sound of the agent, and lets it pass."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, AgentAudioFrame):
            raise ValueError("no idea what to do with this")


Make = Callable[[], FrameProcessor]


def own_pipeline(*processors: Make) -> dict[str, PipelineSpec]:
    def build(call: CallParts) -> list[FrameProcessor]:
        return [
            call.caller_audio,
            call.model,
            *(make() for make in processors),
            AutoHangup(),
            CallTimeLimit(secs=2.0, goodbye="Time is up."),
            call.bot_audio,
        ]

    return {"own": PipelineSpec(name="own", build=build, tools=())}


async def one_call(
    folder: Path, *processors: Make, **settings: Any
) -> tuple[Line, dict[str, Any], Any]:
    agents = folder / "agents"
    agents.mkdir()
    (agents / "own.toml").write_text(AGENT)
    for shipped in read_agents(SHIPPED):  # their pipelines are not served here
        (agents / f"{shipped}.toml").write_text(AGENT)
    async with open_line(
        folder,
        pipelines=own_pipeline(*processors),
        trunkline_agents=agents,
        inbound_agent="own",
        **settings,
    ) as line:
        line.carrier.answer(HUMAN, Answers(ring_secs=0.1, talk_secs=0.1))
        sim = await line.carrier.dial(CALLER, caller=CallerScript(actions=(StayOn(),)))
        record = await line.ended(sim.sid, within_secs=40)
        await sim.wait_ended(20)
        return line, record, sim


async def test_an_exception_in_a_processor_does_not_end_the_call(tmp_path: Path) -> None:
    """The sound passes, the call goes on until its own time limit."""
    _, record, _ = await one_call(tmp_path, partial(Clumsy, enable_direct_mode=True))
    assert record["outcome"]["reason"] == "time_limit"
    assert [turn["text"] for turn in record["turns"]][0] == "Hello."


class Watcher(CallProcessor):
    """Counts the agent's sounds, badly; a processor of the house's kind."""

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, AgentAudioFrame):
            raise ValueError("cannot count")


async def test_the_sound_passes_a_watcher_that_fails(tmp_path: Path) -> None:
    """A processor that neither hands frames on nor mends itself costs the caller nothing."""
    _, record, sim = await one_call(tmp_path, Watcher)
    assert record["outcome"]["reason"] == "time_limit"
    assert [turn["text"] for turn in record["turns"]][0] == "Hello."
    assert sim.legs == []


@pytest.mark.parametrize(
    ("kind", "on_failure", "human", "outcome", "said"),
    [
        (Watcher, "end", HUMAN, ("failed", "processor_failed"), SORRY),
        (Clumsy, "end", "", ("failed", "processor_failed"), SORRY),
        (Watcher, "transfer", HUMAN, ("transferred", "transfer"), HOLD),
        (Clumsy, "transfer", "", ("failed", "processor_failed"), SORRY),
    ],
)
async def test_the_author_says_what_becomes_of_the_call(
    tmp_path: Path,
    kind: type[FrameProcessor],
    on_failure: OnFailure,
    human: str,
    outcome: tuple[str, str],
    said: str,
) -> None:
    """Of any processor, at its first failure: an apology, or a person where there is one."""
    strict = type(kind.__name__, (kind,), {"on_failure": on_failure})
    _, record, sim = await one_call(tmp_path, strict, human_transfer_number=human)
    assert (record["outcome"]["result"], record["outcome"]["reason"]) == outcome
    assert next(event.detail["text"] for event in sim.events if event.kind == "say") == said
    assert [leg.address for leg in sim.legs] == ([HUMAN] if human else [])
    assert bool(record["transfer"]) == (outcome[1] == "transfer")


async def test_a_stuck_pipeline_is_taken_down(tmp_path: Path) -> None:
    """No heartbeat comes through: the caller is told, the human dialled, everything let go."""
    _, record, sim = await one_call(tmp_path, Deaf)
    assert record["outcome"] == {
        "result": "failed",
        "reason": "pipeline_stuck",
        "summary": "",
        "fields": {},
    }
    assert [leg.address for leg in sim.legs] == [HUMAN]
