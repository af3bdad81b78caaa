"""Recorded announcements: whether what is heard now was heard before, sound for sound. Plain code.

A recording is the same each time, a person is not. What is kept of speech is its level in ten
bands every 16 ms; of two stretches the movements of these levels are compared (normalised
correlation), at every place in what was heard before. Loudness and the tone of the line do not
count in this, and a bed of soft music hardly.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

MOST_SECS = 90.0  # of speech that is kept; the oldest is forgotten
LONGEST_SECS = 20.0  # of one stretch of speech
_WINDOW, _HOP = 256, 128
_HOP_SECS = _HOP / 8000
_HANN = np.hanning(_WINDOW).astype(np.float32)
_EDGES = np.unique(np.round(np.geomspace(5, 112, 11)).astype(int))  # bins: 156 to 3,500 Hz
_DEEPEST_DB = 35.0  # below the loudest: softer is not compared
_SAME = 0.88  # of the same recording it is 0.9 and more, through another codec too
_LEAST_SECS = 0.5  # less is like too much
_LEAD = 6  # frames: by so much sooner the same speech may be noticed another time

_BLOCK_BYTES = 8000  # half a second

Print = npt.NDArray[np.float32]  # frames of 16 ms by bands, dB
Place = tuple[int, int]  # a stretch that was heard before, and the frame in it
_NOTHING: Print = np.zeros((0, len(_EDGES) - 1), np.float32)


class Printer:
    """Makes the print of a stretch of 16-bit mono sound at 8 kHz, as it comes."""

    def __init__(self) -> None:
        self._prints: list[Print] = []
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._frames = 0

    def feed(self, pcm: bytes) -> None:
        """Goes on; sound of half a second is worked on at once. What is too long is left out."""
        if self._frames * _HOP_SECS < LONGEST_SECS:
            self._waiting.append(pcm)
            self._bytes += len(pcm)
            if self._bytes >= _BLOCK_BYTES:
                self._work()

    @property
    def so_far(self) -> Print:
        """That of all that has come."""
        self._work()
        return np.concatenate(self._prints) if self._prints else _NOTHING

    def _work(self) -> None:
        samples = np.frombuffer(b"".join(self._waiting), "<i2").astype(np.float32)
        if len(samples) < _WINDOW:
            return
        frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * _HANN
        spectrum = np.fft.rfft(frames, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        bands = 10 * np.log10(np.add.reduceat(power, _EDGES[:-1], axis=1) + 1)
        self._prints.append(bands.astype(np.float32))
        self._frames += len(bands)
        left = samples[len(bands) * _HOP :].astype("<i2").tobytes()
        self._waiting, self._bytes = [left], len(left)


def _shallow(levels: Print) -> Print:
    """Without what is too soft to be compared."""
    shallow: Print = np.maximum(levels, levels.max() - _DEEPEST_DB)
    return shallow


class Announcements:
    """The speech of one line that is known to be recorded."""

    def __init__(self) -> None:
        self._known: deque[tuple[int, Print]] = deque()
        self._frames = 0
        self._count = 0

    def learn(self, heard: Print) -> None:
        """This was no person."""
        if len(heard) * _HOP_SECS < _LEAST_SECS:
            return
        heard = _shallow(heard)
        self._count += 1
        self._known.append((self._count, heard))
        self._frames += len(heard)
        while self._frames * _HOP_SECS > MOST_SECS:
            self._frames -= len(self._known.popleft()[1])

    def place_of(self, heard: Print, known_at: Place | None = None) -> Place | None:
        """Where this was heard before, from its beginning to its end. None: nowhere. `known_at` is
        what was found of a shorter beginning of it: the rest has to follow there."""
        heard = heard[_LEAD:]
        if len(heard) * _HOP_SECS < _LEAST_SECS:
            return None
        heard = _shallow(heard)
        for number, stretch in reversed(self._known):
            if known_at is not None and number != known_at[0]:
                continue
            at = 0 if known_at is None else max(0, known_at[1] - 1)
            to = len(stretch) if known_at is None else known_at[1] + 2 + len(heard)
            found = _find(heard, stretch[at:to])
            if found is not None:
                return number, at + found
        return None


def _find(heard: Print, stretch: Print) -> int | None:
    """The frame of the stretch at which this begins; its last fifth of a second may be missing."""
    length = len(heard)
    missing = length - len(stretch)
    if missing > 12 or length - max(0, missing) < _LEAST_SECS / _HOP_SECS:
        return None
    if missing > 0:
        heard, length = heard[:-missing], length - missing
    sought = heard - heard.mean(axis=0)
    sums = np.cumsum(np.pad(stretch, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    squares = np.cumsum(np.pad(stretch, ((1, 0), (0, 0))) ** 2.0, axis=0, dtype=np.float64)
    mean = (sums[length:] - sums[:-length]) / length
    spread = ((squares[length:] - squares[:-length]) - length * mean**2).sum(axis=1)
    together = np.zeros(len(stretch) - length + 1)
    for band in range(stretch.shape[1]):
        together += np.correlate(stretch[:, band], sought[:, band], "valid")
    alike = together / (np.sqrt(np.maximum(spread, 1e-6)) * (np.linalg.norm(sought) + 1e-6))
    best = int(alike.argmax())
    return best if alike[best] >= _SAME else None
