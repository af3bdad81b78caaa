"""How loud sound is."""

import warnings

with warnings.catch_warnings():
    # In the standard library until 3.12; on 3.13 the same module comes from audioop-lts.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop


def loudness(pcm: bytes) -> int:
    """The root mean square of 16-bit samples, on their scale (at most 32768). Half a sample at the
    end is left out."""
    rms: int = audioop.rms(pcm if not len(pcm) & 1 else pcm[:-1], 2)
    return rms
