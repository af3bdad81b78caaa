"""What a call cost, as its record says it."""

from decimal import Decimal

from bot.calls.cost import CURRENCY, carrier_usd
from bot.store import Cost, Direction
from config.prices import Prices

_CENT_FRACTION = Decimal("0.000001")


def bill(model_usd: float, *, direction: Direction, talked_secs: float, prices: Prices) -> Cost:
    """Both sides' charges, to the millionth of a dollar."""
    of_model = _dollars(model_usd)
    of_carrier = _dollars(carrier_usd(direction, talked_secs, prices))
    return Cost(currency=CURRENCY, model=of_model, carrier=of_carrier, total=of_model + of_carrier)


def _dollars(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_CENT_FRACTION)
