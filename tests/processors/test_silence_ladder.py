"""SilenceLadder: prompts into a silence, then leave."""

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputDTMFFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.testing.stage import Stage, on_stage
from processors import SilenceLadder
from processors.frames import (
    ConsultFrame,
    ConsultOverFrame,
    LineBackFrame,
    LineLostFrame,
    SayFrame,
    ToolsRunningFrame,
    WrapUpFrame,
)


def ladder() -> SilenceLadder:
    return SilenceLadder(prompts=("Hello?", "Still there?"), goodbye="Goodbye.", wait_secs=8.0)


async def speaks(stage: Stage, *, from_secs: float, to_secs: float) -> None:
    """The agent is heard."""
    await stage.at_up(from_secs, BotStartedSpeakingFrame())
    await stage.at_up(to_secs, BotStoppedSpeakingFrame())


def lines(stage: Stage) -> list[tuple[float, str]]:
    """Everything asked for: when, and what."""
    texts = [frame.text for frame in stage.ups(SayFrame)]
    return list(zip(stage.up_secs(SayFrame), texts, strict=True))


async def test_the_whole_ladder() -> None:
    """Prompt, prompt, goodbye: each 8 s after the agent's last word, and nothing after it."""
    async with on_stage(ladder()) as stage:
        await speaks(stage, from_secs=1, to_secs=3)
        await speaks(stage, from_secs=12, to_secs=13)
        await speaks(stage, from_secs=22, to_secs=23)
        await speaks(stage, from_secs=32, to_secs=34)
        await stage.until(120)
    assert lines(stage) == [(11.0, "Hello?"), (21.0, "Still there?"), (31.0, "Goodbye.")]
    [goodbye] = stage.ups(WrapUpFrame)
    assert (goodbye.reason, goodbye.final) == ("silence", False)


async def test_a_model_that_does_not_speak_the_prompts_changes_nothing() -> None:
    """The next rung is due 8 s later all the same; at the start one wait is added."""
    async with on_stage(ladder()) as stage:
        await stage.until(120)
    assert [at for at, _ in lines(stage)] == [16.0, 24.0, 32.0]


@pytest.mark.parametrize(
    "sign",
    [
        VADUserStartedSpeakingFrame(),
        UserStartedSpeakingFrame(),
        TranscriptionFrame("yes", "caller", ""),
        InputDTMFFrame(button=KeypadEntry.ONE),
    ],
    ids=lambda frame: type(frame).__name__,
)
async def test_a_sign_of_life_leads_back_to_the_first_rung(sign: Frame) -> None:
    """Speech, words or a key: the silence counts from there and begins with the first prompt."""
    async with on_stage(ladder()) as stage:
        await speaks(stage, from_secs=1, to_secs=2)
        await stage.at(15, sign)
        await stage.at(16, VADUserStoppedSpeakingFrame(), UserStoppedSpeakingFrame())
        await stage.until(30)
    assert lines(stage) == [(10.0, "Hello?"), (24.0, "Hello?")]


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame()),
        (LLMFullResponseStartFrame(), LLMFullResponseEndFrame()),
        (ToolsRunningFrame(count=1), ToolsRunningFrame(count=0)),
        (BotStartedSpeakingFrame(), BotStoppedSpeakingFrame()),
    ],
    ids=lambda frame: type(frame).__name__,
)
async def test_whatever_goes_on_is_no_silence(begin: Frame, end: Frame) -> None:
    """Speech, a response or a tool hold the ladder; the wait starts after them."""
    async with on_stage(ladder()) as stage:
        await stage.at(2, begin)
        await stage.at(50, end)
        await stage.until(60)
    assert lines(stage) == [(58.0, "Hello?")]


async def test_a_caller_who_comes_back_after_the_goodbye_starts_anew() -> None:
    """The goodbye is called off by their speech; the ladder stands again."""
    async with on_stage(ladder()) as stage:
        await stage.at(35, VADUserStartedSpeakingFrame())
        await stage.at(36, VADUserStoppedSpeakingFrame())
        await stage.until(45)
    assert [text for _, text in lines(stage)] == ["Hello?", "Still there?", "Goodbye.", "Hello?"]


async def test_without_prompts_the_goodbye_comes_first() -> None:
    """An agent may have no prompts at all."""
    async with on_stage(SilenceLadder(prompts=(), goodbye="Goodbye.", wait_secs=5)) as stage:
        await speaks(stage, from_secs=1, to_secs=2)
        await stage.until(60)
    assert lines(stage) == [(7.0, "Goodbye.")]


async def test_nobody_is_asked_over_a_line_that_is_down() -> None:
    """The wait begins anew when it is back."""
    async with on_stage(ladder()) as stage:
        await speaks(stage, from_secs=0, to_secs=1)
        await stage.at(5, LineLostFrame())
        await stage.at(20, LineBackFrame())
        await stage.until(30)
    assert lines(stage) == [(28.0, "Hello?")]


async def test_who_waits_for_a_person_is_asked_nothing() -> None:
    """Until nobody is asked any more: then the wait begins anew."""
    async with on_stage(ladder()) as stage:
        await speaks(stage, from_secs=1, to_secs=3)
        await stage.at(4, ConsultFrame(to="ann"))
        await stage.at_up(60, ConsultOverFrame())
        await stage.until(75)
        assert [text for _, text in lines(stage)] == ["Hello?"]
        assert lines(stage)[0][0] == pytest.approx(68, abs=0.2)
