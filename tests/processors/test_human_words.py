"""Words that reach a person, the model not being asked."""

from typing import Any

import pytest
from pipecat.frames.frames import InterruptionFrame, TranscriptionFrame

from bot.testing.stage import Stage, on_stage
from processors import AutoHangup, HumanWords
from processors.frames import (
    GreetFrame,
    HangUpFrame,
    HushFrame,
    SayFrame,
    ToolsRunningFrame,
    TransferFrame,
    WrapUpFrame,
)
from processors.words.pleas import Pleas

DANGER, PERSON, WRONG = "This is an emergency!", "I want a human.", "No, that's wrong."
LINE, OFFER = "Dial the emergency number.", "Shall I put you through?"


def human_words(**changes: Any) -> HumanWords:
    values: dict[str, Any] = {
        "pleas": Pleas(language="en"),
        "human_available": True,
        "emergency": LINE,
        "offer": OFFER,
    }
    return HumanWords(**values | changes)


def words(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text=text, user_id="caller", timestamp="2026-11-20T12:00:00Z")


def transfers(stage: Stage) -> list[tuple[str, str]]:
    return [(frame.reason, frame.line) for frame in stage.downs(TransferFrame)]


def said(stage: Stage) -> list[str]:
    return [frame.text for frame in stage.ups(SayFrame)]


@pytest.mark.parametrize(
    ("text", "transfer"),
    [
        (DANGER, ("Emergency: the caller said so.", LINE)),
        (PERSON, ("The caller asked for a person.", "")),
    ],
)
async def test_a_person_at_once(text: str, transfer: tuple[str, str]) -> None:
    """The agent is cut, and the caller put through, once."""
    async with on_stage(human_words(), AutoHangup()) as stage:
        await stage.down(words("When are you open?"))
        assert transfers(stage) == []
        await stage.down(words(text), words(text))
        assert transfers(stage) == [transfer]
        assert len(stage.ups(InterruptionFrame)) == len(stage.downs(InterruptionFrame)) == 1


async def test_in_danger_where_there_is_no_person() -> None:
    """The line is said, once; the call goes on, and the rest is the model's."""
    async with on_stage(human_words(human_available=False), AutoHangup()) as stage:
        await stage.down(words(PERSON), words(WRONG), words(WRONG), words(DANGER), words(DANGER))
        assert transfers(stage) == []
        assert said(stage) == [LINE]


async def test_in_danger_where_the_caller_is_to_dial_himself() -> None:
    """The line is the last; if it cannot be said, the call ends all the same."""
    async with on_stage(human_words(on_emergency="hang_up"), AutoHangup()) as stage:
        await stage.down(words(DANGER))
        (line,) = stage.ups(WrapUpFrame)
        assert (line.text, line.final) == (LINE, True)
        await stage.until(20)
        assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["emergency"]
        assert transfers(stage) == []


async def test_danger_may_be_left_to_the_model() -> None:
    """Not so the wish for a person."""
    async with on_stage(human_words(on_emergency="off"), AutoHangup()) as stage:
        await stage.down(words(DANGER))
        assert (transfers(stage), said(stage)) == ([], [])
        await stage.down(words(PERSON))
        assert len(transfers(stage)) == 1


async def test_what_a_machine_says_reaches_nobody() -> None:
    """Until a person is greeted."""
    async with on_stage(human_words(), AutoHangup()) as stage:
        await stage.down(HushFrame(), words(PERSON), words(DANGER))
        assert transfers(stage) == []
        await stage.down(GreetFrame(), words(PERSON))
        assert len(transfers(stage)) == 1


Turns = tuple[str, ...]
CALLED_WRONG = [
    ((WRONG,), [], 0),
    ((WRONG, "At nine.", WRONG), [], 0),  # not in a row
    ((WRONG, WRONG), [OFFER], 0),
    ((WRONG, WRONG, "Yes, please."), [OFFER], 1),
    ((WRONG, WRONG, "No."), [OFFER], 0),
    ((WRONG, WRONG, "No.", "Yes, please."), [OFFER], 0),  # to another question
    ((WRONG, WRONG, "No.", "At nine.", WRONG), [OFFER], 1),
    ((WRONG, WRONG, WRONG), [OFFER], 1),
    (("Yes, please.",), [], 0),
]


@pytest.mark.parametrize(("turns", "lines", "count"), CALLED_WRONG)
async def test_complaints_in_a_row(turns: Turns, lines: list[str], count: int) -> None:
    """After two a person is offered; a yes, or one more, and the caller is put through."""
    async with on_stage(human_words(), AutoHangup()) as stage:
        await stage.down(*(words(text) for text in turns))
        assert said(stage) == lines
        assert len(transfers(stage)) == count


async def test_failures_of_tools_in_a_row() -> None:
    """After two a person is offered, once, and the agent is not cut for it."""
    async with on_stage(human_words(), AutoHangup()) as stage:
        await stage.down(ToolsRunningFrame(count=0, failed=1))
        assert said(stage) == []
        await stage.down(ToolsRunningFrame(count=0, failed=2), ToolsRunningFrame(failed=3))
        assert said(stage) == [OFFER]
        assert stage.ups(InterruptionFrame) == []
        await stage.down(words("Yes."))
        assert len(transfers(stage)) == 1
