"""AutoHangup: when a call that is to end ends, and that it ends once."""

from collections.abc import Callable

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.testing.stage import Stage, on_stage
from processors import AutoHangup
from processors.frames import (
    AgentAudioFrame,
    AgentSaidFrame,
    EndCallRequestFrame,
    FarewellFrame,
    HandOverFrame,
    HandOverRequestFrame,
    HangUpFrame,
    HoldFrame,
    ResumeFrame,
    TakenOverFrame,
    TransferFrame,
    TransferRequestFrame,
    UtterancePlayedFrame,
    WrapUpFrame,
)


def sound(utterance_id: str) -> AgentAudioFrame:
    return AgentAudioFrame(
        audio=bytes(320), sample_rate=8000, num_channels=1, utterance_id=utterance_id
    )


async def begins(stage: Stage, utterance_id: str) -> None:
    """The model generates an utterance and the carrier starts to play it."""
    await stage.down(LLMFullResponseStartFrame(), sound(utterance_id))
    await stage.up(BotStartedSpeakingFrame())
    await stage.down(LLMFullResponseEndFrame())


async def is_played(stage: Stage, utterance_id: str, *, interrupted: bool = False) -> None:
    """The carrier has played it to its end, or up to the interruption."""
    await stage.up(BotStoppedSpeakingFrame())
    await stage.up(UtterancePlayedFrame(utterance_id=utterance_id, interrupted=interrupted))
    await stage.down(AgentSaidFrame(utterance_id=utterance_id, text="...", interrupted=interrupted))


async def says(stage: Stage, utterance_id: str, *, secs: float) -> None:
    """The agent says something of that length, from now on."""
    await begins(stage, utterance_id)
    await stage.after(secs)
    await is_played(stage, utterance_id)


async def is_cut(stage: Stage, utterance_id: str) -> None:
    """The caller cuts in while it is being played."""
    await stage.down(VADUserStartedSpeakingFrame(), InterruptionFrame())
    await is_played(stage, utterance_id, interrupted=True)


def ends(stage: Stage) -> list[tuple[float, str]]:
    """Every HangUpFrame: when, and why."""
    reasons = [frame.reason for frame in stage.downs(HangUpFrame)]
    return list(zip(stage.down_secs(HangUpFrame), reasons, strict=True))


# --- farewells


async def test_a_farewell_ends_the_call_after_the_grace() -> None:
    """Two seconds after the farewell that was heard, not before."""
    async with on_stage(AutoHangup(grace_secs=2.0)) as stage:
        await says(stage, "bye", secs=3.0)
        await stage.down(FarewellFrame())
        await stage.until(30)
    assert ends(stage) == [(5.0, "goodbye")]


@pytest.mark.parametrize(
    "speech", [VADUserStartedSpeakingFrame, UserStartedSpeakingFrame, BotStartedSpeakingFrame]
)
async def test_speech_in_the_grace_calls_it_off(speech: type[Frame]) -> None:
    """Anything the caller or the agent says within the grace keeps the call."""
    async with on_stage(AutoHangup(grace_secs=2.0)) as stage:
        await stage.down(FarewellFrame())
        await stage.at(1.9, speech())
        await stage.until(30)
    assert ends(stage) == []


async def test_a_caller_still_speaking_is_not_hung_up_on() -> None:
    """A farewell said into the caller's words starts no grace."""
    async with on_stage(AutoHangup()) as stage:
        await stage.down(VADUserStartedSpeakingFrame(), FarewellFrame())
        await stage.until(30)
    assert ends(stage) == []


async def test_the_grace_starts_anew_behind_a_second_farewell() -> None:
    """Bye - bye - bye: the last one counts."""
    async with on_stage(AutoHangup(grace_secs=2.0)) as stage:
        await stage.down(FarewellFrame())
        await stage.at(1.0, VADUserStartedSpeakingFrame())
        await stage.at(1.5, VADUserStoppedSpeakingFrame())
        await stage.until(2.0)
        await says(stage, "bye", secs=1.0)
        await stage.down(FarewellFrame())
        await stage.until(30)
    assert ends(stage) == [(5.0, "goodbye")]


async def test_an_utterance_that_runs_on_behind_the_farewell_calls_it_off() -> None:
    """Two utterances in one stretch of speech: the second one is no farewell."""
    async with on_stage(AutoHangup(grace_secs=2.0)) as stage:
        await begins(stage, "bye")
        await stage.down(LLMFullResponseStartFrame(), sound("more"), LLMFullResponseEndFrame())
        await stage.up(UtterancePlayedFrame(utterance_id="bye"))
        await stage.down(AgentSaidFrame(utterance_id="bye"), FarewellFrame())
        await stage.until(5.0)
        await is_played(stage, "more")
        await stage.until(30)
    assert ends(stage) == []


