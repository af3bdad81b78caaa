"""Relay: sound both ways between the carrier and the model, and nothing that listens to it."""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines import CallParts, PipelineSpec
from processors import AutoHangup, CallTimeLimit


def build(call: CallParts) -> list[FrameProcessor]:
    return [
        call.caller_audio,
        call.model,
        AutoHangup.of(call.agent),
        CallTimeLimit.of(call.agent),
        call.bot_audio,
    ]


RELAY = PipelineSpec(name="relay", build=build, tools=())
