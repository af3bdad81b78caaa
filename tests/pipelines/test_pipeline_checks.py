"""What an author may have got wrong in a list is told before any call, with its file and line."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipecat.frames.frames import Frame, InputDTMFFrame, TextFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from test_pipeline_lists import an_agent

import processors
from pipelines import PIPELINES, CallParts, PipelineSpec
from pipelines.checking import faults_of_pipeline
from pipelines.making import made_in
from processors import (
    AnsweringMachine,
    AutoHangup,
    BeepDetector,
    CallTimeLimit,
    GoodbyeDetector,
    HumanKey,
    OptOut,
    SilenceLadder,
)
from processors.base import CallProcessor
from processors.frames import AgentSaidFrame, CallerAudioFrame, SayFrame, WrapUpFrame
from tools import end_call, transfer_to_human

HERE = Path(__file__).name
Build = Callable[[CallParts], Any]


class Asks(CallProcessor):
    """Says a line when a key is pressed."""

    consumes = (InputDTMFFrame,)
    adds = {SayFrame: "up"}

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputDTMFFrame):
            await self.push_frame(SayFrame(text="Yes?"), FrameDirection.UPSTREAM)


class Silent(CallProcessor):
    """Does not say what it makes."""

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        await self.push_frame(SayFrame(text="Yes?"), FrameDirection.UPSTREAM)


class Down(CallProcessor):
    """Sends its last line the wrong way: push_frame goes down where nothing is said."""

    adds = {WrapUpFrame: "up"}

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        await self.push_frame(WrapUpFrame(text="Bye.", reason="own"))


class DownByName(Down):
    """The same, by way of a name; and its base class does it too."""

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        last = WrapUpFrame(text="Bye.", reason="own")
        await self.push_frame(last, direction=FrameDirection.DOWNSTREAM)


class Plain(FrameProcessor):
    """A plain Pipecat processor, which need not say anything of Pipecat's own frames."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(TextFrame(text="!"), direction)


class NoWay(CallProcessor):
    adds = {SayFrame: "upstream"}  # type: ignore[dict-item]


class NoComma(CallProcessor):
    consumes = InputDTMFFrame  # type: ignore[assignment]


class NoFrame(CallProcessor):
    consumes = ("InputDTMFFrame",)  # type: ignore[assignment]


class Fails(CallProcessor):
    on_failure = "hang_up"  # type: ignore[assignment]


class Hears(CallProcessor):
    caller_sound = "wanted"  # type: ignore[assignment]


class Hearer(CallProcessor):
    """Wants the caller's sound."""

    consumes = (CallerAudioFrame,)


class Reader(CallProcessor):
    """Wants to know what the agent said."""

    consumes = (AgentSaidFrame,)


def after_model(*make: Callable[[CallParts], Any]) -> Build:
    def build(call: CallParts) -> list[Any]:
        return [call.caller_audio, call.model, *(one(call) for one in make), call.bot_audio]

    return build


AGENT = an_agent()


def faults(build: Any, *, tools: Any = ()) -> list[str]:
    return faults_of_pipeline(PipelineSpec(name="own", build=build, tools=tools), AGENT)[0]


def of(kind: Any) -> Callable[[CallParts], Any]:
    return lambda call: kind.of(call.agent)


LADDER, HANGUP, LIMIT = of(SilenceLadder), of(AutoHangup), of(CallTimeLimit)
SHARED = Asks()


async def _async(call: CallParts) -> list[FrameProcessor]:
    return []


def _raises(call: CallParts) -> list[FrameProcessor]:
    return [call.caller_audio, call.no_such_part]  # type: ignore[attr-defined]


