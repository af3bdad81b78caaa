"""Keys are pressed when the agent is silent, one request after the other."""

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from bot.testing.stage import on_stage
from processors import KeyPresser
from processors.frames import (
    HangUpFrame,
    KeysPressedFrame,
    KeysRequestFrame,
    LineBackFrame,
    LineLostFrame,
    PressKeysFrame,
)

UP = FrameDirection.UPSTREAM


async def test_keys_wait_for_the_end_of_what_the_agent_says() -> None:
    """Both ways it is told then, once."""
    async with on_stage(KeyPresser()) as stage:
        await stage.at(1, LLMFullResponseStartFrame())
        await stage.at(1, BotStartedSpeakingFrame())
        await stage.at(1.1, KeysRequestFrame(keys="1"))
        await stage.at(2, LLMFullResponseEndFrame())
        await stage.at(3, BotStoppedSpeakingFrame())
        await stage.until(20)
    assert stage.down_secs(PressKeysFrame) == [3.0]
    assert [frame.keys for frame in stage.ups(PressKeysFrame)] == ["1"]


async def test_a_menu_that_speaks_is_not_waited_for() -> None:
    """Who knows the key may press it at once."""
    async with on_stage(KeyPresser()) as stage:
        await stage.at(1, VADUserStartedSpeakingFrame())
        await stage.at(2, KeysRequestFrame(keys="1"))
        await stage.until(3)
    assert stage.down_secs(PressKeysFrame) == [2.0]


async def test_the_next_keys_wait_for_what_became_of_the_last() -> None:
    """And go out together."""
    async with on_stage(KeyPresser()) as stage:
        await stage.at(1, KeysRequestFrame(keys="1"))
        await stage.at(2, KeysRequestFrame(keys="2"))
        await stage.at(2.5, KeysRequestFrame(keys="#"))
        await stage.at(3, LineLostFrame())
        await stage.at(4, LineBackFrame())
        await stage.at(5, KeysPressedFrame(keys="1"), UP)
        await stage.until(30)
    assert stage.down_secs(PressKeysFrame) == [1.0, 5.0]
    assert [frame.keys for frame in stage.downs(PressKeysFrame)] == ["1", "2#"]


async def test_an_agent_that_never_falls_silent() -> None:
    """The keys go out all the same, after eight seconds; never in a call that is over."""
    async with on_stage(KeyPresser()) as stage:
        await stage.at(1, BotStartedSpeakingFrame())
        await stage.at(2, KeysRequestFrame(keys="1"))
        await stage.until(20)
    assert stage.down_secs(PressKeysFrame) == [10.0]
    async with on_stage(KeyPresser()) as stage:
        await stage.at(1, BotStartedSpeakingFrame())
        await stage.at(2, KeysRequestFrame(keys="1"))
        await stage.at(3, HangUpFrame())
        await stage.until(20)
    assert stage.downs(PressKeysFrame) == []
