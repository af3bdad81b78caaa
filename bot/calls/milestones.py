"""The lines of the log, and the counts, of how calls come and go; nothing personal is in them."""

from loguru import logger

from bot.calls.admission import Refusal
from bot.calls.call import Call
from bot.calls.cost import CURRENCY
from bot.metrics import ANSWERED, CALLS, COST, ENDED, REFUSED, TALKED
from bot.store import Direction, Outcome


def came(call: Call) -> None:
    """Logs and counts an inbound call."""
    CALLS.labels(call.direction, call.agent.name).inc()
    logger.info("a call comes in for agent {}", call.agent.name, call_id=call.id, event="call_came")


def placed(call: Call) -> None:
    """Logs and counts a call that was placed."""
    CALLS.labels(call.direction, call.agent.name).inc()
    logger.info(
        "a call is placed for agent {}", call.agent.name, call_id=call.id, event="call_placed"
    )


def answered(call: Call) -> None:
    """Logs and counts a call whose stream has connected."""
    ANSWERED.labels(call.direction, call.agent.name).inc()
    logger.info("{} call answered", call.direction, call_id=call.id, event="call_answered")


def refused(direction: Direction, refusal: Refusal) -> None:
    """Counts a call for which there is no room; its caller logs what follows."""
    REFUSED.labels(direction, refusal.state).inc()


def ended(call: Call, outcome: Outcome, *, talked_secs: float) -> None:
    """Logs and counts a call that has ended."""
    agent, cost = call.agent.name, call.journal.cost(talked_secs)
    ENDED.labels(call.direction, agent, outcome.result, outcome.reason).inc()
    TALKED.labels(call.direction, agent).inc(talked_secs)
    COST.labels(call.direction, agent).inc(float(cost.total))
    logger.info(
        "{} call of agent {} is over: {} ({}), {:.0f} s, {} {}",
        call.direction,
        agent,
        outcome.reason,
        outcome.result,
        talked_secs,
        cost.total,
        CURRENCY,
        call_id=call.id,
        agent=agent,
        direction=call.direction,
        result=outcome.result,
        reason=outcome.reason,
        secs=round(talked_secs, 1),
        usd=float(cost.total),
        event="call_ended",
    )
