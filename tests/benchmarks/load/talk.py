"""How the simulated agent speaks: when, for how long, and what it sounds like.

Its sound is a steady tone that ends in a short silence: whoever plays it can tell an utterance
that is over from one that broke off.
"""

import base64
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bot.media.g711 import pcm_to_ulaw

TONE_HZ = 330.0
TONE_PEAK = 9000
QUIET_END_MS = 300
WORDS = ("These ", "are ", "words ", "that ", "nobody ", "listens ", "to. ")

_RATES = {"audio/pcmu": 8000, "audio/pcm": 24000}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The rhythm of a session."""

    talk_ms: int = 3500  # of one utterance
    share: float = 0.45  # of the time the agent speaks
    delta_ms: int = 350
    speed: float = 4.0  # sound is generated this much faster than it plays
    ear_ms: int = 300  # until the model's own ear is sure that the caller speaks
    turn_ms: int = 500  # of silence that end the caller's turn

    @property
    def period_secs(self) -> float:
        """From the beginning of one utterance to that of the next."""
        return self.talk_ms / self.share / 1000


@lru_cache(maxsize=8)
def deltas(sound: str, pace: Pace) -> tuple[str, ...]:
    """One utterance in this format (`audio/pcmu` or `audio/pcm`), base64, piece by piece.

    Raises ValueError for another format.
    """
    if sound not in _RATES:
        raise ValueError(f"the simulated agent speaks {' or '.join(_RATES)}, not {sound}")
    rate = _RATES[sound]
    samples = np.arange(rate * pace.talk_ms // 1000)
    tone = np.sin(2 * np.pi * TONE_HZ * samples / rate) * TONE_PEAK
    tone[len(tone) - rate * QUIET_END_MS // 1000 :] = 0
    step = rate * pace.delta_ms // 1000
    pieces = [tone[at : at + step] for at in range(0, len(tone), step)]
    return tuple(base64.b64encode(_encoded(piece, sound)).decode() for piece in pieces)


def _encoded(samples: npt.NDArray[np.float64], sound: str) -> bytes:
    pcm = samples.astype("<i2").tobytes()
    return pcm_to_ulaw(pcm) if sound == "audio/pcmu" else pcm
