"""A connection to the model that opens and says nothing: bridged, and given up in time."""

import asyncio
from pathlib import Path

import pytest
from pipecat.frames.frames import VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame

from bot.brains.errors import ModelMute
from bot.brains.realtime import RealtimeSession
from bot.brains.realtime.sessions import FIRST_SECS
from processors.frames import AgentAudioFrame, HangUpFrame
from tests.brains.realtime.test_realtime_model import GREETING, scene

SOON = "One moment, please."


async def mute() -> RealtimeSession:
    await asyncio.sleep(4.0)
    raise ModelMute("no session within 4 s")


async def test_who_waits_for_a_first_word_is_asked_to_wait_and_then_told(tmp_path: Path) -> None:
    """Within a second, and after four: with the reason that says what it was."""
    opens = asyncio.ensure_future(mute())
    async with scene(tmp_path, opens=opens, reopen=mute, clips=[SOON], waiting=(SOON,)) as s:
        await s.stage.after(5)
        assert s.stage.down_secs(AgentAudioFrame)[0] < 1.0
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_unreachable"]
        assert s.stage.down_secs(HangUpFrame) == pytest.approx([FIRST_SECS], abs=0.1)


async def test_who_was_greeted_and_asks_is_asked_to_wait(tmp_path: Path) -> None:
    """A greeting that was prepared comes at once; what they say then waits for the model."""
    opens, clips = asyncio.ensure_future(mute()), [GREETING, SOON]
    async with scene(tmp_path, opens=opens, reopen=mute, clips=clips, waiting=(SOON,)) as s:
        await s.stage.after(1.0)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.after(0.8)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(5)
        greeted, asked, *_ = s.stage.down_secs(AgentAudioFrame)
        assert greeted == 0.0 and 1.8 <= asked <= 2.4
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_unreachable"]
