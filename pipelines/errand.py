"""Errand: call somebody on behalf of a person, get one thing done, hang up."""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.spec import CallParts, PipelineSpec
from processors import (
    AnswerWatchdog,
    AutoHangup,
    CallBudget,
    CallRecording,
    CallTimeLimit,
    GoodbyeDetector,
    HoldGate,
    InterruptionClear,
    Keypad,
    KeyPresser,
    SilenceLadder,
    SileroVAD,
)
from tools import end_call, press_keys, wait_on_hold, wait_on_line


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        SileroVAD(),
        HoldGate.of(agent),
        InterruptionClear.of(agent),
        call.model,
        CallRecording.of(agent),
        KeyPresser(),
        Keypad(alone=(agent.recording.refuse_key,)),
        GoodbyeDetector.of(agent),
        AutoHangup.of(agent),
        SilenceLadder.of(agent),
        AnswerWatchdog(),
        CallTimeLimit.of(agent),
        CallBudget.of(agent),
        call.bot_audio,
    ]


ERRAND = PipelineSpec(
    name="errand", build=build, tools=(press_keys, wait_on_line, wait_on_hold, end_call)
)
