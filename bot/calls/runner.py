"""The life of one call, from its announcement to the last note, top to bottom."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from loguru import logger

from bot.brains import ModelConfig, Session
from bot.calls import actions as act
from bot.calls import milestones, prompts
from bot.calls.call import Call
from bot.calls.events import CarrierAnswered, EndingDecided, LetGo, SessionSettled, Stored
from bot.calls.legs import Stream
from bot.calls.outcome import MEANING, Ending, ending_of_status, status_of_ending
from bot.calls.pipeline import STOP_SECS, CallPipeline
from bot.calls.registry import Registry
from bot.calls.sessions import connect, model_config_of, open_session
from bot.calls.shared_services import SharedServices
from bot.calls.step import LOST_STREAM_SECS
from bot.calls.teardown import CarrierTeardown
from bot.carriers import Carrier, CarrierError
from bot.clock import utcnow
from bot.store import Outcome, Transfer
from bot.tasks import TaskSet

WRITING_SECS = 2.0  # after this a call has no place any more; its notes wait for the database


class CallRunner:
    """Runs calls: each in a task of its own."""

    def __init__(
        self,
        *,
        registry: Registry,
        carrier: Carrier,
        teardown: CarrierTeardown,
        shared: SharedServices,
        on_new_voice: Callable[[ModelConfig], None] | None = None,
    ) -> None:
        self.registry = registry
        self.carrier = carrier
        self.teardown = teardown
        self.shared = shared
        self.on_new_voice = on_new_voice  # told of calls in another voice than their agent's
        self._tasks = TaskSet()

    def begin(self, call: Call) -> None:
        """A call is announced or about to be placed: from here on it is seen through."""
        self.registry.add(call)
        self.spawn(_Run(self, call).see_through(), name=f"call::{call.id}")

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Does this work in a task of its own."""
        self._tasks.start(work, name=name)


