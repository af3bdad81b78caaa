"""Calls that come in: who answers, with what; put on our stream, into the queue, or turned away."""

import asyncio
import math
from dataclasses import dataclass
from typing import Protocol

from loguru import logger

from bot.calls import milestones
from bot.calls.admission import Refusal
from bot.calls.call import Call
from bot.calls.call_request import CallRequest
from bot.calls.current_agents import CurrentAgents
from bot.calls.events import CameBack, LetIn, TurnedAway
from bot.calls.factory import CallFactory
from bot.calls.known_callers import NOBODY, Known, KnownCallers
from bot.calls.outcome import Ending
from bot.calls.peers import PeerWorkers, Replayed
from bot.calls.registry import Registry
from bot.calls.ringing import asked_when_it_rings
from bot.calls.runner import CallRunner
from bot.calls.shield import look_up_caller, why_kept_out
from bot.calls.state import Stage
from bot.calls.teardown import CarrierTeardown
from bot.carriers import Answer, IncomingCall, Wait
from bot.clock import utcnow
from bot.same_number import same_number
from bot.store import CallRecord, Store, StoreError
from config import Agent, AgentError

# So many callers at once for whom there is no room are looked up and written down all the same.
# Each takes some 10 ms of this process: with no more waiting, the busy line still comes soon.
MOST_TURNED_AWAY = 8
QUEUE_PAUSE_SECS = 10  # a place that has become free waits no longer than this for its caller
LOOK_UP_SECS = 0.5  # for the database, while a phone rings


async def look_up(store: Store, id_or_sid: str) -> CallRecord | None:
    """A call's record, while a caller waits for what follows from it. None, too, when
    the database does not say in time: answering the phone does not depend on it.
    """
    try:
        async with asyncio.timeout(LOOK_UP_SECS):
            return await store.get_call(id_or_sid)
    except (StoreError, TimeoutError) as error:
        logger.warning("a call is not looked up: {!r}", error, event="call_not_looked_up")
        return None


@dataclass(frozen=True, kw_only=True)
class RingBack:
    """Whom people who ring back get: the agent that called them, knowing what it knew then."""

    agent: str
    request: CallRequest  # with the contact that it is about


class RingBacks(Protocol):
    """The people we have called who may ring back."""

    async def find(self, number: str) -> RingBack | None:
        """The contact that this raw number rings back for; None: not called of late. May raise
        StoreError.
        """
        ...


