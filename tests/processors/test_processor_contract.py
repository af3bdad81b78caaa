"""The contract of every processor on the menu."""

import asyncio
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

import pipecat.frames.frames as pipecat_frames
import pytest
from pipecat.frames.frames import (
    ControlFrame,
    DataFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    SystemFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessor

import processors
import processors.frames as house_frames
from bot.testing.stage import on_stage
from processors.base import CallProcessor, OnFailure
from processors.frames import EndCallRequestFrame, FarewellFrame, WrapUpFrame
from processors.words.claims import Claims
from processors.words.pleas import Pleas

ARGUMENTS: dict[str, dict[str, Any]] = {
    "AnswerWatchdog": {},
    "AnsweringMachine": {"then": "hang_up"},
    "AutoHangup": {},
    "BeepDetector": {},
    "CallBudget": {"usd": 1.0, "goodbye": "Bye."},
    "CallRecording": {"wanted": True, "announcement": "This call is recorded."},
    "CallTimeLimit": {"secs": 600, "goodbye": "Bye."},
    "GoodbyeDetector": {"patterns": ("goodbye",)},
    "HoldGate": {},
    "HumanKey": {"human_available": True, "nobody": "Nobody is here."},
    "HumanWords": {
        "pleas": Pleas(language="en"),
        "human_available": True,
        "emergency": "Dial the emergency number.",
        "offer": "A person?",
    },
    "InterruptionClear": {},
    "KeyPresser": {},
    "Keypad": {},
    "NuisanceShield": {"nuisance": "What else?", "no_person": "A machine?", "farewell": "Bye."},
    "OptOut": {"language": "en"},
    "SaidAndDone": {"claims": Claims("en")},
    "SensitiveNumbers": {"lines": {"card": "Please type it."}, "again": "Once more."},
    "SilenceLadder": {"prompts": ("Hello?",), "goodbye": "Bye."},
    "SileroVAD": {},
}
BUILD: dict[str, Callable[[], FrameProcessor]] = {
    name: partial(getattr(processors, name), **arguments) for name, arguments in ARGUMENTS.items()
}

every_processor = pytest.mark.parametrize("name", sorted(processors.__all__))


@dataclass
class UnknownSystemFrame(SystemFrame):
    pass


@dataclass
class UnknownDataFrame(DataFrame):
    pass


@dataclass
class UnknownControlFrame(ControlFrame):
    pass


UNKNOWN = (UnknownSystemFrame, UnknownDataFrame, UnknownControlFrame)


def test_every_processor_on_the_menu_is_held_to_the_contract() -> None:
    """A processor added to the menu must be added here."""
    assert set(BUILD) == set(processors.__all__)


@every_processor
def test_constructors_take_keywords_only(name: str) -> None:
    """No argument of a constructor can be given by position."""
    parameters = list(inspect.signature(getattr(processors, name)).parameters.values())
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters)


@every_processor
def test_docstrings_name_frames_and_place(name: str) -> None:
    """A class says what it consumes, what it adds and where it stands; the frames exist."""
    text = inspect.getdoc(getattr(processors, name)) or ""
    parts = re.split(r"^(Consumes|Adds|Place): ", text, flags=re.MULTILINE)
    assert parts[1::2] == ["Consumes", "Adds", "Place"]
    for part in parts[2:6:2]:
        frames = re.findall(r"\b[A-Z]\w*Frame\b", part)
        assert frames
        for frame in frames:
            assert hasattr(house_frames, frame) or hasattr(pipecat_frames, frame), frame


@every_processor
def test_docstrings_and_data_say_the_same(name: str) -> None:
    """The frames of the docstring are those of `consumes` and `adds`, the ways too."""
    kind: type[CallProcessor] = getattr(processors, name)
    _, consumed, added = re.split(r"^(?:Consumes|Adds): ", inspect.getdoc(kind) or "", flags=re.M)
    for named in re.findall(r"\b[A-Z]\w*Frame\b", consumed):
        frame = getattr(house_frames, named, None) or getattr(pipecat_frames, named)
        assert issubclass(frame, kind.consumes), named
    added = added.partition("Place: ")[0]
    assert {frame.__name__ for frame in kind.adds} == set(re.findall(r"\b[A-Z]\w*Frame\b", added))
    told = {"up": "upstream", "down": "downstream", "both": "both ways"}
    assert all(told[way] in added for way in kind.adds.values())


@every_processor
async def test_unknown_frames_and_interruptions_pass_both_ways(name: str) -> None:
    """Frames a processor knows nothing of pass it once, in both directions, in order."""
    async with on_stage(BUILD[name]()) as stage:
        kinds = (*UNKNOWN, InterruptionFrame)
        await stage.down(*(kind() for kind in kinds))
        await stage.up(*(kind() for kind in kinds))
    for end in (stage.sink, stage.source):
        assert [type(seen.frame) for seen in end.seen if isinstance(seen.frame, kinds)] == [*kinds]


@every_processor
async def test_tasks_end_in_cleanup(name: str) -> None:
    """A call that ends while timers run leaves no task behind (the stage checks it)."""
    async with on_stage(BUILD[name]()) as stage:
        await stage.down(
            VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame(), FarewellFrame(text="Bye")
        )
        await stage.down(EndCallRequestFrame())
        await stage.up(WrapUpFrame(text="Bye", reason="silence"))
        await stage.after(0.01)
        assert not stage.worker.has_finished()


@every_processor
async def test_it_waits_for_nothing(name: str) -> None:
    """A frame is out on the other side before the event loop has turned once."""
    processor = BUILD[name]()
    async with on_stage(processor) as stage:
        turns = 0

        def count() -> None:
            nonlocal turns
            turns += 1

        asyncio.get_running_loop().call_soon(count)
        await stage.down(InputAudioRawFrame(audio=bytes(320), sample_rate=8000, num_channels=1))
        assert len(stage.downs(InputAudioRawFrame)) == 1
        assert turns == 0


@every_processor
async def test_a_frame_at_which_it_fails_travels_on(name: str) -> None:
    """Whatever is wrong with a processor, those around it go on; the first failure is told."""

    def fails(self: FrameProcessor, frame: Frame, *direction: Any) -> None:
        raise ValueError("no idea what to do with this")

    kind = getattr(processors, name)
    assert kind.on_failure in get_args(OnFailure)
    processor = type(name, (kind,), {"_note": fails, "_act": fails})(**ARGUMENTS[name])
    async with on_stage(processor, failing=True) as stage:
        kinds = (*UNKNOWN, InterruptionFrame)
        await stage.down(*(kind() for kind in kinds))
        await stage.up(*(kind() for kind in kinds))
    for end in (stage.sink, stage.source):
        assert [type(seen.frame) for seen in end.seen if isinstance(seen.frame, kinds)] == [*kinds]
    (told,) = stage.ups(ErrorFrame)
    assert (told.processor, type(told.exception)) == (processor, ValueError)