class _Run:
    """One call: performs what `step` decides, until it says that the call is to be closed."""

    def __init__(self, runner: CallRunner, call: Call) -> None:
        self._runner = runner
        self._call = call
        self._session: asyncio.Task[Session] | None = None
        self._pipeline: CallPipeline | None = None
        self._stream: Stream | None = None  # the newest
        self._summary = ""  # as the model gave it
        self._may_ring = False  # the carrier would not end it

    async def see_through(self) -> None:
        """From the announcement to the last note."""
        call = self._call
        with logger.contextualize(call_id=call.id):
            try:
                while not isinstance(action := await call.mailbox.next_action(), act.Close):
                    await self._perform(action)
            except Exception:
                logger.exception("attending to the call failed", event="call_runner_failed")
                call.post(EndingDecided(Ending.PIPELINE_FAILED))
                await call.until(lambda state: state.settled)
            try:
                await self._close()
            except Exception:
                logger.exception("closing the call failed", event="call_closing_failed")
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
                await self._unless_it_ends(self._conversation.detach())
            case act.Attach(stream):
                logger.warning(
                    "a stream was lost; the conversation goes on over the next", event="stream_lost"
                )
                self._stream = stream
                await self._unless_it_ends(self._conversation.attach(stream))
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

    async def _unless_it_ends(self, work: Coroutine[Any, Any, None]) -> None:
        """Does this through the pipeline; a call that is to end does not wait for one that stands
        still.
        """
        doing = asyncio.create_task(work, name=f"line::{self._call.id}")
        ending = asyncio.create_task(self._call.mailbox.until(lambda state: state.closing))
        await asyncio.wait({doing, ending}, return_when=asyncio.FIRST_COMPLETED)
        for task in (doing, ending):
            task.cancel()
        await asyncio.wait({doing, ending}, timeout=STOP_SECS)
        if doing.done() and not doing.cancelled():
            doing.result()

    @property
    def _conversation(self) -> CallPipeline:
        if self._pipeline is None:
            raise ValueError("the pipeline has not been started")
        return self._pipeline

    def _open_session(self) -> None:
        call, runner = self._call, self._runner
        opening = open_session(call, runner.shared, runner.registry.troubles)
        self._session = asyncio.create_task(opening, name=f"session::{call.id}")
        self._session.add_done_callback(lambda _: call.post(SessionSettled()))

    async def _converse(self, begin: act.Converse) -> None:
        call, runner, self._stream = self._call, self._runner, begin.stream
        if self._session is None:
            raise ValueError("the model's session must be opening before the conversation begins")
        if call.earlier is None:
            milestones.answered(call)
        if runner.on_new_voice is not None and call.request.voice not in ("", call.agent.voice):
            runner.on_new_voice(model_config_of(call, runner.shared.brains))
        self._pipeline = CallPipeline(
            call,
            stream=begin.stream,
            shared=runner.shared,
            session=self._session,
            reopen=lambda: connect(call, runner.shared, runner.registry.troubles),
        )
        await self._pipeline.start(begin.machine_reports)

    async def _ask_carrier(self) -> None:
        """How the call ended according to the carrier, if it did and the carrier can milestones."""
        ending, call_sid = None, self._call.call_sid
        if call_sid is not None:
            try:
                known = await self._runner.carrier.fetch(call_sid)
                ending = ending_of_status(known.status.value)
            except CarrierError as error:
                logger.warning(
                    "the carrier does not say how the call stands: {}",
                    error,
                    event="call_status_unknown",
                )
                ending = Ending.CALLER_HUNG_UP if error.gone else None
            except Exception:
                logger.exception("asking the carrier failed", event="call_status_unknown")
        self._call.post(CarrierAnswered(ending))

    # -- its end ------------------------------------------------------------------------------

    async def _close(self) -> None:
        """Notes how it ended, ends it at the carrier, sums it up meanwhile, takes it down."""
        call, teardown = self._call, self._runner.teardown
        if not call.state.talked:
            await self._close_unheard()
            return
        self._note_end(summary=None)
        done = False
        try:
            if self._pipeline is None:
                done = await teardown.carry_out(call, _ending(call))
            else:
                done, self._summary = await asyncio.gather(
                    teardown.carry_out(call, _ending(call)), self._pipeline.summarise()
                )
        finally:
            if self._pipeline is not None:
                await self._pipeline.stop()
        if not done and self._stream is not None:
            logger.warning(
                "closing the stream, so that the carrier asks what comes next",
                event="stream_closed",
            )
            await self._stream.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOST_STREAM_SECS):
                    await call.until(lambda state: state.follow_up_asked)

    async def _close_unheard(self) -> None:
        """Where the carrier would not end it, the call may still ring: its record stays open."""
        call = self._call
        if await self._runner.teardown.carry_out(call, _ending(call)) or call.call_sid is None:
            return
        try:
            await self._runner.carrier.end(call.call_sid)
        except CarrierError as error:
            self._may_ring = not (error.gone or call.state.status_log.status.is_final)

    def _note_end(self, *, summary: str | None) -> None:
        """How the call ended; without a summary, one follows."""
        call, human = self._call, self._call.state.human
        if human is not None:
            target = self._runner.teardown.human or ""
            call.journal.transferred(
                Transfer(reason=human.reason, at=human.asked_at, target=target)
            )
        call.journal.ended(
            status=_status(call),
            outcome=_outcome(call, summary),
            ended_at=call.state.ended_at or utcnow(),
            talked_secs=_talked_secs(call),
        )

    async def _let_go(self) -> None:
        """Sums the call up after all other notes; then nothing of it is held."""
        call, journal = self._call, self._call.journal
        await _release(self._session)
        if call.state.talked:
            summary, fields = prompts.read_summary(self._summary, call.agent)
            journal.summed_up(
                summary=summary or journal.said_at_the_end(),
                fields=fields,
                talked_secs=_talked_secs(call),
            )
        elif not (call.state.in_doubt or self._may_ring):
            self._note_end(summary="")
        if not (call.state.in_doubt or self._may_ring):
            milestones.ended(call, _outcome(call, None), talked_secs=_talked_secs(call))
        written = asyncio.create_task(journal.close(), name=f"write::{call.id}")
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


async def _release(session: "asyncio.Task[Session] | None") -> None:
    """Closes a session, also one that is still being opened or failed to open."""
    if session is None:
        return
    if not session.done():
        session.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):  # whoever needed it met the error
        await (await session).close()
