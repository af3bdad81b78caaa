"""When the agent begins to speak to who has picked up, and when it has said something."""

import pytest
from pipecat.frames.frames import (
    InterruptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.media.first_words import HELLO_SECS
from bot.simulator.carrier.messages import Media
from processors.frames import HoldFrame, ResumeFrame, UtterancePlayedFrame
from tests.media.test_media_line import Line, on_the_line


def first_sent(line: Line) -> float:
    return line.carrier.commands(Media)[0].at_secs


@pytest.mark.parametrize("pause_secs", [0.0, 0.3])
async def test_the_first_sound_waits_for_the_pause(pause_secs: float) -> None:
    """And nothing after it does."""
    async with on_the_line(pause_secs=pause_secs) as line:
        await line.speak("a", 600)
        await line.stage.after(2)
        assert first_sent(line) == pytest.approx(pause_secs, abs=0.01)
        await line.speak("b", 100)
        assert line.carrier.commands(Media)[-1].at_secs == pytest.approx(2, abs=0.02)


async def test_a_hello_in_the_pause_is_let_finish() -> None:
    """The agent speaks when it is over."""
    async with on_the_line(pause_secs=0.3) as line:
        await line.speak("a", 600)
        await line.stage.at(0.25, VADUserStartedSpeakingFrame(start_secs=0.2))
        await line.stage.at(1.0, VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await line.stage.after(1)
        assert first_sent(line) == pytest.approx(1.0, abs=0.02)


async def test_who_does_not_stop_is_spoken_to_all_the_same() -> None:
    """Two seconds after the start: it may be a machine, or a radio."""
    async with on_the_line(pause_secs=0.3) as line:
        await line.speak("a", 600)
        await line.stage.at(0.25, VADUserStartedSpeakingFrame(start_secs=0.2))
        await line.stage.after(HELLO_SECS)
        assert first_sent(line) == pytest.approx(HELLO_SECS, abs=0.02)


async def test_words_cut_at_once_are_not_the_first() -> None:
    """Those that come afterwards and can be understood are."""
    known: list[float] = []
    async with on_the_line(on_first_words=known.append) as line:
        await line.speak("a", 3000)
        await line.stage.after(0.4)
        await line.stage.down(InterruptionFrame())
        await line.stage.at(2.0)
        assert known == []
        await line.speak("b", 3000)
        await line.stage.after(0.8)
        assert known == [pytest.approx(2.0, abs=0.02)]
        await line.stage.down(InterruptionFrame())
        await line.speak("c", 3000)
        await line.stage.after(4)
        assert len(known) == 1


async def test_a_short_word_said_to_its_end_is_understood() -> None:
    """However short."""
    known: list[float] = []
    async with on_the_line(on_first_words=known.append) as line:
        await line.speak("a", 200)
        await line.stage.after(0.5)
        assert known == [pytest.approx(0.0, abs=0.02)]


async def test_words_held_at_once_begin_when_they_go_on() -> None:
    """Nobody has understood anything before."""
    known: list[float] = []
    async with on_the_line(on_first_words=known.append) as line:
        await line.speak("a", 3000)
        await line.stage.after(0.2)
        await line.stage.down(HoldFrame())
        await line.stage.at(1.5, ResumeFrame())
        await line.stage.after(1)
        assert known == [pytest.approx(1.5, abs=0.02)]


def times(line: Line) -> list[tuple[float, float]]:
    """When each utterance was heard, from and to: seconds of the line."""
    played = zip(
        line.stage.up_secs(UtterancePlayedFrame),
        line.stage.ups(UtterancePlayedFrame),
        strict=True,
    )
    return [
        (round(at - (frame.began_secs_ago or 0.0), 2), round(at - frame.silent_secs_ago, 2))
        for at, frame in played
    ]


async def test_times_are_those_of_the_sound() -> None:
    """An utterance that waits behind another begins when it is heard, not when it is sent."""
    async with on_the_line() as line:
        await line.speak("a", 1000)
        await line.speak("b", 500)
        await line.stage.after(3)
        assert times(line) == [(0.0, 1.0), (1.0, 1.5)]


async def test_what_is_cut_after_a_hold_fell_silent_with_the_hold() -> None:
    """The silence until it was known that they want the turn is none of its sound."""
    async with on_the_line() as line:
        await line.speak("a", 3000)
        await line.stage.at(1.0, HoldFrame())
        await line.stage.at(2.0, InterruptionFrame())
        assert times(line) == [(0.0, 1.0)]


async def test_what_ran_dry_fell_silent_then() -> None:
    """Though its end comes later."""
    async with on_the_line() as line:
        await line.sound("a", 1000)
        await line.stage.at(2.5, InterruptionFrame())
        assert times(line) == [(0.0, 1.0)]
