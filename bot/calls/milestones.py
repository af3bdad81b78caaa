"""The lines of the log, and the counts, of how calls come and go; nothing personal is in them."""

from typing import TYPE_CHECKING

from loguru import logger

from bot.calls.admission import Refusal
from bot.calls.call import Call
from bot.calls.cost import CURRENCY
from bot.metrics import ANSWERED, CALLS, COST, ENDED, REFUSED, TALKED
from bot.store import Direction, Outcome

if TYPE_CHECKING:
    from loguru import Logger


def came(call: Call) -> None:
    """Somebody calls."""
    CALLS.labels(call.direction, call.agent.name).inc()
    _log(call, "call_came").info("a call comes in for agent {}", call.agent.name)


def placed(call: Call) -> None:
    """The carrier dials for us."""
    CALLS.labels(call.direction, call.agent.name).inc()
    _log(call, "call_placed").info("a call is placed for agent {}", call.agent.name)


def answered(call: Call) -> None:
    """Its stream is here."""
    ANSWERED.labels(call.direction, call.agent.name).inc()
    _log(call, "call_answered").info("{} call answered", call.direction)


def refused(direction: Direction, refusal: Refusal) -> None:
    """There is no room for one more; the caller of this logs what follows."""
    REFUSED.labels(direction, refusal.state).inc()


def ended(call: Call, outcome: Outcome, *, talked_secs: float) -> None:
    """It is over."""
    agent, cost = call.agent.name, call.journal.cost(talked_secs)
    ENDED.labels(call.direction, agent, outcome.result, outcome.reason).inc()
    TALKED.labels(call.direction, agent).inc(talked_secs)
    COST.labels(call.direction, agent).inc(float(cost.total))
    _log(
        call,
        "call_ended",
        agent=agent,
        direction=call.direction,
        result=outcome.result,
        reason=outcome.reason,
        secs=round(talked_secs, 1),
        usd=float(cost.total),
    ).info(
        "{} call of agent {} is over: {} ({}), {:.0f} s, {} {}",
        call.direction,
        agent,
        outcome.reason,
        outcome.result,
        talked_secs,
        cost.total,
        CURRENCY,
    )


def _log(call: Call, event: str, **details: object) -> "Logger":
    return logger.bind(call_id=call.id, event=event, **details)
