"""The call's link to the model: its sessions, whether they live, and how they are replaced."""

import asyncio
import contextlib
from collections.abc import Callable

from loguru import logger
from pipecat.processors.frame_processor import FrameDirection

from bot.brains.errors import ModelError, ModelGarbled
from bot.brains.realtime.agent_side import AgentSide
from bot.brains.realtime.caller_side import CallerSide
from bot.brains.realtime.context import Context
from bot.brains.realtime.conversation import Message
from bot.brains.realtime.session_keeper import SessionKeeper
from bot.brains.realtime.sessions import Sessions
from bot.brains.realtime.vendor import RealtimeSession, Vendor
from bot.clock import utcnow
from bot.media.g711 import BYTES_PER_MS
from processors.frames import ModelListensFrame
from processors.sound import CallerSound

LAST_WORDS_SECS = 1.5  # transcripts come after the sound; those of the last turn are waited for
LATER_BY = 0.1  # of a wait, at most: what is told is the least, and not all come at once
CANCELLED_SECS = 1.5  # a response that was cancelled is over by then, whoever says so or not


class Link:
    """Speaks in the session that the `SessionKeeper` keeps."""

    def __init__(
        self,
        context: Context,
        *,
        agent: AgentSide,
        caller: CallerSide,
        sessions: Sessions,
        vendor: Vendor,
        spread: Callable[[], float],
        tools_running: Callable[[], int],
    ) -> None:
        self._context = context
        self._conversation = context.conversation
        self._turn_taking = context.turn_taking
        self._agent = agent
        self._caller = caller
        self._spread = spread
        self._tools_running = tools_running
        self._turns = context.config.turns
        self.keeper = SessionKeeper(
            sessions=sessions,
            listener=self,
            liveness=vendor.liveness(),
            renew_after_secs=vendor.renew_after_secs,
            start=context.spawn,
        )
        self._listens = False  # the pipeline believes that the model's ear does
        self._pausing: asyncio.Task[None] | None = None  # after an answer that failed
        self._cancelled: str | None = None  # the last response that was
        self._summary: asyncio.Future[str] | None = None
        self._gone = False  # the session failed or ended
        self._wanted = asyncio.Event()  # a session; not on hold
        self._wanted.set()

    @property
    def is_open(self) -> bool:
        """There is a session."""
        return self.keeper.session is not None

    @property
    def unreadable(self) -> int:
        """Messages of the session that nothing could be made of."""
        return self.keeper.session.unreadable if self.keeper.session else 0

    async def run(self) -> None:
        """Converses until there is no session, and none to be had."""
        try:
            await self.keeper.run()
        except ModelError as error:
            await self._context.fail(error.reason, str(error))
        except Exception as error:  # a fault of ours must not leave the caller in silence
            logger.exception("the conversation failed", event="conversation_failed")
            await self._context.fail("model_failed", repr(error))

    def send_sound(self, due: list[CallerSound]) -> None:
        """The model is to hear this of the caller."""
        session = self.keeper.session
        if session is None or self._context.closing:
            return
        for sound in due:
            session.append(self._agent.sound.to_model(sound))
            self._conversation.appended(len(sound.ulaw) / BYTES_PER_MS)

    def send(self) -> None:
        """All that the conversation has for the session, if there is one."""
        while self.keeper.session is not None and self._conversation.to_send:
            self.keeper.session.post(self._conversation.to_send.popleft())

    def gone(self) -> None:
        """There is no session any more, and none to be had."""
        self._gone = True
        self.summary_made("")

    # -- the end of the call ------------------------------------------------------------------

    async def hear_out(self) -> None:
        """Waits a moment for the words that the caller said last."""
        if not self.is_open or self._gone:
            return
        if self._caller.commit_if_open():
            await self._context.pump()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECS):
                await self._caller.last_words()

    async def summarise(self, instructions: str, *, within_secs: float) -> str:
        """A text of the model about the call. Empty if none comes."""
        if not self.is_open or self._gone:
            return ""
        self._summary = asyncio.get_running_loop().create_future()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_secs):
                self._conversation.asking.summarise(instructions)
                await self._context.pump()
                return await self._summary
        return ""

    def summary_made(self, text: str) -> None:
        """It has come; empty: it will not."""
        if self._summary is not None and not self._summary.done():
            self._summary.set_result(text)

    # -- what the keeper tells ----------------------------------------------------------------

    async def session_opened(self, session: RealtimeSession, *, replaced: bool) -> None:
        """From now on this is the session, in place of one that was lost or of none."""
        self._agent.prompter.back(replaced=replaced)
        await self._tell_listening(True)
        self._agent.session_opened(session.sound)
        self.send_sound(self._caller.input_buffer.opened())
        await self._context.pump()

    async def server_event(self, message: Message) -> None:
        """The model's side has sent this."""
        self._agent.prompter.answers()
        await self._tell_listening(True)
        try:
            self._conversation.server_event(message, utcnow())
            if not self._conversation.failing:
                self._agent.prompter.failing(still=False)
            await self._context.pump()
        except Exception as error:
            self._conversation.could_not_take(message, error)

    async def session_lost(self, *, expected: bool) -> None:
        """There is none until another is opened."""
        self._context.log.session_lost(expected=expected)
        self._agent.prompter.gone()
        await self._tell_listening(False)
        self._caller.input_buffer.lost()
        self._conversation.session_lost()
        await self._context.pump()

    def model_late(self) -> None:
        """The model's side does not answer when it is asked."""
        self._agent.prompter.late()
        self._context.spawn(self._tell_listening(False), "late")

    def model_in_time(self) -> None:
        """Its socket does so again, whatever the model says."""
        self._agent.prompter.answers()

    async def _tell_listening(self, listens: bool) -> None:
        """Tells the processors whether the model's ear listens."""
        listens = listens and self._turns != "local" and self._wanted.is_set()
        if listens != self._listens:
            self._listens = listens
            await self._context.push(ModelListensFrame(listens=listens), FrameDirection.UPSTREAM)

    async def on_hold(self, *, begins: bool) -> None:
        """The model hears nothing, and a session that is lost is not missed; or again."""
        if begins:
            self._wanted.clear()
            await self._tell_listening(False)
        else:
            self._wanted.set()
            await self._tell_listening(self.is_open)

    async def wanted(self) -> None:
        """Waits until there is somebody to speak with."""
        await self._wanted.wait()

    def move(self, session: RealtimeSession) -> None:
        """Another is open, with an empty memory, and the session at once: the moment is quiet."""
        self._caller.input_buffer.lost()
        self._conversation.session_lost()
        self.tell_again(session)
        if self._turns != "local":
            # They may have begun to speak, and nobody knows it yet.
            self._caller.input_buffer.again()

    def tell_again(self, session: RealtimeSession) -> None:
        """Another is open, with an empty memory, and about to be the session."""
        buffer = self._caller.input_buffer
        # Where no word of it ever came, our ear alone has heard the caller.
        ours_alone = self._turn_taking.caller_waits and buffer.turn_is_open
        unheard = self._conversation.begin_again(unheard=ours_alone)
        if self._turn_taking.caller_waits and not self._conversation.asking.waiting:
            unheard = True
        while self._conversation.to_send:
            session.post(self._conversation.to_send.popleft())
        speaking = self._turn_taking.caller_speaking
        if unheard or speaking:
            buffer.again()
        if unheard and self._turns == "local" and not speaking:
            self._conversation.commit(self._turn_taking.caller_started_at, utcnow())

    @property
    def is_over(self) -> bool:
        """The call is: no other session is wanted any more."""
        return self._context.closing

    @property
    def is_quiet(self) -> bool:
        """Whether neither side speaks and nothing under way leads to speech or follows from it."""
        talk = self._conversation
        under_way = talk.asking.busy or talk.awaits_words or talk.turn_is_open
        return self._turn_taking.is_silent and not (under_way or self._agent.owed or self.is_over)

    @property
    def awaits_model(self) -> bool:
        """Something of the model is waited for."""
        asking = self._conversation.asking
        waits = self._turn_taking.caller_waits and not (self._tools_running() or asking.hushed)
        return not self.is_over and (asking.busy or waits)

    # -- what the conversation tells ----------------------------------------------------------

    async def disbelieve(self) -> None:
        """The session's sound is not in the format that it has agreed to: it would be noise."""
        session = self.keeper.session
        if session is not None and not (session.disbelieve() and self.keeper.replace_now()):
            detail = "its sound is in no format that it agrees to"
            await self._context.fail(ModelGarbled.reason, detail)

    def ask_later(self, after_secs: float) -> None:
        """Asks for a failed answer again, after a pause."""
        logger.info(
            "an answer of the model failed: asking again in {:g} s",
            after_secs,
            event="model_answer_failed",
        )
        self._agent.prompter.failing(still=True)
        if self._pausing is not None:
            self._pausing.cancel()
        self._pausing = self._context.spawn(self._ask_later(after_secs), "pause")

    async def _ask_later(self, secs: float) -> None:
        """A limit of the account hits many calls at once: they do not come back together."""
        await asyncio.sleep(secs * (1 + LATER_BY * self._spread()))
        self._conversation.asking.ask_again()
        await self._context.pump()

    def see_cancelled_end(self) -> None:
        """A response that was cancelled is not waited for without end."""
        response_id = self._conversation.cancelled_active
        if response_id is not None and response_id != self._cancelled:
            self._cancelled = response_id
            self._context.spawn(self._presume_over(response_id), "cancelled")

    async def _presume_over(self, response_id: str) -> None:
        """Some endpoints do not say that a response which was cancelled has ended."""
        await asyncio.sleep(CANCELLED_SECS)
        self._conversation.presume_over(response_id)
        await self._context.pump()
