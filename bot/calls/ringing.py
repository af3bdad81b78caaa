"""What is found out when a call rings, for its agent: is the business open, who is on call."""

from dataclasses import replace
from datetime import datetime

from bot.calls.call_request import CallRequest
from bot.store import Direction
from config import Agent, fill, language_of
from processors.hours import facts, next_opening


def asked_when_it_rings(
    agent: Agent, request: CallRequest, direction: Direction, now: datetime
) -> CallRequest:
    """The request, with what the hours of the agent's business say at `now`.

    What the model is told is in the agent's language. A caller for whom the business is closed
    gets the greeting and the instructions of that time, unless the request has its own. Raises
    AgentError: the instructions of that time need a variable that is missing.
    """
    if agent.hours is None:
        return request
    words = language_of(agent.language).hours
    opens = next_opening(agent.hours, now, words)
    variables = {"next_opening": opens, **request.variables}
    told, first_line = facts(agent.hours, now, words), request.first_line
    if direction == "inbound" and not agent.hours.at(now).is_open:
        after = agent.after_hours
        first_line = first_line or after.first_line
        more = fill(after.instructions, {**agent.variables, **variables}, agent.private).strip()
        told = "\n".join(filter(None, (told, more)))
    return replace(request, facts=told, variables=variables, first_line=first_line)
