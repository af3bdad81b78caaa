"""What the carrier's minutes cost, in US dollars. Check them against your own bill.

Source: Twilio's US voice prices of October 2026. What models cost stands with their vendor, in
bot/brains.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What the carrier bills for a call, by begun minutes."""

    inbound_minute: float
    outbound_minute: float
    stream_minute: float  # Media Streams, on top


PRICES = Prices(inbound_minute=0.0085, outbound_minute=0.014, stream_minute=0.004)
