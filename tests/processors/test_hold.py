"""InterruptionClear, style "hold": whose turn it is when the caller speaks over the agent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.testing.stage import Stage, on_stage
from processors import InterruptionClear
from processors.frames import HeldWordsFrame, HoldFrame, ModelListensFrame, ResumeFrame

NODS = ("uh-huh", "okay")
LIMIT_SECS = 2.0  # hold_secs and 1.2 s


@asynccontextmanager
async def talking(**how: Any) -> AsyncIterator[Stage]:
    """An agent that is heard."""
    processor = InterruptionClear(style="hold", backchannels=NODS, **how)
    async with on_stage(processor) as stage:
        await stage.up(BotStartedSpeakingFrame())
        yield stage


async def local_ear(stage: Stage, from_secs: float, to_secs: float) -> None:
    """Speech from and to these times, as the local ear tells it."""
    await stage.at(from_secs + 0.2, VADUserStartedSpeakingFrame(start_secs=0.2))
    await stage.at(to_secs + 0.4, VADUserStoppedSpeakingFrame(stop_secs=0.4))


def told(stage: Stage) -> list[tuple[str, float]]:
    """What was decided and when, the same both ways."""
    kinds = (HoldFrame, ResumeFrame, InterruptionFrame)

    def of(end: Any) -> list[tuple[str, float]]:
        return [
            (type(seen.frame).__name__.removesuffix("Frame"), round(seen.at_secs, 2))
            for seen in end.seen
            if isinstance(seen.frame, kinds)
        ]

    assert of(stage.source) == of(stage.sink)
    return [(name, round(at - stage.start_secs, 2)) for name, at in of(stage.sink)]


async def test_a_noise_is_given_back() -> None:
    """The model's ear has told nothing of it for a second after its end."""
    async with talking() as stage:
        await local_ear(stage, 1.0, 1.4)
        await stage.until(9)
        assert told(stage) == [("Hold", 1.2), ("Resume", 2.4)]


async def test_a_nod_is_given_back_with_its_words() -> None:
    """As soon as they are known, whichever ear heard it first."""
    for first in (0.1, 0.3):
        async with talking() as stage:
            if first < 0.2:
                await stage.at_up(1.0 + first, UserStartedSpeakingFrame())
            await stage.at(1.2, VADUserStartedSpeakingFrame(start_secs=0.2))
            if first > 0.2:
                await stage.at_up(1.0 + first, UserStartedSpeakingFrame())
            await stage.at(1.8, VADUserStoppedSpeakingFrame(stop_secs=0.4))
            await stage.at_up(1.9, UserStoppedSpeakingFrame())
            await stage.at_up(2.3, HeldWordsFrame(text="Uh-huh."))
            await stage.until(9)
            assert told(stage) == [("Hold", 1.1 if first < 0.2 else 1.2), ("Resume", 2.3)]


async def test_a_turn_without_words_is_given_back() -> None:
    """The model's side took a cough for a turn and recognised nothing in it."""
    async with talking() as stage:
        await stage.at_up(1.1, UserStartedSpeakingFrame())
        await local_ear(stage, 1.0, 1.3)
        await stage.at_up(1.8, UserStoppedSpeakingFrame())
        await stage.at_up(2.1, HeldWordsFrame(text=""))
        await stage.until(9)
        assert told(stage) == [("Hold", 1.1), ("Resume", 2.1)]


async def test_words_that_ask_for_something_take_the_turn() -> None:
    """However short the speech was, and also when they begin with a nod."""
    for text in ("No.", "Okay, but when?", "Okay?", "(not understood)"):
        async with talking() as stage:
            await stage.at_up(1.1, UserStartedSpeakingFrame())
            await local_ear(stage, 1.0, 1.3)
            await stage.at_up(1.8, UserStoppedSpeakingFrame())
            await stage.at_up(2.1, HeldWordsFrame(text=text))
            await stage.until(9)
            assert told(stage) == [("Hold", 1.1), ("Interruption", 2.1)]