class InboundCalls:
    """Takes calls in."""

    def __init__(
        self,
        *,
        agents: CurrentAgents,
        usual_agent: str,  # for numbers that no agent has for its own
        our_number: str,
        registry: Registry,
        runner: CallRunner,
        teardown: CarrierTeardown,
        store: Store,
        factory: CallFactory,
        peers: PeerWorkers,
        ring_backs: RingBacks | None,
        known_callers: KnownCallers,
    ) -> None:
        self._agents = agents
        self._usual_agent = usual_agent
        self._our_number = our_number
        self._registry = registry
        self._runner = runner
        self._teardown = teardown
        self._store = store
        self._factory = factory
        self._peers = peers
        self._ring_backs = ring_backs
        self._known_callers = known_callers
        self._coming = 0  # callers who are looked up

    def check(self, name: str) -> Agent:
        """The agent of this name, to be asked for by it. Raises AgentError: there is none, or it
        cannot answer a call.
        """
        agent = self._agents.get(name)
        if agent is None:
            raise AgentError(f'there is no agent "{name}"')
        request = asked_when_it_rings(agent, CallRequest(), "inbound", utcnow())
        self._factory.check(agent, request, "inbound")
        return agent

    async def take(self, incoming: IncomingCall) -> Answer:
        """A caller arrives, or comes back from the queue: they are put on our stream, wait, or are
        turned away.

        Raises:
            Replayed: this call has its stream already, or is over.
        """
        known = self.connect_again(incoming.call_sid)
        if known is not None:
            return known
        if (refusal := self._overrun()) is not None:
            milestones.refused("inbound", refusal)
            logger.warning(
                "a call is turned away, and not written down: {}",
                refusal.why,
                event="call_turned_away",
            )
            agent = self._agent_for(incoming.to)
            return self._teardown.turn_away_unheard(agent, incoming.to)
        # All awaiting comes first: after it no second webhook about this call can get in between.
        self._coming += 1
        try:
            record, (agent, request, caller), facts = await asyncio.gather(
                look_up(self._store, incoming.call_sid),
                self._answers(incoming),
                look_up_caller(self._store.block_list, incoming, utcnow()),
            )
        finally:
            self._coming -= 1
        again = self.connect_again(incoming.call_sid)
        if again is None and record is not None:
            if record.ended_at is not None:
                raise Replayed("an incoming call that is over")
            again = await self._peers.connect_again(record.id, incoming.call_sid)
        if again is not None:
            return again
        record = self._factory.record(
            "inbound",
            agent,
            request,
            from_number=incoming.from_,
            to_number=incoming.to,
            call_sid=incoming.call_sid,
            status="ringing",
        )
        call = self._factory.call_of(record, agent, known=caller)
        call.journal.opened(self._factory.held(record, call))
        self._runner.begin(call)
        milestones.came(call)
        if (why := why_kept_out(agent, incoming, facts)) is not None:
            return self._keep_out(call, why)
        return self._let_in(call)

    def _keep_out(self, call: Call, why: Ending) -> Answer:
        """Turns somebody away whom the shield keeps out: unanswered, or with a line."""
        logger.info(
            "a caller is not let in: {}", why.value, call_id=call.id, event="caller_kept_out"
        )
        answer = self._teardown.keep_out(call)
        call.post(TurnedAway(why))
        return answer

    def _overrun(self) -> Refusal | None:
        """Why a caller is turned away unheard: there is no room, and many hear so just now."""
        if self._coming + self._registry.ending < MOST_TURNED_AWAY:
            return None
        return self._registry.refusal("inbound", coming=self._coming)

    def _let_in(self, call: Call) -> Answer:
        """Puts the caller on our stream; without room, does what the agent's file says."""
        call.post(CameBack())
        admitted = call.state.admitted
        refusal = None if admitted else self._registry.refusal("inbound", waiting=call)
        if refusal is not None:
            return self._no_room(call, refusal)
        call.post(LetIn())
        return self._factory.connect(call)

    def connect_again(self, call_sid: str) -> Answer | None:
        """From the queue, or the carrier did not get our answer. None when we expect no such call.

        Raises:
            Replayed: its stream has come already.
        """
        known = self._registry.find(call_sid)
        if known is None:
            return None
        if known.state.stage is not Stage.EXPECTED:
            raise Replayed("an incoming call whose stream has come already")
        return self._let_in(known)

    def _no_room(self, call: Call, refusal: Refusal) -> Answer:
        busy, lines = call.agent.busy, call.agent.lines
        waited_secs = (utcnow() - call.started_at).total_seconds()
        left_secs = busy.wait_secs - waited_secs
        if busy.then == "queue" and refusal.state != "draining" and left_secs > 0:
            return Wait(
                line=lines.queue,
                language=call.agent.locale,
                secs=min(QUEUE_PAUSE_SECS, math.ceil(left_secs)),
                call_id=call.id,
                visits=call.state.visits,
            )
        milestones.refused("inbound", refusal)
        logger.warning(
            "a call is turned away: {}", refusal.why, call_id=call.id, event="call_turned_away"
        )
        answer = self._teardown.turn_away(call)
        call.post(TurnedAway())
        return answer

    async def _answers(self, incoming: IncomingCall) -> tuple[Agent, CallRequest, Known]:
        """Who speaks with this caller, knowing what. Who rings back gets the agent that called."""
        await self._agents.refresh()
        now = utcnow()
        wanted = self._agents.get(incoming.agent)
        agent = wanted or self._agent_for(incoming.to)
        known = await self._known_callers.look_up(agent, incoming.from_, incoming.to)
        asked = known.asked(agent, CallRequest())
        usual = agent, asked_when_it_rings(agent, asked, "inbound", now), known
        if wanted is not None or self._ring_backs is None:
            return usual
        if not same_number(incoming.to, self._our_number):
            return usual
        try:
            async with asyncio.timeout(LOOK_UP_SECS):
                called = await self._ring_backs.find(incoming.from_)
            if called is None:
                return usual
            agent = self._agents[called.agent]
            request = asked_when_it_rings(agent, called.request, "inbound", now)
            self._factory.check(agent, request, "inbound")
        except Exception as error:  # whatever is wrong with a batch, the phone is answered
            logger.warning(
                "a contact may be ringing back; the number's own agent answers: {!r}",
                error,
                event="ring_back_not_recognised",
            )
            return usual
        return agent, request, NOBODY

    def _agent_for(self, number: str) -> Agent:
        for agent in self._agents.values():
            if any(same_number(number, each) for each in agent.numbers):
                return agent
        return self._agents[self._usual_agent]
