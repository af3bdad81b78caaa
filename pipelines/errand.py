"""Errand: call somebody on behalf of a person, get one thing done, hang up."""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.spec import CallParts, PipelineSpec
from processors import (
    AnswerWatchdog,
    AutoHangup,
    CallBudget,
    CallTimeLimit,
    GoodbyeDetector,
    InterruptionClear,
    Keypad,
    SilenceLadder,
    SileroVAD,
)
from tools import end_call


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        SileroVAD(),
        InterruptionClear.of(agent),
        call.model,
        Keypad(alone=()),
        GoodbyeDetector.of(agent),
        AutoHangup.of(agent),
        SilenceLadder.of(agent),
        AnswerWatchdog(),
        CallTimeLimit.of(agent),
        CallBudget.of(agent),
        call.bot_audio,
    ]


ERRAND = PipelineSpec(name="errand", build=build, tools=(end_call,))
