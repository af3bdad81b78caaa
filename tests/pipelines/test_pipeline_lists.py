"""The pipelines: lists in the order audio meets them, and whole calls through them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    Frame,
    InputDTMFFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.testing.stage import Stage, on_stage
from config import make_agent
from pipelines import (
    ERRAND,
    PIPELINES,
    RECEPTION,
    REMINDER,
    Agent,
    CallParts,
    OnMachine,
    PipelineSpec,
    UnknownPipeline,
    find_pipeline,
)
from processors.agent_tables import OptOutWays
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    AgentSaidFrame,
    AnswerNowFrame,
    GreetFrame,
    HangUpFrame,
    RunToolFrame,
    SayFrame,
    UtterancePlayedFrame,
    WrapUpFrame,
)

REPLY = "We are open until nine."


def an_agent(*, screening: str = "", on_machine: OnMachine = "ignore") -> Agent:
    """One of few words; the mouth in these tests cannot hold, so it is cut."""
    content = {
        "name": "test",
        "pipeline": "test",
        "instructions": "-",
        "first_line": "Hello.",
        "lines": {"screening": screening, "time_limit": "Our time is up. Goodbye!"},
        "silence": {
            "prompts": ["Are you still there?"],
            "goodbye": "I will hang up now. Goodbye!",
        },
        "limits": {"secs": 600},
        "barge_in": {"style": "cut"},
    }
    return replace(make_agent(content), human_available=True, on_machine=on_machine)


class Ear(FrameProcessor):
    """Stands where the carrier's audio comes in: passes all."""

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


class Model(Ear):
    """Answers each turn of the caller with the next of its replies and speaks what it is told."""

    def __init__(self, replies: Sequence[str]) -> None:
        super().__init__()
        self._replies = list(replies)
        self._spoken: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await FrameProcessor.process_frame(self, frame, direction)
        match frame:
            case SayFrame():
                await self._speak(frame.text)
            case AnswerNowFrame():
                pass
            case UtterancePlayedFrame():
                text = self._spoken[int(frame.utterance_id)]
                await self.push_frame(
                    AgentSaidFrame(
                        utterance_id=frame.utterance_id, text=text, interrupted=frame.interrupted
                    )
                )
            case _:
                await self.push_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame) and self._replies:
            await self._speak(self._replies.pop(0))

    async def _speak(self, text: str) -> None:
        utterance_id = str(len(self._spoken))
        self._spoken.append(text)
        await self.broadcast_frame(LLMFullResponseStartFrame)
        audio = AgentAudioFrame(
            audio=bytes(320), sample_rate=8000, num_channels=1, utterance_id=utterance_id
        )
        await self.push_frame(audio)
        await self.push_frame(AgentAudioEndFrame(utterance_id=utterance_id))
        await self.broadcast_frame(LLMFullResponseEndFrame)


class DeadModel(Model):
    """Hears all and never says a word."""

    async def _speak(self, text: str) -> None:
        pass


class Mouth(Ear):
    """Plays each utterance for two seconds, one at a time; an interruption cuts it."""

    def __init__(self) -> None:
        super().__init__()
        self._playing: asyncio.Task[None] | None = None
        self._utterance_id = ""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, AgentAudioEndFrame):
            self._utterance_id = frame.utterance_id
            await self.broadcast_frame(BotStartedSpeakingFrame)
            self._playing = self.create_task(self._play())
        elif isinstance(frame, InterruptionFrame) and self._playing is not None:
            await self.cancel_task(self._playing)
            await self._finish(interrupted=True)

    async def cleanup(self) -> None:
        if self._playing is not None:
            await self.cancel_task(self._playing)
        await super().cleanup()

    async def _play(self) -> None:
        await asyncio.sleep(2.0)
        await self._finish(interrupted=False)

    async def _finish(self, *, interrupted: bool) -> None:
        self._playing = None
        await self.broadcast_frame(BotStoppedSpeakingFrame)
        played = UtterancePlayedFrame(utterance_id=self._utterance_id, interrupted=interrupted)
        await self.push_frame(played, FrameDirection.UPSTREAM)


def call(agent: Agent | None = None, replies: Sequence[str] = ()) -> CallParts:
    return CallParts(
        caller_audio=Ear(), model=Model(replies), bot_audio=Mouth(), agent=agent or an_agent()
    )


