"""The life of one call, from its announcement to the last note, top to bottom."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from loguru import logger

from bot.brains import ModelConfig, ModelError, Session, find_brain
from bot.calls import prompts, tell
from bot.calls.call import Call
from bot.calls.closing import Closing
from bot.calls.outcome import MEANING, Ending, ending_of_status, status_of_ending
from bot.calls.registry import Registry
from bot.calls.states import Stage
from bot.calls.stream import Stream
from bot.calls.talk import Supplies, Talk, model_config_of, speaker_of, tools_of
from bot.calls.troubles import KEY
from bot.carriers import Carrier, CarrierError
from bot.carriers.leg import Ended
from bot.clock import utcnow
from bot.store import Outcome, Transfer
from tools.signature import signature_of

INBOUND_STREAM_SECS = 15.0  # the carrier opens the stream at once; later than this it never comes
AFTER_RINGING_SECS = 20.0  # the carrier adds up to 5 s, and its callbacks may be late
# A caller in the queue comes back behind a line, a pause of 10 s and a webhook that may take 15;
# one who has not come back for this long is gone.
QUEUE_SILENT_SECS = 45.0
WRITING_SECS = 2.0  # behind this a call has no place any more; its notes wait for the database
LOST_STREAM_SECS = 4.0  # the carrier says within this time why a stream went away
STOPPED_SECS = 1.0  # the same of a stream that it has stopped itself: mostly the caller has gone
NEW_STREAM_SECS = 2.0  # and, told to bring another, needs no longer: the caller hears nothing yet


class Attendant:
    """Sees calls through."""

    def __init__(
        self,
        *,
        registry: Registry,
        carrier: Carrier,
        closing: Closing,
        supplies: Supplies,
        on_new_voice: Callable[[ModelConfig], None] | None = None,
    ) -> None:
        self._registry = registry
        self._carrier = carrier
        self._closing = closing
        self._supplies = supplies
        self._on_new_voice = on_new_voice  # told of calls in another voice than their agent's
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, call: Call) -> None:
        """A call is announced or about to be placed: from here on it is seen through."""
        self._registry.add(call)
        self._keep(asyncio.create_task(self._see_through(call), name=f"attend::{call.id}"))

    def open_session(self, call: Call) -> None:
        """Begins to open the model's session, unless that was begun, or the call waits or ends."""
        if call.session is None and call.admitted.done() and call.stage < Stage.ENDING:
            call.session = asyncio.create_task(self._open(call), name=f"session::{call.id}")

    async def _see_through(self, call: Call) -> None:
        with logger.contextualize(call_id=call.id):
            outcome = Outcome(result="failed", reason=Ending.PIPELINE_FAILED.value)
            try:
                stream = await self._stream_of(call)
                if stream is None:
                    outcome = await self._never_talked(call)
                else:
                    outcome = await self._talk(call, stream)
            except Exception:
                logger.exception("attending to the call failed")
                call.end(Ending.PIPELINE_FAILED)
                await self._closing.carry_out(call, call.ending.result())
            finally:
                call.end(Ending.SHUTDOWN)  # unless something decided it before
                await self._let_go(call, outcome)

    # -- before the conversation --------------------------------------------------------------

    async def _stream_of(self, call: Call) -> Stream | None:
        """The call's stream, or None when the call ends without one."""
        if not await self._let_in(call):
            return None
        patience = INBOUND_STREAM_SECS
        if call.direction == "outbound" and call.earlier is None:
            patience = call.agent.limits.ring_secs + AFTER_RINGING_SECS
            await self._dialled(call)
        either: set[asyncio.Future[Any]] = {call.stream, call.ending}
        await asyncio.wait(either, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if call.ending.done():
            return None
        if call.stream.done():
            return call.stream.result()
        call.end(await self._ask_carrier(call) or Ending.STREAM_NEVER_CAME)
        return None

    async def _dialled(self, call: Call) -> None:
        """Waits until the carrier has the call, or it ends."""
        placed = asyncio.ensure_future(call.placed.wait())
        either: set[asyncio.Future[Any]] = {placed, call.ending}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        placed.cancel()

    async def _let_in(self, call: Call) -> bool:
        """Waits until the desk lets the call in. False when it ends before."""
        either: set[asyncio.Future[Any]] = {call.admitted, call.ending}
        while not (call.admitted.done() or call.ending.done()):
            visits = call.visits
            await asyncio.wait(
                either, timeout=QUEUE_SILENT_SECS, return_when=asyncio.FIRST_COMPLETED
            )
            if call.visits == visits and not call.admitted.done():
                call.end(Ending.AT_CAPACITY)
        return not call.ending.done()

    async def _ask_carrier(self, call: Call) -> Ending | None:
        """How the call ended according to the carrier; None while it goes on or nobody can tell."""
        if call.call_sid is None:
            return None
        try:
            known = await self._carrier.fetch(call.call_sid)
        except CarrierError as error:
            logger.warning("the carrier does not say how the call stands: {}", error)
            return Ending.CALLER_HUNG_UP if error.gone else None
        return ending_of_status(known.status.value)

    async def _never_talked(self, call: Call) -> Outcome:
        """Where the carrier would not end it, the call may still ring: its record stays open."""
        ending = call.ending.result()
        await call.placed.wait()  # what is being dialled can only be hung up when it has an id
        if not await self._closing.carry_out(call, ending) and call.call_sid:
            try:
                await self._carrier.end(call.call_sid)
            except CarrierError as error:
                call.in_doubt = not (error.gone or call.status_log.status.is_final)
        return Outcome(result=MEANING[ending].result, reason=ending.value)

    async def _open(self, call: Call) -> Session:
        """Opens the session and, unless a prepared greeting will be played, has the model begin."""
        session = await self._connect(call)
        if call.earlier is not None:
            session.tell_line_broke_off()
        told = model_config_of(call, self._supplies.brains)
        line = told.first_line
        if not (line and self._supplies.clips.get(told.speaker, line)):
            session.ask_opening(line)
        return session

    async def _connect(self, call: Call) -> Session:
        """A session that knows what an earlier process heard of this call, and nothing else.

        Raises:
            ModelError.
        """
        brains = self._supplies.brains
        config = prompts.session_config(
            call.agent,
            call.request,
            call.direction,
            speaker=speaker_of(call, brains),
            tools=[signature_of(tool) for tool in tools_of(call)],
            earlier=call.earlier.turns if call.earlier else (),
        )
        try:
            session = await find_brain(call.agent.brain, brains).open(config)
        except ModelError as error:
            self._registry.troubles.model_refused(error)
            raise
        self._registry.troubles.over(KEY)
        return session

    # -- the conversation ---------------------------------------------------------------------

    async def _talk(self, call: Call, stream: Stream) -> Outcome:
        if call.answered_at is None:
            call.answered_at = utcnow()
        if call.earlier is None:
            tell.answered(call)
        call.journal.changed(
            call_sid=call.call_sid, status="in-progress", answered_at=call.answered_at
        )
        self.open_session(call)
        if self._on_new_voice is not None and call.request.voice not in ("", call.agent.voice):
            self._on_new_voice(model_config_of(call, self._supplies.brains))

        def stream_ended(how: Ended) -> None:
            if how == "stopped":  # what follows says why: it may bring another
                call.lose_stream(stopped=True)
            elif how == "broken":
                call.end(Ending.PROTOCOL_BROKEN)
            else:
                call.lose_stream()

        talk = Talk(
            call,
            stream=stream,
            supplies=self._supplies,
            reopen=lambda: self._connect(call),
            on_stream_ended=stream_ended,
        )
        following = asyncio.create_task(self._follow_streams(call, talk), name=f"line::{call.id}")
        parting = asyncio.create_task(_part(call, talk), name=f"parting::{call.id}")
        try:
            ending = await talk.run()
            carried_out, summary = await asyncio.gather(
                self._closing.carry_out(call, ending), talk.summarise()
            )
            if not carried_out:
                logger.warning("closing the stream, so that the carrier asks what comes next")
        finally:
            following.cancel()
            parting.cancel()
            await asyncio.wait({following, parting})
            await talk.stop()
        if not carried_out:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.follow_up_asked.wait(), LOST_STREAM_SECS)
        return self._outcome(call, ending, summary)

    async def _follow_streams(self, call: Call, talk: Talk) -> None:
        """Takes the conversation from each stream that is lost to the one that follows it."""
        try:
            while await call.stream_lost.wait():
                call.stream_lost.clear()
                await talk.line_lost()
                stream = await self._next_stream(call)
                if stream is None:
                    return
                logger.warning("a stream was lost; the conversation goes on over the next")
                await talk.attach(stream)
        except Exception:
            logger.exception("a call could not be taken from one stream to the next")
            call.end(Ending.PIPELINE_FAILED)

    async def _next_stream(self, call: Call) -> Stream | None:
        """The stream that follows a lost one; None when the call ends instead.

        The carrier stopped it or its socket went away: the caller hung up, or the line broke.
        """
        coming, stopped = call.stream, call.stopped_at is not None
        either: set[asyncio.Future[Any]] = {coming, call.ending}
        for patience in (STOPPED_SECS if stopped else LOST_STREAM_SECS, NEW_STREAM_SECS):
            await asyncio.wait(either, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if call.ending.done():
                return None
            if coming.done():
                return coming.result()
            if not call.token:
                break  # the carrier has not asked what comes next: it brings no other
        unknown = Ending.CALLER_HUNG_UP if stopped else Ending.STREAM_LOST
        call.end(await self._ask_carrier(call) or unknown)
        return None

    def _outcome(self, call: Call, ending: Ending, told: str) -> Outcome:
        if ending is Ending.TRANSFER:
            call.journal.transferred(
                Transfer(
                    reason=call.transfer_reason or "",
                    at=call.ended_at or utcnow(),
                    target=self._closing.human or "",
                )
            )
        summary, fields = prompts.read_summary(told, call.agent)
        return Outcome(
            result=MEANING[ending].result,
            reason=call.own_reason or ending.value,
            summary=summary or call.journal.said_at_the_end(),
            fields=fields,
        )

    # -- afterwards ---------------------------------------------------------------------------

    async def _let_go(self, call: Call, outcome: Outcome) -> None:
        await _release(call.session)
        ended_at = call.ended_at or utcnow()
        talked_secs = (ended_at - call.answered_at).total_seconds() if call.answered_at else 0.0
        answered = call.direction == "inbound" or call.answered_at is not None
        carriers_word = call.status_log.status
        if carriers_word.is_final:
            status = carriers_word.value
        else:
            status = status_of_ending(call.ending.result(), answered=answered)
        if call.in_doubt:
            writing = call.journal.left_open()
        else:
            tell.ended(call, outcome, talked_secs=talked_secs)
            writing = call.journal.ended(
                status=status, outcome=outcome, ended_at=ended_at, talked_secs=talked_secs
            )
        written = asyncio.create_task(writing, name=f"write::{call.id}")
        await asyncio.wait({written}, timeout=WRITING_SECS)
        call.move(Stage.ENDED)
        if call.stream.done():
            call.stream.result().let_go.set()
        await written
        self._registry.remove(call)
        call.over.set()

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _part(call: Call, talk: Talk) -> None:
    """Has the agent take its leave when somebody asks for that."""
    await call.parting.wait()
    await talk.part()


async def _release(session: "asyncio.Task[Session] | None") -> None:
    """Closes a session, also one that is still being opened or failed to open."""
    if session is None:
        return
    if not session.done():
        session.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):  # whoever needed it met the error
        await (await session).close()