async def test_a_response_under_way_at_the_end_of_the_grace_is_awaited() -> None:
    """If it says nothing the call ends after it."""
    async with on_stage(AutoHangup(grace_secs=2.0)) as stage:
        await stage.down(FarewellFrame())
        await stage.at(1.0, LLMFullResponseStartFrame())
        await stage.at(4.0, LLMFullResponseEndFrame())
        await stage.until(30)
    assert ends(stage) == [(4.0, "goodbye")]


# --- end_call


async def test_end_call_waits_until_all_was_heard() -> None:
    """The call ends with the last sound of the response that asked for it, after its words."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "bye")
        await stage.down(EndCallRequestFrame())
        await stage.until(3.0)
        assert ends(stage) == []
        await is_played(stage, "bye")
        await stage.until(30)
    assert ends(stage) == [(3.0, "end_call")]


async def test_end_call_waits_for_audio_sent_but_not_yet_begun() -> None:
    """Between the end of the response and its first sound the agent counts as heard."""
    async with on_stage(AutoHangup()) as stage:
        await stage.down(LLMFullResponseStartFrame(), sound("bye"), EndCallRequestFrame())
        await stage.down(LLMFullResponseEndFrame())
        assert ends(stage) == []
        await stage.at_up(1.0, BotStartedSpeakingFrame())
        await stage.until(2.0)
        await is_played(stage, "bye")
    assert ends(stage) == [(2.0, "end_call")]


async def test_end_call_without_a_word_ends_at_once() -> None:
    """Nothing is said and nothing is being generated: nothing to wait for."""
    async with on_stage(AutoHangup()) as stage:
        await stage.at(1.0, LLMFullResponseStartFrame(), EndCallRequestFrame())
        await stage.at(1.4, LLMFullResponseEndFrame())
    assert ends(stage) == [(1.4, "end_call")]


async def test_end_call_asked_for_in_an_interrupted_response_does_not_count() -> None:
    """The caller has cut in: they have more to say."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "bye")
        await stage.down(EndCallRequestFrame())
        await stage.until(1.0)
        await is_cut(stage, "bye")
        await stage.until(60)
    assert ends(stage) == []


async def test_end_call_happens_even_if_the_agent_never_falls_silent() -> None:
    """A mark that never comes back holds the call for eight seconds, not for ever."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await begins(stage, "bye")
        await stage.at(2.0, EndCallRequestFrame())
        await stage.until(30)
    assert ends(stage) == [(10.0, "end_call")]


# --- last lines


async def test_a_last_line_ends_the_call_once_it_was_played() -> None:
    """0.3 s after the line, with the reason it was asked for."""
    async with on_stage(AutoHangup()) as stage:
        await stage.up(WrapUpFrame(text="Goodbye.", reason="silence"))
        await stage.until(1.0)
        await says(stage, "line", secs=3.0)
        await stage.down(FarewellFrame())
        await stage.until(30)
    assert ends(stage) == [(4.3, "silence")]
    assert [frame.reason for frame in stage.ups(WrapUpFrame)] == ["silence"]


@pytest.mark.parametrize("after_secs", [0.5, 2.0, 4.1])
async def test_the_callers_speech_calls_a_last_line_off(after_secs: float) -> None:
    """Before, during and right after the line, as long as it is not final."""
    async with on_stage(AutoHangup()) as stage:
        await stage.up(WrapUpFrame(text="Goodbye.", reason="silence"))
        if after_secs > 1:
            await stage.until(1.0)
            await begins(stage, "line")
        if after_secs > 4:
            await stage.until(4.0)
            await is_played(stage, "line")
        await stage.at(after_secs, VADUserStartedSpeakingFrame())
        await stage.until(60)
    assert ends(stage) == []


async def test_a_final_line_that_says_goodbye_is_no_goodbye_of_the_agents() -> None:
    """However short the grace: the call ends for the reason that the line was asked for."""
    async with on_stage(AutoHangup(grace_secs=0.1)) as stage:
        await stage.up(WrapUpFrame(text="Goodbye.", reason="shutdown", final=True))
        await says(stage, "a", secs=1)
        await stage.down(FarewellFrame(text="Goodbye."))
        await stage.after(3)
        assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["shutdown"]


async def test_a_final_line_is_not_called_off() -> None:
    """Time is up: speech beside the line does not keep the call."""
    async with on_stage(AutoHangup()) as stage:
        await stage.up(WrapUpFrame(text="Time is up.", reason="time_limit", final=True))
        await stage.at(0.5, VADUserStartedSpeakingFrame())
        await stage.until(1.0)
        await says(stage, "line", secs=3.0)
        await stage.until(30)
    assert ends(stage) == [(4.3, "time_limit")]


async def test_a_final_line_that_is_cut_ends_the_call_two_seconds_later() -> None:
    """However often the caller cuts in."""
    async with on_stage(AutoHangup()) as stage:
        await stage.up(WrapUpFrame(text="Time is up.", reason="time_limit", final=True))
        await stage.until(1.0)
        await begins(stage, "line")
        await stage.until(2.0)
        await is_cut(stage, "line")
        await stage.until(3.0)
        await begins(stage, "protest")
        await stage.until(3.5)
        await is_cut(stage, "protest")
        await stage.until(30)
    assert ends(stage) == [(4.0, "time_limit")]


async def test_a_line_the_model_never_speaks_is_not_waited_for() -> None:
    """Eight seconds, then the call ends without it."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await stage.at_up(2.0, WrapUpFrame(text="Goodbye.", reason="silence"))
        await stage.until(30)
    assert ends(stage) == [(10.0, "silence")]