async def caller_speaks(stage: Stage, *, from_secs: float, to_secs: float) -> None:
    """As the voice detector would say it."""
    await stage.at(from_secs, VADUserStartedSpeakingFrame(start_secs=0.2))
    await stage.at(to_secs, VADUserStoppedSpeakingFrame(stop_secs=0.4))


def said(stage: Stage) -> list[tuple[str, bool]]:
    return [(frame.text, frame.interrupted) for frame in stage.downs(AgentSaidFrame)]


def ends(stage: Stage) -> list[tuple[float, str]]:
    reasons = [frame.reason for frame in stage.downs(HangUpFrame)]
    return list(zip(stage.down_secs(HangUpFrame), reasons, strict=True))


every_pipeline = pytest.mark.parametrize(
    "spec", [RECEPTION, ERRAND, REMINDER], ids=lambda spec: spec.name
)
OF_ITS_OWN: dict[str, list[str]] = {
    "reception": [
        "CallRecording",
        "SensitiveNumbers",
        "OptOut",
        "HumanKey",
        "HumanWords",
        "NuisanceShield",
        "Keypad",
        "SaidAndDone",
    ],
    "errand": ["CallRecording", "KeyPresser", "Keypad"],
    "reminder": [
        "CallRecording",
        "OptOut",
        "HumanKey",
        "HumanWords",
        "NuisanceShield",
        "Keypad",
        "SaidAndDone",
    ],
}


@every_pipeline
def test_the_list_is_the_architecture(spec: PipelineSpec) -> None:
    """From the caller's audio past the model to the bot's, in the documented order."""
    parts = call()
    names = [type(processor).__name__ for processor in spec.build(parts)]
    assert names == [
        "Ear",
        "SileroVAD",
        *(["BeepDetector"] if spec is REMINDER else []),
        *(["HoldGate"] if spec is ERRAND else []),
        "InterruptionClear",
        "Model",
        *OF_ITS_OWN[spec.name],
        "GoodbyeDetector",
        "AutoHangup",
        *(["AnsweringMachine"] if spec is REMINDER else []),
        "SilenceLadder",
        "AnswerWatchdog",
        "CallTimeLimit",
        "CallBudget",
        "Mouth",
    ]


@every_pipeline
def test_every_call_gets_processors_of_its_own(spec: PipelineSpec) -> None:
    """Two calls share nothing but the parts they bring along."""
    parts = call()
    first, second = spec.build(parts), spec.build(parts)
    shared = {id(processor) for processor in first} & {id(processor) for processor in second}
    assert shared == {id(parts.caller_audio), id(parts.model), id(parts.bot_audio)}


@every_pipeline
async def test_a_conversation_runs_from_start_to_goodbye(spec: PipelineSpec) -> None:
    """Question, answer, goodbye, and two seconds later the call ends, once."""
    parts = call(replies=(REPLY, "You're welcome. Have a great day!"))
    async with on_stage(*spec.build(parts)) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=3)
        await caller_speaks(stage, from_secs=7, to_secs=8)
        await stage.until(60)
    assert said(stage) == [(REPLY, False), ("You're welcome. Have a great day!", False)]
    assert ends(stage) == [(12.0, "goodbye")]
    assert stage.downs(EndFrame)


async def test_the_caller_cuts_in_and_the_goodbye_does_not_count() -> None:
    """Speech over the agent interrupts it; a farewell cut short ends nothing."""
    parts = call(replies=("Goodbye!", REPLY))
    async with on_stage(*RECEPTION.build(parts)) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=3)
        await caller_speaks(stage, from_secs=4, to_secs=6)
        await stage.until(9)
    assert len(stage.downs(InterruptionFrame)) == 1
    assert said(stage) == [("Goodbye!", True), (REPLY, False)]
    assert ends(stage) == []


@pytest.mark.parametrize(
    ("screening", "told"), [("The clinic, for Ann.", "The clinic, for Ann."), ("", "Hello.")]
)
async def test_an_assistant_that_asks_hears_who_calls_and_why(screening: str, told: str) -> None:
    """The sentence of the agent's file, and not the question that is for a person; where the file
    has none, the first line. Whoever comes then is greeted."""
    parts = call(an_agent(on_machine="hang_up", screening=screening))
    async with on_stage(*REMINDER.build(parts)) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=3)
        asks = "If you record your name and reason for calling, I'll see if they are available."
        await stage.at(3.2, TranscriptionFrame(asks, "", ""))
        await caller_speaks(stage, from_secs=9, to_secs=10)
        await stage.at(10.2, TranscriptionFrame("Hello, this is Ann speaking.", "", ""))
        await stage.until(12)
    assert [text for text, _ in said(stage)] == [told]
    assert stage.downs(GreetFrame)
    assert ends(stage) == []


