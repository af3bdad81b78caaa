"""How a call is taken down, once its ending is decided: at the carrier, here, and in its record."""

import asyncio
import contextlib
from dataclasses import dataclass, field

from loguru import logger

from bot.brains import Session
from bot.calls import milestones
from bot.calls.call import Call
from bot.calls.events import LetGo, Stored
from bot.calls.legs import Stream
from bot.calls.outcome import MEANING, Ending, status_of_ending
from bot.calls.pipeline import CallPipeline
from bot.calls.registry import Registry
from bot.calls.sessions import close_session
from bot.calls.summary import read_summary
from bot.calls.teardown import CarrierTeardown
from bot.calls.timers import LOST_STREAM_SECS
from bot.carriers import Carrier, CarrierError
from bot.clock import utcnow
from bot.masking import without_numbers, without_numbers_in
from bot.store import Outcome

WRITING_SECS = 2.0  # after this a call has no place any more; its notes wait for the database


@dataclass(kw_only=True)
class Closing:
    """The end of one call: `close`, then, whatever came of that, `let_go`."""

    call: Call
    pipeline: CallPipeline | None  # None: there was no conversation
    session: "asyncio.Task[Session] | None"
    stream: Stream | None  # the newest
    carrier: Carrier
    teardown: CarrierTeardown
    registry: Registry
    _summary: str = field(default="", init=False)  # as the model gave it
    _may_ring: bool = field(default=False, init=False)  # the carrier would not end it

    async def close(self) -> None:
        """Notes how it ended, ends it at the carrier, sums it up meanwhile, takes it down."""
        call, teardown = self.call, self.teardown
        if not call.state.talked:
            await self._close_unheard()
            return
        self._note_end(summary=None)
        recorder = self.pipeline.recorder if self.pipeline is not None else None
        if recorder is not None and teardown.dials(call, _ending(call)):
            recorder.put_through()
        done = False
        try:
            if self.pipeline is None:
                done = await teardown.carry_out(call, _ending(call))
            else:
                done, self._summary = await asyncio.gather(
                    teardown.carry_out(call, _ending(call)), self.pipeline.summarise()
                )
        finally:
            if self.pipeline is not None:
                await self.pipeline.stop()
        if not done and self.stream is not None:
            logger.warning(
                "closing the stream, so that the carrier asks what comes next",
                event="stream_closed",
            )
            await self.stream.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOST_STREAM_SECS):
                    await call.until(lambda state: state.follow_up_asked)

    async def _close_unheard(self) -> None:
        """Where the carrier would not end it, the call may still ring: its record stays open."""
        call = self.call
        if await self.teardown.carry_out(call, _ending(call)) or call.call_sid is None:
            return
        try:
            await self.carrier.end(call.call_sid)
        except CarrierError as error:
            self._may_ring = not (error.gone or call.state.status_log.status.is_final)

    async def leave(self) -> None:
        """Another process has the call: what was noted here is written, and nothing of an end."""
        call = self.call
        logger.info("another process goes on with the call", event="call_left")
        try:
            if self.pipeline is not None:
                await self.pipeline.hand_over()
            await close_session(self.session)
        finally:
            if self.stream is not None:
                self.stream.let_go()
            try:
                await call.journal.close()
            finally:
                self.registry.remove(call)
                call.post(Stored())

    def _note_end(self, *, summary: str | None) -> None:
        """How the call ended; without a summary, one follows."""
        call, human = self.call, self.call.state.human
        if human is not None and not human.called:
            self.teardown.note_transfer(call, human)
        elif human is not None and human.rings and _ending(call) is not Ending.TRANSFER:
            call.feed.transfer_step("cancelled", to=human.name)
        call.journal.ended(
            status=_status(call),
            outcome=_outcome(call, summary),
            ended_at=call.state.ended_at or utcnow(),
            talked_secs=_talked_secs(call),
        )

    async def let_go(self) -> None:
        """Sums the call up after all other notes; then nothing of it is held."""
        call, journal = self.call, self.call.journal
        await close_session(self.session)
        if call.state.talked:
            summary, fields = read_summary(self._summary, call.agent)
            journal.summed_up(
                summary=without_numbers(summary or journal.said_at_the_end()),
                fields=without_numbers_in(fields),
                talked_secs=_talked_secs(call),
            )
        elif not (call.state.in_doubt or self._may_ring):
            self._note_end(summary="")
        if not (call.state.in_doubt or self._may_ring):
            milestones.ended(call, _outcome(call, None), talked_secs=_talked_secs(call))
        written = asyncio.create_task(journal.close(), name=f"write::{call.id}")
        await asyncio.wait({written}, timeout=WRITING_SECS)
        call.post(LetGo())
        if self.stream is not None:
            self.stream.let_go()
        await written
        self.registry.remove(call)
        call.post(Stored())


def _ending(call: Call) -> Ending:
    """How a call ends that is being closed."""
    return call.ending or Ending.SHUTDOWN


def _outcome(call: Call, summary: str | None) -> Outcome:
    ending = _ending(call)
    return Outcome(
        result=MEANING[ending].result,
        reason=call.state.own_reason or ending.value,
        summary=summary,
    )


def _talked_secs(call: Call) -> float:
    """From the answer to the end."""
    begun, ended = call.state.answered_at, call.state.ended_at
    return (ended - begun).total_seconds() if begun and ended else 0.0


def _status(call: Call) -> str:
    """The carrier's word for how the call ended; ours where it has not said."""
    state = call.state
    if state.status_log.status.is_final:
        return state.status_log.status.value
    answered = call.direction == "inbound" or state.answered_at is not None
    return status_of_ending(_ending(call), answered=answered)
