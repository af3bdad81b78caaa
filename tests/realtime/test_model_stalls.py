"""A model that goes silent without closing its session: noticed, bridged, replaced."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pipecat.frames.frames import BotStartedSpeakingFrame, BotStoppedSpeakingFrame

from processors.frames import AgentAudioFrame
from tests.realtime.far_model import ObligingModel, opened
from tests.realtime.test_realtime_model import GREETING, Scene, scene
from tests.virtual_time import virtual_time

FILLER = "One moment."


@asynccontextmanager
async def greeted(folder: Path) -> AsyncIterator[tuple[Scene, ObligingModel]]:
    """A call whose greeting was heard, and the session that would take the place of its own."""
    another = ObligingModel()
    async with scene(
        folder, clips=[GREETING, FILLER], filler=FILLER, reopen=lambda: opened(another)
    ) as s:
        (clip,) = s.stage.downs(AgentAudioFrame)
        await s.stage.up(BotStartedSpeakingFrame())
        await s.play(clip.utterance_id, 1000)
        await s.stage.up(BotStoppedSpeakingFrame())
        yield s, another


def asides(s: Scene) -> int:
    return sum(f.utterance_id.startswith("aside") for f in s.stage.downs(AgentAudioFrame))


@virtual_time
async def test_the_caller_is_told_to_wait_within_a_second(tmp_path: Path) -> None:
    """From the end of the caller's speech, its last 0.4 s being silence already."""
    async with greeted(tmp_path) as (s, _):
        s.session.stalled = True
        await s.caller_speaks(2.0)
        await s.stage.after(0.5)
        assert asides(s) == 0
        await s.stage.after(0.1)
        assert asides(s) == 1


@virtual_time
async def test_a_dead_session_is_replaced_and_the_caller_told_once(tmp_path: Path) -> None:
    """Two seconds after the caller's last word; he hears one line, not two."""
    async with greeted(tmp_path) as (s, another):
        s.session.stalled = True
        await s.caller_speaks(2.0)
        await s.stage.after(0.6)
        await s.stage.up(BotStartedSpeakingFrame())  # the line that asks him to wait
        await s.stage.after(0.9)
        await s.stage.up(BotStoppedSpeakingFrame())
        await s.stage.after(0.1)
        assert not s.session.closed
        await s.stage.after(0.1)
        assert s.session.closed
        await s.stage.after(1.0)
        assert asides(s) == 1
        told = another.of("conversation.item.create")
        assert [item["item"]["content"][0]["text"] for item in told] == [GREETING]


@virtual_time
async def test_one_that_waits_for_the_end_of_the_turn_lives(tmp_path: Path) -> None:
    """Seconds without a word of it, but it answers when asked: nothing happens."""
    async with greeted(tmp_path) as (s, _):
        await s.caller_speaks(2.0)
        await s.stage.after(8.0)
        assert not s.session.closed
        assert asides(s) == 0
        assert 3 <= s.session.asked_after <= 5
