"""What the caller hears of the agent: lines, the model's sound, and requests to wait."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.brains.clips import Clips
from bot.brains.config import SoundFormat
from bot.brains.realtime import events
from bot.brains.realtime.context import Context
from bot.brains.realtime.function_calls import LONG_SILENCE_SECS
from bot.brains.realtime.function_side import FunctionSide
from bot.brains.realtime.hold_prompter import HoldPrompter
from bot.brains.realtime.sound import pieces, sound_path
from bot.brains.realtime.sound_format import FormatCheck
from bot.brains.realtime.voice import Voice
from bot.clock import utcnow
from processors.frames import AgentSaidFrame


class AgentSide:
    """The agent's half of one call."""

    def __init__(
        self,
        context: Context,
        *,
        clips: Clips,
        voices: Sequence[str],  # in which a line may have been prepared
        functions: FunctionSide,
    ) -> None:
        self._context = context
        self._conversation = context.conversation
        self._turn_taking = context.turn_taking
        self._functions = functions
        self.voice = Voice(
            config=context.config,
            clips=clips,
            voices=voices,
            conversation=context.conversation,
            push=context.push,
        )
        self.prompter = HoldPrompter(self, start=context.spawn)
        self.sound = sound_path("ulaw")
        self.format = FormatCheck("ulaw")  # of the session's sound
        self.asked_to_wait = False  # was the last of what went to the caller

    def session_opened(self, sound: SoundFormat) -> None:
        """From now on the model's sound is in this format."""
        self.sound, self.format = sound_path(sound), FormatCheck(sound)

    async def begin(self) -> None:
        """The call begins: a first line that is prepared is said at once."""
        config = self._context.config
        line = config.first_line
        clip = None if config.opening_asked else self.voice.prepared(line)
        if line and clip:
            await self.voice.play(line, clip, first=True)
        else:
            self._conversation.asking.opening_asked(line)

    async def speak_next(self) -> None:
        """What is to be said next: a prepared line at once, everything else by the model."""
        if self._context.closing or not self._turn_taking.is_open:
            return
        line = self._conversation.asking.next_line()
        clip = self.voice.prepared(line)
        if clip:
            self._speaks()
            await self.voice.play(line, clip)
        else:
            self._conversation.asking.ask()

    def _speaks(self) -> None:
        """What is no request to wait goes to the caller."""
        self._turn_taking.agent_goes_on()
        self._functions.heard()
        if self.asked_to_wait:
            self.asked_to_wait = False
            if self._turn_taking.agent_audible:  # after the line that asked them to
                self._turn_taking.agent_started(self._context.now(), answers=True)

    # -- requests to wait ---------------------------------------------------------------------

    async def fill_silence(self, *, has_session: bool) -> bool:
        """The caller waits for a tool: a short line, unless something is being said anyway."""
        line = self._context.config.filler
        asking = self._conversation.asking
        answer_comes = asking.busy and self.silent_secs < LONG_SILENCE_SECS
        if answer_comes or self.prompter.wanted or not self._turn_taking.is_silent:
            return False
        if asking.hushed:
            return False
        clip = self.voice.prepared(line)
        if clip:
            await self.voice.play_aside(line, clip)
        elif line and has_session:
            asking.say_aside(line)
            await self._context.pump()
        return True

    @property
    def is_over(self) -> bool:
        """Whether the caller need not be asked to wait any more."""
        return self._context.closing

    @property
    def owed(self) -> bool:
        """More of the model is due than has come."""
        due = self._conversation.owes or self._turn_taking.caller_waits or self._functions.count > 0
        return due and not self._conversation.asking.hushed

    @property
    def silent_secs(self) -> float:
        """How long both sides have been silent; 0 while the caller or the agent is heard."""
        return self._turn_taking.silent_secs(self._context.now())

    async def ask_to_wait(self, number: int) -> bool:
        """Says a line, the `number`-th since the model was heard; false if there is none."""
        found = self.voice.asking_to_wait(number)
        if found is None:
            return False
        self.asked_to_wait = True
        self._turn_taking.agent_started(self._context.now(), answers=False)
        await self.voice.play_aside(*found)
        return True

    async def give_up(self) -> None:
        """The caller has been asked to wait for long enough."""
        await self._context.fail("model_silent", "it was away, and is not heard again")

    # -- what the carrier tells ---------------------------------------------------------------

    def started(self) -> None:
        """It can be heard."""
        self._turn_taking.agent_started(self._context.now(), answers=not self.asked_to_wait)

    def stopped(self) -> None:
        """It is not heard any more."""
        self._turn_taking.agent_stopped(self._context.now())

    def ran_dry(self) -> None:
        """The caller hears it break off; whether it goes on is to be known soon."""
        self._turn_taking.ran_dry(self._context.now())
        self.prompter.ran_dry()

    # -- what the conversation tells ----------------------------------------------------------

    async def sound_came(self, sound: events.AgentSound) -> None:
        """Raises WrongFormat."""
        if self._context.closing:
            return
        self.prompter.heard()
        self._speaks()
        first, *others = pieces(sound)
        await self.voice.speak(first, self.sound, self.format)
        for piece in others:
            await asyncio.sleep(0)  # other calls have their turn, and this caller may speak
            if self._conversation.playback.may_be_heard(sound.utterance_id):
                await self.voice.speak(piece, self.sound, self.format)

    async def sound_ended(self, end: events.AgentSoundEnd) -> None:
        await self.voice.speak_rest(end.utterance_id, self.sound, self.format)

    async def said(self, said: events.AgentSaid) -> None:
        """These words were heard: they are noted, and passed on."""
        self.voice.forget(said.utterance_id)
        aside = self.voice.is_aside(said.utterance_id)
        if said.text:
            self._turn_taking.agent_was_heard |= not aside
            self._note(said, aside=aside)
        await self._context.push(
            AgentSaidFrame(
                utterance_id=said.utterance_id,
                text=said.text,
                interrupted=said.interrupted,
                began_secs_ago=said.began_secs_ago,
            )
        )

    def _note(self, said: events.AgentSaid, *, aside: bool) -> None:
        now, secs_ago = utcnow(), said.began_secs_ago
        if secs_ago is None:
            secs_ago = (said.heard_ms + said.held_ms) / 1000
        heard_from = self._context.now() - secs_ago
        self._context.log.agent_said(
            key=said.utterance_id,
            text=said.text,
            started_at=now - timedelta(seconds=secs_ago),
            ended_at=now - timedelta(seconds=said.silent_secs_ago),
            interrupted=said.interrupted,
            latency_ms=None if aside else self._turn_taking.take_latency_ms(heard_from),
        )
