"""Endpoints that are not OpenAI's: what they leave out costs nobody the call."""

from pathlib import Path

import pytest
from loguru import logger
from pipecat.frames.frames import InterruptionFrame

from bot.brains.realtime.link import CANCELLED_SECS
from processors.frames import AgentAudioFrame, SayFrame
from tests.brains.realtime.test_realtime_model import GREETING, scene
from tests.wire import openai_events


async def test_lines_are_said_without_metadata(tmp_path: Path) -> None:
    """Each is asked for when the one before is over."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.stage.up(SayFrame(text="One."), SayFrame(text="Two."))
        await s.tell(*openai_events.answer("resp_1", "item_1", "One."))
        await s.tell(*openai_events.answer("resp_2", "item_2", "Two."))
        assert s.session.asked_for() == ['"One."', '"Two."']
        assert len({frame.utterance_id for frame in s.stage.downs(AgentAudioFrame)}) == 3


async def test_their_own_answers_are_theirs_without_metadata(tmp_path: Path) -> None:
    """A turn that their ear has ended is answered, and the line comes next."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(openai_events.speech_started("turn_1"))
        await s.stage.up(SayFrame(text="One."))
        await s.tell(*openai_events.caller_turn("turn_1", "Hello?")[1:])
        await s.tell(*openai_events.answer("resp_1", "item_1", "Yes?"))
        assert s.session.asked_for() == ['"One."']


@pytest.mark.parametrize("said", [False, True], ids=["nothing", "not active"])
async def test_a_cancelled_response_ends_though_nobody_says_so(tmp_path: Path, said: bool) -> None:
    """After a second and a half, or as soon as there is nothing to cancel."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.answer("resp_1", "item_1", "A long story.")[:-2])
        await s.stage.down(InterruptionFrame())
        assert len(s.session.of("response.cancel")) == 1
        await s.stage.up(SayFrame(text="One."))
        if said:
            await s.tell(openai_events.error("response_cancel_not_active"))
        else:
            await s.stage.after(CANCELLED_SECS - 0.1)
            assert s.session.asked_for() == []
            await s.stage.after(0.2)
        assert s.session.asked_for() == ['"One."']


async def test_one_complaint_stands_in_the_log_once(tmp_path: Path) -> None:
    """However often it is made."""
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message), level="INFO")
    async with scene(tmp_path, clips=[GREETING]) as s:
        for _ in range(20):
            await s.tell(openai_events.error("unknown_parameter"))
        await s.tell(openai_events.error("invalid_value"))
    logger.remove(sink)
    assert len([line for line in lines if "reports" in line]) == 2
