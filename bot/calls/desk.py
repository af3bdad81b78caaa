"""The front desk: whatever the outside wants of calls comes in here, as plain values.

Webhooks, the media socket and the API call these methods; none of them knows HTTP.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from loguru import logger

from bot.brains import Brain
from bot.calls.call import Call, new_token
from bot.calls.closing import Closing
from bot.calls.colleagues import Alone, Colleagues
from bot.calls.dialling import CallOrder, Dialling
from bot.calls.events import EndingDecided, FollowUpAsked, HangUpAsked, LetIn, Placed
from bot.calls.inbound import Inbound
from bot.calls.legs import Stream
from bot.calls.look_up import look_up
from bot.calls.maker import Maker
from bot.calls.news import News
from bot.calls.outcome import Ending
from bot.calls.recovery import Recovery
from bot.calls.registry import Registry
from bot.calls.ring_back import RingBacks
from bot.calls.runner import CallRunner
from bot.calls.step import FAREWELL_SECS
from bot.carriers import (
    Answer,
    CallStatus,
    Carrier,
    DialEnded,
    HangUp,
    IncomingCall,
    MachineDetected,
    StatusUpdate,
    StreamEnded,
)
from bot.carriers.leg import Leg
from bot.store import Dialled, Store, StoreError
from config import Agent
from pipelines import PIPELINES, PipelineSpec
from tools import Tool

LET_GO_SECS = 30.0  # the carrier is told, a summary made, the record written


class Desk:
    """Takes calls in, sends them out, and finds them again."""

    def __init__(
        self,
        *,
        agents: Mapping[str, Agent],
        inbound_agent: str,
        our_number: str,
        registry: Registry,
        runner: CallRunner,
        closing: Closing,
        carrier: Carrier,
        store: Store,
        brains: Mapping[str, Brain],
        pipelines: Mapping[str, PipelineSpec] = PIPELINES,
        worker: int | None = None,  # our number among several workers
        colleagues: Colleagues | None = None,
        ring_backs: RingBacks | None = None,
        outside_tools: Callable[[Agent], tuple[Tool, ...]] = lambda _: (),
    ) -> None:
        self._agents = agents
        self._inbound_agent = inbound_agent
        self._registry = registry
        self._runner = runner
        self._closing = closing
        self._store = store
        self._colleagues = colleagues or Alone()
        self._tasks: set[asyncio.Task[None]] = set()
        self._maker = Maker(
            store=store,
            pipelines=pipelines,
            brains=brains,
            human=closing.human,
            worker=worker,
            outside_tools=outside_tools,
        )
        self._inbound = Inbound(
            agents=agents,
            usual_agent=inbound_agent,
            our_number=our_number,
            registry=registry,
            runner=runner,
            closing=closing,
            store=store,
            maker=self._maker,
            colleagues=self._colleagues,
            ring_backs=ring_backs,
        )
        self._dialling = Dialling(
            agents=agents,
            our_number=our_number,
            registry=registry,
            runner=runner,
            carrier=carrier,
            store=store,
            maker=self._maker,
        )
        self._news = News(
            registry=registry,
            recovery=Recovery(store=store, carrier=carrier, agents=agents, brains=brains),
            colleagues=self._colleagues,
        )

    # -- calls that come in and go out --------------------------------------------------------

    async def incoming(self, incoming: IncomingCall) -> Answer:
        """See `Inbound.take`."""
        return await self._inbound.take(incoming)

    def connect_again(self, call_sid: str) -> Answer | None:
        """See `Inbound.connect_again`."""
        return self._inbound.connect_again(call_sid)

    async def place(self, order: CallOrder) -> Call:
        """See `Dialling.place`."""
        return await self._dialling.place(order)

    # -- what the carrier says of a call ------------------------------------------------------

    def status(self, update: StatusUpdate, call_id: str = "") -> None:
        """See `News.status`."""
        self._news.status(update, call_id)

    def status_from_colleague(self, update: StatusUpdate) -> None:
        """See `News.status_from_colleague`."""
        self._news.status_from_colleague(update)

    def machine_detected(self, report: MachineDetected, call_id: str) -> None:
        """See `News.machine_detected`."""
        self._news.machine_detected(report, call_id)

    # -- streams, and what follows them -------------------------------------------------------

    async def stream(self, leg: Leg, *, token: str, call_sid: str) -> bool:
        """A media stream has come: returns when it is let go. False: it belongs to no call."""
        let_go = asyncio.Event()
        stream = Stream(leg=leg, let_go=let_go.set)
        if not self._registry.connect(stream, token=token, call_sid=call_sid):
            return False
        await let_go.wait()
        return True

    async def stream_ended(self, ended: StreamEnded, call_id: str) -> Answer:
        """The stream is over and the carrier asks what comes next.

        A caller who is still on the line, in a call that nobody has ended, gets another stream.
        """
        call = self._registry.find(call_id)
        if call is None:
            return await self._take_over(ended, call_id)
        if call.call_sid != ended.call_sid:
            return HangUp()
        return self._follow_up(call, ended)

    def _follow_up(self, call: Call, ended: StreamEnded) -> Answer:
        """What the other side of a call whose stream is over is to hear, now that it was asked."""
        call.post(FollowUpAsked(ended.call_status, new_token()))
        if call.ending is None:
            return self._maker.connect(call)
        return self._closing.afterwards(call, call.ending)

    async def _take_over(self, ended: StreamEnded, call_id: str) -> Answer:
        """A call this process does not know: another one may have left it in its middle."""
        try:
            record = await self._store.get_call(call_id)
        except StoreError as error:
            logger.bind(call_id=call_id).error("a call cannot be taken over: {}", error)
            return HangUp()
        if record is None or record.ended_at is not None:
            return HangUp()
        if record.call_sid not in (None, ended.call_sid):
            return HangUp()
        if ended.call_status is not CallStatus.IN_PROGRESS:
            return HangUp()
        known = self._registry.find(call_id)
        if known is not None:
            return self._maker.connect(known)  # asked twice at the same time
        agent = self._agents.get(record.agent)
        refusal = self._registry.refusal(record.direction)
        speaks_for_it = agent or self._agents[self._inbound_agent]
        begun = record.first_words_ms is not None or bool(record.turns)
        call = self._maker.call_of(record, speaks_for_it, earlier=record if begun else None)
        self._runner.begin(call)
        call.post(Placed(ended.call_sid))
        if agent is None or refusal is not None:
            logger.bind(call_id=call.id).error("a call cannot be taken over: no agent, or no room")
            call.post(EndingDecided(Ending.STREAM_LOST))
            return self._follow_up(call, ended)
        logger.bind(call_id=call.id).warning("a call that another process left is taken over")
        call.post(LetIn())
        return self._maker.connect(call)

    async def dial_ended(self, ended: DialEnded, call_id: str) -> Answer:
        """The attempt to put a caller through is over, and the carrier asks what comes next."""
        record = await look_up(self._store, call_id)
        if record is not None and record.call_sid == ended.call_sid and ended.status is not None:
            status = CallStatus.COMPLETED if ended.was_answered else ended.status
            if status.is_final:
                self._spawn(self._note_dialled(record.id, status, ended.duration_secs))
        if ended.was_answered:
            return HangUp()
        agent = self._agents.get(record.agent) if record else None
        if agent is None:
            return HangUp()
        return HangUp(line=agent.lines.nobody, language=agent.locale)

    async def _note_dialled(self, call_id: str, status: CallStatus, secs: int | None) -> None:
        """The call may be over and let go by now: its record is not."""
        talked_secs = secs if status is CallStatus.COMPLETED else None
        try:
            await self._store.set_call(
                call_id, dialled=Dialled(status=status.value, talked_secs=talked_secs)
            )
        except StoreError as error:
            logger.bind(call_id=call_id).error("how a transfer went is not stored: {}", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- control ------------------------------------------------------------------------------

    def hang_up(self, id_or_sid: str, *, farewell: bool = False) -> bool:
        """Ends a live call: at once, or after a last line. False when no live call has that id."""
        call = self._registry.find(id_or_sid)
        if call is None:
            return False
        call.post(HangUpAsked(Ending.HUNG_UP_BY_API, farewell))
        return True

    async def hang_up_elsewhere(self, call_id: str, *, farewell: bool = False) -> bool:
        """Has the worker that our id names end the call. False when it has none such."""
        return await self._colleagues.hang_up(call_id, farewell=farewell)

    async def drain(self, *, within_secs: float, goodbye: bool = False) -> None:
        """Takes no new calls, lets those under way finish, with `goodbye` has the agents of those
        left say their last line, then ends what is left even now.
        """
        self._registry.closed = True
        await self._see_calls_end("to finish", within_secs)
        if goodbye:
            for call in self._registry:
                call.post(HangUpAsked(Ending.SHUTDOWN, farewell=True))
            await self._see_calls_end("to say goodbye", FAREWELL_SECS)
        for call in self._registry:
            call.post(HangUpAsked(Ending.SHUTDOWN))
        await self._see_calls_end("to be let go", LET_GO_SECS)

    async def _see_calls_end(self, what: str, within_secs: float) -> None:
        """Returns when all calls there are now are over, at the latest after so long."""
        live = [asyncio.create_task(_is_over(call)) for call in self._registry]
        if not live:
            return
        logger.info("waiting up to {:g} s for {} calls {}", within_secs, len(live), what)
        try:
            await asyncio.wait(live, timeout=within_secs)
        finally:
            for waiting in live:
                waiting.cancel()


async def _is_over(call: Call) -> None:
    await call.until(lambda state: state.stored)