async def test_a_silent_caller_is_asked_and_then_left() -> None:
    """Prompt, last line, and the call ends 0.3 s after it."""
    async with on_stage(*RECEPTION.build(call(replies=(REPLY,)))) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=2)
        await stage.until(60)
    assert [text for text, _ in said(stage)] == [
        REPLY,
        "Are you still there?",
        "I will hang up now. Goodbye!",
    ]
    assert ends(stage) == [(24.3, "silence")]
    assert stage.ups(WrapUpFrame) == []  # the model keeps what is meant for it


async def test_ten_minutes_of_talk_end_at_the_limit() -> None:
    """A call that never falls silent is wrapped up at 600 s."""
    parts = call(replies=[REPLY] * 200)
    async with on_stage(*RECEPTION.build(parts)) as stage:
        for second in range(1, 598, 5):
            await caller_speaks(stage, from_secs=second, to_secs=second + 1)
        await stage.until(700)
    assert said(stage)[-1] == ("Our time is up. Goodbye!", False)
    assert ends(stage) == [(602.3, "time_limit")]


async def test_a_caller_who_wants_no_more_calls_gets_none() -> None:
    """By the words of the agent's file; the model judges any others, for they may be about another
    list or other calls, and a key is part of a number that they type.
    """
    parts = call(replies=(REPLY,))
    own = OptOutWays(patterns=(r"\boff your call(?:ing)? list\b",))
    parts = replace(parts, agent=replace(parts.agent, opt_out=own))
    async with on_stage(*RECEPTION.build(parts)) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=2)
        await stage.at(2.1, InputDTMFFrame(KeypadEntry.NINE))
        for words in ("Take my name off the waiting list.", "I want him to stop calling me."):
            await stage.at(2.2, TranscriptionFrame(words, "", ""))
        await stage.until(2.3)
        assert stage.ups(RunToolFrame) == []
        await stage.at(2.4, TranscriptionFrame("Take me off your calling list.", "", ""))
        await stage.until(3)
    assert [frame.tool for frame in stage.ups(RunToolFrame)] == ["opt_out"]


async def test_a_dead_model_ends_the_call_once() -> None:
    """No answer, no prompt, no last line: the watchdog ends it, and nobody else does so again."""
    parts = replace(call(), model=DeadModel((REPLY,)))
    async with on_stage(*RECEPTION.build(parts)) as stage:
        await caller_speaks(stage, from_secs=1, to_secs=2)
        await stage.until(700)
    assert ends(stage) == [(12.0, "model_silent")]


def test_pipelines_are_found_by_name() -> None:
    """An unknown name is answered with those there are."""
    assert find_pipeline("reception") is RECEPTION
    assert find_pipeline("errand") is ERRAND
    assert find_pipeline("reminder") is REMINDER
    known = ", ".join(sorted(PIPELINES))
    with pytest.raises(UnknownPipeline, match=f'no pipeline "recepton"; .*: {known}$'):
        find_pipeline("recepton")


def test_tools_fit_the_job() -> None:
    """Reception works with the business; an errand finds its way through menus, and hangs up."""
    assert [tool.__name__ for tool in ERRAND.tools] == [
        "press_keys",
        "wait_on_line",
        "wait_on_hold",
        "end_call",
    ]
    assert {tool.__name__ for tool in RECEPTION.tools} == {
        "ask_for_number",
        "hand_in_number",
        "lookup_hours",
        "lookup_order",
        "find_slots",
        "hold_slot",
        "book_appointment",
        "find_appointments",
        "reschedule_appointment",
        "cancel_appointment",
        "take_message",
        "send_text",
        "opt_out",
        "transfer_to_human",
        "end_call",
    }
    assert {tool.__name__ for tool in REMINDER.tools} >= {"right_person", "opt_out", "end_call"}


def test_no_agent_file_takes_the_opt_out_away() -> None:
    """Whoever is reminded can always end it, also where they ring the business to say so."""
    for spec in (RECEPTION, REMINDER):
        assert [tool.__name__ for tool in spec.always] == ["opt_out"]
    for spec in (RECEPTION, ERRAND, REMINDER):
        assert set(spec.always) <= set(spec.tools)
