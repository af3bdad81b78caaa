"""G.711 μ-law."""

import numpy as np

from bot.media.g711 import BYTES_PER_MS, SILENCE, duration_ms, pcm_to_ulaw, ulaw_to_pcm


def test_all_codes_survive_the_way_there_and_back() -> None:
    """Decoding and encoding is lossless, but for the second zero that μ-law has."""
    codes = bytes(range(256))
    again = pcm_to_ulaw(ulaw_to_pcm(codes))
    assert [(a, b) for a, b in zip(codes, again, strict=True) if a != b] == [(0x7F, 0xFF)]


def test_silence_is_zero() -> None:
    """The byte of silence decodes to samples of zero."""
    assert ulaw_to_pcm(bytes([SILENCE]) * 4) == bytes(8)


def test_sound_is_as_good_as_g711_is() -> None:
    """A sine at a speaker's level has at least 35 dB between signal and error."""
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype("<i2")
    decoded = np.frombuffer(ulaw_to_pcm(pcm_to_ulaw(wave.tobytes())), "<i2").astype(float)
    error = decoded - wave
    assert 10 * np.log10(np.sum(wave.astype(float) ** 2) / np.sum(error**2)) > 35


def test_eight_bytes_are_a_millisecond() -> None:
    """Durations are whole milliseconds, rounded down."""
    assert BYTES_PER_MS == 8
    assert [duration_ms(bytes(n)) for n in (0, 7, 8, 160)] == [0, 0, 1, 20]
