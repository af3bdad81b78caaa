"""Whether sound is in the format that a session says it is in, by its bytes: plain code.

A server may agree to μ-law and send 16-bit samples all the same: read as μ-law, they are noise at
full scale. A sample of μ-law is one byte, so bytes at even and at odd places are distributed alike.
Of 16-bit samples (little-endian) the even bytes are all but random, and the odd ones change little
from one to the next; of quiet ones they are 0x00 and 0xFF, in μ-law the loudest sample and silence.

The limits are from 120 telephone prompts at five levels, from -30 dB to clipped, and from the same
and a wideband voice as PCM: of 37,000 windows of μ-law none is taken for PCM, and of 240,000 of PCM
none for μ-law; 98 in 100 are known at the first look, the rest within three.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bot.brains.config import SoundFormat
from bot.media.g711 import loudness

Looks = Literal["ulaw", "pcm", "either"]

WINDOW = 320  # bytes; 40 ms of μ-law, 7 ms of PCM
BYTES: Mapping[SoundFormat, int] = MappingProxyType(
    {"ulaw": 8, "pcm": 48, "pcm_16": 32, "pcm_16_24": 48}
)  # of a millisecond
TOO_MUCH = 3  # times as much as it should be: PCM taken for μ-law is six times as long
LONGEST = 16_000  # bytes; what has been doubtful for this long is taken for what it is said to be
_LOUD = 6000  # RMS: no speech on a telephone line; random bytes read as μ-law have 9,900


class WrongFormat(Exception):
    """Sound is not in the format that its session says."""


class FormatCheck:
    """Of one session, until its sound is believed. It withholds less than one `WINDOW`."""

    def __init__(self, claimed: SoundFormat) -> None:
        self._claimed = claimed
        self._held = b""
        self._held_of = ""  # the utterance
        self._doubtful = 0  # bytes that looked like neither
        self._received = 0  # bytes of responses whose length nobody has told
        self.believed = False
        self._wrong = False

    def admit(self, utterance_id: str, sound: bytes) -> bytes:
        """What may be played now of this utterance. Raises WrongFormat: none of it, nor of any
        other."""
        if self.believed:
            return sound
        if utterance_id != self._held_of:
            self._held, self._held_of = b"", utterance_id
        self._received += len(sound)
        sound = self._held + sound
        whole = len(sound) - len(sound) % WINDOW
        for at in range(0, whole, WINDOW):
            self._look(sound[at : at + WINDOW])
            if self.believed:
                whole = len(sound)
                break
        self._refuse_if_wrong()
        self._held = sound[whole:]
        return sound[:whole]

    def rest(self, utterance_id: str) -> bytes:
        """What was withheld of an utterance of which all sound has come."""
        held, self._held = self._held, b""
        return held if utterance_id == self._held_of else b""

    def told(self, *, lasted_ms: float) -> None:
        """The model's side says how long the sound is that has come since it said so last; 0: it
        does not. Raises WrongFormat: far more has come. Less is no sign, for it may be cut."""
        received_ms, self._received = self._received / BYTES[self._claimed], 0
        self._wrong |= not self.believed and 0 < TOO_MUCH * lasted_ms < received_ms
        self._refuse_if_wrong()

    def _look(self, window: bytes) -> None:
        looks = look(window)
        if looks == ("ulaw" if self._claimed == "ulaw" else "pcm"):
            self.believed = True
        elif looks != "either":
            self._wrong = True
        elif len(set(window)) > 2:  # silence says nothing, however long
            self._doubtful += len(window)
            self.believed = self._doubtful >= LONGEST
        self.believed = self.believed and not self._wrong

    def _refuse_if_wrong(self) -> None:
        if self._wrong:
            self._held = b""
            raise WrongFormat


def look(window: bytes) -> Looks:
    """What a stretch of sound, which begins with a whole sample, looks like."""
    if len(set(window)) == 1:
        return "pcm" if window[0] == 0 else "either"
    codes = np.frombuffer(window[: len(window) & ~1], np.uint8).reshape(-1, 2).T
    even, odd = (np.bincount(part >> 4, minlength=16) for part in codes)
    count = codes.shape[1]
    change_even, change_odd = (_change(part) for part in codes)
    unlike, ratio = _unlike(even, odd), change_odd / change_even
    near_zero = odd[0] > 0.02 * count and odd[15] > 0.02 * count
    loudest, silent = (even[0] + odd[0]) / 2 / count, (even[15] + odd[15]) / 2 / count
    if unlike > 60 and ratio < 0.4 and near_zero and even.max() < count / 2:
        return "pcm"
    if loudest >= 0.2 and loudest + silent >= 0.5 and even[8] + odd[8] <= 2 * count * loudest / 6:
        return "pcm"
    alike = unlike < 40 and 0.6 < ratio < 1.67 and change_odd > 3
    return "ulaw" if alike and loudness(window) < _LOUD else "either"


def _change(part: npt.NDArray[Any]) -> float:
    """From one byte to the next, as signed ones, on average; never 0."""
    return float(np.abs(np.diff(part.astype(np.int8).astype(np.int16))).mean()) + 0.25


def _unlike(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """How unlike two distributions are (G-test): about 15 where they are the same."""
    both = one + other
    parts = (
        counts[counts > 0] * np.log(2 * counts[counts > 0] / both[counts > 0])
        for counts in (one, other)
    )
    return 2 * float(sum(part.sum() for part in parts))
