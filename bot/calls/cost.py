"""What a call costs: plain arithmetic in US dollars."""

from decimal import Decimal

from bot.store.records import Cost, Direction
from config.prices import Prices

CURRENCY = "USD"
_CENT_FRACTION = Decimal("0.000001")


def bill(model_usd: float, *, direction: Direction, talked_secs: float, prices: Prices) -> Cost:
    """Both sides' charges, to the millionth of a dollar."""
    of_model = _dollars(model_usd)
    of_carrier = _dollars(prices.carrier_usd(direction, talked_secs))
    return Cost(currency=CURRENCY, model=of_model, carrier=of_carrier, total=of_model + of_carrier)


def _dollars(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_CENT_FRACTION)