WRONG: Sequence[tuple[Any, str]] = [
    (lambda call: None, "build must return a list of processors, not NoneType"),
    (lambda call: (call.caller_audio, call.model), "must return a list of processors, not tuple"),
    (_async, "build must be a function, and not async"),
    (_raises, "build raises AttributeError: 'CallParts' object has no attribute 'no_such_part'"),
    (lambda call: [call.model, call.bot_audio], "call.caller_audio exactly once, and has it 0"),
    (lambda call: [call.caller_audio, call.model], "call.bot_audio exactly once, and has it 0"),
    (lambda call: [call.caller_audio, call.bot_audio], "call.model exactly once, and has it 0"),
    (
        lambda call: [call.caller_audio, call.model, call.model, call.bot_audio],
        "must have call.model exactly once, and has it 2",
    ),
    (
        lambda call: [call.model, call.caller_audio, call.bot_audio],
        "call.caller_audio must stand before",
    ),
    (lambda call: [call.caller_audio, call.bot_audio, call.model], "call.bot_audio after it"),
    (after_model(lambda call: Asks), "the list has the class Asks: write Asks()"),
    (after_model(lambda call: None), "the list has None, which is no processor"),
    (after_model(lambda call: [Asks()]), "which is no processor"),
    (after_model(lambda call: SHARED), "Asks is one object for all calls: make it inside build"),
    (after_model(lambda call: SHARED, lambda call: SHARED), "the list has the same Asks twice"),
    (
        after_model(LADDER, HANGUP),
        "AutoHangup never sees the WrapUpFrame of SilenceLadder, which goes up: put",
    ),
    (
        after_model(LADDER, HANGUP, LIMIT),
        "AutoHangup never sees the WrapUpFrame of SilenceLadder",
    ),
    (
        after_model(HANGUP, of(GoodbyeDetector)),
        "AutoHangup never sees the FarewellFrame of GoodbyeDetector, which goes down",
    ),
    (after_model(LADDER), "the last line is said and the call stays open (add AutoHangup)"),
    (after_model(LIMIT), "the call stays open"),
    (after_model(of(GoodbyeDetector)), "a goodbye ends nothing (add AutoHangup)"),
    (after_model(of(OptOut)), "OptOut runs the tool opt_out, which is not in tools"),
    (
        lambda call: [call.caller_audio, Asks(), call.model, call.bot_audio],
        "call.model never sees the SayFrame of Asks, which goes up",
    ),
    (
        lambda call: [call.caller_audio, Reader(), call.model, call.bot_audio],
        "Reader never sees the AgentSaidFrame of call.model, which goes down",
    ),
    (
        lambda call: [Hearer(), call.caller_audio, call.model, call.bot_audio],
        "Hearer never sees the CallerAudioFrame of call.caller_audio",
    ),
    (
        lambda call: [call.caller_audio, BeepDetector(), call.model, call.bot_audio],
        "nobody learns of the beep (add AnsweringMachine)",
    ),
    (
        lambda call: [
            call.caller_audio,
            AnsweringMachine.of(call.agent),
            BeepDetector(),
            call.model,
            call.bot_audio,
        ],
        "AnsweringMachine never sees the BeepFrame of BeepDetector",
    ),
    (after_model(lambda call: Silent()), 'and does not say so: write adds = {SayFrame: "up"}'),
    (after_model(HANGUP, lambda call: Down()), "Down pushes its WrapUpFrame down"),
    (after_model(HANGUP, lambda call: DownByName()), "DownByName pushes its WrapUpFrame down"),
    (after_model(lambda call: NoWay()), '"up", "down" or "both"'),
    (after_model(lambda call: NoComma()), "must be a tuple of frames, with the comma"),
    (after_model(lambda call: NoFrame()), "'InputDTMFFrame' is none"),
    (after_model(lambda call: Fails()), 'on_failure of Fails is "skip"'),
    (after_model(lambda call: Hears()), 'caller_sound of Hears is one of "framed"'),
]


@pytest.mark.parametrize(("build", "told"), WRONG, ids=[told[:60] for _, told in WRONG])
def test_a_fault_of_a_list(build: Any, told: str) -> None:
    """Each is told in a sentence that begins with the place of `build`, or of the processor."""
    found = faults(build)
    assert any(told in fault for fault in found), found
    for fault in found:
        path, line, _ = fault.split(":", 2)
        assert Path(path).name == HERE
        assert line.isdigit()


@pytest.mark.parametrize(
    ("tool", "asked"),
    [(end_call, "request_end"), (transfer_to_human, "request_transfer")],
)
def test_a_tool_that_nobody_acts_on(tool: Any, asked: str) -> None:
    """The model would be told that it is done, and the call would go on."""
    (fault,) = faults(after_model(), tools=(tool,))
    assert f"the tool {tool.__name__} calls {asked}, and no processor of the list acts on" in fault
    assert "(add AutoHangup)" in fault
    assert faults(after_model(HANGUP), tools=(tool,)) == []


@pytest.mark.parametrize(
    "build",
    [
        after_model(),
        after_model(HANGUP, LADDER, LIMIT),
        after_model(of(HumanKey), HANGUP, lambda call: Asks()),
        after_model(lambda call: Plain(), lambda call: Reader()),
    ],
)
def test_a_list_in_order(build: Build) -> None:
    """What works is let through, plain Pipecat processors too."""
    assert faults(build) == []


@pytest.mark.parametrize("spec", PIPELINES.values(), ids=lambda spec: spec.name)
def test_the_shipped_pipelines_are_in_order(spec: PipelineSpec) -> None:
    """Whatever the call is to do about machines."""
    assert faults_of_pipeline(spec, AGENT)[0] == []
    assert faults_of_pipeline(spec, replace(AGENT, on_machine="leave_message"))[0] == []


@pytest.mark.parametrize("name", processors.__all__)
def test_the_shipped_processors_make_what_they_say(name: str) -> None:
    """Their own code makes no frame of the house that is not in `adds`, and pushes it that way."""
    kind = getattr(processors, name)
    for made in made_in(kind):
        if made.frame.__module__.startswith("processors.frames.") and made.way is not None:
            assert kind.adds[made.frame] in (made.way, "both"), made
