"""The life of one call, from its announcement to the last note, top to bottom."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from loguru import logger

from bot.brains import ModelConfig, Session
from bot.calls import actions as act
from bot.calls import prompts, tell
from bot.calls.call import Call
from bot.calls.closing import Closing
from bot.calls.events import CarrierAnswered, EndingDecided, LetGo, SessionSettled, Stored
from bot.calls.legs import Stream
from bot.calls.outcome import MEANING, Ending, ending_of_status, status_of_ending
from bot.calls.pipeline import CallPipeline, Supplies, model_config_of
from bot.calls.registry import Registry
from bot.calls.sessions import connect, open_session
from bot.calls.step import LOST_STREAM_SECS
from bot.carriers import Carrier, CarrierError
from bot.clock import utcnow
from bot.store import Outcome, Transfer

WRITING_SECS = 2.0  # after this a call has no place any more; its notes wait for the database


class CallRunner:
    """Runs calls: each in a task of its own."""

    def __init__(
        self,
        *,
        registry: Registry,
        carrier: Carrier,
        closing: Closing,
        supplies: Supplies,
        on_new_voice: Callable[[ModelConfig], None] | None = None,
    ) -> None:
        self.registry = registry
        self.carrier = carrier
        self.closing = closing
        self.supplies = supplies
        self.on_new_voice = on_new_voice  # told of calls in another voice than their agent's
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, call: Call) -> None:
        """A call is announced or about to be placed: from here on it is seen through."""
        self.registry.add(call)
        self.spawn(_Run(self, call).see_through(), name=f"call::{call.id}")

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Does this work in a task of its own."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Run:
    """One call: performs what `step` decides, until it says that the call is to be closed."""

    def __init__(self, runner: CallRunner, call: Call) -> None:
        self._runner = runner
        self._call = call
        self._session: asyncio.Task[Session] | None = None
        self._pipeline: CallPipeline | None = None
        self._stream: Stream | None = None  # the newest
        self._outcome: Outcome | None = None  # None: there was nothing to sum up
        self._may_ring = False  # the carrier would not end it

    async def see_through(self) -> None:
        """From the announcement to the last note."""
        call = self._call
        with logger.contextualize(call_id=call.id):
            try:
                while not isinstance(action := await call.mailbox.next_action(), act.Close):
                    await self._perform(action)
            except Exception:
                logger.exception("attending to the call failed")
                call.post(EndingDecided(Ending.PIPELINE_FAILED))
                await call.until(lambda state: state.settled)
            try:
                await self._close()
            except Exception:
                logger.exception("closing the call failed")
            finally:
                await self._let_go()

    # -- while it lasts -----------------------------------------------------------------------

    async def _perform(self, action: act.ToDo) -> None:
        match action:
            case act.OpenSession():
                self._open_session()
            case act.Converse():
                await self._converse(action)
            case act.Detach():
                await self._conversation.detach()
            case act.Attach(stream):
                logger.warning("a stream was lost; the conversation goes on over the next")
                self._stream = stream
                await self._conversation.attach(stream)
            case act.PassOnReport(report):
                await self._conversation.pass_on(report)
            case act.SayFarewell():
                await self._conversation.say_farewell()
            case act.AskCarrier():
                self._runner.spawn(self._ask_carrier(), name=f"ask::{self._call.id}")
            case act.Close():  # the last, and not performed here
                return
            case _:
                assert_never(action)

    @property
    def _conversation(self) -> CallPipeline:
        if self._pipeline is None:
            raise ValueError("nobody has begun to talk")
        return self._pipeline

    def _open_session(self) -> None:
        call, runner = self._call, self._runner
        opening = open_session(call, runner.supplies, runner.registry.troubles)
        self._session = asyncio.create_task(opening, name=f"session::{call.id}")
        self._session.add_done_callback(lambda _: call.post(SessionSettled()))

    async def _converse(self, begin: act.Converse) -> None:
        call, runner, self._stream = self._call, self._runner, begin.stream
        if self._session is None:
            raise ValueError("the model's session must be opening before the conversation begins")
        if call.earlier is None:
            tell.answered(call)
        if runner.on_new_voice is not None and call.request.voice not in ("", call.agent.voice):
            runner.on_new_voice(model_config_of(call, runner.supplies.brains))
        self._pipeline = CallPipeline(
            call,
            stream=begin.stream,
            supplies=runner.supplies,
            session=self._session,
            reopen=lambda: connect(call, runner.supplies, runner.registry.troubles),
        )
        await self._pipeline.start(begin.machine_reports)

    async def _ask_carrier(self) -> None:
        """How the call ended according to the carrier, if it did and the carrier can tell."""
        ending, call_sid = None, self._call.call_sid
        if call_sid is not None:
            try:
                known = await self._runner.carrier.fetch(call_sid)
                ending = ending_of_status(known.status.value)
            except CarrierError as error:
                logger.warning("the carrier does not say how the call stands: {}", error)
                ending = Ending.CALLER_HUNG_UP if error.gone else None
            except Exception:
                logger.exception("asking the carrier failed")
        self._call.post(CarrierAnswered(ending))

    # -- its end ------------------------------------------------------------------------------

    async def _close(self) -> None:
        """Ends it at the carrier, sums it up meanwhile, and takes the pipeline down."""
        call, closing = self._call, self._runner.closing
        if not call.state.talked:
            await self._close_unheard()
            return
        done, summary = False, ""
        try:
            if self._pipeline is None:
                done = await closing.carry_out(call, _ending(call))
            else:
                done, summary = await asyncio.gather(
                    closing.carry_out(call, _ending(call)), self._pipeline.summarise()
                )
        finally:
            if self._pipeline is not None:
                await self._pipeline.stop()
        self._outcome = self._told(summary)
        if not done and self._stream is not None:
            logger.warning("closing the stream, so that the carrier asks what comes next")
            await self._stream.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOST_STREAM_SECS):
                    await call.until(lambda state: state.follow_up_asked)

    async def _close_unheard(self) -> None:
        """Where the carrier would not end it, the call may still ring: its record stays open."""
        call = self._call
        if await self._runner.closing.carry_out(call, _ending(call)) or call.call_sid is None:
            return
        try:
            await self._runner.carrier.end(call.call_sid)
        except CarrierError as error:
            self._may_ring = not (error.gone or call.state.status_log.status.is_final)

    def _told(self, summary: str) -> Outcome:
        """How the call ended, in the words of the model."""
        call = self._call
        ending, human = _ending(call), call.state.human
        if human is not None:
            call.journal.transferred(
                Transfer(
                    reason=human.reason,
                    at=human.asked_at,
                    target=self._runner.closing.human or "",
                )
            )
        told, fields = prompts.read_summary(summary, call.agent)
        return Outcome(
            result=MEANING[ending].result,
            reason=call.state.own_reason or ending.value,
            summary=told or call.journal.said_at_the_end(),
            fields=fields,
        )

    async def _let_go(self) -> None:
        """Writes the ending after all notes; then nothing of the call is held."""
        call, state = self._call, self._call.state
        await _release(self._session)
        ending, ended_at = _ending(call), state.ended_at or utcnow()
        outcome = self._outcome or Outcome(result=MEANING[ending].result, reason=ending.value)
        talked_secs = (ended_at - state.answered_at).total_seconds() if state.answered_at else 0.0
        if state.in_doubt or self._may_ring:
            writing = call.journal.left_open()
        else:
            tell.ended(call, outcome, talked_secs=talked_secs)
            writing = call.journal.ended(
                status=_status(call), outcome=outcome, ended_at=ended_at, talked_secs=talked_secs
            )
        written = asyncio.create_task(writing, name=f"write::{call.id}")
        await asyncio.wait({written}, timeout=WRITING_SECS)
        call.post(LetGo())
        if self._stream is not None:
            self._stream.let_go()
        await written
        self._runner.registry.remove(call)
        call.post(Stored())


def _ending(call: Call) -> Ending:
    """How a call ends that is being closed."""
    return call.ending or Ending.SHUTDOWN


def _status(call: Call) -> str:
    """The carrier's word for how the call ended; ours where it has not said."""
    state = call.state
    if state.status_log.status.is_final:
        return state.status_log.status.value
    answered = call.direction == "inbound" or state.answered_at is not None
    return status_of_ending(_ending(call), answered=answered)


async def _release(session: "asyncio.Task[Session] | None") -> None:
    """Closes a session, also one that is still being opened or failed to open."""
    if session is None:
        return
    if not session.done():
        session.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):  # whoever needed it met the error
        await (await session).close()
