"""What a call costs so far, from what its record says was used."""

from collections.abc import Callable
from datetime import datetime

from bot.brains import Meter
from bot.calls.cost import bill
from bot.store import CallRecord, Cost
from config.prices import PRICES

MeterOf = Callable[[str], Meter | None]  # of an agent, by name; None: there is no such agent now


def cost_so_far(call: CallRecord, meter_of: MeterOf, now: datetime) -> Cost | None:
    """That of the record once it is there; before, what model and minutes come to. None: the call's
    agent is not there any more.
    """
    if call.cost is not None:
        return call.cost
    meter = meter_of(call.agent)
    if meter is None:
        return None
    meter.add_recorded(call.usage)
    talked_secs = (
        ((call.ended_at or now) - call.answered_at).total_seconds() if call.answered_at else 0
    )
    return bill(meter.usd, direction=call.direction, talked_secs=talked_secs, prices=PRICES)
