"""From agent to agent within a call: the same line, another mind and voice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.brains import find_brain
from bot.calls.call import Call
from bot.calls.call_request import CallRequest
from bot.calls.factory import CallFactory
from bot.calls.ringing import asked_when_it_rings
from bot.calls.way_back import so_far
from bot.clock import utcnow
from config import Agent, AgentError
from pipelines import UnknownPipeline, find_pipeline

MOST_HAND_OVERS = 5  # in one call: agents that send a caller round and round help nobody

_TOLD = (
    "You have just taken over this call from {by}, because: {reason} What was said so far stands "
    "above. The caller knows that they are handed over, and hears no new greeting: go on at once "
    "with what they want, in one short sentence."
)
_ASKED_MEANWHILE = (
    " {who} is being asked whether they take the caller, because: {reason} You will be told what "
    "comes of it; if the caller wants nobody any more, call stop_asking."
)


@dataclass(frozen=True, kw_only=True)
class HandOvers:
    """Finds who may take a call over, and makes the call theirs."""

    agents: Mapping[str, Agent]
    factory: CallFactory

    def colleagues(self, call: Call) -> Mapping[str, str]:
        """Whom its agent may hand this call to, and what for: those of its file who can take it."""
        if len(call.agents_before) >= MOST_HAND_OVERS:
            return {}
        return {
            name: what
            for name, what in call.agent.hand_over_to.items()
            if self._request(call, name) is not None
        }

    def next_call(self, call: Call, to: str, reason: str, *, recorded: bool) -> Call | None:
        """The same call with that agent, who knows what was said; None: it cannot take it.

        What is `recorded` now goes on as the first agent's file says; else nothing is from here on,
        for whatever had to be said before it is not said again.
        """
        request = self._request(call, to)
        if request is None:
            return None
        agent, now = self.agents[to], utcnow()
        before = (*call.agents_before, {"agent": call.agent.name, "until": now.isoformat()})
        brain = find_brain(agent.brain, self.factory.brains)
        call.journal.another_session(brain.meter(agent.model))
        call.journal.changed(agents=[*before, {"agent": to, "until": None}])
        return replace(
            call,
            agent=replace(
                agent, recorded=recorded, announcement="", recording=call.agent.recording
            ),
            pipeline=find_pipeline(agent.pipeline, self.factory.pipelines),
            outside_tools=self.factory.outside_tools(agent),
            request=request,
            earlier=so_far(call, to),
            unheard=False,
            late_facts=None,
            agents_before=before,
            handed_over=_told(call, reason),
        )

    def _request(self, call: Call, name: str) -> CallRequest | None:
        """What the call asks of that agent; None: it is not there, or cannot do it."""
        agent = self.agents.get(name)
        if agent is None or name == call.agent.name:
            return None
        kept: dict[str, Any] = {
            part: getattr(call.request, part)
            for part in ("variables", "private", "contact", "caller", "continues")
        }
        try:
            find_pipeline(agent.pipeline, self.factory.pipelines)
            request = asked_when_it_rings(agent, CallRequest(**kept), call.direction, utcnow())
            self.factory.check(agent, request, call.direction)
        except (AgentError, UnknownPipeline):
            return None
        return request


def _told(call: Call, reason: str) -> str:
    """What the agent who takes the call over is told. A person who is being asked for the caller
    still is.
    """
    told = _TOLD.format(by=call.agent.name, reason=_sentence(reason))
    asked = call.state.consultation
    if asked is None:
        return told
    who = asked.target.name or "A person"
    return told + _ASKED_MEANWHILE.format(who=who, reason=_sentence(asked.reason))


def _sentence(reason: str) -> str:
    return reason.strip().rstrip(".") + "."
