"""Tells speech from music and from noise, on a telephone line. Plain code: arithmetic with a short
stretch of sound.

Three measures of its spectrum, each over frames of 32 ms, half of which the next one shares:

- how much the spectrum is still the same 96 ms later: a syllable has passed by then, a chord has
  not (the correlation of two spectra, 0 to 1);
- how many of its peaks are at the same frequency 96 ms later: notes keep theirs, a voice glides
  (a share, 0 to 1);
- how far the level goes up and down: words have gaps and stops (the standard deviation, dB).

The weights were fitted to 300 recorded prompts in five languages, five tracks of music on hold,
and made-up songs, pianos, singers and noise (docs/pipelines.md).
"""

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 8000
LOOK_SECS = 0.8  # of sound, at least half of it: a syllable and more

_WINDOW, _HOP, _APART = 256, 128, 6  # frames of 32 ms, every 16 ms; 6 of them are 96 ms
_HANN = np.hanning(_WINDOW)
_LOWEST, _HIGHEST = 3, 116  # bins of 31 Hz: 94 to 3,600 Hz
_PEAK = 0.05  # of the highest one's energy: what is less is no peak
_FAINTEST = 80.0  # RMS of 32768: softer than this is nothing
_LEVEL, _SAME, _STEADY, _OFFSET = 0.27, -18.3, -9.5, 12.1  # of the sum that is speech above 0
_MOST_LEVEL_DB = 12.0
_MUSIC = -1.5  # of that sum: this far below, it is music beyond doubt
_NOISE = 0.3  # spectral flatness: more is noise, and no music

Samples = npt.NDArray[np.float64]


def samples_of(pcm: bytes) -> Samples:
    """16-bit mono samples as numbers."""
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def speech_likeness(samples: Samples) -> float:
    """Above 0: speech; below: music, or noise. -10 for silence, and for less than half of
    `LOOK_SECS`."""
    power = _power(samples)
    return -10.0 if power is None else _likeness(power)


def _likeness(power: Samples) -> float:
    energy = power.sum(axis=1)
    level_db = float((10 * np.log10(energy + 1)).std())
    shape = np.sqrt(power)
    shape /= np.linalg.norm(shape, axis=1, keepdims=True)
    same = float((shape[_APART:] * shape[:-_APART]).sum(axis=1).mean())
    inner = power[:, 1:-1]
    peaks = (inner > power[:, :-2]) & (inner > power[:, 2:])
    peaks &= inner > _PEAK * power.max(axis=1, keepdims=True)
    steady = float((peaks[_APART:] & peaks[:-_APART]).sum() / max(1, peaks[:-_APART].sum()))
    return _LEVEL * min(level_db, _MOST_LEVEL_DB) + _SAME * same + _STEADY * steady + _OFFSET


def is_music(samples: Samples) -> bool:
    """Whether it is music beyond doubt: neither silence nor noise nor anybody's voice."""
    power = _power(samples)
    if power is None or _likeness(power) > _MUSIC:
        return False
    flatness = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return bool(flatness.mean() < _NOISE)


def _power(samples: Samples) -> Samples | None:
    """Of each frame and bin; None: there is too little to hear."""
    if len(samples) < LOOK_SECS / 2 * SAMPLE_RATE:
        return None
    if float(np.dot(samples, samples)) < _FAINTEST**2 * len(samples):
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * _HANN
    spectrum = np.fft.rfft(frames, axis=1)[:, _LOWEST:_HIGHEST]
    power: Samples = spectrum.real**2 + spectrum.imag**2 + 1e-3
    return power
