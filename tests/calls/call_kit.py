"""Calls for the tests, with a journal that writes to a real store."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from bot.call_ids import new_call_id
from bot.calls.call import Call, Mailbox, new_token
from bot.calls.call_feed import CallFeed
from bot.calls.call_request import CallRequest
from bot.calls.current_agents import CurrentAgents
from bot.calls.feed import Feed
from bot.calls.journal import Journal
from bot.calls.legs import CallerLeg, Stream
from bot.calls.registry import Registry
from bot.calls.state import CallState
from bot.carriers import Answer
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.instructions import document
from bot.clock import utcnow
from bot.store import Store
from config import SHIPPED, Agent, read_agents
from pipelines import find_pipeline
from tests.brains.some_brains import BRAINS
from tests.media.far_carrier import FarCarrier

AGENTS = read_agents(SHIPPED)
LINE, CALLER, HUMAN = "+15550001111", "+15552223333", "+15559990000"
SID = "CA" + "1" * 32
STATE = {part.name for part in fields(CallState)}
ADDRESSES = Addresses(public_url="https://line.example")


class FixedAgents(CurrentAgents):
    """Agents whose files do not change."""

    def __init__(self, agents: Mapping[str, Agent]) -> None:
        self._agents = agents

    def __getitem__(self, name: str) -> Agent:
        return self._agents[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._agents)

    def __len__(self) -> int:
        return len(self._agents)

    async def refresh(self) -> None:
        """There is nothing new."""


def told(answer: Answer | None) -> str:
    """What the carrier is told, in its own words."""
    assert answer is not None
    return document(answer, ADDRESSES)


def a_call(store: Store, **changes: Any) -> Call:
    """A call that is expected; its journal is still empty. `changes` are of it, or of its state."""
    agent = changes.pop("agent", AGENTS["reception"])
    call_id = changes.pop("id", new_call_id())
    values: dict[str, Any] = {
        "direction": "inbound",
        "began_at": utcnow(),
        "stream_within_secs": 15.0,
        "caller": CallerLeg(token=new_token()),
        "call_sid": SID,
    }
    values |= {name: changes.pop(name) for name in tuple(changes) if name in STATE}
    state = CallState(settled=values["call_sid"] is not None, **values)
    journal = Journal(
        store=store,
        call_id=call_id,
        direction=state.direction,
        meter=BRAINS[agent.brain].meter(agent.model),
    )
    feed = CallFeed(call_id, journal, changes.pop("feed", None) or Feed())
    about: dict[str, Any] = {
        "pipeline": find_pipeline(agent.pipeline),
        "request": CallRequest(),
        "from_number": CALLER,
        "to_number": LINE,
        "journal": journal,
        "feed": feed,
        "mailbox": Mailbox(call_id, state, feed),
    }
    return Call(id=call_id, agent=agent, **(about | changes))


def claims(registry: Registry, token: str, call_sid: str) -> bool:
    """A stream comes with this token; whether it belongs to a call."""
    stream = Stream(leg=FarCarrier().leg(), let_go=lambda: None)
    return registry.connect(stream, token=token, call_sid=call_sid)
