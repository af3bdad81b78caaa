"""The realtime model as a processor: frames on one side, a `Conversation` on the other."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    StartFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from bot.brains.brain import CallModel, ForCall
from bot.brains.realtime.agent_side import AgentSide
from bot.brains.realtime.caller_side import CallerSide
from bot.brains.realtime.context import Context
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.function_side import FunctionSide
from bot.brains.realtime.link import Link
from bot.brains.realtime.opening import Opening
from bot.brains.realtime.pump import Pump
from bot.brains.realtime.router import Router
from bot.brains.realtime.sessions import sessions_of
from bot.brains.realtime.stuck_ear import NUDGED_SECS
from bot.brains.realtime.turn_taking import TurnTaking
from bot.brains.realtime.vendor import Vendor
from bot.brains.realtime.whispering import tell
from processors.frames import (
    AnswerNowFrame,
    CallerAudioFrame,
    CorrectFrame,
    GreetFrame,
    HangUpFrame,
    HeldBackFrame,
    HoldFrame,
    HushFrame,
    KeysPressedFrame,
    KeysTypedFrame,
    LineBackFrame,
    LineLostFrame,
    NoteFrame,
    OnHoldFrame,
    PassageFrame,
    PressKeysFrame,
    RanDryFrame,
    ResumeFrame,
    RunToolFrame,
    SayFrame,
    TakenOverFrame,
    UtterancePlayedFrame,
    WhisperFrame,
)
from processors.sound import CallerSound


class RealtimeModel(CallModel):
    """A speech-to-speech model in the pipeline.

    Consumes: CallerAudioFrame; from below SayFrame, WrapUpFrame, AnswerNowFrame, CorrectFrame,
    NoteFrame, WhisperFrame, RunToolFrame, KeysTypedFrame, PressKeysFrame, KeysPressedFrame,
    UtterancePlayedFrame, RanDryFrame; watches VAD frames, InterruptionFrame, HoldFrame,
    ResumeFrame, Bot(Started|Stopped)Speaking, LineLostFrame and LineBackFrame: in between it keeps
    what it has to say to itself; HushFrame and GreetFrame: in between it only says what a SayFrame
    asks for;
    PassageFrame: in a passage it hears nothing of the caller; OnHoldFrame: on hold it says nothing;
    TakenOverFrame: while an operator speaks it hears the caller, and says nothing.
    Adds downstream: AgentAudioFrame, AgentAudioEndFrame, AgentSaidFrame, ToolsRunningFrame,
    ProvenFrame, EndCallRequestFrame, TransferRequestFrame, HandOverRequestFrame, ConsultFrame,
    KeysRequestFrame, UsageFrame, HangUpFrame; in both directions TranscriptionFrame,
    LLMFullResponse(Start|End)Frame and, from the model's own ear,
    User(Started|Stopped)SpeakingFrame; upstream HeldWordsFrame, ModelListensFrame and
    HoldRequestFrame.
    Place: after InterruptionClear, before everything that listens to what the agent says.
    """

    caller_sound = "consumed"

    def __init__(
        self, call: ForCall, *, vendor: Vendor, spread: Callable[[], float] = random.random
    ) -> None:
        """`spread` gives numbers from 0 to 1, by which tries to reach the model are spread out."""
        super().__init__(enable_direct_mode=True)
        config = call.config
        rounds = FunctionRounds(most_in_call=config.most_functions, always=config.always)
        self._conversation = vendor.conversation(rounds)
        self._context = Context(
            config=config,
            log=call.log,
            conversation=self._conversation,
            turn_taking=TurnTaking(turns=config.turns),
            opening=Opening(config.first_line, language=config.placed_in),
            push=self.push_frame,
            broadcast=self.broadcast_frame,
            spawn=self._spawn,
            pump=lambda: self._pump.run(),
            fail=self._fail,
        )
        self._functions = FunctionSide(
            self._context,
            toolbox=call.toolbox,
            requests=call.requests,
            fill_silence=self._fill_silence,
            silent_secs=lambda: self._agent.silent_secs,
        )
        self._agent = AgentSide(
            self._context,
            clips=call.clips,
            voices=vendor.voices,
            functions=self._functions,
        )
        self._caller = CallerSide(self._context, send=lambda due: self._link.send_sound(due))
        self._link = Link(
            self._context,
            agent=self._agent,
            caller=self._caller,
            sessions=sessions_of(call, spread=spread),
            vendor=vendor,
            spread=spread,
            tools_running=lambda: self._functions.count,
        )
        self._router = Router(
            self._context,
            agent=self._agent,
            caller=self._caller,
            functions=self._functions,
            link=self._link,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._pump = Pump(
            self._context,
            agent=self._agent,
            functions=self._functions,
            link=self._link,
            router=self._router,
        )

    # -- frames -------------------------------------------------------------------------------

    def hear_caller(self, sound: CallerSound) -> None:
        """The caller's sound, handed over by the line."""
        self._caller.hear(sound)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if await self._consume(frame):
            return
        if isinstance(frame, HushFrame):
            self._conversation.asking.hush()
        if isinstance(frame, LineLostFrame):
            self._functions.call_off_end()
            self._caller.line_lost()
        elif isinstance(frame, InterruptionFrame):
            self._functions.call_off_end()
            self._caller.interrupted()  # before the sound is cut: first cancelled, then truncated
        elif isinstance(frame, HoldFrame):
            self._caller.hold()
        elif isinstance(frame, ResumeFrame):
            self._caller.resume()
        elif isinstance(frame, PassageFrame) and direction is FrameDirection.UPSTREAM:
            self._caller.passage(opens=frame.opens, note=frame.note)
            await self._pump.run()
        elif isinstance(frame, TakenOverFrame):
            self._caller.taken_over(begins=frame.begins, note=frame.note)
            await self._pump.run()
        elif isinstance(frame, OnHoldFrame):
            self._caller.on_hold(begins=frame.begins)
            await self._link.on_hold(begins=frame.begins)
            await self._pump.run()
        await self.push_frame(frame, direction)
        await self._watch(frame, direction)

    async def _consume(self, frame: Frame) -> bool:
        """Takes in what is for the model alone; false for a frame that travels on."""
        match frame:
            case CallerAudioFrame():
                self.hear_caller(frame.sound)
                return True
            case UtterancePlayedFrame():
                self._conversation.playback.played(
                    frame.utterance_id,
                    frame.heard_ms,
                    interrupted=frame.interrupted,
                    held_ms=frame.held_ms,
                    began_secs_ago=frame.began_secs_ago,
                    silent_secs_ago=frame.silent_secs_ago,
                )
            case SayFrame():
                self._conversation.asking.say(frame.text)
            case KeysTypedFrame():
                self._caller.typed(frame)
            case RunToolFrame():
                await self._functions.run(frame)
            case PressKeysFrame() | KeysPressedFrame():
                self._caller.agent_presses(frame)
            case HeldBackFrame():
                self._caller.early_answer.held_back(frame.unheard_ms)
            case RanDryFrame():
                self._agent.ran_dry()
                self._link.keeper.expect()
            case NoteFrame() | WhisperFrame():
                tell(self._context, frame)
            case CorrectFrame():
                self._functions.call_off_end()
                self._conversation.asking.note(frame.text)
                self._conversation.asking.answer()
            case AnswerNowFrame():
                self._caller.stuck_ear.end_turn(after_secs=NUDGED_SECS)
                self._conversation.asking.answer_now()
            case _:
                return False
        await self._pump.run()
        return True

    async def _watch(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case StartFrame():
                await self._begin()
            case VADUserStartedSpeakingFrame() if direction is FrameDirection.DOWNSTREAM:
                self._functions.heard()
                await self._caller.started(frame.start_secs, has_session=self._link.is_open)
            case VADUserStoppedSpeakingFrame() if direction is FrameDirection.DOWNSTREAM:
                self._link.keeper.expect()
                await self._caller.stopped(frame.stop_secs)
            case InterruptionFrame() | ResumeFrame():
                self._caller.early_answer.question_heard()
                await self._pump.run()
                if not self._conversation.playback.under_way:  # else its words are told of first
                    self._caller.tell_of_opening()
                    await self._pump.run()
            case LineBackFrame():
                self._caller.line_back(tools_running=self._functions.count > 0)
                await self._pump.run()
            case GreetFrame() if not self._caller.is_taken_over:
                self._conversation.asking.greet(self._context.config.first_line)
                await self._pump.run()
            case BotStartedSpeakingFrame():
                self._agent.started()
            case BotStoppedSpeakingFrame():
                self._agent.stopped()
                self._caller.early_answer.question_heard()
            case EndFrame() | CancelFrame():
                self._context.closing = True

    async def cleanup(self) -> None:
        await super().cleanup()
        for task in tuple(self._tasks):
            await self.cancel_task(task)
        await self._link.keeper.close()

    # -- beginning and end --------------------------------------------------------------------

    async def _begin(self) -> None:
        self._context.turn_taking.opened(self._context.now())
        self._agent.prompter.gone()
        await self._agent.begin()
        self._spawn(self._link.run(), "conversation")
        await self._pump.run()

    async def _fail(self, reason: str, detail: str) -> None:
        self._link.gone()
        if not self._context.closing:
            self._context.closing = True
            logger.error("the model is gone ({}): {}", reason, detail, event="model_gone")
            await self.push_frame(HangUpFrame(reason=reason))

    @property
    def dropped(self) -> dict[str, int]:
        return {
            "unreadable": self._link.unreadable,
            "malformed": self._conversation.malformed,
            "unknown": self._conversation.unknown,
            "repeated": self._conversation.repeated,
        }

    async def hear_out(self) -> None:
        """Nothing is spoken any more from here on."""
        self._context.closing = True
        self._caller.close()
        await self._link.hear_out()

    async def summarise(self, instructions: str, *, within_secs: float) -> str:
        self._context.closing = True
        return await self._link.summarise(instructions, within_secs=within_secs)

    async def _fill_silence(self) -> bool:
        return await self._agent.fill_silence(has_session=self._link.is_open)

    def _spawn(self, work: Any, name: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.create_task(work, f"{self.name}::{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
