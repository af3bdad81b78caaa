"""InterruptionClear: the caller's speech silences the agent, and only then."""

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    VADUserStartedSpeakingFrame,
)

from bot.testing.stage import on_stage
from processors import InterruptionClear


@pytest.mark.parametrize("turns", ["hybrid", "local"])
@pytest.mark.parametrize("under_way", [BotStartedSpeakingFrame, LLMFullResponseStartFrame])
async def test_the_local_ear_interrupts(turns: str, under_way: type[Frame]) -> None:
    """Speech interrupts, both ways, an agent that is heard or whose response is on its way."""
    async with on_stage(InterruptionClear(turns=turns)) as stage:
        await stage.up(under_way())
        await stage.down(VADUserStartedSpeakingFrame())
        assert len(stage.downs(InterruptionFrame)) == len(stage.ups(InterruptionFrame)) == 1
    kinds = [type(seen.frame) for seen in stage.sink.seen]
    assert kinds.index(VADUserStartedSpeakingFrame) < kinds.index(InterruptionFrame)


async def test_the_models_ear_does_not_count_in_local_turns() -> None:
    """With turns="local" nobody asks the model's ear."""
    async with on_stage(InterruptionClear(turns="local")) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await stage.up(UserStartedSpeakingFrame())
        assert stage.downs(InterruptionFrame) == []


async def test_in_hybrid_turns_the_second_ear_adds_nothing_to_the_first() -> None:
    """Either ear interrupts; the one that hears the same speech later finds nothing to do."""
    for first, second in [
        (VADUserStartedSpeakingFrame, UserStartedSpeakingFrame),
        (UserStartedSpeakingFrame, VADUserStartedSpeakingFrame),
    ]:
        async with on_stage(InterruptionClear(turns="hybrid")) as stage:
            await stage.up(BotStartedSpeakingFrame())
            await stage.down(first())
            assert len(stage.downs(InterruptionFrame)) == 1
            await stage.up(LLMFullResponseEndFrame(), BotStoppedSpeakingFrame())
            await stage.down(second())
            assert len(stage.downs(InterruptionFrame)) == 1


async def test_the_models_ear_interrupts_when_it_decides_turns() -> None:
    """With turns="server" the model's UserStartedSpeakingFrame counts, the local ear does not."""
    async with on_stage(InterruptionClear(turns="server")) as stage:
        await stage.up(BotStartedSpeakingFrame())
        await stage.down(VADUserStartedSpeakingFrame())
        assert stage.downs(InterruptionFrame) == []
        await stage.up(UserStartedSpeakingFrame())
        assert len(stage.downs(InterruptionFrame)) == 1


async def test_nothing_is_interrupted_when_nothing_goes_on() -> None:
    """Speech before, between and after the agent's turns is no interruption."""
    async with on_stage(InterruptionClear()) as stage:
        await stage.down(VADUserStartedSpeakingFrame())
        await stage.up(LLMFullResponseStartFrame(), BotStartedSpeakingFrame())
        await stage.up(LLMFullResponseEndFrame(), BotStoppedSpeakingFrame())
        await stage.down(VADUserStartedSpeakingFrame())
    assert stage.downs(InterruptionFrame) == stage.ups(InterruptionFrame) == []


async def test_a_cancelled_response_is_interrupted_once() -> None:
    """After an interruption no response is under way until a new one starts."""
    async with on_stage(InterruptionClear()) as stage:
        await stage.up(LLMFullResponseStartFrame())
        await stage.down(VADUserStartedSpeakingFrame(), VADUserStartedSpeakingFrame())
        assert len(stage.downs(InterruptionFrame)) == 1
        await stage.up(LLMFullResponseEndFrame(), LLMFullResponseStartFrame())
        await stage.down(VADUserStartedSpeakingFrame())
        assert len(stage.downs(InterruptionFrame)) == 2


def test_an_unknown_way_of_turns_is_refused() -> None:
    """The error names the three there are."""
    with pytest.raises(ValueError, match='"hybrid", "server" or "local"'):
        InterruptionClear(turns="psychic")  # type: ignore[arg-type]