@pytest.mark.parametrize(("hold_secs", "secs"), [(0.8, 0.9), (0.4, 0.5), (0.8, 5.0)])
async def test_long_speech_takes_the_turn(hold_secs: float, secs: float) -> None:
    """Whatever is said in it: as soon as it is certain that it was longer."""
    async with talking(hold_secs=hold_secs) as stage:
        await local_ear(stage, 1.0, 1.0 + secs)
        await stage.until(9)
        (hold, taken) = told(stage)
        assert hold == ("Hold", 1.2)
        assert taken[0] == "Interruption"
        assert taken[1] <= 1.0 + hold_secs + 0.5


async def test_speech_just_short_enough_may_still_be_a_nod() -> None:
    """800 ms by default, counted from its first sound to its last."""
    async with talking() as stage:
        await stage.at_up(1.1, UserStartedSpeakingFrame())
        await local_ear(stage, 1.0, 1.75)
        await stage.up(HeldWordsFrame(text="Uh-huh, okay."))
        await stage.until(9)
        assert told(stage) == [("Hold", 1.1), ("Resume", 2.15)]


async def test_a_hold_without_an_end_takes_the_turn() -> None:
    """The words do not come: the caller is not left before a silent agent."""
    async with talking() as stage:
        await stage.at_up(1.1, UserStartedSpeakingFrame())
        await local_ear(stage, 1.0, 1.4)
        await stage.at_up(1.9, UserStoppedSpeakingFrame())
        await stage.at_up(4.0, HeldWordsFrame(text="Uh-huh."))
        await stage.until(9)
        assert told(stage) == [("Hold", 1.1), ("Interruption", 1.1 + LIMIT_SECS)]


async def test_a_second_onset_extends_the_hold() -> None:
    """It is one hold, judged when all of it is over, and not longer for it than any."""
    async with talking() as stage:
        await local_ear(stage, 1.0, 1.2)
        await local_ear(stage, 1.8, 2.0)
        await stage.until(9)
        assert told(stage) == [("Hold", 1.2), ("Resume", 3.0)]
    async with talking() as stage:
        for start in (1.0, 1.8, 2.6):
            await local_ear(stage, start, start + 0.2)
        await stage.until(9)
        assert told(stage) == [("Hold", 1.2), ("Interruption", 3.2)]


