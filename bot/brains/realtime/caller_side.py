"""What the caller does, by our ear and by the model's, and what that means for the conversation."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from pipecat.frames.frames import TranscriptionFrame
from pipecat.processors.frame_processor import FrameDirection

from bot.brains.realtime import events
from bot.brains.realtime.caller_record import Spoken, TypedKeys
from bot.brains.realtime.context import Context
from bot.brains.realtime.early_answer import EarlyAnswer
from bot.brains.realtime.input_buffer import InputAudioBuffer
from bot.brains.realtime.quiet_line import QuietLine
from bot.brains.realtime.sound import joined
from bot.brains.realtime.stuck_ear import StuckEar
from bot.brains.realtime.turn_taking import FALSE_ALARM_SECS, LATE_SECS
from bot.clock import utcnow
from processors.frames import HeldWordsFrame, KeysPressedFrame, KeysTypedFrame, PressKeysFrame
from processors.sound import CallerSound, silence_for

KEYS_PRESSED = "The keys were pressed. What you hear from now on is what they led to."
KEYS_FAILED = "The keys could not be pressed, and nothing has changed on the line. Go on without."
CUT_BY_KEYS = "What you were saying meanwhile was cut off: say it again if it still fits."


class CallerSide:
    """The caller's half of one call. `send` takes the sound that the model is to hear now."""

    def __init__(self, context: Context, *, send: Callable[[list[CallerSound]], None]) -> None:
        self._context = context
        self._conversation = context.conversation
        self._turn_taking = context.turn_taking
        self._opening = context.opening
        self._send = send
        self._turns = context.config.turns
        self.input_buffer = InputAudioBuffer(turns=self._turns)
        self._line = QuietLine()
        self._spoken = Spoken()
        self._keys = TypedKeys()
        self._deaf = False  # a sensitive passage is open
        self.is_taken_over = False  # an operator speaks in the agent's place
        self._on_hold = False
        self._passages = 0
        self.early_answer = EarlyAnswer(context)
        self.stuck_ear = StuckEar(context)
        self._settling: asyncio.Task[None] | None = None
        self.words_came = asyncio.Event()

    def hear(self, sound: CallerSound) -> None:
        """The caller's sound."""
        if self._deaf:
            sound = silence_for(sound)
        if due := self.input_buffer.hear(sound, may_wait=self._may_wait(sound)):
            self._send(joined(due))

    def _may_wait(self, sound: CallerSound) -> bool:
        """Whether the model need not hear this at once: the line is quiet, and the agent speaks; or
        nobody does, and the caller has said nothing for so long that both ears would have told.
        Never where the model's ear alone tells that the caller cuts in."""
        if self._turns != "hybrid" or not self._line.hear(sound) or self._conversation.turn_is_open:
            return False
        if self._turn_taking.nobody_waits:
            return True
        return self._turn_taking.nobody_speaks and self._line.quiet_secs >= LATE_SECS

    def passage(self, *, opens: bool, note: str) -> None:
        """A sensitive passage begins: the model hears silence; or ends, and it is told of it."""
        self._deaf = opens
        if note:
            self._passages += 1
            now, key = utcnow(), f"number_{self._passages}"
            self._context.log.caller_said(key=key, text=note, started_at=now, ended_at=now)
            self._conversation.keys_typed(key, note, asks=True)

    # -- speech, by our ear -------------------------------------------------------------------

    async def started(self, start_secs: float, *, has_session: bool) -> None:
        """They have spoken for so long."""
        started_at = utcnow() - timedelta(seconds=start_secs)
        self._spoken.began(started_at)
        self._turn_taking.caller_started(started_at)
        self._wait_no_longer()
        self._conversation.asking.call_off_asides()
        if self._turns == "local" and has_session:
            self._conversation.restart_turn()
        await self._context.pump()
        self._send(self.input_buffer.caller_started())

    async def stopped(self, stop_secs: float) -> None:
        """They have been silent for so long."""
        ended_at = utcnow() - timedelta(seconds=stop_secs)
        self._spoken.ended(ended_at)
        self._turn_taking.caller_stopped(self._context.now() - stop_secs)
        self.input_buffer.caller_stopped()
        if self._turns == "local":
            self._conversation.commit(self._turn_taking.caller_started_at, ended_at)
        else:
            told_late = stop_secs >= FALSE_ALARM_SECS  # of what nobody but our ear has heard
            wait_secs = 0.0 if told_late else FALSE_ALARM_SECS
            self._settling = self._context.spawn(self._settle(wait_secs), "settle")
        await self._context.pump()

    async def _settle(self, wait_secs: float) -> None:
        """After an interruption that the server took for no turn, the agent takes up its thread."""
        await asyncio.sleep(wait_secs)
        if self._turn_taking.settle() and not self._say_again():
            self._conversation.asking.answer()
        await self._context.pump()

    def typed(self, frame: KeysTypedFrame) -> None:
        """They type on the keypad."""
        self._keys.goes_on(frame.keys)
        if frame.complete:
            key, text = self._keys.end(self._context.log)
            self._conversation.keys_typed(key, text, asks=frame.asks)

    # -- the turn -----------------------------------------------------------------------------

    def hold(self) -> None:
        """They speak over the agent."""
        if self._turn_taking.hold(self._context.now()):
            self.early_answer.hold_begins()
            self._conversation.hold()

    def resume(self) -> None:
        """They did not want the turn."""
        self._turn_taking.resume()
        self._conversation.given_back(answers=self.early_answer.agent_goes_on())

    def interrupted(self) -> None:
        """They have the turn."""
        if not self._conversation.asking.hushed:
            self._opening.interrupted()
        self.early_answer.forget()
        cut = self._conversation.interrupted(speaking=self._turn_taking.caller_goes_on)
        if cut or self._turn_taking.agent_audible:
            self._context.log.interrupted()
        self._turn_taking.interrupted(self._context.now(), response_cut=cut)

    def answered(self, said: events.AgentSaid) -> None:
        """They have heard these words of the agent."""
        self.input_buffer.answered()
        self._opening.agent_said(said.text, interrupted=said.interrupted)
        self.tell_of_opening()

    def tell_of_opening(self) -> None:
        """The model learns what was missed of its first words, if that is so."""
        if note := self._opening.note():
            self._conversation.asking.note(note)

    def _say_again(self, words: str = "") -> bool:
        """They spoke over the first words of a call we have placed, and said nothing else."""
        line = "" if self.is_taken_over else self._opening.again(words)
        return bool(line) and self._conversation.asking.say_instead(line)

    # -- the line -----------------------------------------------------------------------------

    def line_lost(self) -> None:
        """The media stream is lost: neither side hears the other."""
        answering = self._conversation.asking.busy or self._conversation.speaking
        self._turn_taking.line_lost(answering=answering)
        self.interrupted()
        self._turn_taking.forget_cut()  # what follows is decided when the line is back

    def line_back(self, *, tools_running: bool) -> None:
        """The media stream is back: the agent speaks first unless the caller was speaking."""
        asking, first_line = self._conversation.asking, self._context.config.first_line
        self._turn_taking.line_back(self._context.now())
        if asking.hushed or self._turn_taking.keys_pending or not self._turn_taking.cut_by_line:
            return
        if self._conversation.speaking or tools_running:
            return
        if self._turn_taking.agent_was_heard:
            asking.pick_up_thread()
        elif first_line:
            asking.say(first_line)
        else:
            asking.answer()

    def on_hold(self, *, begins: bool) -> None:
        """The other side lets us wait: nothing is said, and no turn is open; or a person speaks."""
        self._on_hold = begins
        if not begins:
            if not self.is_taken_over:
                self._conversation.asking.speak_again()
            return
        self._fall_silent()
        self._conversation.end_stuck_turn(utcnow(), heard=False)
        self._turn_taking.on_hold()
        self.input_buffer.forget()

    def taken_over(self, *, begins: bool, note: str) -> None:
        """An operator speaks in the agent's place: the caller is heard, and not answered; or the
        agent has the call again, knows by the note what went on, and goes on with it."""
        asking = self._conversation.asking
        self.is_taken_over = begins
        self._turn_taking.taken_over()
        if begins:
            self._fall_silent()
            return
        asking.instruct(note)
        if self._on_hold:
            return
        asking.speak_again()
        if not (self._turn_taking.caller_speaking or self._conversation.turn_is_open):
            asking.answer()

    def _wait_no_longer(self) -> None:
        self.early_answer.wait_no_longer()
        if self._settling is not None:
            self._settling.cancel()

    def _fall_silent(self) -> None:
        self._wait_no_longer()
        self._conversation.interrupted()
        self._conversation.asking.hush()

    def agent_presses(self, frame: PressKeysFrame | KeysPressedFrame) -> None:
        """The agent presses keys: the line may go away for as long as that takes. What came of it
        the model is told; it speaks where it was cut, or has to find another way.
        """
        talk, turn_taking = self._conversation, self._turn_taking
        turn_taking.keys_pending = isinstance(frame, PressKeysFrame)
        if isinstance(frame, PressKeysFrame):
            return
        cut, turn_taking.cut_by_line = turn_taking.cut_by_line, False
        if not frame.pressed:
            talk.asking.note(KEYS_FAILED)
        else:
            talk.asking.note(f"{KEYS_PRESSED} {CUT_BY_KEYS}" if cut else KEYS_PRESSED)
        if not frame.pressed or cut:
            talk.asking.answer()

    # -- the model's ear ----------------------------------------------------------------------

    def model_hears(self, caller: events.CallerSpeaks) -> bool:
        """It hears them begin or end; whether the pipeline is to be told."""
        if caller.speaking:
            self.stuck_ear.hears_speech()
        hushed = self._conversation.asking.hushed
        into_silence = not (self._turn_taking.agent_audible or hushed)
        if caller.speaking and into_silence and self._opening.caller_speaks(caller.key):
            self._conversation.asking.answer_unwanted()
        return self._turn_taking.server_tells(caller, self._context.now())

    def words_grow(self, words: events.CallerWords) -> None:
        """So much was recognised of a turn that goes on."""
        if not self._is_echo(words.text):
            self._context.log.caller_words(key=words.key, text=words.text)

    async def said(self, caller: events.CallerSaid) -> None:
        """These words of theirs were recognised: they are noted, and passed on."""
        self.words_came.set()
        if self._is_echo(caller.text):
            return
        self.input_buffer.answered()
        started_at, ended_at = self._spoken.within(caller.started_at, caller.ended_at)
        self._context.log.caller_said(
            key=caller.key, text=caller.text, started_at=started_at, ended_at=ended_at
        )
        if not self._say_again(caller.text) and self._opening.missed(caller.key, caller.text):
            self._conversation.asking.answer()
        await self._context.broadcast(
            TranscriptionFrame,
            text=caller.text,
            user_id="caller",
            timestamp=caller.started_at.isoformat(),
        )

    async def said_in_hold(self, words: events.HeldWords) -> None:
        """These words of theirs were recognised while the agent is held."""
        wants_nothing = self._is_echo(words.text) or self._opening.nods(words.text)
        text = "" if wants_nothing else words.text
        self.early_answer.said(text)
        await self._context.push(HeldWordsFrame(text=text), FrameDirection.UPSTREAM)

    def _is_echo(self, text: str) -> bool:
        """Whether the model's ear has heard the agent."""
        return self._turn_taking.held_for_an_echo and self._conversation.playback.is_saying(text)

    # -- the end ------------------------------------------------------------------------------

    def close(self) -> None:
        """No more is typed."""
        self._keys.end(self._context.log)

    def commit_if_open(self) -> bool:
        """What they are saying as the call ends is a turn; false: they say nothing."""
        if not (self._turn_taking.caller_speaking or self._conversation.turn_is_open):
            return False
        self._conversation.commit(self._turn_taking.caller_started_at, utcnow())
        return True

    async def last_words(self) -> None:
        """Waits until all turns are transcribed."""
        while self._conversation.awaits_words:
            self.words_came.clear()
            await self.words_came.wait()
