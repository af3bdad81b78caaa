"""What is done without asking the model: no more calls, and a person."""

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import BotStartedSpeakingFrame, InputDTMFFrame, TranscriptionFrame

from bot.testing.stage import Stage, on_stage
from processors import AutoHangup, HumanKey, OptOut
from processors.frames import HangUpFrame, RunToolFrame, SayFrame, TransferFrame


def key(digit: str) -> InputDTMFFrame:
    return InputDTMFFrame(button=KeypadEntry(digit))


def words(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text=text, user_id="caller", timestamp="2026-11-20T12:00:00Z")


def human_key(*, available: bool = True) -> HumanKey:
    return HumanKey(human_available=available, nobody="Nobody is here.")


async def test_words_that_bar_calls_run_the_tool() -> None:
    """At once, with what was said as its note; other words do nothing. All of them pass."""
    async with on_stage(OptOut(language="en")) as stage:
        await stage.down(words("Yes, this is Ann."), words("Please stop calling me!"))
        (run,) = stage.ups(RunToolFrame)
        assert (run.tool, run.arguments) == ("opt_out", {"note": "Please stop calling me!"})
        assert len(stage.downs(TranscriptionFrame)) == 2


async def test_the_key_runs_the_tool() -> None:
    """That key and no other."""
    async with on_stage(OptOut(language="en", key="7")) as stage:
        await stage.down(key("9"), key("0"), key("7"))
        (run,) = stage.ups(RunToolFrame)
        assert run.arguments == {"note": "They pressed 7."}
    async with on_stage(OptOut(language="en", key="")) as stage:
        await stage.down(*(key(digit) for digit in "0123456789*#"))
        assert stage.ups(RunToolFrame) == []


async def test_whoever_asks_again_is_heard_again() -> None:
    """The first attempt may have failed; whether it did, the model's side knows."""
    async with on_stage(OptOut(language="en")) as stage:
        await stage.down(key("9"), words("I said take me off your list"))
        assert len(stage.ups(RunToolFrame)) == 2


async def test_last_words_count_when_those_below_have_ended_the_call() -> None:
    """The transcript comes after the sound, perhaps after the hang-up."""
    async with on_stage(OptOut(language="en"), human_key(), AutoHangup()) as stage:
        await stage.down(key("0"))
        await stage.until(2)
        assert len(stage.downs(TransferFrame)) == 1
        await stage.down(words("And never call me again."))
        assert len(stage.ups(RunToolFrame)) == 1


async def press(stage: Stage, keys: str, *, each_secs: float = 0.4) -> None:
    """One after the other, with a pause after each."""
    for digit in keys:
        await stage.down(key(digit))
        await stage.after(each_secs)


async def test_zero_alone_reaches_a_person() -> None:
    """Over whatever the agent says, after a second and a half without another key; once."""
    async with on_stage(human_key(), AutoHangup()) as stage:
        await stage.down(BotStartedSpeakingFrame(), key("5"))
        await stage.after(1.6)
        await stage.down(key("0"))
        await stage.after(1.4)
        assert stage.downs(TransferFrame) == []
        await stage.after(0.2)
        (transfer,) = stage.downs(TransferFrame)
        assert transfer.reason == "The caller pressed 0."
        await stage.down(key("0"))
        await stage.until(60)
        assert len(stage.downs(TransferFrame)) == 1
        assert stage.downs(HangUpFrame) == []


@pytest.mark.parametrize("keys", ["4071", "40", "04", "4071#", "0#", "*0", "1000", "0049", "900"])
async def test_zero_in_a_number_reaches_nobody(keys: str) -> None:
    """At its beginning, in its middle or at its end; slow fingers make no difference."""
    async with on_stage(human_key(), AutoHangup()) as stage:
        await press(stage, keys, each_secs=1.4)
        await stage.after(10)
        assert stage.downs(TransferFrame) == []
        await press(stage, "0")
        await stage.after(2)
        assert len(stage.downs(TransferFrame)) == 1


async def test_zero_pressed_impatiently_is_one_zero() -> None:
    """Nothing but zeros, and a person is wanted."""
    async with on_stage(human_key(), AutoHangup()) as stage:
        await press(stage, "000")
        await stage.after(2)
        assert len(stage.downs(TransferFrame)) == 1


async def test_where_there_is_no_person_zero_says_so() -> None:
    """Each time; the call goes on."""
    async with on_stage(human_key(available=False), AutoHangup()) as stage:
        for _ in range(2):
            await stage.down(key("0"))
            await stage.after(2)
        assert [frame.text for frame in stage.ups(SayFrame)] == ["Nobody is here."] * 2
        assert stage.downs(TransferFrame) == []


def test_a_bad_pattern_is_named() -> None:
    """As early as the pipeline is built."""
    with pytest.raises(ValueError, match=r"opt-out pattern 'stop \('"):
        OptOut(language="en", more=["stop ("])
