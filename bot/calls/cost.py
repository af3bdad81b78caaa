"""What the carrier bills for a call: plain arithmetic in US dollars."""

import math
from typing import Literal

from config.prices import Prices

CURRENCY = "USD"


def carrier_usd(
    direction: Literal["inbound", "outbound"], talked_secs: float, prices: Prices
) -> float:
    """Begun minutes of the call and of its media stream."""
    if talked_secs <= 0:
        return 0.0
    minute = prices.inbound_minute if direction == "inbound" else prices.outbound_minute
    return math.ceil(talked_secs / 60) * (minute + prices.stream_minute)
