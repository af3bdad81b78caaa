"""What a call costs: plain arithmetic in US dollars."""

import math
from decimal import Decimal

from bot.store.records import Cost, Direction
from config.prices import Prices

CURRENCY = "USD"
_CENT_FRACTION = Decimal("0.000001")


def bill(model_usd: float, *, direction: Direction, talked_secs: float, prices: Prices) -> Cost:
    """Both sides' charges, to the millionth of a dollar."""
    of_model = _dollars(model_usd)
    of_carrier = _dollars(carrier_usd(direction, talked_secs, prices))
    return Cost(currency=CURRENCY, model=of_model, carrier=of_carrier, total=of_model + of_carrier)


def _dollars(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_CENT_FRACTION)


def carrier_usd(direction: Direction, talked_secs: float, prices: Prices) -> float:
    """What the carrier bills: begun minutes of the call and of its media stream."""
    if talked_secs <= 0:
        return 0.0
    minute = prices.inbound_minute if direction == "inbound" else prices.outbound_minute
    return math.ceil(talked_secs / 60) * (minute + prices.stream_minute)
