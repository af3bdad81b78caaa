"""The front desk: whatever the outside wants of calls comes in here, as plain values.

Webhooks, the media socket and the API call these methods; none of them knows HTTP.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from loguru import logger

from bot.call_ids import new_call_id
from bot.calls import brief
from bot.calls.admission import Refusal
from bot.calls.attendant import Attendant
from bot.calls.brief import CallRequest
from bot.calls.call import Call
from bot.calls.closing import Closing
from bot.calls.colleagues import Alone, Colleagues, Replayed
from bot.calls.journal import Journal
from bot.calls.outcome import Ending, ending_of_status
from bot.calls.registry import Registry
from bot.calls.states import Stage
from bot.calls.stream import Stream
from bot.carriers import (
    CallStatus,
    Carrier,
    CarrierError,
    DialEnded,
    IncomingCall,
    PlaceCall,
    StatusUpdate,
    StreamEnded,
    twiml,
)
from bot.media import MediaSocket, StreamStart
from bot.store import CallRecord, Direction, Store, StoreError
from config import Agent, AgentError
from config.prices import PRICES
from pipelines import PIPELINES, PipelineSpec, find_pipeline

QUEUE_PAUSE_SECS = 10  # a place that has become free waits no longer than this for its caller
LOOK_UP_SECS = 0.5  # for the database, while a phone rings
TIME_LIMIT_MARGIN_SECS = 60  # the carrier's own cap on a call, behind ours


class NoRoom(Exception):
    """As many calls as this service can hold are there, or it stops; the message says which."""


class UnknownAgent(LookupError):
    """No agent has that name; the message names those there are."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where the carrier finds us, below PUBLIC_URL."""

    incoming: str
    stream: str  # wss://host/twilio/stream, or /twilio/stream/<worker>
    status: str
    stream_ended: str
    dialled: str


@dataclass(frozen=True, kw_only=True)
class CallOrder:
    """An outbound call that somebody wants."""

    to: str = field(repr=False)  # E.164 or sip:
    agent: str
    request: CallRequest


