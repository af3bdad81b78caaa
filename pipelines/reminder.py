"""Reminder: call about an appointment; confirm, cancel or move it; never call again if so asked."""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.spec import CallParts, PipelineSpec
from processors import (
    AnsweringMachine,
    AnswerWatchdog,
    AutoHangup,
    BeepDetector,
    CallBudget,
    CallRecording,
    CallTimeLimit,
    GoodbyeDetector,
    HumanKey,
    HumanWords,
    InterruptionClear,
    Keypad,
    NuisanceShield,
    OptOut,
    SaidAndDone,
    SilenceLadder,
    SileroVAD,
)
from tools import (
    another_language,
    call_back_later,
    cancel_appointment,
    confirm_appointment,
    end_call,
    find_slots,
    opt_out,
    reschedule_appointment,
    right_person,
    transfer_to_human,
    wrong_person,
)


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        SileroVAD(),
        BeepDetector(),
        InterruptionClear.of(agent),
        call.model,
        CallRecording.of(agent),
        OptOut.of(agent),
        HumanKey.of(agent),
        HumanWords.of(agent),
        NuisanceShield.of(agent),
        Keypad(alone=("0", agent.opt_out.key, agent.recording.refuse_key)),
        SaidAndDone.of(agent),
        GoodbyeDetector.of(agent),
        AutoHangup.of(agent),
        AnsweringMachine.of(agent),
        SilenceLadder.of(agent),
        AnswerWatchdog(),
        CallTimeLimit.of(agent),
        CallBudget.of(agent),
        call.bot_audio,
    ]


REMINDER = PipelineSpec(
    name="reminder",
    build=build,
    tools=(
        right_person,
        confirm_appointment,
        cancel_appointment,
        find_slots,
        reschedule_appointment,
        call_back_later,
        wrong_person,
        opt_out,
        another_language,
        transfer_to_human,
        end_call,
    ),
    always=(opt_out,),
)
