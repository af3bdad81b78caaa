"""Reception: answer questions, look things up, book, put the caller through, hang up."""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.spec import CallParts, PipelineSpec
from processors import (
    AnswerWatchdog,
    AutoHangup,
    CallBudget,
    CallTimeLimit,
    GoodbyeDetector,
    HumanKey,
    InterruptionClear,
    Keypad,
    SilenceLadder,
    SileroVAD,
)
from processors.backchannels import backchannel_words
from processors.farewells import farewell_patterns
from tools import book_appointment, end_call, lookup_hours, lookup_order, transfer_to_human


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        SileroVAD(),
        InterruptionClear(
            turns=agent.turns,
            style=agent.barge_in,
            hold_secs=agent.hold_secs,
            backchannels=agent.backchannels or backchannel_words(agent.language),
        ),
        call.model,
        HumanKey(human_available=agent.human_available, nobody=agent.nobody),
        Keypad(),
        GoodbyeDetector(patterns=agent.farewells or farewell_patterns(agent.language)),
        AutoHangup(grace_secs=agent.hangup_grace_secs),
        SilenceLadder(
            prompts=agent.silence_prompts,
            goodbye=agent.silence_goodbye,
            wait_secs=agent.silence_secs,
        ),
        AnswerWatchdog(),
        CallTimeLimit(secs=agent.max_call_secs, goodbye=agent.time_limit_goodbye),
        CallBudget(usd=agent.max_call_usd, goodbye=agent.time_limit_goodbye),
        call.bot_audio,
    ]


RECEPTION = PipelineSpec(
    name="reception",
    build=build,
    tools=(lookup_hours, lookup_order, book_appointment, transfer_to_human, end_call),
)
