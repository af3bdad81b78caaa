"""The realtime model as a processor: frames on one side, a `Conversation` on the other."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import singledispatchmethod
from typing import Any, Literal

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
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from bot.media.g711 import duration_ms, ulaw_to_pcm
from bot.media.serializer import SAMPLE_RATE
from bot.realtime import happenings as happened
from bot.realtime.clips import Clips, Speaker, same_words
from bot.realtime.conversation import Conversation
from bot.realtime.errors import ModelLost, RealtimeError
from bot.realtime.function_calls import FILLER_AFTER_SECS, FunctionCalls, Toolbox
from bot.realtime.hearing import Hearing, Turns
from bot.realtime.ports import CallLog
from bot.realtime.session import RealtimeSession
from bot.realtime.sessions import Reopen, Sessions
from bot.realtime.sound import SoundPath, sound_path
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    AgentSaidFrame,
    AnswerNowFrame,
    CallerAudioFrame,
    EndCallRequestFrame,
    HangUpFrame,
    HeldWordsFrame,
    HoldFrame,
    LineBackFrame,
    LineLostFrame,
    ResumeFrame,
    SayFrame,
    ToolsRunningFrame,
    TransferRequestFrame,
    UsageFrame,
    UtterancePlayedFrame,
)
from tools.tool import ToolAnswer

LATE_SECS = 1.5  # the model's ear tells of speech within this time, its padding included
FALSE_ALARM_SECS = 1.2  # quiet for this long and unheard by the server: it was no turn
ROTATE_AFTER_SECS = 50 * 60.0  # sessions end after 60 min (OpenAI, Realtime guide)
STALL_SECS = 6.0  # longer than any model thinks; well before the watchdog ends the call
LAST_WORDS_SECS = 1.5  # transcripts come after the sound; those of the last turn are waited for


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What the model's processor must know of the agent it speaks for."""

    speaker: Speaker
    turns: Turns = "hybrid"
    first_line: str | None = None  # None: the model finds its own first words
    filler: str = ""  # spoken when a tool takes long; empty: nothing
    farewell: str = ""  # spoken when the model hangs up without a word
    fixed_lines: frozenset[str] = field(default_factory=frozenset)  # worth keeping as clips


class CallRequests:
    """What tools have asked of the call (the `CallControl` port of `tools.ports`)."""

    def __init__(self, *, human_available: bool) -> None:
        self.human_available = human_available
        self.end_summary: str | None = None
        self.transfer_reason: str | None = None

    def request_end(self, summary: str) -> None:
        self.end_summary = summary

    def request_transfer(self, reason: str) -> None:
        self.transfer_reason = reason


