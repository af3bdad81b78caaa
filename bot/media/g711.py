"""G.711 μ-law, the sound of a telephone line: 8,000 bytes a second, 8 bytes a millisecond."""

import warnings

with warnings.catch_warnings():
    # In the standard library until 3.12; on 3.13 the same module comes from audioop-lts.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

SAMPLE_RATE = 8000
BYTES_PER_MS = 8
SILENCE = 0xFF  # a zero sample


def ulaw_to_pcm(ulaw: bytes) -> bytes:
    """μ-law to 16-bit little-endian PCM at the same rate: twice the bytes."""
    return audioop.ulaw2lin(ulaw, 2)


def pcm_to_ulaw(pcm: bytes) -> bytes:
    """16-bit little-endian PCM to μ-law at the same rate: half the bytes."""
    return audioop.lin2ulaw(pcm, 2)


def loudness(ulaw: bytes) -> int:
    """The root mean square of μ-law samples, on the scale of 16 bits (at most 32768)."""
    return audioop.rms(ulaw_to_pcm(ulaw), 2)


def duration_ms(ulaw: bytes) -> int:
    """The duration of μ-law audio at 8 kHz, in whole milliseconds."""
    return len(ulaw) // BYTES_PER_MS
