"""Who calls is said until it is heard, in calls that we have placed."""

from pathlib import Path

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    InterruptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from processors.frames import AgentAudioFrame, HeldWordsFrame, HoldFrame
from tests.brains.realtime.test_realtime_model import CLIP, Scene, scene
from tests.wire import openai_events

LINE = "Hello, this is the AI assistant of Riverside Clinic."
THEIRS = openai_events.answer("resp_1", "item_1", "How can I help you?")


def first_id(s: Scene) -> str:
    return str(s.stage.downs(AgentAudioFrame)[-1].utterance_id)


async def cuts_in(s: Scene, words: str, *, answered_before_words: bool = True) -> None:
    """They speak over the first line, which takes the turn; the model's side begins to answer."""
    started, stopped, committed, transcribed = openai_events.caller_turn("turn_1", words)
    await s.stage.up(BotStartedSpeakingFrame())
    await s.tell(started)
    await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
    cut = first_id(s)
    await s.stage.down(InterruptionFrame())
    await s.play(cut, 500, interrupted=True)
    await s.stage.after(0.5)
    await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
    await s.tell(stopped, committed)
    created = openai_events.created("resp_1")
    await s.tell(*((created, transcribed) if answered_before_words else (transcribed, created)))


def notes(s: Scene) -> list[str]:
    items = [event["item"] for event in s.session.of("conversation.item.create")]
    return [item["content"][0]["text"] for item in items if item.get("role") == "system"]


@pytest.mark.parametrize("answered_before_words", [True, False])
async def test_a_first_line_cut_by_a_hello_is_said_again(
    tmp_path: Path, answered_before_words: bool
) -> None:
    """In place of what the model answers to the hello, and once."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        await cuts_in(s, "Hello?", answered_before_words=answered_before_words)
        assert [event["response_id"] for event in s.session.of("response.cancel")] == ["resp_1"]
        await s.tell(openai_events.done("resp_1", "cancelled"))
        assert s.sound == CLIP * 2
        assert len(notes(s)) == 1
        await s.stage.up(BotStartedSpeakingFrame())
        again = first_id(s)
        await s.stage.down(InterruptionFrame())
        await s.play(again, 500, interrupted=True)
        await s.tell(openai_events.transcribed("turn_2", "Hello?"))
        await s.stage.after(3)
        assert s.sound == CLIP * 2


async def test_who_takes_the_turn_with_words_is_answered(tmp_path: Path) -> None:
    """By the model, which knows what they have missed before it begins."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        await cuts_in(s, "Who is this?")
        (note,) = notes(s)
        assert LINE in note
        assert 'heard only: "Hello, this is the' in note
        assert s.session.of("response.cancel") == []
        await s.tell(*THEIRS[1:])
        assert s.sound.startswith(CLIP)
        assert s.sound.count(CLIP) == 1


async def test_an_answer_that_is_heard_already_goes_on(tmp_path: Path) -> None:
    """The model has been told what to begin with; nobody is cut off twice."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        started, stopped, committed, transcribed = openai_events.caller_turn("turn_1", "Hello?")
        await s.stage.up(BotStartedSpeakingFrame())
        await s.tell(started)
        cut = first_id(s)
        await s.stage.down(InterruptionFrame())
        await s.play(cut, 500, interrupted=True)
        await s.tell(stopped, committed, *THEIRS, transcribed)
        assert s.session.of("response.cancel") == []
        assert s.sound.count(CLIP) == 1


async def test_a_noise_over_the_first_line_has_it_said_again(tmp_path: Path) -> None:
    """Where the model's ear hears nothing, nobody else would speak."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        await s.stage.after(2)
        await s.stage.up(BotStartedSpeakingFrame())
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), InterruptionFrame())
        await s.play(first_id(s), 500, interrupted=True)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(3)
        assert s.sound == CLIP * 2
        assert s.session.asked_for() == []


async def test_a_line_heard_to_its_last_word_is_heard(tmp_path: Path) -> None:
    """What is cut are the last syllables; the hello is answered as anything else is."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        await s.stage.up(BotStartedSpeakingFrame())
        await s.tell(openai_events.speech_started("turn_1"))
        cut = first_id(s)
        await s.stage.down(InterruptionFrame())
        await s.play(cut, 995, interrupted=True)
        await s.tell(*openai_events.caller_turn("turn_1", "Hello?")[1:], THEIRS[0])
        assert notes(s) == []
        assert s.session.of("response.cancel") == []


async def test_a_call_that_came_in_goes_on_as_ever(tmp_path: Path) -> None:
    """Whoever calls knows whom."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE) as s:
        await cuts_in(s, "Hello?")
        assert notes(s) == []
        assert s.session.of("response.cancel") == []


@pytest.mark.parametrize(
    ("placed_in", "words", "told"),
    [("en", "Hello?", ""), ("en", "Who is this?", "Who is this?"), (None, "Hello?", "Hello?")],
)
async def test_a_hello_over_the_first_line_is_a_nod(
    tmp_path: Path, placed_in: str | None, words: str, told: str
) -> None:
    """In calls that we have placed, and while that line is being said."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in=placed_in) as s:
        started, stopped, committed, transcribed = openai_events.caller_turn("turn_1", words)
        await s.stage.up(BotStartedSpeakingFrame())
        await s.tell(started)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), HoldFrame())
        await s.tell(stopped, committed, transcribed)
        assert [frame.text for frame in s.stage.ups(HeldWordsFrame)] == [told]


async def test_after_the_first_line_a_hello_is_none(tmp_path: Path) -> None:
    """Then it asks whether anybody is there."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        await s.play(first_id(s), 1000)
        await s.tell(*openai_events.answer("resp_1", "item_1", "One thing more."))
        started, stopped, committed, transcribed = openai_events.caller_turn("turn_1", "Hello?")
        await s.stage.up(BotStartedSpeakingFrame())
        await s.tell(started)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), HoldFrame())
        await s.tell(stopped, committed, transcribed)
        assert [frame.text for frame in s.stage.ups(HeldWordsFrame)] == ["Hello?"]


@pytest.mark.parametrize(("words", "asked"), [("Hello?", []), ("Wrong number.", ["answer"])])
async def test_a_hello_before_the_first_line_has_it_for_its_answer(
    tmp_path: Path, words: str, asked: list[str]
) -> None:
    """No second answer follows; words that want one get it after the line."""
    async with scene(tmp_path, clips=[LINE], first_line=LINE, placed_in="en") as s:
        await s.tell(*openai_events.caller_turn("turn_1", words), openai_events.created("resp_1"))
        assert [event["response_id"] for event in s.session.of("response.cancel")] == ["resp_1"]
        await s.tell(openai_events.done("resp_1", "cancelled"))
        assert s.session.asked_for() == asked
        assert s.sound == CLIP
