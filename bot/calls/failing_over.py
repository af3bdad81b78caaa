"""A brain is lost for good in the middle of a call: another goes on, and knows what was said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from loguru import logger

from bot.brains import Brain, find_brain
from bot.calls.call import Call
from bot.calls.outcome import Ending
from bot.calls.way_back import so_far
from bot.clock import utcnow
from bot.store import CallRecord, ToolCallRecord
from config import Agent

_LONGEST_RESULT = 2_000  # characters of what a function came to: the caller waits while it is read

_GOES_ON = (
    "The line was interrupted for a moment, and you are back. What was said so far stands above; "
    "the other person has heard nothing else, and they wait. {done}Go on at once where the "
    "conversation stopped, in one short sentence, without a greeting."
)
_BEGINS = "You have just come to the phone. {done}"
_DONE = "Functions that you have called, which need no second call: {calls}. "


def with_fallback(agent: Agent) -> Agent | None:
    """The agent as it speaks when its brain is lost; None: it has no other."""
    if not agent.fallback_brain:
        return None
    return replace(
        agent,
        brain=agent.fallback_brain,
        model=agent.fallback_model,
        voice=agent.fallback_voice,
        fallback_brain="",
        fallback_model="",
        fallback_voice="",
    )


def next_call(
    call: Call, lost: Ending, brains: Mapping[str, Brain], *, recorded: bool
) -> Call | None:
    """The same call with the other brain of its agent; None: there is none.

    What is `recorded` now goes on as it began. Where nothing of the agent was heard, it begins as
    every call does.
    """
    agent = with_fallback(call.agent)
    if agent is None:
        return None
    logger.warning(
        "the brain is lost ({}): {} goes on with the call",
        lost,
        agent.brain,
        event="brain_failed_over",
    )
    brain = find_brain(agent.brain, brains)
    call.journal.another_session(brain.meter(agent.model))
    earlier = so_far(call, agent.name)
    unheard = not any(turn.role == "agent" for turn in earlier.turns)
    was = {**_who(call.agent), "until": utcnow().isoformat(), "lost": lost.value}
    before = (*call.agents_before, was)
    call.journal.changed(agents=[*before, {**_who(agent), "until": None}])
    if "turns" not in agent.given:
        agent = replace(agent, turns=brain.abilities.turns[0])
    if not unheard:
        agent = replace(agent, recorded=recorded, announcement="")
    return replace(
        call,
        agent=agent,
        request=replace(call.request, voice=""),
        earlier=earlier,
        unheard=unheard,
        late_facts=None,
        agents_before=before,
        handed_over=(_BEGINS if unheard else _GOES_ON).format(done=_done(earlier)),
    )


def _who(agent: Agent) -> dict[str, Any]:
    return {"agent": agent.name, "brain": agent.brain, "model": agent.model}


def _done(earlier: CallRecord) -> str:
    calls = "; ".join(_told(each) for each in earlier.tool_calls)
    return _DONE.format(calls=calls) if calls else ""


def _told(ran: ToolCallRecord) -> str:
    arguments = orjson.dumps(ran.arguments).decode()
    came_to = orjson.dumps(ran.result).decode()[:_LONGEST_RESULT] if ran.result else "not known"
    return f"{ran.name}({arguments}) came to {came_to}"
