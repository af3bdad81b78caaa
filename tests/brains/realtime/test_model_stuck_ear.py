"""The model's ear that hears a caller who does not speak: they are answered all the same."""

from pathlib import Path

import pytest
from pipecat.frames.frames import (
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.brains.realtime.stuck_ear import STUCK_SECS
from processors.frames import AnswerNowFrame, SayFrame
from tests.brains.realtime.test_realtime_model import GREETING, Scene, caller_sound, scene
from tests.wire import openai_events


async def begins(s: Scene) -> None:
    """Both ears hear the caller."""
    await s.stage.down(caller_sound(1), VADUserStartedSpeakingFrame(start_secs=0.2))
    await s.tell(openai_events.speech_started("turn_1"))


def asked(s: Scene) -> list[str]:
    """What was sent about turns and answers, in order."""
    kinds = ("input_audio_buffer.commit", "input_audio_buffer.clear", "response.create")
    return [kind for kind in s.session.order if kind in kinds]


async def test_what_both_ears_have_heard_is_committed_and_answered(tmp_path: Path) -> None:
    """Five seconds after their last word by our own ear."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await begins(s)
        await s.stage.after(1.0)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(STUCK_SECS - 0.5)
        assert asked(s) == []
        await s.stage.after(0.5)
        assert asked(s) == ["input_audio_buffer.commit", "response.create"]
        assert len(s.stage.downs(UserStoppedSpeakingFrame)) == 1
        words = openai_events.transcribed("turn_1", "When do you open?")
        await s.tell(openai_events.committed("turn_1"), words)
        assert s.notes.said == [("caller", "When do you open?")]
        await s.stage.after(30)
        assert asked(s) == ["input_audio_buffer.commit", "response.create"]


async def test_what_our_ear_has_not_heard_was_nothing(tmp_path: Path) -> None:
    """It is forgotten, and what is to be said is said."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(openai_events.speech_started("turn_1"))
        await s.stage.up(SayFrame(text="Are you still there?"))
        await s.stage.after(STUCK_SECS - 0.5)
        assert asked(s) == []
        await s.stage.after(1.0)
        assert asked(s) == ["input_audio_buffer.clear", "response.create"]
        assert len(s.stage.downs(UserStoppedSpeakingFrame)) == 1


async def test_a_caller_who_speaks_for_long_is_let_speak(tmp_path: Path) -> None:
    """As long as our ear hears them too, with pauses shorter than that."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await begins(s)
        for _ in range(5):
            await s.stage.after(STUCK_SECS * 2)
            await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
            await s.stage.after(STUCK_SECS - 2.0)
            await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        assert asked(s) == []


async def test_a_reminder_commits_before_it_asks(tmp_path: Path) -> None:
    """An answer is missed for four seconds: the model must hear the question first."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await begins(s)
        await s.stage.after(1.0)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(4.0)
        await s.stage.up(AnswerNowFrame())
        assert asked(s) == ["input_audio_buffer.commit", "response.create"]


async def test_in_server_turns_the_models_ear_is_the_one_that_counts(tmp_path: Path) -> None:
    """There may be no other."""
    async with scene(tmp_path, clips=[GREETING], turns="server") as s:
        await s.tell(openai_events.speech_started("turn_1"))
        await s.stage.after(60)
        assert asked(s) == []


@pytest.mark.parametrize("later", ["its end", "an empty buffer"])
async def test_whatever_comes_of_it_later_leaves_nothing_open(tmp_path: Path, later: str) -> None:
    """Their ear finds its end after all, or there was nothing to commit: the next turn counts."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await begins(s)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(STUCK_SECS + 1)
        if later == "its end":
            await s.tell(*openai_events.caller_turn("turn_1", "Hello?")[1:])
        else:
            await s.tell(openai_events.error("input_audio_buffer_commit_empty"))
        answer = openai_events.answer("resp_1", "item_1", "Yes?", purpose="answer")
        await s.tell(*answer)
        await s.play("item_1", 1000)
        assert not s.model._conversation.awaits_words
        assert not s.model._conversation.owes
