"""Calls for the tests, with a journal that writes to a real store."""

from typing import Any

from bot.call_ids import new_call_id
from bot.calls.call import Call
from bot.calls.journal import Journal
from bot.calls.prompts import CallRequest
from bot.carriers import Answer
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.instructions import document
from bot.store import Store
from config import SHIPPED, read_agents
from pipelines import find_pipeline
from tests.brains.some_brains import BRAINS

AGENTS = read_agents(SHIPPED)
LINE, CALLER, HUMAN = "+15550001111", "+15552223333", "+15559990000"
SID = "CA" + "1" * 32
ADDRESSES = Addresses(public_url="https://line.example")


def told(answer: Answer | None) -> str:
    """What the carrier is told, in its own words."""
    assert answer is not None
    return document(answer, ADDRESSES)


def a_call(store: Store, **changes: Any) -> Call:
    """A call that is expected; its journal is still empty."""
    direction = changes.get("direction", "inbound")
    agent = changes.pop("agent", AGENTS["reception"])
    call_id = changes.pop("id", new_call_id())
    journal = Journal(
        store=store,
        call_id=call_id,
        direction=direction,
        meter=BRAINS[agent.brain].meter(agent.model),
    )
    values: dict[str, Any] = {
        "id": call_id,
        "direction": "inbound",
        "agent": agent,
        "pipeline": find_pipeline(agent.pipeline),
        "request": CallRequest(),
        "from_number": CALLER,
        "to_number": LINE,
        "journal": journal,
        "call_sid": SID,
    }
    return Call(**(values | changes))
