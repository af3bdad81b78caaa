"""An agent as the pipeline of one call sees it."""

from dataclasses import replace

from bot.calls import prompts
from bot.calls.call_request import CallRequest
from config import Agent
from processors.shield_rules import ShieldRules

NO_SHIELD = ShieldRules(silent_secs=0, repeats=0, robocalls=False, pitches=False)
LEAST_SECS = 0.001  # a call that has had its time ends at once, and a hold likewise


def agent_in_call(
    agent: Agent,
    request: CallRequest,
    *,
    talked_secs: float = 0.0,
    held_secs: float = 0.0,
    human_available: bool = False,
    inbound: bool = True,
) -> Agent:
    """The agent with what its call asks of it, in a call that has lasted `talked_secs` already, and
    been on hold for `held_secs` beside that. The shield is for calls that come in. Raises
    AgentError.
    """
    left_secs = max(LEAST_SECS, agent.limits.secs - talked_secs)
    return replace(
        agent,
        first_line=prompts.first_line(agent, request) or "",
        lines=replace(agent.lines, screening=prompts.screening(agent, request)),
        limits=replace(agent.limits, secs=left_secs),
        hold=replace(agent.hold, max_secs=max(LEAST_SECS, agent.hold.max_secs - held_secs)),
        on_machine=request.on_machine,
        voicemail=prompts.voicemail(agent, request),
        human_available=human_available,
        shield=agent.shield if inbound else NO_SHIELD,
    )
