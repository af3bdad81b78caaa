"""The realtime model as a processor, while the agent is held."""

from datetime import timedelta
from pathlib import Path

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    InterruptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from processors.frames import (
    AgentAudioFrame,
    AgentSaidFrame,
    AnswerNowFrame,
    HeldWordsFrame,
    HoldFrame,
    OnHoldFrame,
    ResumeFrame,
    SayFrame,
    TakenOverFrame,
    UtterancePlayedFrame,
)
from tests.brains.realtime.test_realtime_model import GREETING, Scene, scene
from tests.wire import openai_events

ANSWER = openai_events.answer("resp_2", "item_2", "An answer to that.")


async def nods(s: Scene, text: str) -> None:
    """The agent speaks, the caller over it; the words are recognised."""
    await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine and close at five."))
    await s.stage.up(BotStartedSpeakingFrame())
    started, stopped, committed, words = openai_events.caller_turn("turn_1", text)
    await s.tell(started)
    await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), HoldFrame())
    await s.stage.after(0.5)
    await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
    await s.tell(stopped, committed, *ANSWER[:4])
    await s.tell(words)


async def test_held_words_are_told_upstream(tmp_path: Path) -> None:
    """So that it can be decided there, also when there were none; they are noted as said."""
    for text in ("Uh-huh.", ""):
        async with scene(tmp_path, clips=[GREETING]) as s:
            await nods(s, text)
            assert [frame.text for frame in s.stage.ups(HeldWordsFrame)] == [text]
            assert [f.text for f in s.stage.downs(TranscriptionFrame)] == ([text] if text else [])


async def test_in_a_hold_nothing_new_is_said_or_asked_for(tmp_path: Path) -> None:
    """After it, what waited is; the answer to a nod is not."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await nods(s, "Uh-huh.")
        before = s.sound
        await s.stage.up(SayFrame(text="One thing more."))
        await s.tell(*ANSWER[4:])
        assert s.session.asked_for() == []
        await s.stage.down(ResumeFrame())
        assert s.session.asked_for() == ['"One thing more."']
        assert s.sound == before
        deleted = [event["item_id"] for event in s.session.of("conversation.item.delete")]
        assert sorted(deleted) == ["item_2", "turn_1"]
        assert s.session.of("response.cancel") == []


async def test_in_a_hold_for_a_noise_nothing_is_asked_for_either(tmp_path: Path) -> None:
    """The caller is silent and no response is under way; still the agent is in the middle of it."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.stage.up(BotStartedSpeakingFrame())
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), HoldFrame())
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.up(SayFrame(text="One thing more."))
        assert s.session.asked_for() == []
        await s.stage.down(ResumeFrame())
        assert s.session.asked_for() == ['"One thing more."']


async def test_taken_the_answer_follows_the_cut(tmp_path: Path) -> None:
    """The old sentence is truncated before the first sound of the new one goes down."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await nods(s, "No.")
        before = len(s.stage.downs(AgentAudioFrame))
        await s.stage.down(InterruptionFrame())
        await s.play("item_1", 500, interrupted=True)
        await s.tell(*ANSWER[4:])
        assert [f.utterance_id for f in s.stage.downs(AgentAudioFrame)[before:]] == ["item_2"] * 4
        assert [e["audio_end_ms"] for e in s.session.of("conversation.item.truncate")] == [500]
        await s.stage.after(5)
        assert s.session.asked_for() == []
        assert s.session.of("response.cancel") == []


async def test_a_held_turn_is_dated_from_its_first_sound(tmp_path: Path) -> None:
    """The silence of the hold is part of it; and nobody waited for an answer to a nod."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await nods(s, "Uh-huh.")
        await s.stage.down(ResumeFrame())
        await s.stage.after(2)
        await s.stage.up(
            UtterancePlayedFrame(utterance_id="item_1", heard_ms=1000, held_ms=1500),
            BotStartedSpeakingFrame(),
        )
        (said,) = s.notes.of("agent_said")
        assert said["ended_at"] - said["started_at"] == timedelta(milliseconds=2500)
        assert not s.stage.downs(AgentSaidFrame)[-1].interrupted
        await s.tell(*openai_events.answer("resp_3", "item_3", "Anything else?"))
        await s.play("item_3", 1000)
        assert s.notes.of("agent_said")[-1]["latency_ms"] is None


async def test_a_line_on_hold_is_given_back_in_silence(tmp_path: Path) -> None:
    """Nobody is there to be spoken to: the agent is told what went on, and waits for a person."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.stage.down(TakenOverFrame(begins=True), OnHoldFrame(begins=True))
        await s.stage.down(TakenOverFrame(note="Anna spoke in your place."))
        await s.settle()
        assert "Anna spoke" in str(s.session.of("conversation.item.create"))
        assert s.session.asked_for() == []
        await s.stage.down(OnHoldFrame())
        await s.stage.up(AnswerNowFrame())
        await s.settle()
        assert len(s.session.asked_for()) == 1