class Desk:
    """Takes calls in, sends them out, and finds them again."""

    def __init__(
        self,
        *,
        agents: Mapping[str, Agent],
        inbound_agent: str,
        our_number: str,
        registry: Registry,
        attendant: Attendant,
        closing: Closing,
        carrier: Carrier,
        store: Store,
        addresses: Addresses,
        pipelines: Mapping[str, PipelineSpec] = PIPELINES,
        worker: int | None = None,  # our number among several workers
        colleagues: Colleagues | None = None,
    ) -> None:
        self._agents = agents
        self._inbound_agent = inbound_agent
        self._our_number = our_number
        self._registry = registry
        self._attendant = attendant
        self._closing = closing
        self._carrier = carrier
        self._store = store
        self._addresses = addresses
        self._pipelines = pipelines
        self._worker = worker
        self._colleagues = colleagues or Alone()

    # -- inbound ------------------------------------------------------------------------------

    async def incoming(self, incoming: IncomingCall) -> str:
        """Somebody calls, or comes back from the queue: the TwiML that puts them on our stream, has
        them wait, or turns them away.

        Raises:
            Replayed: this call has its stream already, or is over.
        """
        record = await self._stored(incoming.call_sid)
        again = self.connect_again(incoming.call_sid)
        if again is None and record is not None:
            if record.ended_at is not None:
                raise Replayed("an incoming call that is over")
            again = await self._colleagues.connect_again(record.id, incoming.call_sid)
        if again is not None:
            return again
        agent = self._agent_for(incoming.to)
        call = self._new_call(
            "inbound",
            agent,
            CallRequest(),
            from_number=incoming.from_,
            to_number=incoming.to,
            call_sid=incoming.call_sid,
            status="ringing",
        )
        self._attendant.begin(call)
        return self._let_in(call)

    def _let_in(self, call: Call) -> str:
        """Puts the caller on our stream; without room, does what the agent's file says."""
        call.visits += 1
        refusal = None if call.admitted.done() else self._registry.refusal("inbound", waiting=call)
        if refusal is not None:
            return self._no_room(call, refusal)
        if not call.admitted.done():
            call.admitted.set_result(None)
        self._attendant.open_session(call)
        return self._connect(call)

    def connect_again(self, call_sid: str) -> str | None:
        """From the queue, or the carrier did not get our answer. None when we expect no such call.

        Raises:
            Replayed: its stream has come already.
        """
        known = self._registry.find(call_sid)
        if known is None:
            return None
        if known.stage is not Stage.EXPECTED:
            raise Replayed("an incoming call whose stream has come already")
        return self._let_in(known)

    def _no_room(self, call: Call, refusal: Refusal) -> str:
        busy, lines = call.agent.busy, call.agent.lines
        waited_secs = (datetime.now(UTC) - call.started_at).total_seconds()
        left_secs = busy.wait_secs - waited_secs
        if busy.then == "queue" and refusal.state != "draining" and left_secs > 0:
            return twiml.wait_in_queue(
                line=lines.queue,
                language=call.agent.locale,
                pause_secs=min(QUEUE_PAUSE_SECS, math.ceil(left_secs)),
                again_url=f"{self._addresses.incoming}?call={call.id}&tries={call.visits}",
            )
        logger.bind(call_id=call.id).warning("a call is turned away: {}", refusal.why)
        document = self._closing.turn_away(call)
        call.end(Ending.AT_CAPACITY)
        return document

    async def _stored(self, id_or_sid: str) -> CallRecord | None:
        try:
            return await self._store.get_call(id_or_sid)
        except StoreError as error:  # answering the phone does not depend on the database
            logger.warning("a call is not looked up: {}", error)
            return None

    def _agent_for(self, number: str) -> Agent:
        for agent in self._agents.values():
            if number in agent.numbers:
                return agent
        return self._agents[self._inbound_agent]

    def _connect(self, call: Call) -> str:
        lines = call.agent.lines
        return twiml.connect_stream(
            stream_url=self._addresses.stream,
            action_url=f"{self._addresses.stream_ended}?call={call.id}",
            parameters={"call": call.id, "token": call.token},
            sorry=lines.sorry,
            human=self._closing.human if call.direction == "inbound" else None,
            language=call.agent.locale,
        )

    # -- outbound -----------------------------------------------------------------------------

    def agent(self, name: str) -> Agent:
        """Raises UnknownAgent."""
        if name not in self._agents:
            known = ", ".join(sorted(self._agents))
            raise UnknownAgent(f'there is no agent "{name}"; choose one of: {known}')
        return self._agents[name]

    async def place(self, order: CallOrder) -> Call:
        """Dials. The call is on its way when this returns.

        Raises:
            UnknownAgent, NoRoom.
            AgentError: the agent needs a variable that was not given.
            ValueError: the agent's file asks for more than the carrier can do.
            CarrierError: the carrier would not place the call; the record says so.
        """
        agent = self.agent(order.agent)
        brief.instructions(agent, order.request, "outbound")
        brief.first_line(agent, order.request)
        if not self._our_number:
            raise AgentError("TWILIO_PHONE_NUMBER is not set: there is no number to call from")
        if refusal := self._registry.refusal("outbound"):
            raise NoRoom(refusal.why)
        call = self._new_call(
            "outbound",
            agent,
            order.request,
            from_number=self._our_number,
            to_number=order.to,
            call_sid=None,
            status="queued",
        )
        call.admitted.set_result(None)
        self._attendant.begin(call)
        try:
            call_sid = await self._dial(call)
            call.call_sid = call.call_sid or call_sid
            call.journal.changed(call_sid=call.call_sid)
        except (CarrierError, ValueError) as error:
            logger.bind(call_id=call.id).error("the call was not placed: {}", error)
            call.end(Ending.NOT_PLACED)
            raise
        finally:
            call.placed.set()
        return call

    async def _dial(self, call: Call) -> str:
        """Has the carrier place the call: its id. Raises CarrierError, ValueError."""
        limits = call.agent.limits
        order = PlaceCall(
            to=call.to_number,
            from_=call.from_number,
            twiml=twiml.check_rest_limit(self._connect(call)),
            status_url=f"{self._addresses.status}?call={call.id}",
            ring_timeout_secs=limits.ring_secs,
            time_limit_secs=round(limits.secs) + TIME_LIMIT_MARGIN_SECS,
        )
        try:
            return (await self._carrier.place_call(order)).call_sid
        except CarrierError as error:
            # The answer was lost: the call may ring all the same.
            call_sid = None if error.settled else call.call_sid or await self._find_dialled(call)
            if call_sid is None:
                raise
            return call_sid

    async def _find_dialled(self, call: Call) -> str | None:
        """The one call at the carrier that can be this one; None when there is none, or several."""
        try:
            found = await self._carrier.find(
                to=call.to_number, from_=call.from_number, since=call.started_at
            )
            sids = [each.call_sid for each in found if not self._registry.find(each.call_sid)]
            unknown = [sid for sid in sids if await self._store.get_call(sid) is None]
        except (CarrierError, StoreError) as error:
            logger.bind(call_id=call.id).warning("what was dialled cannot be told: {}", error)
            return None
        return unknown[0] if len(unknown) == 1 else None

    # -- news of a call -----------------------------------------------------------------------

    def status(self, update: StatusUpdate, call_id: str = "") -> None:
        """The carrier says how a call stands: in any order, twice, late or never."""
        call = self._registry.find(update.call_sid) or self._registry.find(call_id)
        if call is not None:
            self._moved_on(call, update)
        elif not call_id:  # the number's own callback: any worker may get it
            self._colleagues.status(update)

    def status_from_colleague(self, update: StatusUpdate) -> None:
        """A colleague was told how a call stands that is not his: it may be ours."""
        call = self._registry.find(update.call_sid)
        if call is not None:
            self._moved_on(call, update)

    def _moved_on(self, call: Call, update: StatusUpdate) -> None:
        if call.call_sid not in (None, update.call_sid):
            return
        call.call_sid = update.call_sid
        if not call.status_log.feed(update):
            return
        call.journal.changed(status=_stored(update.status.value))
        if update.status.value in ("ringing", "in-progress"):
            self._attendant.open_session(call)
        if update.status.value == "in-progress" and call.answered_at is None:
            # The carrier's times are whole seconds.
            call.answered_at = max(update.timestamp or datetime.now(UTC), call.started_at)
            call.journal.changed(answered_at=call.answered_at)
        ending = ending_of_status(update.status.value)
        if ending is not None:
            call.end(ending if call.admitted.done() else Ending.AT_CAPACITY)

    async def stream(self, socket: MediaSocket, start: StreamStart) -> bool:
        """A media stream has come: returns when it is let go. False: it belongs to no call."""
        call = self._registry.claim(start.parameters.get("token", ""), start.call_sid)
        if call is None:
            return False
        stream = Stream(socket=socket, start=start)
        call.stream.set_result(stream)
        await stream.let_go.wait()
        return True

    async def stream_ended(self, ended: StreamEnded, call_id: str) -> str:
        """The stream is over and the carrier asks what comes next: TwiML.

        A caller who is still on the line, in a call that nobody has ended, gets another stream.
        """
        call = self._registry.find(call_id)
        if call is None:
            return await self._take_over(ended, call_id)
        if call.call_sid != ended.call_sid:
            return twiml.hang_up()
        caller_is_gone = ended.call_status is not None and ended.call_status.is_final
        if not caller_is_gone:
            call.lose_stream()
            if call.expect_new_stream():
                return self._connect(call)
        call.end(Ending.CALLER_HUNG_UP if caller_is_gone else Ending.STREAM_LOST)
        return self._follow_up(call)

    def _follow_up(self, call: Call) -> str:
        """What the other side of a call that has ended here is to hear, now that it was asked."""
        call.follow_up_asked.set()
        return self._closing.afterwards(call, call.ending.result())

    async def _take_over(self, ended: StreamEnded, call_id: str) -> str:
        """A call this process does not know: another one may have left it in its middle."""
        try:
            record = await self._store.get_call(call_id)
        except StoreError as error:
            logger.bind(call_id=call_id).error("a call cannot be taken over: {}", error)
            return twiml.hang_up()
        is_open = record is not None and record.ended_at is None
        if record is None or not is_open or record.call_sid != ended.call_sid:
            return twiml.hang_up()
        if ended.call_status is not CallStatus.IN_PROGRESS:
            return twiml.hang_up()
        known = self._registry.find(call_id)
        if known is not None:
            return self._connect(known)  # asked twice at the same time
        agent = self._agents.get(record.agent)
        refusal = self._registry.refusal(record.direction)
        speaks_for_it = agent or self._agents[self._inbound_agent]
        call = self._call_of(record, speaks_for_it, earlier=record)
        call.admitted.set_result(None)
        self._attendant.begin(call)
        if agent is None or refusal is not None:
            logger.bind(call_id=call.id).error("a call cannot be taken over: no agent, or no room")
            call.end(Ending.STREAM_LOST)
            return self._follow_up(call)
        logger.bind(call_id=call.id).warning("a call that another process left is taken over")
        self._attendant.open_session(call)
        return self._connect(call)

    async def dial_ended(self, ended: DialEnded, call_id: str) -> str:
        """The attempt to put a caller through is over: TwiML."""
        if ended.was_answered:
            return twiml.hang_up()
        record = await self._store.get_call(call_id)
        agent = self._agents.get(record.agent) if record else None
        if agent is None:
            return twiml.hang_up()
        return twiml.hang_up(agent.lines.nobody, language=agent.locale)

    # -- control ------------------------------------------------------------------------------

    def hang_up(self, id_or_sid: str) -> bool:
        """Ends a live call. False when no live call has that id."""
        call = self._registry.find(id_or_sid)
        if call is None:
            return False
        call.end(Ending.HUNG_UP_BY_API)
        return True

    async def hang_up_elsewhere(self, call_id: str) -> bool:
        """Has the worker that our id names end the call. False when it has none such."""
        return await self._colleagues.hang_up(call_id)

    async def drain(self, *, within_secs: float) -> None:
        """Takes no new calls, lets those under way finish, then ends what is left."""
        self._registry.closed = True
        live = [asyncio.ensure_future(call.over.wait()) for call in self._registry]
        if live:
            logger.info("waiting up to {:g} s for {} calls to finish", within_secs, len(live))
            await asyncio.wait(live, timeout=within_secs)
        for call in self._registry:
            call.end(Ending.SHUTDOWN)
        if live:
            await asyncio.wait(live, timeout=30.0)
        for waiting in live:
            waiting.cancel()

    def _new_call(
        self,
        direction: Direction,
        agent: Agent,
        request: CallRequest,
        *,
        from_number: str,
        to_number: str,
        call_sid: str | None,
        status: str,
    ) -> Call:
        record = CallRecord(
            id=new_call_id(self._worker),
            call_sid=call_sid,
            direction=direction,
            agent=agent.name,
            from_number=from_number,
            to_number=to_number,
            request=request.as_record(),
            started_at=datetime.now(UTC),
            status=status,
        )
        call = self._call_of(record, agent)
        call.journal.opened(record)
        return call

    def _call_of(
        self, record: CallRecord, agent: Agent, *, earlier: CallRecord | None = None
    ) -> Call:
        journal = Journal(
            store=self._store,
            call_id=record.id,
            direction=record.direction,
            model=agent.model,
            prices=PRICES,
            earlier=earlier,
        )
        call = Call(
            id=record.id,
            direction=record.direction,
            agent=agent,
            pipeline=find_pipeline(agent.pipeline, self._pipelines),
            request=CallRequest.of_record(record.request),
            from_number=record.from_number,
            to_number=record.to_number,
            journal=journal,
            call_sid=record.call_sid,
            earlier=earlier,
            started_at=record.started_at,
            answered_at=record.answered_at,
        )
        if call.call_sid is not None:
            call.placed.set()
        return call


def _stored(status: str) -> str:
    return "queued" if status == "initiated" else status
