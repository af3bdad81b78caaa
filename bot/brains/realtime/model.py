"""The realtime model as a processor: frames on one side, a `Conversation` on the other."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import singledispatchmethod
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    StartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from bot.brains.brain import CallLog, CallModel, CallRequests
from bot.brains.clips import Clips
from bot.brains.config import ModelConfig
from bot.brains.errors import ModelError, ModelGarbled, ModelLost
from bot.brains.realtime import events as happened
from bot.brains.realtime.floor import FALSE_ALARM_SECS, Floor
from bot.brains.realtime.function_calls import LONG_SILENCE_SECS, FunctionCalls
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.hold_prompter import HoldPrompter
from bot.brains.realtime.input_buffer import InputAudioBuffer
from bot.brains.realtime.keys import TypedKeys
from bot.brains.realtime.opening import Opening
from bot.brains.realtime.questions import LAST_MS, says_yes
from bot.brains.realtime.session_keeper import SessionKeeper
from bot.brains.realtime.sessions import Reopen, Sessions
from bot.brains.realtime.sound import SoundPath, pieces, sound_path
from bot.brains.realtime.sound_format import FormatCheck, WrongFormat
from bot.brains.realtime.spoken import Spoken
from bot.brains.realtime.vendor import RealtimeSession, Vendor
from bot.brains.realtime.voice import Voice
from bot.clock import utcnow
from bot.media.g711 import BYTES_PER_MS
from processors.frames import (
    AgentSaidFrame,
    AnswerNowFrame,
    CallerAudioFrame,
    EndCallRequestFrame,
    GreetFrame,
    HangUpFrame,
    HeldBackFrame,
    HeldWordsFrame,
    HoldFrame,
    HushFrame,
    KeysTypedFrame,
    LineBackFrame,
    LineLostFrame,
    ModelListensFrame,
    RanDryFrame,
    ResumeFrame,
    RunToolFrame,
    SayFrame,
    ToolsRunningFrame,
    TransferRequestFrame,
    UsageFrame,
    UtterancePlayedFrame,
)
from processors.sound import CallerSound
from tools.tool import ToolAnswer
from tools.toolbox import Toolbox

STUCK_SECS = 5.0  # a model's ear that listens for meaning ends turns within four
NUDGED_SECS = 3.5  # the same where an answer is missed: the reminder comes after four
LISTEN_SECS = 0.25
EARLY_ANSWER_SECS = 0.6  # after a question that was answered before its end: he may say more
LATER_BY = 0.1  # of a wait, at most: what is told is the least, and not all come at once
CANCELLED_SECS = 1.5  # a response that was cancelled is over by then, whoever says so or not
LAST_WORDS_SECS = 1.5  # transcripts come after the sound; those of the last turn are waited for


class RealtimeModel(CallModel):
    """A speech-to-speech model in the pipeline.

    Consumes: CallerAudioFrame; from below SayFrame, WrapUpFrame, AnswerNowFrame, RunToolFrame,
    KeysTypedFrame, UtterancePlayedFrame, RanDryFrame; watches VAD frames, InterruptionFrame,
    HoldFrame, ResumeFrame, Bot(Started|Stopped)Speaking, LineLostFrame and LineBackFrame: in
    between it keeps what it has to say to itself; HushFrame and GreetFrame: in between it only
    says what a SayFrame asks for.
    Adds downstream: AgentAudioFrame, AgentAudioEndFrame, AgentSaidFrame, TranscriptionFrame,
    ToolsRunningFrame, EndCallRequestFrame, TransferRequestFrame, UsageFrame, HangUpFrame; in both
    directions LLMFullResponse(Start|End)Frame and, from the model's own ear,
    User(Started|Stopped)SpeakingFrame; upstream HeldWordsFrame and ModelListensFrame.
    Place: behind InterruptionClear, before everything that listens to what the agent says.
    """

    caller_sound = "consumed"

    def __init__(
        self,
        *,
        vendor: Vendor,
        session: Awaitable[RealtimeSession],
        reopen: Reopen | None = None,
        config: ModelConfig,
        toolbox: Toolbox,
        requests: CallRequests,
        clips: Clips,
        log: CallLog,
        spread: Callable[[], float] = random.random,
    ) -> None:
        """`spread` gives numbers from 0 to 1, by which tries to reach the model are spread out."""
        super().__init__(enable_direct_mode=True)
        self._config = config
        self._requests = requests
        self._log = log
        self._keeper = SessionKeeper(
            sessions=Sessions(session, reopen, spread=spread),
            listener=self,
            liveness=vendor.liveness(),
            renew_after_secs=vendor.renew_after_secs,
            start=self._spawn,
        )
        self._sound: SoundPath = sound_path("ulaw")
        self._format = FormatCheck("ulaw")  # of the session's sound
        self._conversation = vendor.conversation(
            FunctionRounds(most_in_call=config.most_functions, always=config.always)
        )
        self._hearing = InputAudioBuffer(turns=config.turns)
        self._floor = Floor(turns=config.turns)
        self._voice = Voice(
            config=config,
            clips=clips,
            voices=vendor.voices,
            conversation=self._conversation,
            push=self.push_frame,
        )
        self._functions = FunctionCalls(
            toolbox=toolbox,
            log=log,
            start=self._spawn,
            answered=self._answered,
            keep_company=self._keep_company,
            silent_secs=lambda: self.silent_secs,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._spread = spread
        self._pausing: asyncio.Task[None] | None = None  # after an answer that failed
        self._listening: asyncio.Task[None] | None = None  # along with the model's ear
        self._settling: asyncio.Task[None] | None = None
        self._cancelled: str | None = None  # the last response that was
        self._complaints: set[str] = set()  # codes of those that stand in the log
        self._spoken = Spoken()
        self._opening = Opening(config.first_line, language=config.placed_in)
        self._typed_keys = TypedKeys()
        self._company = HoldPrompter(self, start=self._spawn)
        self._asked_to_wait = False  # was the last of what went to the caller
        self._asked = False  # a question, when the agent was held
        self._asked_to_end = False  # nearly
        self._said_yes = False  # to that, in the hold
        self._answered_early = False  # and it was given back: he is answered when he has heard it
        self._answering: asyncio.Task[None] | None = None
        self._listens = False  # the pipeline believes that the model's ear does
        self._closing = False
        self._gone = False  # the session failed or ended
        self._words_came = asyncio.Event()
        self._summary: asyncio.Future[str] | None = None
        self._pumping = False

    # -- frames -------------------------------------------------------------------------------

    def hear_caller(self, sound: CallerSound) -> None:
        """The caller's sound, handed over by the line."""
        self._send_sound(self._hearing.hear(sound))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if await self._consume(frame):
            return
        if isinstance(frame, HushFrame):
            self._conversation.hush()
        if isinstance(frame, LineLostFrame):
            self._line_lost()
        elif isinstance(frame, InterruptionFrame):
            self._interrupted()  # before the sound is cut: first cancelled, then truncated
        elif isinstance(frame, HoldFrame):
            self._hold()
        elif isinstance(frame, ResumeFrame):
            self._resume()
        await self.push_frame(frame, direction)
        await self._watch(frame, direction)

    async def _consume(self, frame: Frame) -> bool:
        """Takes in what is for the model alone; false for a frame that travels on."""
        match frame:
            case CallerAudioFrame():
                self.hear_caller(frame.sound)
                return True
            case UtterancePlayedFrame():
                self._conversation.played(
                    frame.utterance_id,
                    frame.heard_ms,
                    interrupted=frame.interrupted,
                    held_ms=frame.held_ms,
                    began_secs_ago=frame.began_secs_ago,
                    silent_secs_ago=frame.silent_secs_ago,
                )
            case SayFrame():
                self._conversation.say(frame.text)
            case KeysTypedFrame():
                self._keys_typed(frame)
            case RunToolFrame():
                await self._run_tool(frame)
            case HeldBackFrame():
                self._asked = self._conversation.is_asking(frame.unheard_ms)
                self._asked_to_end = frame.unheard_ms <= LAST_MS
            case RanDryFrame():
                self._ran_dry()
            case AnswerNowFrame():
                self._end_stuck_turn(after_secs=NUDGED_SECS)
                self._conversation.answer_now()
            case _:
                return False
        await self._pump()
        return True

    async def _watch(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case StartFrame():
                await self._begin()
            case VADUserStartedSpeakingFrame() if direction is FrameDirection.DOWNSTREAM:
                await self._caller_started(frame.start_secs)
            case VADUserStoppedSpeakingFrame() if direction is FrameDirection.DOWNSTREAM:
                await self._caller_stopped(frame.stop_secs)
            case InterruptionFrame() | ResumeFrame():
                self._answer_soon()
                await self._pump()
                if not self._conversation.saying:  # else its words are told of first
                    self._tell_of_opening()
                    await self._pump()
            case LineBackFrame():
                self._line_back()
                await self._pump()
            case GreetFrame():
                self._conversation.greet(self._config.first_line)
                await self._pump()
            case BotStartedSpeakingFrame():
                self._floor.agent_started(self._now(), answers=not self._asked_to_wait)
            case BotStoppedSpeakingFrame():
                self._floor.agent_stopped(self._now())
                self._answer_soon()
            case EndFrame() | CancelFrame():
                self._closing = True

    async def cleanup(self) -> None:
        await super().cleanup()
        for task in tuple(self._tasks):
            await self.cancel_task(task)
        await self._keeper.close()

    # -- the session --------------------------------------------------------------------------

    async def _begin(self) -> None:
        self._floor.opened(self._now())
        self._company.gone()
        line = self._config.first_line
        clip = self._voice.prepared(line)
        if line and clip:
            await self._voice.play(line, clip, first=True)
        else:
            self._conversation.opening_asked(line)
        self._spawn(self._converse(), "conversation")
        await self._pump()

    async def _converse(self) -> None:
        try:
            await self._keeper.run()
        except ModelError as error:
            await self._fail(error.reason, str(error))
        except Exception as error:  # a fault of ours must not leave the caller in silence
            logger.exception("the conversation failed")
            await self._fail("model_failed", repr(error))

    async def session_opened(self, session: RealtimeSession, *, replaced: bool) -> None:
        """See `SessionListener`."""
        self._company.back(replaced=replaced)
        await self._tell_listening(True)
        self._sound, self._format = sound_path(session.sound), FormatCheck(session.sound)
        self._send_sound(self._hearing.opened())
        await self._pump()

    async def server_event(self, event: Mapping[str, Any]) -> None:
        """See `SessionListener`."""
        self._company.answers()
        await self._tell_listening(True)
        try:
            self._conversation.server_event(event, utcnow())
            if not self._conversation.failing:
                self._company.failing(still=False)
            await self._pump()
        except Exception as error:
            self._conversation.could_not_take(event, error)

    async def session_lost(self) -> None:
        """See `SessionListener`."""
        self._company.gone()
        await self._tell_listening(False)
        self._hearing.lost()
        self._conversation.session_lost()
        await self._pump()

    def model_late(self) -> None:
        """See `SessionListener`."""
        self._company.late()
        self._spawn(self._tell_listening(False), "late")

    async def _tell_listening(self, listens: bool) -> None:
        """Whether what the model's ear does not hear is nobody."""
        listens = listens and self._config.turns != "local"
        if listens != self._listens:
            self._listens = listens
            await self.push_frame(ModelListensFrame(listens=listens), FrameDirection.UPSTREAM)

    def model_in_time(self) -> None:
        """See `SessionListener`."""
        self._company.answers()

    def move(self, session: RealtimeSession) -> None:
        """See `SessionListener`."""
        self._hearing.lost()
        self._conversation.session_lost()
        self.tell_again(session)
        if self._config.turns != "local":
            self._hearing.again()  # the caller may have begun to speak, and nobody knows it yet

    def tell_again(self, session: RealtimeSession) -> None:
        """See `SessionListener`."""
        # Where no word of it ever came, our ear alone has heard the caller.
        ours_alone = self.caller_waits and self._hearing.turn_is_open
        unheard = self._conversation.begin_again(unheard=ours_alone)
        if self.caller_waits and not self._conversation.waiting:
            unheard = True
        while self._conversation.to_send:
            session.post(self._conversation.to_send.popleft())
        speaking = self._floor.caller_speaking
        if unheard or speaking:
            self._hearing.again()
        if unheard and self._config.turns == "local" and not speaking:
            self._conversation.commit(self._floor.caller_started_at, utcnow())

    @property
    def is_over(self) -> bool:
        """See `SessionListener`."""
        return self._closing

    @property
    def caller_waits(self) -> bool:
        """He has said something and heard no answer."""
        return self._floor.caller_waits_since is not None

    @property
    def owed(self) -> bool:
        """See `Host`."""
        due = self._conversation.owes or self.caller_waits or self._functions.count > 0
        return due and not self._conversation.hushed

    @property
    def silent_secs(self) -> float:
        """See `Host`."""
        return self._floor.silent_secs(self._now())

    @property
    def is_quiet(self) -> bool:
        """See `SessionListener`."""
        talk = self._conversation
        under_way = talk.busy or talk.awaits_words or talk.turn_is_open
        return self._floor.is_silent and not (under_way or self.owed or self._closing)

    @property
    def awaits_model(self) -> bool:
        """See `SessionListener`."""
        return not self._closing and (
            self._conversation.busy or (self.caller_waits and not self._functions.count)
        )

    @property
    def dropped(self) -> dict[str, int]:
        """What the model's side sent and nothing came of, by kind."""
        return {
            "unreadable": self._keeper.session.unreadable if self._keeper.session else 0,
            "malformed": self._conversation.malformed,
            "unknown": self._conversation.unknown,
            "repeated": self._conversation.repeated,
        }

    async def _fail(self, reason: str, detail: str) -> None:
        self._gone = True
        if self._summary is not None and not self._summary.done():
            self._summary.set_result("")
        if not self._closing:
            self._closing = True
            logger.error("the model is gone ({}): {}", reason, detail)
            await self.push_frame(HangUpFrame(reason=reason))

    async def hear_out(self) -> None:
        """The call is over for the caller: waits a moment for the words he said last.

        Nothing is spoken any more from here on.
        """
        self._closing = True
        self._typed_keys.end(self._log)
        if self._keeper.session is None or self._gone:
            return
        if self._floor.caller_speaking or self._conversation.turn_is_open:
            self._conversation.commit(self._floor.caller_started_at, utcnow())
            await self._pump()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECS):
                while self._conversation.awaits_words:
                    self._words_came.clear()
                    await self._words_came.wait()

    async def summarise(self, instructions: str, *, within_secs: float) -> str:
        """A text of the model about the call, once it has been heard out. Empty if none comes."""
        self._closing = True
        if self._keeper.session is None or self._gone:
            return ""
        self._summary = self.get_event_loop().create_future()
        try:
            async with asyncio.timeout(within_secs):
                self._conversation.summarise(instructions)
                await self._pump()
                return await self._summary
        except TimeoutError:
            return ""

    # -- speaking -----------------------------------------------------------------------------

    async def _maybe_speak_next(self) -> None:
        """What is to be said next: a prepared line at once, everything else by the model."""
        if self._closing or not self._floor.is_open:
            return
        line = self._conversation.next_line()
        clip = self._voice.prepared(line)
        if clip:
            self._speaks()
            await self._voice.play(line, clip)
        else:
            self._conversation.ask()

    async def _keep_company(self) -> bool:
        """The caller waits for a tool: a short line, unless something is being said anyway."""
        line = self._config.filler
        answer_comes = self._conversation.busy and self.silent_secs < LONG_SILENCE_SECS
        if answer_comes or self._company.wanted or not self._floor.is_silent:
            return False
        clip = self._voice.prepared(line)
        if clip:
            await self._voice.play_aside(line, clip)
        elif line and self._keeper.session is not None:
            self._conversation.say_aside(line)
            await self._pump()
        return True

    async def ask_to_wait(self, number: int) -> bool:
        """See `Host`."""
        found = self._voice.asking_to_wait(number)
        if found is None:
            return False
        self._asked_to_wait = True
        self._floor.agent_started(self._now(), answers=False)
        await self._voice.play_aside(*found)
        return True

    async def give_up(self) -> None:
        """See `Host`."""
        await self._fail("model_silent", "it was away, and is not heard again")

    def _speaks(self) -> None:
        """What is no request to wait goes to the caller."""
        self._floor.agent_goes_on()
        self._functions.heard()
        if self._asked_to_wait:
            self._asked_to_wait = False
            if self._floor.agent_audible:  # behind the line that asked him to
                self._floor.agent_started(self._now(), answers=True)

    def _ran_dry(self) -> None:
        """The caller hears it break off; whether it goes on is to be known soon."""
        self._floor.ran_dry(self._now())
        self._company.ran_dry()
        self._keeper.expect()

    # -- the caller ---------------------------------------------------------------------------

    def _send_sound(self, due: list[CallerSound]) -> None:
        session = self._keeper.session
        if session is None or self._closing:
            return
        for sound in due:
            session.append(self._sound.to_model(sound))
            self._conversation.appended(len(sound.ulaw) / BYTES_PER_MS)

    async def _caller_started(self, start_secs: float) -> None:
        started_at = utcnow() - timedelta(seconds=start_secs)
        self._spoken.began(started_at)
        self._floor.caller_started(started_at)
        self._functions.heard()
        for waiting in (self._settling, self._answering):
            if waiting is not None:
                waiting.cancel()
        self._conversation.call_off_asides()
        if self._config.turns == "local" and self._keeper.session is not None:
            self._conversation.restart_turn()
        await self._pump()
        self._send_sound(self._hearing.caller_started())

    async def _caller_stopped(self, stop_secs: float) -> None:
        self._spoken.ended(utcnow() - timedelta(seconds=stop_secs))
        self._floor.caller_stopped(self._now() - stop_secs)
        self._hearing.caller_stopped()
        self._keeper.expect()
        if self._config.turns == "local":
            ended_at = utcnow() - timedelta(seconds=stop_secs)
            self._conversation.commit(self._floor.caller_started_at, ended_at)
        else:
            told_late = stop_secs >= FALSE_ALARM_SECS  # of what nobody but our ear has heard
            wait_secs = 0.0 if told_late else FALSE_ALARM_SECS
            self._settling = self._spawn(self._settle(wait_secs), "settle")
        await self._pump()

    async def _settle(self, wait_secs: float) -> None:
        """After an interruption that the server took for no turn, the agent takes up its thread."""
        await asyncio.sleep(wait_secs)
        if self._floor.settle() and not self._say_again():
            self._conversation.answer()
        await self._pump()

    def _keys_typed(self, frame: KeysTypedFrame) -> None:
        self._typed_keys.goes_on(frame.keys)
        if frame.complete:
            key, text = self._typed_keys.end(self._log)
            self._conversation.keys_typed(key, text, asks=frame.asks)

    def _hold(self) -> None:
        if self._floor.hold(self._now()):
            self._asked = self._said_yes = False
            self._conversation.hold()

    def _resume(self) -> None:
        self._floor.resume()
        self._answered_early |= self._said_yes
        self._conversation.given_back(answers=self._said_yes)
        self._said_yes = False

    def _answer_soon(self) -> None:
        """The caller has answered a question before its end, which he has heard now."""
        if self._answered_early and not self._floor.agent_audible:
            self._answered_early = False
            self._answering = self._spawn(self._answer_early(), "early answer")

    async def _answer_early(self) -> None:
        await asyncio.sleep(EARLY_ANSWER_SECS)
        talk = self._conversation
        if not (self._floor.caller_speaking or talk.turn_is_open or talk.busy or talk.waiting):
            talk.answer_now()
            await self._pump()

    def _tell_of_opening(self) -> None:
        if note := self._opening.note():
            self._conversation.note(note)

    def _say_again(self, words: str = "") -> bool:
        """They spoke over the first words of a call we have placed, and said nothing else."""
        line = self._opening.again(words)
        return bool(line) and self._conversation.say_instead(line)

    def _interrupted(self) -> None:
        if not self._conversation.hushed:
            self._opening.interrupted()
        self._asked = self._said_yes = self._answered_early = False
        self._requests.end_summary = None  # asked for in an answer that was cut: it does not count
        cut = self._conversation.interrupted(speaking=self._floor.caller_goes_on)
        self._floor.interrupted(self._now(), response_cut=cut)

    async def _listen_along(self) -> None:
        """While the model's ear hears the caller: what ours has not heard for long is over."""
        while self._conversation.turn_is_open and not self._closing:
            await asyncio.sleep(LISTEN_SECS)
            if self._end_stuck_turn(after_secs=STUCK_SECS):
                await self._pump()
        self._listening = None

    def _end_stuck_turn(self, *, after_secs: float) -> bool:
        """Whether the model's ear was stuck in speech that is over."""
        if not self._conversation.turn_is_open or self._floor.deaf_secs(self._now()) < after_secs:
            return False
        heard = self._floor.both_heard
        logger.info("the model's ear is stuck in speech; ours has heard him: {}", heard)
        self._conversation.end_stuck_turn(utcnow(), heard=heard)
        return True

    # -- the line -----------------------------------------------------------------------------

    def _line_lost(self) -> None:
        answering = self._conversation.busy or self._conversation.speaking
        self._floor.line_lost(answering=answering)
        self._interrupted()
        self._floor.forget_cut()  # what follows is decided when the line is back

    def _line_back(self) -> None:
        """Somebody has to speak first: the agent, unless the caller was speaking."""
        self._floor.line_back(self._now())
        if self._conversation.hushed or not self._floor.cut_by_line:
            return
        if self._conversation.speaking or self._functions.count:
            return
        if self._floor.agent_was_heard:
            self._conversation.pick_up_thread()
        elif self._config.first_line:
            self._conversation.say(self._config.first_line)
        else:
            self._conversation.answer()

    # -- functions ----------------------------------------------------------------------------

    async def _run_tool(self, frame: RunToolFrame) -> None:
        """Whatever the model is doing, and also when the call is over: last words count."""
        if self._functions.done_or_under_way(frame.tool):
            return
        call = self._conversation.call_function(frame.tool, frame.arguments or {})
        self._functions.begin(call)
        await self._push_tools_running()

    async def _answered(self, call: happened.FunctionCalled, answer: ToolAnswer) -> None:
        ends = self._requests.transfer_reason is not None or self._requests.end_summary is not None
        speak = answer.speak and not ends
        self._conversation.function_result(call.call_id, answer.output, speak=speak)
        await self._push_tools_running()
        if self._requests.transfer_reason is not None:
            reason, self._requests.transfer_reason = self._requests.transfer_reason, None
            await self._pump()
            await self.push_frame(TransferRequestFrame(reason=reason))
        elif self._requests.end_summary is not None and call.wordless and self._config.farewell:
            self._conversation.say(self._config.farewell)
        await self._pump()

    async def _push_tools_running(self) -> None:
        await self.push_frame(ToolsRunningFrame(count=self._functions.count))

    # -- what the conversation brings forth ----------------------------------------------------

    async def _pump(self) -> None:
        """Sends what is to be sent and passes on what happened, in order, one at a time.

        Passing something on may lead back here; the outermost call does the work.
        """
        if self._pumping:
            return
        self._pumping = True
        try:
            while True:
                while self._conversation.happened or self._conversation.catch_up():
                    if self._conversation.happened:
                        await self._pass_on(self._conversation.happened.popleft())
                await self._maybe_speak_next()
                while self._keeper.session is not None and self._conversation.to_send:
                    self._keeper.session.post(self._conversation.to_send.popleft())
                if not self._conversation.happened:
                    await self._maybe_end()
                if not self._conversation.happened:
                    self._see_cancelled_end()
                    return
        finally:
            self._pumping = False

    def _see_cancelled_end(self) -> None:
        response_id = self._conversation.cancelled_active
        if response_id is not None and response_id != self._cancelled:
            self._cancelled = response_id
            self._spawn(self._presume_over(response_id), "cancelled")

    async def _presume_over(self, response_id: str) -> None:
        """Some endpoints do not say that a response which was cancelled has ended."""
        await asyncio.sleep(CANCELLED_SECS)
        self._conversation.presume_over(response_id)
        await self._pump()

    async def _maybe_end(self) -> None:
        """Passes on the model's wish to hang up, once its last words have been asked for."""
        summary = self._requests.end_summary
        if summary is not None and not self._conversation.waiting:
            self._requests.end_summary = None
            await self.push_frame(EndCallRequestFrame(summary=summary))

    @singledispatchmethod
    async def _pass_on(self, happening: Any) -> None:
        raise TypeError(f"nobody passes on {type(happening).__name__}")

    @_pass_on.register
    async def _(self, sound: happened.AgentSound) -> None:
        if self._closing:
            return
        self._company.heard()
        self._speaks()
        first, *others = pieces(sound)
        try:
            await self._voice.speak(first, self._sound, self._format)
            for piece in others:
                await asyncio.sleep(0)  # other calls have their turn, and this caller may speak
                if self._conversation.may_be_heard(sound.utterance_id):
                    await self._voice.speak(piece, self._sound, self._format)
        except WrongFormat:
            await self._disbelieve()

    async def _disbelieve(self) -> None:
        """The session's sound is not in the format that it has agreed to: it would be noise."""
        session = self._keeper.session
        if session is not None and not (session.disbelieve() and self._keeper.replace_now()):
            await self._fail(ModelGarbled.reason, "its sound is in no format that it agrees to")

    @_pass_on.register
    async def _(self, end: happened.AgentSoundEnd) -> None:
        await self._voice.speak_rest(end.utterance_id, self._sound, self._format)

    @_pass_on.register
    async def _(self, line: happened.LineSpoken) -> None:
        self._voice.keep(line)

    @_pass_on.register
    async def _(self, said: happened.AgentSaid) -> None:
        self._voice.forget(said.utterance_id)
        aside = self._voice.is_aside(said.utterance_id)
        if not aside:
            self._hearing.answered()
            self._opening.agent_said(said.text, interrupted=said.interrupted)
            self._tell_of_opening()
        now = utcnow()
        if said.text:
            self._floor.agent_was_heard |= not aside
            secs_ago = said.began_secs_ago
            if secs_ago is None:
                secs_ago = (said.heard_ms + said.held_ms) / 1000
            self._log.agent_said(
                key=said.utterance_id,
                text=said.text,
                started_at=now - timedelta(seconds=secs_ago),
                ended_at=now - timedelta(seconds=said.silent_secs_ago),
                interrupted=said.interrupted,
                latency_ms=None if aside else self._floor.take_latency_ms(self._now() - secs_ago),
            )
        await self.push_frame(
            AgentSaidFrame(
                utterance_id=said.utterance_id, text=said.text, interrupted=said.interrupted
            )
        )

    @_pass_on.register
    async def _(self, caller: happened.CallerSpeaks) -> None:
        if caller.speaking and self._listening is None:
            self._listening = self._spawn(self._listen_along(), "listen")
        into_silence = not (self._floor.agent_audible or self._conversation.hushed)
        if caller.speaking and into_silence and self._opening.caller_speaks(caller.key):
            self._conversation.answer_unwanted()
        if self._floor.server_tells(caller, self._now()):
            await self.broadcast_frame(
                UserStartedSpeakingFrame if caller.speaking else UserStoppedSpeakingFrame
            )

    @_pass_on.register
    async def _(self, caller: happened.CallerSaid) -> None:
        self._words_came.set()
        if self._is_echo(caller.text):
            return
        self._hearing.answered()
        started_at, ended_at = self._spoken.within(caller.started_at, caller.ended_at)
        self._log.caller_said(
            key=caller.key, text=caller.text, started_at=started_at, ended_at=ended_at
        )
        if not self._say_again(caller.text) and self._opening.missed(caller.key, caller.text):
            self._conversation.answer()
        await self.push_frame(
            TranscriptionFrame(
                text=caller.text, user_id="caller", timestamp=caller.started_at.isoformat()
            )
        )

    @_pass_on.register
    async def _(self, words: happened.HeldWords) -> None:
        wants_nothing = self._is_echo(words.text) or self._opening.nods(words.text)
        text = "" if wants_nothing else words.text
        if self._asked and text:
            self._said_yes |= self._asked_to_end or says_yes(text)
        await self.push_frame(HeldWordsFrame(text=text), FrameDirection.UPSTREAM)

    def _is_echo(self, text: str) -> bool:
        """Whether the model's ear has heard the agent."""
        return self._floor.held_for_an_echo and self._conversation.is_saying(text)

    @_pass_on.register
    async def _(self, call: happened.FunctionCalled) -> None:
        if not self._closing:
            self._functions.begin(call)
            await self._push_tools_running()

    @_pass_on.register
    async def _(self, generating: happened.Generating) -> None:
        if not generating.under_way:
            await self._maybe_speak_next()
            if self._conversation.busy:
                return  # the next one has been asked for: nobody is to think that it is over
        if generating.under_way:
            self._keeper.expect(anew=False)
        await self.broadcast_frame(
            LLMFullResponseStartFrame if generating.under_way else LLMFullResponseEndFrame
        )

    @_pass_on.register
    async def _(self, used: happened.Used) -> None:
        await self.push_frame(UsageFrame(model_usd=self._log.used(used.usage)))
        try:
            self._format.told(lasted_ms=used.sound_ms)
        except WrongFormat:
            await self._disbelieve()

    @_pass_on.register
    async def _(self, used: happened.Transcribed) -> None:
        self._words_came.set()  # also of a turn in which there were no words
        await self.push_frame(UsageFrame(model_usd=self._log.transcribed(used.usage)))

    @_pass_on.register
    async def _(self, summary: happened.SummaryMade) -> None:
        if self._summary is not None and not self._summary.done():
            self._summary.set_result(summary.text)

    @_pass_on.register
    async def _(self, complaint: happened.Complaint) -> None:
        known = complaint.code in self._complaints  # of one thing it may complain all the time
        self._complaints.add(complaint.code)
        level = "DEBUG" if known else "WARNING"
        logger.log(level, "the model's side reports {}: {}", complaint.code, complaint.message)

    @_pass_on.register
    async def _(self, later: happened.AskLater) -> None:
        logger.info("an answer of the model failed: asking again in {:g} s", later.after_secs)
        self._company.failing(still=True)
        if self._pausing is not None:
            self._pausing.cancel()
        self._pausing = self._spawn(self._ask_later(later.after_secs), "pause")

    async def _ask_later(self, secs: float) -> None:
        """A limit of the account hits many calls at once: they do not come back together."""
        await asyncio.sleep(secs * (1 + LATER_BY * self._spread()))
        self._conversation.ask_again()
        await self._pump()

    @_pass_on.register
    async def _(self, failed: happened.ModelFailed) -> None:
        if failed.reason == ModelLost.reason:
            self._keeper.expired()
        else:
            await self._fail(failed.reason, failed.detail)

    def _now(self) -> float:
        return self.get_event_loop().time()

    def _spawn(self, work: Any, name: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.create_task(work, f"{self.name}::{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
