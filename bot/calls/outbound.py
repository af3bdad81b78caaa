"""Calls that we make: each order is dialled once at most, whatever is repeated, lost or dies.

The call's record is committed, with the order's key, before the carrier is asked. From then on
the order is taken: whoever repeats it gets that call. Where the carrier's answer is lost, nobody
dials again; the call stays open until the carrier tells whether there is one.
"""

import asyncio
from dataclasses import dataclass, field, replace

from loguru import logger

from bot.calls import milestones, prompts
from bot.calls.call import Call
from bot.calls.call_request import CallRequest
from bot.calls.current_agents import CurrentAgents
from bot.calls.events import LetIn, NotPlaced, Placed, PlacingUnclear
from bot.calls.factory import CallFactory
from bot.calls.registry import Registry
from bot.calls.ringing import asked_when_it_rings
from bot.calls.runner import CallRunner
from bot.calls.tracing import Absence, Trace, trace
from bot.carriers import Carrier, CarrierError, MachineDetection, PlaceCall
from bot.clock import monotonic, utcnow
from bot.store import CallRecord, KeyTaken, Store, StoreError
from bot.tasks import TaskSet, growing_pauses
from config import Agent, AgentError
from tools import wait_on_hold

LONGEST_SECS = 14_000  # the carrier ends calls at 4 hours
TIME_LIMIT_MARGIN_SECS = 60  # how much later than ours the carrier's own cap ends a call
FIRST_PAUSE_SECS = 2.0
LONGEST_PAUSE_SECS = 20.0


class NoRoom(Exception):
    """As many calls as this service can hold are there, or it stops; the message says which."""


class NotNow(Exception):
    """What has to be known or stored before a call cannot be, for the database is away."""


class UnknownAgent(LookupError):
    """No agent has that name; the message names those there are."""


class Suppressed(Exception):
    """The number is never to be called again."""


class AlreadyOrdered(Exception):
    """The order's key was used before, for this call."""

    def __init__(self, record: CallRecord) -> None:
        super().__init__("this call was ordered before")
        self.record = record


class KeyOfAnother(Exception):
    """The order's key was used before, for a call to another number."""


@dataclass(frozen=True, kw_only=True)
class CallOrder:
    """An order for an outbound call."""

    to: str = field(repr=False)  # E.164 or sip:
    agent: str
    request: CallRequest
    key: str | None = None  # the same in each repetition of this order, and in no other


