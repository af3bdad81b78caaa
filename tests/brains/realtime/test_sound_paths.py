"""The caller's sound on its way to a model and the model's on its way back, as μ-law and as PCM."""

import base64

import numpy as np
import pytest

from bot.brains.config import SoundFormat
from bot.brains.realtime.sound import sound_path
from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from processors.sound import CallerSound

RATES: dict[SoundFormat, tuple[int, int]] = {
    "pcm": (24_000, 24_000),
    "pcm_16": (16_000, 16_000),
    "pcm_16_24": (16_000, 24_000),
}


def tone(hz: float, rate: int, secs: float = 1.0) -> bytes:
    wave = 12_000 * np.sin(2 * np.pi * hz * np.arange(round(rate * secs)) / rate)
    return np.rint(wave).astype("<i2").tobytes()


def snr_db(pcm: bytes, hz: float, rate: int) -> float:
    """Power of the tone against all the rest, of the steady middle."""
    wave = np.frombuffer(pcm, "<i2").astype(float)
    middle = wave[len(wave) // 10 : -len(wave) // 10]
    power = np.abs(np.fft.rfft(middle * np.blackman(len(middle)))) ** 2
    of_tone = np.abs(np.fft.rfftfreq(len(middle), 1 / rate) - hz) < 25
    return float(10 * np.log10(power[of_tone].sum() / power[~of_tone].sum()))


def caller(ulaw: bytes) -> CallerSound:
    return CallerSound(ulaw, base64.b64encode(ulaw).decode(), ulaw_to_pcm(ulaw))


@pytest.mark.parametrize("sound", RATES)
@pytest.mark.parametrize("hz", [300, 1000, 3000])
def test_a_tone_keeps_what_g711_leaves_of_it(sound: SoundFormat, hz: float) -> None:
    """In frames of 20 ms to the model and pieces of any length from it; G.711 itself has 38 dB."""
    to_rate, from_rate = RATES[sound]
    path, ulaw = sound_path(sound), pcm_to_ulaw(tone(hz, 8000))
    frames = [path.to_model(caller(ulaw[at : at + 160])) for at in range(0, len(ulaw), 160)]
    heard = b"".join(map(base64.b64decode, frames))
    assert len(heard) == 2 * len(ulaw) * to_rate // 8000
    assert snr_db(heard, hz, to_rate) > 34
    wide = tone(hz, from_rate)
    spoken = b"".join(path.from_model(wide[at : at + 1_111]) for at in range(0, len(wide), 1_111))
    assert len(spoken) == 8000
    assert snr_db(ulaw_to_pcm(spoken), hz, 8000) > 34


@pytest.mark.parametrize("sound", RATES)
def test_what_was_cut_is_not_heard_before_what_comes_next(sound: SoundFormat) -> None:
    """Nothing of a loud sound is left in the filter."""
    path = sound_path(sound)
    path.from_model(tone(1000, 24_000))
    path.begins()
    assert set(path.from_model(bytes(4_800))) == {0xFF}
