"""Reception: answer, look things up, book and move, take messages, put the caller through; never
call again if so asked.
"""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.spec import CallParts, PipelineSpec
from processors import (
    AnswerWatchdog,
    AutoHangup,
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
    SensitiveNumbers,
    SilenceLadder,
    SileroVAD,
)
from tools import (
    ask_for_number,
    book_appointment,
    cancel_appointment,
    end_call,
    find_appointments,
    find_slots,
    hand_in_number,
    hold_slot,
    lookup_hours,
    lookup_order,
    opt_out,
    reschedule_appointment,
    send_text,
    take_message,
    transfer_to_human,
)


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        SileroVAD(),
        InterruptionClear.of(agent),
        call.model,
        CallRecording.of(agent),
        SensitiveNumbers.of(agent),
        OptOut.for_callers(agent),
        HumanKey.of(agent),
        HumanWords.of(agent),
        NuisanceShield.of(agent),
        Keypad(alone=("0", agent.recording.refuse_key)),
        SaidAndDone.of(agent),
        GoodbyeDetector.of(agent),
        AutoHangup.of(agent),
        SilenceLadder.of(agent),
        AnswerWatchdog(),
        CallTimeLimit.of(agent),
        CallBudget.of(agent),
        call.bot_audio,
    ]


RECEPTION = PipelineSpec(
    name="reception",
    build=build,
    tools=(
        lookup_hours,
        lookup_order,
        find_slots,
        hold_slot,
        book_appointment,
        find_appointments,
        reschedule_appointment,
        cancel_appointment,
        take_message,
        send_text,
        ask_for_number,
        hand_in_number,
        opt_out,
        transfer_to_human,
        end_call,
    ),
    always=(opt_out,),
    for_callers=True,
)
