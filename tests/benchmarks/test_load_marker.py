"""Markers: found, told apart, and not confused with words."""

import base64

import numpy as np
import pytest
import soxr

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from tests.benchmarks.load.marker import Heard, MarkerEar
from tests.benchmarks.load.sound import FRAME_BYTES, MAX_CALLERS, line_noise, marker, marker_hz

FRAME_24K = FRAME_BYTES * 2 * 3


def line(number: int, *, quiet_frames: int = 5) -> list[bytes]:
    """A quiet line with one marker in it, frame by frame."""
    noise = [base64.b64decode(frame) for frame in line_noise()]
    return [*noise[:quiet_frames], base64.b64decode(marker(number)), *noise[:quiet_frames]]


def hear(ear: MarkerEar, pieces: list[bytes]) -> list[Heard]:
    """What is heard when the pieces come at 0, 1, 2... s."""
    found = (ear.hear(piece, float(at)) for at, piece in enumerate(pieces))
    return [heard for heard in found if heard is not None]


def at_24k(frames: list[bytes]) -> bytes:
    pcm = np.frombuffer(ulaw_to_pcm(b"".join(frames)), "<i2").astype(np.float32)
    sound: bytes = soxr.resample(pcm, 8000, 24000, "VHQ").astype("<i2").tobytes()
    return sound


def test_every_caller_is_told_apart_through_ulaw() -> None:
    """Each of all numbers comes back as itself, when its frame comes."""
    for number in range(MAX_CALLERS):
        assert hear(MarkerEar(), line(number)) == [Heard(number=number, at=5.0)]


@pytest.mark.parametrize("piece_bytes", [FRAME_24K, 1000, 6614])
def test_every_caller_is_told_apart_through_a_resampler(piece_bytes: int) -> None:
    """Also as PCM at 24 kHz, in pieces that do not end where frames end."""
    for number in range(0, MAX_CALLERS, 7):
        wide = at_24k(line(number))
        pieces = [wide[at : at + piece_bytes] for at in range(0, len(wide), piece_bytes)]
        (heard,) = hear(MarkerEar(pcm_24k=True), pieces)
        assert heard.number == number
        assert heard.at == pytest.approx(5 * FRAME_24K // piece_bytes, abs=1)


def test_a_marker_cut_in_two_counts_from_its_first_half() -> None:
    """The time is that of the first sound, the pitch needs all of it."""
    frames = line(40)
    pieces = [*frames[:5], frames[5][:50], frames[5][50:], *frames[6:]]
    assert hear(MarkerEar(), pieces) == [Heard(number=40, at=5.0)]


def test_a_loud_sound_of_many_pitches_is_no_marker() -> None:
    """Noise as loud as a marker is heard and passed over; a marker after it is found."""
    quiet = [base64.b64decode(frame) for frame in line_noise()[:5]]
    for seed in range(20):
        loud = np.random.default_rng(seed).normal(0, 9000, FRAME_BYTES).clip(-32000, 32000)
        clap = pcm_to_ulaw(loud.astype("<i2").tobytes())
        assert hear(MarkerEar(), [*quiet, clap, *line(3)]) == [Heard(number=3, at=11.0)]


def test_a_tone_in_the_middle_of_loud_sound_is_no_marker() -> None:
    """A marker has quiet before it."""
    tone = base64.b64decode(marker(200))
    assert hear(MarkerEar(), [*line(9), tone, tone]) == [
        Heard(number=9, at=5.0),
        Heard(number=200, at=11.0),
    ]


def test_there_are_no_numbers_beyond_the_band() -> None:
    """More callers than pitches are refused."""
    with pytest.raises(ValueError, match="numbered from 0 to"):
        marker_hz(MAX_CALLERS)
