"""How a call comes to be: from nothing, or from the record that another process left of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.brains import Brain, find_brain
from bot.call_ids import new_call_id
from bot.calls import prompts
from bot.calls.call import Call, Mailbox, new_token
from bot.calls.call_feed import CallFeed
from bot.calls.call_request import CallRequest
from bot.calls.colleagues import NoColleagues
from bot.calls.feed import Feed
from bot.calls.journal import Journal
from bot.calls.known_callers import NOBODY, Known
from bot.calls.legs import CallerLeg
from bot.calls.state import CallState
from bot.carriers import Connect, HangUp, PutThrough
from bot.clock import utcnow
from bot.store import AgentVersion, CallRecord, Direction, Store, digest_of
from config import Agent
from pipelines import PipelineSpec, find_pipeline
from tools import Tool

INBOUND_STREAM_SECS = 15.0  # the carrier opens the stream at once; later than this it never comes
AFTER_RINGING_SECS = 20.0  # the carrier adds up to 5 s, and its callbacks may be late


@dataclass(frozen=True, kw_only=True)
class CallFactory:
    """Makes calls, with a journal each, and the answer that puts them on our stream."""

    store: Store
    pipelines: Mapping[str, PipelineSpec]
    brains: Mapping[str, Brain]
    feed: Feed
    human: str | None  # dialled for a caller whose line to us breaks
    worker: int | None  # our number among several workers
    process: str = NoColleagues.process
    outside_tools: Callable[[Agent], tuple[Tool, ...]] = lambda _: ()
    # The agent as it speaks in the call of a record, of which another process may have left some.
    agent_for: Callable[[Agent, CallRecord, CallRecord | None], Agent] = lambda agent, *_: agent

    def record(
        self,
        direction: Direction,
        agent: Agent,
        request: CallRequest,
        *,
        from_number: str,
        to_number: str,
        status: str,
        call_sid: str | None = None,
        key: str | None = None,
    ) -> CallRecord:
        """The record of a call that begins now, under an id of ours."""
        version = agent.version
        return CallRecord(
            id=new_call_id(self.worker),
            call_sid=call_sid,
            key=key,
            direction=direction,
            agent=agent.name,
            agent_version=AgentVersion(hash=version[0], since=version[1]) if version else None,
            from_number=from_number,
            to_number=to_number,
            request=request.as_record(),
            started_at=utcnow(),
            status=status,
        )

    def held(self, record: CallRecord, call: Call) -> CallRecord:
        """The record as it is stored first: this process has it, and awaits its stream."""
        digest = digest_of(call.state.caller.token)
        return replace(record, holder=self.process, stream_digest=digest)

    def check(self, agent: Agent, request: CallRequest, direction: Direction) -> None:
        """Raises AgentError when this agent cannot do what this call asks of it."""
        prompts.speaker(agent, request, self.brains)
        prompts.check(agent, request, direction)

    def call_of(
        self,
        record: CallRecord,
        agent: Agent,
        *,
        earlier: CallRecord | None = None,
        known: Known = NOBODY,
        token: str = "",
    ) -> Call:
        """The live call of this record; `earlier` is what is to be continued of it, `token` that of
        the stream it awaits (empty: a new one).
        """
        journal = Journal(
            store=self.store,
            call_id=record.id,
            direction=record.direction,
            meter=find_brain(agent.brain, self.brains).meter(agent.model),
            earlier=earlier,
        )
        agent = self.agent_for(agent, record, earlier)
        rings = record.direction == "outbound" and earlier is None
        state = CallState(
            direction=record.direction,
            began_at=record.started_at,
            stream_within_secs=(
                agent.limits.ring_secs + AFTER_RINGING_SECS if rings else INBOUND_STREAM_SECS
            ),
            caller=CallerLeg(token=token or new_token()),
            call_sid=record.call_sid,
            settled=record.call_sid is not None,
            answered_at=record.answered_at,
            people_asked=sum(s["step"] == "called" for s in record.transfer_steps or ()),
            fallback=bool(agent.fallback_brain),
        )
        feed = CallFeed(record.id, journal, self.feed)
        return Call(
            id=record.id,
            agent=agent,
            pipeline=find_pipeline(agent.pipeline, self.pipelines),
            outside_tools=self.outside_tools(agent),
            request=CallRequest.of_record(record.request),
            from_number=record.from_number,
            to_number=record.to_number,
            journal=journal,
            feed=feed,
            mailbox=Mailbox(record.id, state, feed),
            earlier=earlier,
            before=known.broken,
            late_facts=known.late,
        )

    def connect(self, call: Call) -> Connect:
        """Puts the call on our stream."""
        sorry, language = call.agent.lines.sorry, call.agent.locale
        otherwise: PutThrough | HangUp = HangUp(line=sorry, language=language)
        if call.direction == "inbound" and self.human is not None:
            otherwise = PutThrough(line=sorry, to=self.human, language=language)
        return Connect(
            call_id=call.id, token=call.state.caller.token, worker=self.worker, otherwise=otherwise
        )
