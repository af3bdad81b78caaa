"""What the carrier bills for a call, worked out by hand."""

import pytest

from config.prices import Prices

ROUND = Prices(inbound_minute=0.01, outbound_minute=0.02, stream_minute=0.004)


@pytest.mark.parametrize(
    ("talked_secs", "minutes"),
    [(-1, 0), (0, 0), (0.2, 1), (59.9, 1), (60, 1), (60.1, 2), (600, 10)],
)
def test_the_carrier_bills_begun_minutes(talked_secs: float, minutes: int) -> None:
    """Of the call and of its media stream; a call nobody answered is free."""
    assert ROUND.carrier_usd("inbound", talked_secs) == pytest.approx(minutes * 0.014)
    assert ROUND.carrier_usd("outbound", talked_secs) == pytest.approx(minutes * 0.024)