async def test_a_nod_does_not_end_a_hold_while_the_caller_goes_on() -> None:
    """An "okay", and in the same breath what they want."""
    async with talking() as stage:
        await stage.at_up(1.1, UserStartedSpeakingFrame())
        await local_ear(stage, 1.0, 1.2)
        await stage.at(1.8, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.at_up(1.9, HeldWordsFrame(text="Okay."))
        await stage.until(2.0)
        assert told(stage) == [("Hold", 1.1)]
        await stage.until(9)
        assert told(stage)[1:] == [("Interruption", 2.85)]


async def test_the_agent_can_be_held_again_and_again() -> None:
    """Each nod is a hold of its own."""
    async with talking() as stage:
        for start in (1.0, 5.0):
            await local_ear(stage, start, start + 0.4)
            await stage.until(start + 3)
        assert [name for name, _ in told(stage)] == ["Hold", "Resume"] * 2


async def test_an_agent_that_is_not_heard_is_not_held() -> None:
    """There is nothing to go on with: a response on its way is called off, silence is left."""
    processor = InterruptionClear(style="hold", backchannels=NODS)
    async with on_stage(processor) as stage:
        await local_ear(stage, 1.0, 1.2)
        await stage.up(LLMFullResponseStartFrame())
        await local_ear(stage, 3.0, 3.2)
        await stage.until(9)
        assert told(stage) == [("Interruption", 3.2)]


async def test_a_hold_that_others_end_is_over() -> None:
    """An InterruptionFrame from below: nothing is decided any more."""
    async with talking() as stage:
        await stage.at(1.2, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.up(InterruptionFrame())
        await stage.at(1.6, VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await stage.until(9)
        assert stage.downs(InterruptionFrame) == stage.downs(ResumeFrame) == []


async def test_in_local_turns_the_words_are_waited_for() -> None:
    """Every turn is transcribed, so none is given back as unheard."""
    for text, ending in (("Okay.", "Resume"), ("", "Resume"), ("Stop.", "Interruption")):
        async with talking(turns="local") as stage:
            await stage.up(UserStartedSpeakingFrame())
            await local_ear(stage, 1.0, 1.3)
            await stage.at_up(2.9, HeldWordsFrame(text=text))
            await stage.until(9)
            assert told(stage) == [("Hold", 1.2), (ending, 2.9)]


async def test_in_server_turns_the_models_ear_holds() -> None:
    """The local one neither begins nor ends a hold."""

    async def hears(stage: Stage, *frames: tuple[float, Frame]) -> None:
        for at_secs, frame in frames:
            await stage.at_up(at_secs, frame)

    async with talking(turns="server") as stage:
        await local_ear(stage, 0.0, 0.2)
        await hears(stage, (1.1, UserStartedSpeakingFrame()), (1.9, UserStoppedSpeakingFrame()))
        await hears(stage, (2.2, HeldWordsFrame(text="Okay.")))
        await hears(stage, (5.1, UserStartedSpeakingFrame()))
        await stage.until(9)
        assert told(stage) == [
            ("Hold", 1.1),
            ("Resume", 2.2),
            ("Hold", 5.1),
            ("Interruption", 6.6),
        ]


def test_an_unknown_style_is_refused() -> None:
    """The error names the two there are."""
    with pytest.raises(ValueError, match='"hold" or "cut"'):
        InterruptionClear(style="shout")  # type: ignore[arg-type]


# -- what only the local ear hears, while the model's ear listens ---------------------------------


async def test_the_local_ear_alone_takes_no_turn() -> None:
    """However long it hears somebody: after two seconds the agent goes on."""
    async with talking() as stage:
        await stage.up(ModelListensFrame(listens=True))
        await stage.at(0.2, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.until(6.0)
    assert told(stage) == [("Hold", 0.2), ("Resume", 2.2)]


async def test_the_models_ear_agrees_late() -> None:
    """Speech that has lasted for longer than a nod then takes the turn at once."""
    async with talking() as stage:
        await stage.up(ModelListensFrame(listens=True))
        await stage.at(0.2, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.at(1.6, UserStartedSpeakingFrame())
        await stage.until(4.0)
    assert told(stage) == [("Hold", 0.2), ("Interruption", 1.6)]


async def test_after_two_holds_for_nothing_the_local_ear_holds_no_more() -> None:
    """Until the agent has said what it says; the model's ear holds all the same."""
    async with talking() as stage:
        await stage.up(ModelListensFrame(listens=True))
        for began in (0.0, 3.0, 6.0):
            await local_ear(stage, began, began + 0.3)
        await stage.until(8.0)
        assert [name for name, _ in told(stage)] == ["Hold", "Resume"] * 2
        await stage.up(UserStartedSpeakingFrame())
        assert [name for name, _ in told(stage)][4:] == ["Hold"]
        await stage.up(UserStoppedSpeakingFrame())
        await stage.up(HeldWordsFrame(text=""))
        await stage.up(BotStoppedSpeakingFrame())
        await stage.up(BotStartedSpeakingFrame())
        await local_ear(stage, 10.0, 10.3)
        assert [name for name, _ in told(stage)][6:] == ["Hold"]


async def echo(stage: Stage, at_secs: float, words: str = "") -> None:
    """What the model's ear alone hears for 0.6 s, and writes down."""
    await stage.at(at_secs, UserStartedSpeakingFrame())
    await stage.at(at_secs + 0.6, UserStoppedSpeakingFrame())
    await stage.at(at_secs + 0.8, HeldWordsFrame(text=words))


def silenced(stage: Stage) -> list[bool]:
    """Of each hold, whether the agent falls silent for it."""
    return [seen.frame.silences for seen in stage.sink.seen if isinstance(seen.frame, HoldFrame)]


async def test_an_echo_that_the_models_ear_hears_silences_twice() -> None:
    """Then its words decide, until the agent has said what it says."""
    async with talking() as stage:
        for began in (0.0, 2.0, 4.0):
            await echo(stage, began)
        assert [name for name, _ in told(stage)] == ["Hold", "Resume"] * 3
        await stage.up(BotStoppedSpeakingFrame())
        await stage.up(BotStartedSpeakingFrame())
        await echo(stage, 6.0)
        assert silenced(stage) == [True, True, False, True]


async def test_words_of_a_caller_take_the_turn_from_an_agent_that_is_heard_on() -> None:
    """However softly they speak."""
    async with talking() as stage:
        for began in (0.0, 2.0):
            await echo(stage, began)
        await echo(stage, 4.0, "Wait, please.")
        assert told(stage)[4:] == [("Hold", 4.0), ("Interruption", 4.8)]


async def test_a_caller_whom_both_ears_hear_silences_an_agent_that_is_heard_on() -> None:
    """As soon as our own does."""
    async with talking() as stage:
        for began in (0.0, 2.0):
            await echo(stage, began)
        await stage.at(4.0, UserStartedSpeakingFrame())
        await stage.at(4.3, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.until(9.0)
        assert told(stage)[4:] == [("Hold", 4.0), ("Hold", 4.3), ("Interruption", 5.35)]
        assert silenced(stage)[2:] == [False, True]


async def test_an_echo_without_an_end_or_words_is_given_back() -> None:
    """The words may never come; and as long as the agent speaks, it may come back."""
    async with talking() as stage:
        for began in (0.0, 2.0):
            await echo(stage, began)
        await stage.at(4.0, UserStartedSpeakingFrame())
        await stage.until(8.0)
        assert told(stage)[4:] == [("Hold", 4.0)]
        await stage.at(8.0, UserStoppedSpeakingFrame())
        await stage.until(12.0)
        assert told(stage)[5:] == [("Resume", 9.2)]


async def test_noises_are_no_echo() -> None:
    """What the model's ear has not heard says nothing of what it hears next."""
    async with talking() as stage:
        await stage.up(ModelListensFrame(listens=True))
        for began in (0.0, 3.0):
            await local_ear(stage, began, began + 0.3)
        await echo(stage, 6.0)
        assert silenced(stage) == [True, True, True]


async def test_nods_are_no_false_alarms() -> None:
    """Somebody who nods three times is there, and is held for at once each time."""
    async with talking() as stage:
        await stage.up(ModelListensFrame(listens=True))
        for began in (0.0, 3.0, 6.0):
            await stage.at(began + 0.2, VADUserStartedSpeakingFrame(start_secs=0.2))
            await stage.at(began + 0.3, UserStartedSpeakingFrame())
            await stage.at(began + 0.8, VADUserStoppedSpeakingFrame(stop_secs=0.4))
            await stage.at(began + 0.9, UserStoppedSpeakingFrame())
            await stage.at(began + 1.0, HeldWordsFrame(text="Uh-huh."))
    assert [name for name, _ in told(stage)] == ["Hold", "Resume"] * 3


async def test_with_local_turns_he_goes_on_and_has_the_turn() -> None:
    """After two false alarms, since nobody else hears them."""
    async with talking(turns="local") as stage:
        for began in (0.0, 3.0):
            await local_ear(stage, began, began + 0.3)
            await stage.up(HeldWordsFrame(text=""))
        await local_ear(stage, 6.0, 6.3)
        await stage.at(9.2, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.until(12.0)
    assert [name for name, _ in told(stage)] == [*["Hold", "Resume"] * 2, "Interruption"]
    assert told(stage)[-1][1] == pytest.approx(10.0)
