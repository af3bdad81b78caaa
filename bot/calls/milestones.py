"""The lines of the log, and the counts, of how calls come and go; nothing personal is in them."""

from itertools import product
from typing import get_args

from loguru import logger

from bot.calls.admission import NoRoom, Refusal
from bot.calls.call import Call
from bot.calls.cost import CURRENCY
from bot.calls.outcome import MEANING
from bot.metrics import ANSWERED, CALLS, COST, ENDED, REFUSED, TALKED
from bot.store import Direction, Outcome

# What an alert waits for is told with 0 before it happens: for Prometheus a count that first
# appears with 1 has not risen.
for _labels in product(get_args(Direction), get_args(NoRoom)):
    REFUSED.labels(*_labels)
FAILURES = tuple(ending for ending, meaning in MEANING.items() if meaning.result == "failed")


def came(call: Call) -> None:
    """Logs and counts an inbound call."""
    _counted(call)
    logger.info("a call comes in for agent {}", call.agent.name, call_id=call.id, event="call_came")


def placed(call: Call) -> None:
    """Logs and counts a call that was placed."""
    _counted(call)
    logger.info(
        "a call is placed for agent {}", call.agent.name, call_id=call.id, event="call_placed"
    )


def _counted(call: Call) -> None:
    of_it = (call.direction, call.agent.name)
    CALLS.labels(*of_it).inc()
    for ending in FAILURES:  # the way it may end that an alert waits for
        ENDED.labels(*of_it, "failed", ending)


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
