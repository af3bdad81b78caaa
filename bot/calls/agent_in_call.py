"""An agent as the pipeline of one call sees it."""

from dataclasses import replace

from bot.calls import prompts
from bot.calls.prompts import CallRequest
from config import Agent

LEAST_SECS = 0.001  # a call that has had its time ends at once


def agent_in_call(
    agent: Agent,
    request: CallRequest,
    *,
    talked_secs: float = 0.0,
    human_available: bool = False,
) -> Agent:
    """The agent with what its call asks of it, in a call that has lasted `talked_secs` already.
    Raises AgentError.
    """
    left_secs = max(LEAST_SECS, agent.limits.secs - talked_secs)
    return replace(
        agent,
        first_line=prompts.first_line(agent, request) or "",
        lines=replace(agent.lines, screening=prompts.screening(agent, request)),
        limits=replace(agent.limits, secs=left_secs),
        on_machine=request.on_machine,
        voicemail=prompts.voicemail(agent, request),
        human_available=human_available,
    )
