"""SentSound: the loudest of what was sent that may echo in what is heard now."""

import numpy as np
import pytest

from bot.media.g711 import pcm_to_ulaw
from bot.media.sent_sound import SentSound


def sound(ms: int, level: int) -> bytes:
    """A square wave: its level is its loudness, but for the grain of μ-law."""
    wave = np.where(np.arange(ms * 8) % 16 < 8, level, -level)
    return pcm_to_ulaw(wave.astype("<i2").tobytes())


@pytest.mark.parametrize(
    ("at", "loudest"),
    [(9.9, 0), (10.0, 4000), (10.5, 4000), (10.52, 4000), (10.54, 1000), (11.0, 1000), (11.6, 0)],
)
def test_the_loudest_within_the_delay_of_an_echo(at: float, loudest: int) -> None:
    """80 ms from 10 s on, then a softer second."""
    sent = SentSound()
    sent.sent(sound(80, 4000), starts_at=10.0)
    sent.sent(sound(1000, 1000), starts_at=10.08)
    assert sent.loudest(at) == pytest.approx(loudest, rel=0.05)


def test_the_echo_of_a_carrier_far_away_comes_later() -> None:
    """By the way there and back."""
    sent = SentSound()
    sent.way_secs = 0.6
    sent.sent(sound(1000, 4000), starts_at=10.0)
    assert sent.loudest(12.0) == pytest.approx(4000, rel=0.05)
    assert sent.loudest(12.06) == 0


def test_what_was_cleared_before_it_was_played_has_no_echo() -> None:
    """What was played until then has."""
    sent = SentSound()
    for number in range(4):
        sent.sent(sound(80, 4000), starts_at=10 + number * 0.08)
    sent.cleared(10.1)
    assert sent.loudest(10.5) > 0
    assert sent.loudest(10.56) == 0


def test_one_loud_syllable_is_the_loudness_of_a_piece() -> None:
    """The mean over a long piece would hide it."""
    sent = SentSound()
    sent.sent(sound(60, 10) + sound(20, 8000), starts_at=0.0)
    assert sent.loudest(0.1) == pytest.approx(8000, rel=0.05)