async def test_a_long_last_line_is_heard_to_its_end() -> None:
    """Once it is being played it may last longer than the model had to begin it."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await stage.up(WrapUpFrame(text="...", reason="budget", final=True))
        await stage.until(3.0)
        await says(stage, "line", secs=11.0)
        await stage.until(30)
    assert ends(stage) == [(14.3, "budget")]


async def test_an_answer_that_leaves_no_room_for_the_line_is_cut() -> None:
    """What was being said before does not hold the call beyond the eight seconds."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await begins(stage, "endless answer")
        await stage.up(WrapUpFrame(text="Time is up.", reason="time_limit", final=True))
        await stage.until(30)
    assert ends(stage) == [(8.0, "time_limit")]


async def test_what_was_being_said_before_is_not_the_last_line() -> None:
    """An answer in progress when the line is asked for, in sound or in generation, may end."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "first answer")
        await stage.down(LLMFullResponseStartFrame())
        await stage.up(WrapUpFrame(text="Time is up.", reason="time_limit", final=True))
        await stage.down(sound("second answer"), LLMFullResponseEndFrame())
        await stage.until(1.0)
        await is_played(stage, "first answer")
        await is_played(stage, "second answer")
        await stage.until(3.0)
        assert ends(stage) == []
        await says(stage, "line", secs=2.0)
        await stage.until(30)
    assert ends(stage) == [(5.3, "time_limit")]


async def test_cutting_an_answer_does_not_count_as_cutting_the_line() -> None:
    """If the old answer is cancelled to make room for the line, the line is still heard."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "answer")
        await stage.up(WrapUpFrame(text="Time is up.", reason="time_limit", final=True))
        await stage.down(InterruptionFrame())
        await is_played(stage, "answer", interrupted=True)
        await stage.until(1.0)
        await says(stage, "line", secs=4.0)
        await stage.until(30)
    assert ends(stage) == [(5.3, "time_limit")]


async def test_a_final_line_takes_the_place_of_one_that_is_not() -> None:
    """And none takes the place of a final one."""
    async with on_stage(AutoHangup()) as stage:
        await stage.up(WrapUpFrame(text="Goodbye.", reason="silence"))
        await stage.up(WrapUpFrame(text="Time is up.", reason="time_limit", final=True))
        await stage.up(WrapUpFrame(text="Goodbye.", reason="silence"))
        await stage.down(VADUserStartedSpeakingFrame())
        await stage.until(30)
    assert ends(stage) == [(8.0, "time_limit")]


# --- transfers


