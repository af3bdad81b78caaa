"""AnswerWatchdog: a model that owes an answer is reminded, then given up."""

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.testing.stage import Stage, on_stage
from processors import AnswerWatchdog
from processors.frames import (
    AgentAudioFrame,
    AnswerNowFrame,
    HangUpFrame,
    HoldFrame,
    LineBackFrame,
    LineLostFrame,
    ResumeFrame,
    ToolsRunningFrame,
    UtterancePlayedFrame,
)

SOUND = {"audio": bytes(320), "sample_rate": 8000, "num_channels": 1, "utterance_id": "u"}


async def greets(stage: Stage) -> None:
    """The agent says its first words, from 0 to 1 s."""
    await stage.up(BotStartedSpeakingFrame())
    await stage.at_up(1.0, BotStoppedSpeakingFrame())


async def caller_speaks(stage: Stage, *, from_secs: float, to_secs: float) -> None:
    await stage.at(from_secs, VADUserStartedSpeakingFrame())
    await stage.at(to_secs, VADUserStoppedSpeakingFrame())


async def test_a_silent_model_is_reminded_once_and_then_given_up() -> None:
    """4 s after the caller's last word a reminder, at 10 s the end, told up and down."""
    async with on_stage(AnswerWatchdog()) as stage:
        await greets(stage)
        await caller_speaks(stage, from_secs=2, to_secs=5)
        await caller_speaks(stage, from_secs=20, to_secs=21)
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [9.0]
    assert stage.down_secs(HangUpFrame) == stage.up_secs(HangUpFrame) == [15.0]
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["model_silent"]


@pytest.mark.parametrize("answer", [AgentAudioFrame(**SOUND), BotStartedSpeakingFrame()])
async def test_any_sound_of_the_agent_is_an_answer(answer: Frame) -> None:
    """From then on nothing is owed until the caller has spoken again."""
    async with on_stage(AnswerWatchdog()) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=2)
        await stage.at(5.9, answer)
        await stage.at_up(8, UtterancePlayedFrame(utterance_id="u"), BotStoppedSpeakingFrame())
        await stage.until(120)
    assert stage.ups(AnswerNowFrame) == stage.downs(HangUpFrame) == []


async def test_a_response_under_way_needs_no_reminder() -> None:
    """But it must become sound before the model is given up; one that ends mute is reminded."""
    async with on_stage(AnswerWatchdog()) as stage:
        await greets(stage)
        await caller_speaks(stage, from_secs=1, to_secs=2)
        await stage.at(3, LLMFullResponseStartFrame())
        await stage.at(7, LLMFullResponseEndFrame())
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [10.0]
    assert stage.down_secs(HangUpFrame) == [12.0]


async def test_a_call_that_never_begins_to_speak_is_given_up() -> None:
    """No first words within 10 s of the start, and no reminder: nothing was asked."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.until(60)
    assert stage.ups(AnswerNowFrame) == []
    assert stage.down_secs(HangUpFrame) == [10.0]


async def test_the_caller_speaking_again_restarts_the_clock() -> None:
    """While they speak nothing is owed; then it counts from their last word."""
    async with on_stage(AnswerWatchdog()) as stage:
        await greets(stage)
        await caller_speaks(stage, from_secs=2, to_secs=5)
        await caller_speaks(stage, from_secs=8, to_secs=30)
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [34.0]
    assert stage.down_secs(HangUpFrame) == [40.0]


async def test_tools_hold_the_clock_and_set_it_when_they_are_done() -> None:
    """A slow tool is not a silent model; after the last one it owes an answer anew."""
    async with on_stage(AnswerWatchdog()) as stage:
        await greets(stage)
        await caller_speaks(stage, from_secs=2, to_secs=3)
        await stage.at(5, ToolsRunningFrame(count=2))
        await stage.at(25, ToolsRunningFrame(count=1))
        await stage.at(30, ToolsRunningFrame(count=0))
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [34.0]
    assert stage.down_secs(HangUpFrame) == [40.0]


async def test_a_tool_done_while_the_agent_speaks_counts_from_its_last_word() -> None:
    """ "Let me see ..." is still being played: the clock stands until it is over."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await stage.at(1, ToolsRunningFrame(count=1))
        await stage.at(2, ToolsRunningFrame(count=0))
        await stage.at_up(20, BotStoppedSpeakingFrame())
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [24.0]
    assert stage.down_secs(HangUpFrame) == [30.0]


async def test_a_tool_after_which_the_agent_is_silent_pays_what_is_owed() -> None:
    """It has pressed a key, say, and listens; what is said next is to be answered again."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.at(1, ToolsRunningFrame(count=1))
        await stage.at(2, ToolsRunningFrame(count=0, answers=False))
        await stage.at(30, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.at(31, VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [35.0]
    assert stage.down_secs(HangUpFrame) == [41.0]


async def test_a_word_beside_the_agents_speech_asks_for_no_answer() -> None:
    """Where "uh-huh" does not interrupt, it is no turn either."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await caller_speaks(stage, from_secs=1, to_secs=2)
        await stage.at_up(5, BotStoppedSpeakingFrame())
        await stage.until(120)
    assert stage.ups(AnswerNowFrame) == stage.downs(HangUpFrame) == []


async def test_a_call_that_is_being_ended_is_left_alone() -> None:
    """After a HangUpFrame from above nothing is added."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.at(5, HangUpFrame(reason="goodbye"))
        await stage.until(60)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["goodbye"]


async def test_nothing_is_given_up_while_the_line_is_down() -> None:
    """The clock begins anew when it is back."""
    async with on_stage(AnswerWatchdog()) as stage:
        await greets(stage)
        await caller_speaks(stage, from_secs=2, to_secs=5)
        await stage.at(8, LineLostFrame())
        await stage.at(20, LineBackFrame())
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [24.0]
    assert stage.down_secs(HangUpFrame) == [30.0]


async def test_an_agent_cut_off_by_the_line_owes_the_rest() -> None:
    """It was speaking; nobody else will begin."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await stage.at(1, LineLostFrame())
        await stage.at_up(1, BotStoppedSpeakingFrame())
        await stage.at(2, LineBackFrame())
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [6.0]
    assert stage.down_secs(HangUpFrame) == [12.0]


async def test_words_that_take_the_turn_from_a_held_agent_are_owed_an_answer() -> None:
    """They were over before it was known that they were no nod."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await stage.at(1.0, VADUserStartedSpeakingFrame(), HoldFrame())
        await stage.at(1.5, VADUserStoppedSpeakingFrame())
        await stage.at(2.0, InterruptionFrame())
        await stage.up(BotStoppedSpeakingFrame())
        await stage.until(60)
    assert stage.up_secs(AnswerNowFrame) == [6.0]
    assert stage.down_secs(HangUpFrame) == [12.0]


async def test_a_nod_to_a_held_agent_is_owed_nothing() -> None:
    """However long the line says nothing: the agent is in the middle of it."""
    async with on_stage(AnswerWatchdog()) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await stage.at(1.0, VADUserStartedSpeakingFrame(), HoldFrame())
        await stage.at(1.5, VADUserStoppedSpeakingFrame())
        await stage.at(15.0, ResumeFrame())
        await stage.at_up(20, BotStoppedSpeakingFrame())
        await stage.until(60)
    assert stage.ups(AnswerNowFrame) == stage.downs(HangUpFrame) == []
