"""What the agent says that it has done, against what tools have done."""

from typing import Any

from bot.testing.stage import Stage, on_stage
from processors import AutoHangup, GoodbyeDetector, SaidAndDone
from processors.frames import (
    AgentAudioFrame,
    AgentSaidFrame,
    CorrectFrame,
    EndCallRequestFrame,
    GreetFrame,
    HangUpFrame,
    HushFrame,
    ProvenFrame,
    ToolsRunningFrame,
    UnprovenFrame,
    UtterancePlayedFrame,
)
from processors.words.claims import Claims

BOOKED, TEXTED = "You're booked for Tuesday.", "I've sent you a text."
SORRY = "I'm sorry, it is not booked yet."


def said_and_done(**changes: Any) -> SaidAndDone:
    return SaidAndDone(**{"claims": Claims("en")} | changes)


def said(text: str) -> AgentSaidFrame:
    return AgentSaidFrame(utterance_id="u1", text=text)


def told(stage: Stage) -> list[str]:
    return [frame.text for frame in stage.ups(CorrectFrame)]


def unproven(stage: Stage) -> list[dict[str, bool] | None]:
    return [frame.claims for frame in stage.downs(UnprovenFrame)]


async def test_a_claim_that_nothing_covers() -> None:
    """The model is told once, however often it is claimed; the record knows."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(said(BOOKED), said(BOOKED))
        (note,) = told(stage)
        assert "that they are booked" in note
        assert unproven(stage)[-1] == {"standing": False}


async def test_a_claim_that_a_tool_covers() -> None:
    """Nothing follows."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(ProvenFrame(claims=("standing",)), said(BOOKED))
        assert told(stage) == unproven(stage) == []
        await stage.down(said(TEXTED))
        assert len(told(stage)) == 1


async def test_a_tool_that_may_have_done_anything_covers_all() -> None:
    """One of a document whose name tells nothing."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(ProvenFrame(claims=("*",)), said(BOOKED), said(TEXTED))
        assert told(stage) == unproven(stage) == []


async def test_what_is_claimed_while_a_tool_runs_waits_for_its_end() -> None:
    """ "You're booked" may be said while the booking is being written."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(ToolsRunningFrame(count=1), said(BOOKED))
        assert told(stage) == []
        await stage.down(ProvenFrame(claims=("standing",)), ToolsRunningFrame(count=0))
        assert told(stage) == []
        assert unproven(stage)[-1] == {}
    async with on_stage(said_and_done()) as stage:
        await stage.down(ToolsRunningFrame(count=1), said(BOOKED), ToolsRunningFrame(count=0))
        assert len(told(stage)) == 1


async def test_a_correction_takes_the_claim_back() -> None:
    """And what is claimed anew after it is told anew; what is done at last is done."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(said(BOOKED), said(SORRY))
        assert unproven(stage)[-1] == {"standing": True}
        await stage.down(said(BOOKED))
        assert len(told(stage)) == 2
        assert unproven(stage)[-1] == {"standing": False}
        await stage.down(ProvenFrame(claims=("standing",)))
        assert unproven(stage)[-1] == {}


async def test_saying_sorry_for_something_else_takes_nothing_back() -> None:
    """Before the model knows of it."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(said("I'm sorry to hear that. You're booked for Tuesday."))
        assert unproven(stage)[-1] == {"standing": False}


async def test_a_model_that_claims_on_and_on_is_told_three_times() -> None:
    """Or the call would be about nothing else."""
    async with on_stage(said_and_done()) as stage:
        for _ in range(5):
            await stage.down(said(BOOKED), said(SORRY))
        assert len(told(stage)) == 3


async def test_nothing_is_told_while_no_person_listens() -> None:
    """What is left on an answering machine was in the order."""
    async with on_stage(said_and_done()) as stage:
        await stage.down(HushFrame(), said(BOOKED), GreetFrame())
        assert told(stage) == []
        await stage.down(said(BOOKED))
        assert len(told(stage)) == 1


async def test_a_booking_that_is_texted_by_itself_covers_the_text() -> None:
    """By the agent's file."""
    async with on_stage(said_and_done(texts_bookings=True)) as stage:
        await stage.down(ProvenFrame(claims=("booked",)), said(TEXTED))
        assert told(stage) == []
    async with on_stage(said_and_done()) as stage:
        await stage.down(ProvenFrame(claims=("booked",)), said(TEXTED))
        assert len(told(stage)) == 1


async def test_a_correction_comes_before_the_end_of_the_call() -> None:
    """A goodbye, or the wish to hang up, was in the words that were not so."""
    farewell = said(f"{BOOKED} Goodbye!")
    hangup = AutoHangup(grace_secs=1.0, give_up_secs=4.0)
    goodbye = GoodbyeDetector(patterns=["goodbye"])
    async with on_stage(said_and_done(), goodbye, hangup) as stage:
        await stage.down(farewell)
        await stage.until(20)
        assert stage.downs(HangUpFrame) == []
        await stage.down(said("Goodbye!"))
        await stage.until(22)
        assert len(stage.downs(HangUpFrame)) == 1
    async with on_stage(said_and_done(), goodbye, AutoHangup(give_up_secs=4.0)) as stage:
        await stage.down(
            AgentAudioFrame(audio=b"", sample_rate=8000, num_channels=1, utterance_id="u1")
        )
        await stage.down(EndCallRequestFrame(summary="Done."), said(BOOKED))
        await stage.up(UtterancePlayedFrame(utterance_id="u1"))
        await stage.until(20)
        assert stage.downs(HangUpFrame) == []