async def test_a_transfer_waits_for_the_agent_and_for_nobody_else() -> None:
    """The caller is put through when the agent has finished, whatever they say meanwhile."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "one moment")
        await stage.down(TransferRequestFrame(reason="complaint"), VADUserStartedSpeakingFrame())
        await stage.until(2.0)
        await is_played(stage, "one moment")
        await stage.down(FarewellFrame(), EndCallRequestFrame())
        await stage.until(30)
    assert [frame.reason for frame in stage.downs(TransferFrame)] == ["complaint"]
    assert stage.down_secs(TransferFrame) == [2.0]
    assert ends(stage) == []


async def test_an_interrupted_agent_is_silent_enough_for_a_transfer() -> None:
    """Cutting in brings the person sooner."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "one moment")
        await stage.down(TransferRequestFrame(reason="complaint"))
        await stage.until(0.7)
        await is_cut(stage, "one moment")
    assert stage.down_secs(TransferFrame) == [0.7]


async def test_a_transfer_happens_even_if_the_agent_never_falls_silent() -> None:
    """Eight seconds at most."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await begins(stage, "one moment")
        await stage.down(TransferRequestFrame(reason="complaint"))
        await stage.until(30)
    assert stage.down_secs(TransferFrame) == [8.0]


# --- once


async def test_a_call_ends_once() -> None:
    """Whatever is asked for at the same time and afterwards: one frame."""
    async with on_stage(AutoHangup()) as stage:
        for _ in range(3):
            await stage.down(FarewellFrame(), EndCallRequestFrame())
            await stage.up(WrapUpFrame(text="Goodbye.", reason="silence"))
            await stage.down(TransferRequestFrame(reason="late"))
            await stage.after(10)
    assert len(ends(stage)) + len(stage.downs(TransferFrame)) == 1


async def test_a_hang_up_from_below_ends_its_work() -> None:
    """Where another has ended the call, nothing is added."""
    async with on_stage(AutoHangup()) as stage:
        await stage.down(FarewellFrame())
        await stage.at_up(1.0, HangUpFrame(reason="time_limit"))
        await stage.until(30)
    assert ends(stage) == []


# --- an agent that is held


async def test_a_line_that_is_held_has_not_been_said() -> None:
    """The call ends after its last sound, and time to get there is counted from the hold's end."""
    for request in (EndCallRequestFrame(), TransferRequestFrame(reason="Wants a person.")):
        async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
            await begins(stage, "bye")
            await stage.down(request)
            await stage.at(6.0, VADUserStartedSpeakingFrame(), HoldFrame())
            await stage.at(6.5, VADUserStoppedSpeakingFrame())
            await stage.at(7.5, ResumeFrame())
            await stage.until(10.0)
            await is_played(stage, "bye")
            await stage.until(30)
        assert stage.down_secs(HangUpFrame) + stage.down_secs(TransferFrame) == [10.0]


async def test_a_held_line_that_never_ends_is_given_up() -> None:
    """As one that never ends."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await begins(stage, "bye")
        await stage.down(EndCallRequestFrame())
        await stage.at(2.0, HoldFrame())
        await stage.at(3.0, ResumeFrame())
        await stage.until(30)
    assert ends(stage) == [(11.0, "end_call")]


async def test_words_that_take_the_turn_from_a_held_line_call_the_end_off() -> None:
    """It is an interruption like any other, only later."""
    async with on_stage(AutoHangup()) as stage:
        await begins(stage, "bye")
        await stage.down(EndCallRequestFrame())
        await stage.at(2.0, HoldFrame())
        await stage.at(3.0, InterruptionFrame())
        await is_played(stage, "bye", interrupted=True)
        await stage.until(30)
    assert ends(stage) == []


# --- an operator who takes the call over


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "request_of",
    [
        EndCallRequestFrame,
        lambda: TransferRequestFrame(reason="Wants a person."),
        lambda: HandOverRequestFrame(agent="billing", reason="An invoice."),
    ],
)
async def test_what_the_agent_wanted_is_not_done_in_an_operators_place(
    request_of: Callable[[], Frame], late: bool
) -> None:
    """Neither as the agent falls silent nor later; also what its tools come to meanwhile. Once it
    has the call again, it asks anew."""
    async with on_stage(AutoHangup(give_up_secs=8.0)) as stage:
        await begins(stage, "one moment")
        if not late:
            await stage.down(request_of())
        await stage.at(2.0, TakenOverFrame(begins=True, by="operator"))
        await is_cut(stage, "one moment")
        if late:
            await stage.down(request_of())
        await stage.at(30.0, TakenOverFrame(begins=False, by="operator"))
        await stage.until(60)
        kinds = (HangUpFrame, TransferFrame, HandOverFrame)
        assert [stage.downs(kind) for kind in kinds] == [[], [], []]
        await stage.down(request_of())
        assert sum(len(stage.downs(kind)) for kind in kinds) == 1