class RealtimeModel(FrameProcessor):
    """A speech-to-speech model in the pipeline.

    Consumes: CallerAudioFrame; from below SayFrame, WrapUpFrame, AnswerNowFrame,
    UtterancePlayedFrame; watches VAD frames, InterruptionFrame, HoldFrame, ResumeFrame,
    Bot(Started|Stopped)Speaking, LineLostFrame and LineBackFrame: in between it keeps what it has
    to say to itself.
    Adds downstream: AgentAudioFrame, AgentAudioEndFrame, AgentSaidFrame, TranscriptionFrame,
    ToolsRunningFrame, EndCallRequestFrame, TransferRequestFrame, UsageFrame, HangUpFrame; in both
    directions LLMFullResponse(Start|End)Frame and, from the model's own ear,
    User(Started|Stopped)SpeakingFrame; upstream HeldWordsFrame.
    Place: behind InterruptionClear, before everything that listens to what the agent says.
    """

    def __init__(
        self,
        *,
        session: Awaitable[RealtimeSession],
        reopen: Reopen | None = None,
        brief: Brief,
        toolbox: Toolbox,
        requests: CallRequests,
        clips: Clips,
        log: CallLog,
    ) -> None:
        super().__init__(enable_direct_mode=True)
        self._sessions = Sessions(session, reopen)
        self._session: RealtimeSession | None = None
        self._session_since = 0.0  # loop time
        self._heard_of_at = 0.0  # loop time of the session's last event
        self._asked_at = 0.0  # loop time at which the last response was asked for or began
        self._given_up: Literal["", "stalled", "old"] = ""  # why we closed the session, if we did
        self._stall: asyncio.Task[None] | None = None
        self._sound: SoundPath = sound_path("pcmu")
        self._brief = brief
        self._requests = requests
        self._clips = clips
        self._log = log
        self._conversation = Conversation()
        self._hearing = Hearing(turns=brief.turns)
        self._functions = FunctionCalls(
            toolbox=toolbox,
            log=log,
            start=self._spawn,
            answered=self._answered,
            keep_company=self._keep_company,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling: asyncio.Task[None] | None = None
        self._sounds: dict[str, bytearray] = {}  # of lines that may become clips
        self._caller_speaking = False
        self._caller_started_at = datetime.now(UTC)
        self._agent_audible = False
        self._agent_was_heard = False  # at any time in this call
        self._line_is_down = False
        self._cut_by_line = False  # an answer was being given, or was due, when the line broke
        self._cut_short = False
        self._told_of_speech = False  # the pipeline believes that the model's ear hears the caller
        self._server_heard_at = float("-inf")  # loop time at which the server last heard speech
        self._interrupted_at = float("-inf")
        self._held_at: float | None = None  # loop time; None: the agent is not held
        self._speech_ended_at: float | None = None  # loop time; None: no answer is due
        self._latency_ms: int | None = None  # of the turn being spoken
        self._closing = False
        self._gone = False  # the session failed or ended
        self._words_came = asyncio.Event()
        self._summary: asyncio.Future[str] | None = None
        self._pumping = False

    # -- frames -------------------------------------------------------------------------------

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if await self._consume(frame):
            return
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
                self._send_sound(self._hearing.hear(frame))
                return True
            case UtterancePlayedFrame():
                self._conversation.played(
                    frame.utterance_id,
                    frame.heard_ms,
                    interrupted=frame.interrupted,
                    held_ms=frame.held_ms,
                )
            case SayFrame():
                self._conversation.say(frame.text)
            case AnswerNowFrame():
                if self._heard_of_at < (self._speech_ended_at or 0.0):
                    self._give_up_session("stalled")  # not a word since the caller stopped
                if not self._given_up:
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
                await self._pump()
            case LineBackFrame():
                self._line_back()
                await self._pump()
            case BotStartedSpeakingFrame():
                self._agent_started()
            case BotStoppedSpeakingFrame():
                self._agent_audible = False
                self._maybe_rotate()
            case EndFrame() | CancelFrame():
                self._closing = True

    async def cleanup(self) -> None:
        await super().cleanup()
        for task in tuple(self._tasks):
            await self.cancel_task(task)
        if self._session is not None:
            await self._session.close()

    # -- the session --------------------------------------------------------------------------

    async def _begin(self) -> None:
        line = self._brief.first_line
        clip = self._clips.get(self._brief.speaker, line) if line else None
        if line and clip:
            await self._play_clip(line, clip, first=True)
        else:
            self._conversation.opening_asked(line)
        self._spawn(self._converse(), "conversation")
        await self._pump()

    async def _converse(self) -> None:
        """Waits for the session, then takes in its events until it ends; a lost one is replaced."""
        try:
            session = await self._sessions.first()
            while True:
                await self._take(session)
                session = await self._replace(await self._listen(session))
        except RealtimeError as error:
            await self._fail(error.reason, str(error))
        except Exception as error:  # a fault of ours must not leave the caller in silence
            logger.exception("the conversation failed")
            await self._fail("model_failed", repr(error))

    async def _take(self, session: RealtimeSession) -> None:
        self._session, self._sound = session, sound_path(session.sound)
        self._session_since = self._heard_of_at = self.get_event_loop().time()
        self._send_sound(self._hearing.opened())
        await self._pump()

    async def _listen(self, session: RealtimeSession) -> ModelLost:
        """Takes in events until the session ends; returns how."""
        try:
            async for event in session.events():
                self._heard_of_at = self.get_event_loop().time()
                self._conversation.server_event(event, datetime.now(UTC))
                await self._pump()
        except ModelLost as lost:
            return lost
        raise RuntimeError("a session's events ended without a word")

    async def _replace(self, lost: ModelLost) -> RealtimeSession:
        """Another session, told all that was said; what the caller says meanwhile is kept."""
        ended, self._session = self._session, None
        expected, self._given_up = self._given_up == "old", ""
        self._hearing.lost()
        self._conversation.session_lost()
        await self._pump()
        if ended is not None:
            await ended.close()
        if self._closing:
            raise lost
        self._spawn(self._bridge(), "bridge")
        session = await self._sessions.another(lost, expected=expected)
        unheard = self._conversation.begin_again()
        while self._conversation.to_send:
            session.post(self._conversation.to_send.popleft())
        if unheard or self._caller_speaking:
            self._hearing.again()
        if unheard and self._brief.turns == "local" and not self._caller_speaking:
            self._conversation.commit(self._caller_started_at, datetime.now(UTC))
        return session

    def _maybe_rotate(self) -> None:
        """A session ends at its maximum age: it is replaced before, in a quiet moment."""
        age_secs = self.get_event_loop().time() - self._session_since
        busy = self._conversation.busy or self._caller_speaking or self._functions.count
        if self._session is not None and age_secs > ROTATE_AFTER_SECS and not busy:
            self._give_up_session("old")

    async def _bridge(self) -> None:
        """The caller waits while the session is replaced: a prepared line, if there is one."""
        await asyncio.sleep(FILLER_AFTER_SECS)
        if self._session is None and self._speech_ended_at is not None:
            await self._keep_company()

    def _give_up_session(self, why: Literal["stalled", "old"]) -> None:
        """Closes the session, so that another takes its place."""
        if self._session is None or self._given_up or self._closing:
            return
        if self._sessions.replaceable:
            logger.info("giving up the model's session: it is {}", why)
            self._given_up = why
            self._spawn(self._session.close(), "give up session")

    async def _watch_for_stall(self) -> None:
        """A response was asked for and then no word of it came: that session is dead."""
        while self._conversation.busy:
            silent_since = max(self._heard_of_at, self._asked_at)
            silent_secs = self.get_event_loop().time() - silent_since
            if self._session is not None and silent_secs >= STALL_SECS:
                self._give_up_session("stalled")
                return
            await asyncio.sleep(max(0.1, STALL_SECS - silent_secs))

    @property
    def dropped(self) -> dict[str, int]:
        """What the model's side sent and nothing came of, by kind."""
        return {
            "unreadable": self._session.unreadable if self._session else 0,
            "malformed": self._conversation.malformed,
            "unknown": self._conversation.unknown,
        }

    async def _fail(self, reason: str, detail: str) -> None:
        self._gone = True
        if self._summary is not None and not self._summary.done():
            self._summary.set_result("")
        if not self._closing:
            self._closing = True
            logger.error("the model is gone ({}): {}", reason, detail)
            await self.push_frame(HangUpFrame(reason=reason))

    async def summarise(self, instructions: str, *, within_secs: float) -> str:
        """A text of the model about the call, which is over for the caller. Empty if none comes.

        Nothing is spoken any more from here on. Waits first for words of the last turn.
        """
        self._closing = True
        if self._session is None or self._gone:
            return ""
        self._summary = self.get_event_loop().create_future()
        try:
            async with asyncio.timeout(within_secs):
                await self._last_words()
                self._conversation.summarise(instructions)
                await self._pump()
                return await self._summary
        except TimeoutError:
            return ""

    async def _last_words(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECS):
                while self._conversation.awaits_words:
                    self._words_came.clear()
                    await self._words_came.wait()

    # -- speaking -----------------------------------------------------------------------------

    async def _maybe_speak_next(self) -> None:
        """What is to be said next: a prepared line at once, everything else by the model."""
        held = self._held_at is not None
        if self._caller_speaking or held or self._closing or self._line_is_down:
            return
        line = self._conversation.next_line()
        clip = self._clips.get(self._brief.speaker, line) if line else None
        if clip:
            await self._play_clip(line, clip, first=False)
        else:
            self._conversation.ask()

    async def _play_clip(self, line: str, ulaw: bytes, *, first: bool) -> None:
        utterance_id = f"clip_{uuid.uuid4().hex[:12]}"
        self._conversation.clip_played(utterance_id, line, duration_ms(ulaw), first=first)
        await self._push_sound(utterance_id, ulaw, line)
        await self.push_frame(AgentAudioEndFrame(utterance_id=utterance_id))

    async def _keep_company(self) -> bool:
        """The caller waits for a tool: a short line, unless something is being said anyway."""
        line = self._brief.filler
        if self._agent_audible or self._caller_speaking or self._conversation.busy:
            return False
        if self._line_is_down:
            return False
        clip = self._clips.get(self._brief.speaker, line) if line else None
        if clip:
            await self._play_aside(line, clip)
        elif line and self._session is not None:
            self._conversation.say_aside(line)
            await self._pump()
        return True

    async def _play_aside(self, line: str, clip: bytes) -> None:
        utterance_id = f"aside_{uuid.uuid4().hex[:12]}"
        self._conversation.aside_played(utterance_id, line, duration_ms(clip))
        await self._push_sound(utterance_id, clip)
        await self.push_frame(AgentAudioEndFrame(utterance_id=utterance_id))

    async def _push_sound(self, utterance_id: str, ulaw: bytes, line: str = "") -> None:
        await self.push_frame(
            AgentAudioFrame(
                audio=ulaw_to_pcm(ulaw),
                sample_rate=SAMPLE_RATE,
                num_channels=1,
                ulaw=ulaw,
                utterance_id=utterance_id,
                line=line,
            )
        )

    def _agent_started(self) -> None:
        self._agent_audible = True
        if self._speech_ended_at is not None:
            waited = self.get_event_loop().time() - self._speech_ended_at
            self._latency_ms = round(waited * 1000)
            self._speech_ended_at = None

    # -- the caller ---------------------------------------------------------------------------

    def _send_sound(self, frames: list[CallerAudioFrame]) -> None:
        if self._session is None or self._closing:
            return
        for frame in frames:
            self._session.append(self._sound.to_model(frame))
            self._conversation.appended(duration_ms(frame.ulaw))

    async def _caller_started(self, start_secs: float) -> None:
        self._caller_speaking = True
        self._speech_ended_at = None
        self._caller_started_at = datetime.now(UTC) - timedelta(seconds=start_secs)
        if self._settling is not None:
            self._settling.cancel()
        self._conversation.call_off_asides()
        if self._brief.turns == "local" and self._session is not None:
            self._conversation.restart_turn()
        await self._pump()
        self._send_sound(self._hearing.caller_started())

    async def _caller_stopped(self, stop_secs: float) -> None:
        self._caller_speaking = False
        self._speech_ended_at = self.get_event_loop().time() - stop_secs
        self._hearing.caller_stopped()
        if self._brief.turns == "local":
            ended_at = datetime.now(UTC) - timedelta(seconds=stop_secs)
            self._conversation.commit(self._caller_started_at, ended_at)
        else:
            self._settling = self._spawn(self._settle(), "settle")
        await self._pump()

    async def _settle(self) -> None:
        """After an interruption that the server took for no turn, the agent takes up its thread."""
        await asyncio.sleep(FALSE_ALARM_SECS)
        unheard = self._server_heard_at < self._interrupted_at - FALSE_ALARM_SECS
        if self._cut_short and unheard and not self._agent_audible:
            self._conversation.answer()
        self._cut_short = False
        await self._pump()

    def _is_news(self, caller: happened.CallerSpeaks) -> bool:
        """Whether the pipeline is to be told what the model's ear hears.

        Not in local turns; and not of speech long past, which a session that replaced another
        hears for the second time.
        """
        if not caller.speaking:
            return self._told_of_speech
        late = datetime.now(UTC) - caller.at > timedelta(seconds=LATE_SECS)
        return self._brief.turns != "local" and (self._caller_speaking or not late)

    def _hold(self) -> None:
        if self._held_at is None:
            self._held_at = self.get_event_loop().time()
            self._conversation.hold()

    def _resume(self) -> None:
        self._held_at = None
        self._speech_ended_at = None  # no answer is due to a nod
        self._conversation.given_back()

    def _interrupted(self) -> None:
        self._requests.end_summary = None  # asked for in an answer that was cut: it does not count
        speaking = self._caller_speaking and self._brief.turns != "server"
        cut_response = self._conversation.interrupted(speaking=speaking)
        if self._held_at is None:
            self._interrupted_at = self.get_event_loop().time()
            self._cut_short = self._cut_short or cut_response or self._agent_audible
        else:  # of speech that is over already the model's side has told
            self._interrupted_at, self._held_at = self._held_at, None
            self._cut_short = speaking
        self._agent_audible = False

    # -- the line -----------------------------------------------------------------------------

    def _line_lost(self) -> None:
        speaks = self._conversation.busy or self._conversation.speaking
        waits = self._speech_ended_at is not None
        self._cut_by_line = not self._caller_speaking and (speaks or waits)
        self._line_is_down = True
        self._interrupted()
        self._cut_short = False  # what follows is decided when the line is back

    def _line_back(self) -> None:
        """Somebody has to speak first: the agent, unless the caller was speaking."""
        self._line_is_down = False
        if not self._cut_by_line or self._conversation.speaking or self._functions.count:
            return
        if self._agent_was_heard:
            self._conversation.pick_up_thread()
        elif self._brief.first_line:
            self._conversation.say(self._brief.first_line)
        else:
            self._conversation.answer()

    # -- functions ----------------------------------------------------------------------------

    async def _answered(self, call: happened.FunctionCalled, answer: ToolAnswer) -> None:
        self._conversation.function_result(call.call_id, answer.output)
        await self._push_tools_running()
        if self._requests.transfer_reason is not None:
            reason, self._requests.transfer_reason = self._requests.transfer_reason, None
            await self._pump()
            await self.push_frame(TransferRequestFrame(reason=reason))
        elif self._requests.end_summary is not None:
            if call.wordless and self._brief.farewell:
                self._conversation.say(self._brief.farewell)
        elif answer.speak and not self._functions.count:
            self._conversation.answer()
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
                while self._session is not None and self._conversation.to_send:
                    self._session.post(self._conversation.to_send.popleft())
                if not self._conversation.happened:
                    await self._maybe_end()
                if not self._conversation.happened:
                    return
        finally:
            self._pumping = False

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
        try:
            ulaw = self._sound.from_model(sound.payload)
        except (ValueError, TypeError):
            self._conversation.malformed += 1
            return
        self._conversation.received(sound.utterance_id, len(ulaw) / 8)
        if self._brief.fixed_lines:
            self._sounds.setdefault(sound.utterance_id, bytearray()).extend(ulaw)
        await self._push_sound(sound.utterance_id, ulaw)

    @_pass_on.register
    async def _(self, end: happened.AgentSoundEnd) -> None:
        await self.push_frame(AgentAudioEndFrame(utterance_id=end.utterance_id))

    @_pass_on.register
    async def _(self, line: happened.LineSpoken) -> None:
        ulaw = self._sounds.pop(line.utterance_id, None)
        if ulaw and line.text in self._brief.fixed_lines and same_words(line.text, line.transcript):
            with contextlib.suppress(OSError):  # a full disk: the line was spoken all the same
                self._clips.put(self._brief.speaker, line.text, bytes(ulaw))

    @_pass_on.register
    async def _(self, said: happened.AgentSaid) -> None:
        self._sounds.pop(said.utterance_id, None)
        self._hearing.answered()
        now = datetime.now(UTC)
        if said.text:
            self._agent_was_heard = True
            self._log.agent_said(
                key=said.utterance_id,
                text=said.text,
                started_at=now - timedelta(milliseconds=said.heard_ms + said.held_ms),
                ended_at=now,
                interrupted=said.interrupted,
                latency_ms=self._latency_ms,
            )
            self._latency_ms = None
        await self.push_frame(
            AgentSaidFrame(
                utterance_id=said.utterance_id, text=said.text, interrupted=said.interrupted
            )
        )

    @_pass_on.register
    async def _(self, caller: happened.CallerSpeaks) -> None:
        if caller.speaking:
            self._server_heard_at = self.get_event_loop().time()
        if self._is_news(caller):
            self._told_of_speech = caller.speaking
            await self.broadcast_frame(
                UserStartedSpeakingFrame if caller.speaking else UserStoppedSpeakingFrame
            )

    @_pass_on.register
    async def _(self, caller: happened.CallerSaid) -> None:
        self._words_came.set()
        self._hearing.answered()
        self._log.caller_said(
            key=caller.key,
            text=caller.text,
            started_at=caller.started_at,
            ended_at=caller.ended_at,
        )
        await self.push_frame(
            TranscriptionFrame(
                text=caller.text, user_id="caller", timestamp=caller.started_at.isoformat()
            )
        )

    @_pass_on.register
    async def _(self, words: happened.HeldWords) -> None:
        await self.push_frame(HeldWordsFrame(text=words.text), FrameDirection.UPSTREAM)

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
            self._asked_at = self.get_event_loop().time()
            if self._stall is None or self._stall.done():
                self._stall = self._spawn(self._watch_for_stall(), "stall")
        await self.broadcast_frame(
            LLMFullResponseStartFrame if generating.under_way else LLMFullResponseEndFrame
        )

    @_pass_on.register
    async def _(self, used: happened.Used) -> None:
        await self.push_frame(UsageFrame(model_usd=self._log.used(used.usage)))

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
        logger.warning("the model's side reports {}: {}", complaint.code, complaint.message)

    @_pass_on.register
    async def _(self, failed: happened.ModelFailed) -> None:
        if failed.reason == ModelLost.reason:
            age_secs = self.get_event_loop().time() - self._session_since
            self._give_up_session("old" if age_secs > ROTATE_AFTER_SECS else "stalled")
        else:
            await self._fail(failed.reason, failed.detail)

    def _spawn(self, work: Any, name: str) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self.create_task(work, f"{self.name}::{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
