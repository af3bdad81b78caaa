"""What the carrier's minutes cost, in US dollars. Check them against your own bill.

Source: Twilio's US voice prices of October 2026. What models cost stands with their vendor, in
bot/brains.
"""

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What the carrier bills for a call, by begun minutes."""

    inbound_minute: float
    outbound_minute: float
    stream_minute: float  # Media Streams, on top

    def carrier_usd(self, direction: Literal["inbound", "outbound"], talked_secs: float) -> float:
        """What the carrier bills: begun minutes of the call and of its media stream."""
        if talked_secs <= 0:
            return 0.0
        minute = self.inbound_minute if direction == "inbound" else self.outbound_minute
        return math.ceil(talked_secs / 60) * (minute + self.stream_minute)


PRICES = Prices(inbound_minute=0.0085, outbound_minute=0.014, stream_minute=0.004)
