"""The caller's sound as the line brings it, and what processors do with it."""

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from processors.listening.loudness import loudness

# What a processor does with the caller's sound. "framed": it wants each CallerAudioFrame, as one
# that says nothing does; "ignored": it lets them pass; "heard": as that, and its `hear_caller` is
# called with the sound; "gated": as "heard", and where that returns true nobody below gets any of
# it; "consumed": as "heard", and nobody below ever does. It is the word of the class that says so:
# one derived from it may want the frames, and speaks for itself.
CallerSoundUse = Literal["framed", "ignored", "heard", "gated", "consumed"]


@dataclass(slots=True)  # and not frozen: that costs as much as all the rest of making one
class CallerSound:
    """20 ms and the like of the caller's line: what a CallerAudioFrame holds, without the frame."""

    ulaw: bytes
    payload: str  # the same bytes in base64, exactly as they arrived
    pcm: bytes  # the same sound, 16-bit
    sent_rms: int = 0  # the loudest of the agent's sound that may echo in it, of 32768
    _rms: int = field(default=-1, init=False, repr=False, compare=False)

    @property
    def rms(self) -> int:
        """How loud it is, of 32768."""
        if self._rms < 0:
            self._rms = loudness(self.pcm)
        return self._rms


def silence_for(sound: CallerSound) -> CallerSound:
    """As long, without a sound in it."""
    return _silence(len(sound.ulaw))


@lru_cache(maxsize=16)
def _silence(length: int) -> CallerSound:
    ulaw = b"\xff" * length
    return CallerSound(ulaw, base64.b64encode(ulaw).decode(), bytes(2 * length))