class OutboundCalls:
    """Sends calls out."""

    def __init__(
        self,
        *,
        agents: CurrentAgents,
        our_number: str,
        registry: Registry,
        runner: CallRunner,
        carrier: Carrier,
        store: Store,
        factory: CallFactory,
    ) -> None:
        self._agents = agents
        self._our_number = our_number
        self._registry = registry
        self._runner = runner
        self._carrier = carrier
        self._store = store
        self._factory = factory
        self._tasks = TaskSet()

    def agent(self, name: str) -> Agent:
        """Raises UnknownAgent."""
        if name not in self._agents:
            known = ", ".join(sorted(self._agents))
            raise UnknownAgent(f'there is no agent "{name}"; choose one of: {known}')
        return self._agents[name]

    async def place(self, order: CallOrder) -> Call:
        """Dials. The call is on its way when this returns, unless that is unknown: then its record
        stays open, without the carrier's id, until that is found out.

        Raises:
            AlreadyOrdered, KeyOfAnother, Suppressed, UnknownAgent, NoRoom, NotNow.
            AgentError: the agent cannot do what the call asks of it.
            ValueError: the agent's file asks for more than the carrier can do.
            CarrierError: the carrier would not place the call; the record says so.
        """
        try:
            await self._refuse_repetition(order)
            await self._agents.refresh()
            agent = self.agent(order.agent)
            request = asked_when_it_rings(agent, order.request, "outbound", utcnow())
            order = replace(order, request=request)
            self._factory.check(agent, order.request, "outbound")
            prompts.check_lengths(agent, order.request, "outbound")
            if not self._our_number:
                raise AgentError("TWILIO_PHONE_NUMBER is not set: there is no number to call from")
            if await self._store.suppressions.get(order.to) is not None:
                raise Suppressed("this number has opted out: it is never to be called again")
            return await self._place(order, agent)
        except StoreError as error:
            raise NotNow(f"nothing was dialled: {error}") from error

    async def _place(self, order: CallOrder, agent: Agent) -> Call:
        if refusal := self._registry.refusal("outbound"):
            milestones.refused("outbound", refusal)
            raise NoRoom(refusal.why)
        record = self._factory.record(
            "outbound",
            agent,
            order.request,
            from_number=self._our_number,
            to_number=order.to,
            status="queued",
            key=order.key,
        )
        call = self._factory.call_of(record, agent)
        try:
            wanted = self._wanted(call)
        except ValueError:
            await call.journal.close()  # it has written nothing
            raise
        call.post(LetIn())
        self._runner.begin(call)  # it has its place before another call can take it
        try:
            await self._store.add_call(self._factory.held(record, call))
            if call.ending is not None:
                raise NoRoom("the service is stopping")
        except BaseException as error:
            call.post(NotPlaced())
            if isinstance(error, KeyTaken):
                await self._refuse_repetition(order)
            raise
        await asyncio.shield(self._tasks.start(self._dial(call, record, wanted)))
        return call

    async def _refuse_repetition(self, order: CallOrder) -> None:
        """Raises AlreadyOrdered, KeyOfAnother."""
        if order.key is None:
            return
        known = await self._store.get_call_of_key(order.key)
        if known is None:
            return
        if known.to_number not in (order.to, ""):  # erased since: the key alone is left
            raise KeyOfAnother("this Idempotency-Key stands for a call to another number")
        raise AlreadyOrdered(known)

    # -- at the carrier -----------------------------------------------------------------------

    async def _dial(self, call: Call, record: CallRecord, wanted: PlaceCall) -> None:
        """Asks the carrier, once. Raises CarrierError: there is no call."""
        try:
            placed = await self._carrier.place(wanted)
        except CarrierError as error:
            if not error.settled:
                await self._look_for(call, record)
                if not call.state.settled:
                    logger.error(
                        "it is unknown whether it was dialled: {}",
                        error,
                        call_id=call.id,
                        event="call_placing_unclear",
                    )
                    call.post(PlacingUnclear())
                    self._tasks.start(self._find_out(call, record))
                return
            self._registry.troubles.carrier_refused(error)
            logger.error(
                "the call was not placed: {}", error, call_id=call.id, event="call_not_placed"
            )
            call.post(NotPlaced())
            raise
        self._found(call, placed.call_sid)

    def _wanted(self, call: Call) -> PlaceCall:
        limits = call.agent.limits
        wanted = PlaceCall(
            to=call.to_number,
            from_=call.from_number,
            on_answer=self._factory.connect(call),
            call_id=call.id,
            ring_timeout_secs=limits.ring_secs,
            time_limit_secs=_longest_secs(call) + TIME_LIMIT_MARGIN_SECS,
            machine_detection=_machine_detection(call),
        )
        self._carrier.check(wanted)
        return wanted

    async def _find_out(self, call: Call, record: CallRecord) -> None:
        """Waits until the carrier tells of the call, by itself or when asked, or of none."""
        pauses = growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS)
        absence = Absence(asked_at=monotonic())
        while not call.state.settled:
            await asyncio.sleep(next(pauses))
            found = await self._look_for(call, record)
            if absence.is_proved(found, monotonic()) and not call.state.settled:
                logger.error(
                    "the carrier has no such call", call_id=call.id, event="call_not_at_carrier"
                )
                call.post(NotPlaced())

    async def _look_for(self, call: Call, record: CallRecord) -> Trace:
        """What the carrier has of a call whose id it has not told."""
        found = await trace(record, store=self._store, carrier=self._carrier)
        if found.call_sid is not None and not call.state.settled:
            self._found(call, found.call_sid)
        return found

    def _found(self, call: Call, call_sid: str) -> None:
        call.post(Placed(call_sid))
        milestones.placed(call)


def _machine_detection(call: Call) -> MachineDetection | None:
    """The answering machine detection to order: to leave a message one must know when the greeting
    is over; to hang up, one must know soon.
    """
    if call.request.on_machine == "ignore":
        return None
    return MachineDetection(await_message_end=call.request.on_machine == "leave_message")


def _longest_secs(call: Call) -> int:
    """How long the call may last, with the time on hold that its pipeline can spend."""
    agent = call.agent
    hold_secs = agent.hold.max_secs if wait_on_hold in call.pipeline.tools else 0.0
    return round(min(agent.limits.secs + hold_secs, LONGEST_SECS))
