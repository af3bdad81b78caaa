"""The three sound formats of the wire, to and from μ-law at 8 kHz.

audio/pcm is 16-bit little-endian at 24 kHz, audio/pcmu and audio/pcma are G.711 at 8 kHz
(openai.types.realtime.realtime_audio_formats).
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import soxr

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm

ULAW_BYTES_PER_MS = 8
WIDE_HZ = 24000
LINE_HZ = 8000


def _alaw_levels() -> Any:
    """The 256 levels of A-law (ITU-T G.711, table 1a) as 16-bit samples."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    linear = np.where(
        exponent == 0, mantissa * 2 + 1, (mantissa * 2 + 33) << (exponent - 1).clip(0)
    )
    return (np.where(code & 0x80, linear, -linear) * 8).astype(np.int16)


_ALAW = _alaw_levels()
_ALAW_ORDER = np.argsort(_ALAW)
_ALAW_EDGES = (_ALAW[_ALAW_ORDER][1:].astype(np.int32) + _ALAW[_ALAW_ORDER][:-1]) / 2


def bytes_per_ms(sound_format: Mapping[str, Any]) -> int:
    return 48 if sound_format["type"] == "audio/pcm" else ULAW_BYTES_PER_MS


def encode(ulaw: bytes, sound_format: Mapping[str, Any]) -> bytes:
    """A whole line of μ-law in the format of the wire."""
    match sound_format["type"]:
        case "audio/pcmu":
            return ulaw
        case "audio/pcma":
            samples = np.frombuffer(ulaw_to_pcm(ulaw), np.int16)
            return bytes(_ALAW_ORDER[np.searchsorted(_ALAW_EDGES, samples)].astype(np.uint8))
        case _:
            narrow = np.frombuffer(ulaw_to_pcm(ulaw), np.int16)
            return bytes(soxr.resample(narrow, LINE_HZ, WIDE_HZ).astype("<i2").tobytes())


def really_sent(told: dict[str, Any], sends: Literal["as_told", "pcm", "other"]) -> dict[str, Any]:
    """The format of what is sent by a model that has told this one (`Faults.sends`)."""
    if sends == "as_told":
        return told
    pcm, ulaw = {"type": "audio/pcm", "rate": WIDE_HZ}, {"type": "audio/pcmu"}
    return ulaw if sends == "other" and told["type"] == "audio/pcm" else pcm


class SoundIntake:
    """Turns what the client appends, piece by piece, into μ-law."""

    def __init__(self, sound_format: Mapping[str, Any]) -> None:
        self._type = sound_format["type"]
        # The low quality holds back 12 ms of sound, the high one 43, and offsets would be late.
        self._narrow = soxr.ResampleStream(WIDE_HZ, LINE_HZ, 1, dtype="int16", quality="LQ")

    def ulaw(self, data: bytes) -> bytes:
        """Raises ValueError when 16-bit sound ends in half a sample."""
        match self._type:
            case "audio/pcmu":
                return data
            case "audio/pcma":
                return pcm_to_ulaw(_ALAW[np.frombuffer(data, np.uint8)].tobytes())
            case _:
                if len(data) % 2:
                    raise ValueError("16-bit sound comes in an even number of bytes.")
                wide = np.frombuffer(data, "<i2").astype(np.int16)
                return pcm_to_ulaw(self._narrow.resample_chunk(wide).tobytes())
