"""Reminder: call about an appointment; confirm, cancel or move it; never call again if so asked."""

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.spec import CallParts, PipelineSpec
from processors import (
    AnsweringMachine,
    AnswerWatchdog,
    AutoHangup,
    BeepDetector,
    CallBudget,
    CallTimeLimit,
    GoodbyeDetector,
    HumanKey,
    InterruptionClear,
    Keypad,
    OptOut,
    SilenceLadder,
    SileroVAD,
)
from processors.backchannels import backchannel_words
from processors.farewells import farewell_patterns
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
        InterruptionClear(
            turns=agent.turns,
            style=agent.barge_in,
            hold_secs=agent.hold_secs,
            backchannels=agent.backchannels or backchannel_words(agent.language),
        ),
        call.model,
        OptOut(language=agent.language, more=agent.opt_outs, key=agent.opt_out_key),
        HumanKey(human_available=agent.human_available, nobody=agent.nobody),
        Keypad(alone=("0", agent.opt_out_key)),
        GoodbyeDetector(patterns=agent.farewells or farewell_patterns(agent.language)),
        AutoHangup(grace_secs=agent.hangup_grace_secs),
        AnsweringMachine(
            then=agent.on_machine,
            voicemail=agent.voicemail,
            who_and_why=agent.screening or agent.first_line,
        ),
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
