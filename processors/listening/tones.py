"""Hears the beep that starts an answering machine's recording, and the answer of a fax. Plain code:
the sound is the clock.

A beep is one steady tone, not too short and not too long, with silence after it. What resembles
one on a telephone: keys and most progress tones are two tones at once; the three of a special
information tone follow each other closely; a fax holds its tone for seconds; and a ringing or busy
tone of 425 Hz (ITU-T E.180) is longer than any beep that low.

A fax answers with 2,100 Hz for 2.6 to 4 seconds (ITU-T T.30, CED), one that is quick with the same
tone, turned over every 450 ms and up and down a little (V.8, ANSam). No beep is as long.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 8000
LOWEST_HZ, HIGHEST_HZ = 390.0, 2600.0
SHORTEST_MS, LONGEST_MS = 120, 2000
QUIET_AFTER_MS = 200  # after a beep nobody speaks: the machine listens
PROGRESS_HZ, PROGRESS_MS = (395.0, 485.0), 320  # a tone in this band, longer than this, is no beep
APART_MS = 60  # a tone this close after another one is part of a melody
FAX_HZ, FAX_DRIFT_HZ = 2100.0, 25.0
FAX_MS, FAX_WITHIN_MS = 2200, 2600  # so much of that tone, within so long

_WINDOW, _HOP = 256, 128
_HOP_MS = _HOP * 1000 / SAMPLE_RATE
_HANN = np.hanning(_WINDOW)
_HZ_PER_BIN = SAMPLE_RATE / _WINDOW
_FAINTEST = 80.0  # RMS of 32768: quieter than this is nothing
_PURE = 0.75  # the tone's share of a window's energy, noise of the line allowed for
_PURER = 0.8  # its share in a look at the whole of it, which tells tones apart that are close
_DRIFT_HZ = 15.0
_STEADY = 2.5  # times the energy, at most, between the weakest and the strongest window: 4 dB
_QUIETER = 0.25  # of the tone's energy, at most, is left after it: 6 dB less

Samples = npt.NDArray[np.float64]


@dataclass(kw_only=True)
class _Tone:
    """A tone that sounds."""

    hz: float
    began_ms: float
    strongest: float  # energy of a window, while it was steady
    windows: int = 1

    @property
    def length_ms(self) -> float:
        return self.windows * _HOP_MS + (_WINDOW - _HOP) * 1000 / SAMPLE_RATE

    def goes_on(self, hz: float, energy: float) -> bool:
        """Whether a window with this tone continues it: its first may hold only a part of it."""
        if abs(hz - self.hz) > _DRIFT_HZ or energy < self.strongest / _STEADY:
            return False
        return self.windows == 1 or energy <= self.strongest * _STEADY

    def take(self, hz: float, energy: float) -> None:
        """Takes one more window of the tone."""
        if self.windows == 1:
            self.hz = hz
        self.strongest = max(self.strongest, energy)
        self.windows += 1


class BeepEar:
    """Listens to one line, 16-bit PCM at 8 kHz in pieces of any size."""

    def __init__(self) -> None:
        self._rest: Samples = np.empty(0)
        self._recent: Samples = np.empty(0)  # what the tone is looked at as a whole in
        self._now_ms = 0.0  # start of the window looked at
        self._tone: _Tone | None = None
        self._last_tone_ended_ms = float("-inf")
        self._beep: _Tone | None = None  # waits for the silence after it
        self._quiet_windows = 0
        self._fax_windows: deque[bool] = deque(maxlen=round(FAX_WITHIN_MS / _HOP_MS))
        self.fax_heard = False  # a fax has answered

    def feed(self, pcm: bytes) -> bool:
        """Listens on; true when a beep was heard, and the silence that proves it."""
        sound = np.concatenate([self._rest, np.frombuffer(pcm, np.int16).astype(np.float64)])
        heard, at = False, 0
        while at + _WINDOW <= len(sound):
            heard = self._listen(sound[at : at + _WINDOW]) or heard
            self._now_ms += _HOP_MS
            at += _HOP
        self._rest = sound[at:]
        return heard

    def _listen(self, window: Samples) -> bool:
        energy = float(np.dot(window, window))
        hz = _tone_in(window, energy)
        self._listen_for_fax(hz)
        tone = self._tone
        if tone is not None and hz is not None and tone.goes_on(hz, energy):
            tone.take(hz, energy)
            if tone.length_ms <= LONGEST_MS:
                self._recent = np.concatenate([self._recent[-8 * _WINDOW :], window[-_HOP:]])
            return False
        if tone is not None:
            self._tone_ends(tone)
        if hz is not None:
            self._tone = _Tone(hz=hz, began_ms=self._now_ms, strongest=energy)
            self._recent = window
        return self._beep is not None and self._is_proven(self._beep, energy)

    def _listen_for_fax(self, hz: float | None) -> None:
        is_fax = hz is not None and abs(hz - FAX_HZ) <= FAX_DRIFT_HZ
        self._fax_windows.append(is_fax)
        if is_fax and sum(self._fax_windows) * _HOP_MS >= FAX_MS:
            self.fax_heard = True

    def _tone_ends(self, tone: _Tone) -> None:
        self._tone = None
        if tone.windows < 3:
            return
        apart_ms = tone.began_ms - self._last_tone_ended_ms
        self._last_tone_ended_ms = self._now_ms
        is_beep = SHORTEST_MS <= tone.length_ms <= LONGEST_MS and apart_ms > APART_MS
        if is_beep and not _is_progress(tone) and _is_one_tone(self._recent):
            self._beep, self._quiet_windows = tone, 0

    def _is_proven(self, beep: _Tone, energy: float) -> bool:
        """Whether the silence after it has lasted; the first windows may hold its last sound."""
        self._quiet_windows += 1
        quiet_ms = (self._quiet_windows - 2) * _HOP_MS
        if quiet_ms > 0 and energy > beep.strongest * _QUIETER:
            self._beep = None
        elif quiet_ms >= QUIET_AFTER_MS:
            self._beep = None
            return True
        return False


def _tone_in(window: Samples, energy: float) -> float | None:
    """The frequency of the one tone in this window, or None."""
    if energy < _FAINTEST**2 * _WINDOW:
        return None
    power = np.abs(np.fft.rfft(window * _HANN)) ** 2
    peak = int(power.argmax())
    if power[peak - 1 : peak + 2].sum() < _PURE * power.sum() or not 1 < peak < len(power) - 2:
        return None
    low, top, high = np.log(power[peak - 1 : peak + 2] + 1e-9)
    hz = (peak + 0.5 * (low - high) / (low - 2 * top + high)) * _HZ_PER_BIN
    return float(hz) if LOWEST_HZ <= hz <= HIGHEST_HZ else None


def _is_progress(tone: _Tone) -> bool:
    return PROGRESS_HZ[0] <= tone.hz <= PROGRESS_HZ[1] and tone.length_ms > PROGRESS_MS


def _is_one_tone(sound: Samples) -> bool:
    """Whether all of it is one line in the spectrum: two that are close look so for a while."""
    inner = sound[_HOP:-_HOP] if len(sound) > 6 * _HOP else sound
    power = np.abs(np.fft.rfft(inner * np.hanning(len(inner)))) ** 2
    peak = int(power.argmax())
    return bool(power[max(0, peak - 2) : peak + 3].sum() >= _PURER * power.sum())
