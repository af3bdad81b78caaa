"""A session that gets old is replaced by one opened beside it, in a quiet moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.brains import ModelUnreachable
from bot.brains.openai.brain import VENDOR
from bot.brains.realtime import RealtimeSession
from bot.brains.realtime.session_keeper import RENEW_AGAIN_SECS
from processors.frames import AgentAudioFrame, CallerAudioFrame, HangUpFrame
from tests.brains.realtime.far_model import FarSession, opened
from tests.brains.realtime.test_realtime_model import GREETING, Scene, caller_sound, scene
from tests.wire import openai_events

OPENS_SECS = 3.0


class Door:
    """Opens sessions that take their time, after failing so often."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.opened: list[FarSession] = []

    async def open(self) -> RealtimeSession:
        if self.failures:
            self.failures -= 1
            raise ModelUnreachable("no")
        session = FarSession()
        await asyncio.sleep(OPENS_SECS)
        self.opened.append(session)
        return await opened(session)


@asynccontextmanager
async def old(folder: Path, *, failures: int = 0) -> AsyncIterator[tuple[Scene, Door]]:
    """A call whose greeting was heard, and whose session is about to get old."""
    door = Door(failures)
    async with scene(folder, clips=[GREETING], reopen=door.open) as s:
        (clip,) = s.stage.downs(AgentAudioFrame)
        await s.stage.up(BotStartedSpeakingFrame())
        await s.play(clip.utterance_id, 1000)
        await s.stage.up(BotStoppedSpeakingFrame())
        await s.stage.until(VENDOR.renew_after_secs - 0.1)
        yield s, door


async def speaks(s: Scene, frames: list[CallerAudioFrame]) -> None:
    for frame in frames:
        await s.stage.down(frame)
        await s.stage.after(0.02)


async def test_the_old_one_listens_until_the_new_one_does(tmp_path: Path) -> None:
    """All of the caller's sound goes to one of them, and the last half second to both: they may
    have begun to speak."""
    async with old(tmp_path) as (s, door):
        frames = [caller_sound(number % 100) for number in range(200)]
        await speaks(s, frames)  # four seconds
        (fresh,) = door.opened
        sent = [frame.payload for frame in frames]
        before, after = s.session.appended, fresh.appended
        assert s.session.closed
        assert before == sent[: len(before)]
        assert after == sent[-len(after) :]
        assert 20 <= len(before) + len(after) - len(sent) <= 26
        assert fresh.of("conversation.item.create")[0]["item"]["content"][0]["text"] == GREETING
        assert s.stage.downs(HangUpFrame) == []


async def test_nobody_is_moved_while_he_speaks_or_waits(tmp_path: Path) -> None:
    """The new one waits for the end of the turn, its answer and its words."""
    async with old(tmp_path) as (s, door):
        await s.stage.after(2.0)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        started, stopped, committed, words = openai_events.caller_turn("turn_1", "When?")
        await s.tell(started)
        await s.stage.after(3.0)
        (fresh,) = door.opened
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.tell(stopped, committed)
        await s.stage.after(1.0)
        await s.tell(*openai_events.answer("resp_1", "item_1", "At nine."))
        await s.stage.up(BotStartedSpeakingFrame())
        await s.stage.after(1.0)
        await s.play("item_1", 1000)
        await s.stage.up(BotStoppedSpeakingFrame())
        await s.stage.after(1.0)
        assert not s.session.closed
        assert fresh.order == []
        await s.tell(words)
        await s.stage.after(0.1)
        assert s.session.closed
        told = [event["item"]["content"][0]["text"] for event in fresh.posted]
        assert told == [GREETING, "When?", "At nine."]
        assert s.notes.said[-2:] == [("agent", "At nine."), ("caller", "When?")]
        assert fresh.asked_for() == []
        assert s.notes.losses == 0


async def test_one_lost_meanwhile_is_replaced_by_the_one_that_is_there(tmp_path: Path) -> None:
    """Nobody waits for a third."""
    async with old(tmp_path) as (s, door):
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.after(OPENS_SECS + 1)
        s.session.lose()
        await s.settle()
        (fresh,) = door.opened
        assert fresh.posted
        assert s.notes.losses == 1
        await s.stage.after(10.0)
        assert len(door.opened) == 1


async def test_a_renewal_that_fails_is_tried_again(tmp_path: Path) -> None:
    """The old one has ten minutes left."""
    async with old(tmp_path, failures=1) as (s, door):
        await s.stage.after(RENEW_AGAIN_SECS)
        assert not s.session.closed
        await s.stage.after(OPENS_SECS + 1)
        assert s.session.closed
        assert len(door.opened) == 1
