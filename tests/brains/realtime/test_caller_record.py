"""When the caller spoke, by our ear, in the turns that the model's ear tells of."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.brains.realtime.caller_record import Spoken

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def at(secs: float) -> datetime:
    return NOON + timedelta(seconds=secs)


@pytest.mark.parametrize(
    ("stretches", "turn", "spoken"),
    [
        ([(0.3, 1.5)], (0.0, 2.0), (0.3, 1.5)),
        ([(0.3, 0.8), (1.0, 1.5)], (0.0, 2.0), (0.3, 1.5)),
        ([(0.3, 1.5), (2.4, 3.5)], (2.1, 4.0), (2.4, 3.5)),
        ([(0.3, 3.5)], (0.0, 2.0), (0.3, 2.0)),
        ([(0.3, 3.5)], (2.0, 4.0), (2.0, 3.5)),
        ([(0.3, None)], (0.0, 2.0), (0.3, 2.0)),
        ([], (0.0, 2.0), (0.0, 2.0)),
        ([(5.0, 6.0)], (0.0, 2.0), (0.0, 2.0)),
    ],
)
def test_our_ear_is_believed(
    stretches: list[tuple[float, float | None]],
    turn: tuple[float, float],
    spoken: tuple[float, float],
) -> None:
    """Within the turn; where it heard nothing, the model's ear is."""
    ear = Spoken()
    for began, ended in stretches:
        ear.began(at(began))
        if ended is not None:
            ear.ended(at(ended))
    assert ear.within(at(turn[0]), at(turn[1])) == (at(spoken[0]), at(spoken[1]))
