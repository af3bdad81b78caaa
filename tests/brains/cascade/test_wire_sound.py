"""Sound on its way to and from the services: all of it, nothing added, at every rate."""

import numpy as np
import pytest

from bot.brains.cascade.wire_sound import FromService, ToService
from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm

RATES = (8000, 16000, 22050, 24000)


def tone(rate_hz: int, *, secs: float = 3.0, hz: float = 440.0) -> bytes:
    """A sine at a quarter of full scale, as 16-bit PCM."""
    time = np.arange(round(secs * rate_hz)) / rate_hz
    pcm: bytes = (8000 * np.sin(2 * np.pi * hz * time)).astype("<i2").tobytes()
    return pcm


def in_pieces(pcm: bytes, rate_hz: int, sizes: list[int]) -> bytes:
    """What comes of it, in pieces of these sizes over and over."""
    wire, sound, at, turn = FromService(), b"", 0, 0
    while at < len(pcm):
        size = sizes[turn % len(sizes)]
        sound += wire.feed(pcm[at : at + size], rate_hz)
        at, turn = at + size, turn + 1
    return sound + wire.rest()


@pytest.mark.parametrize("rate_hz", RATES)
def test_sound_arrives_whole_whatever_its_pieces(rate_hz: int) -> None:
    """To the millisecond, and the same to a step of μ-law for pieces that end inside a sample."""
    pcm = tone(rate_hz)
    whole = in_pieces(pcm, rate_hz, [len(pcm)])
    assert len(whole) == pytest.approx(3 * 8000, abs=8)
    pieces = in_pieces(pcm, rate_hz, [1, 333, 1600])
    assert len(pieces) == len(whole)
    one, other = (np.frombuffer(ulaw_to_pcm(each), "<i2").astype(int) for each in (whole, pieces))
    assert np.abs(one - other).max() <= 300


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_tone_stays_the_same_tone(rate_hz: int) -> None:
    """Thirty times louder than all that is added to it, at the borders of pieces too."""
    heard = np.frombuffer(ulaw_to_pcm(in_pieces(tone(rate_hz), rate_hz, [640])), "<i2")
    middle = heard[4000:20000].astype(np.float64)
    time = np.arange(len(middle)) / 8000
    parts = np.stack([np.sin(2 * np.pi * 440 * time), np.cos(2 * np.pi * 440 * time)], axis=1)
    fitted = parts @ np.linalg.lstsq(parts, middle, rcond=None)[0]
    assert np.std(fitted) > 30 * np.std(middle - fitted)


def test_the_line_s_own_rate_is_left_alone() -> None:
    """Every sample, to the ear and from the voice."""
    ulaw = bytes(range(256)) * 4
    assert ToService(8000).feed(ulaw) == ulaw_to_pcm(ulaw)
    again = pcm_to_ulaw(ulaw_to_pcm(ulaw))
    assert in_pieces(ulaw_to_pcm(ulaw), 8000, [100]) == again


def test_an_ear_of_another_rate_gets_all_of_a_turn() -> None:
    """With what the resampler held, and the next turn begins afresh."""
    wire = ToService(16000)
    for _ in range(2):
        ulaw = pcm_to_ulaw(tone(8000, secs=1.0))
        pcm = b"".join(wire.feed(ulaw[at : at + 160]) for at in range(0, len(ulaw), 160))
        assert len(pcm + wire.rest()) == pytest.approx(2 * 16000, abs=64)
