"""The beep of an answering machine, told from all else that a telephone line carries."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from processors.listening.tones import FAX_WITHIN_MS, QUIET_AFTER_MS, BeepEar

PROMPTS = Path("/usr/share/asterisk/sounds")  # Debian's asterisk-core-sounds-en-wav: `make speech`
# Prompts that are signals themselves.
SIGNALS = {"beep.wav", "beeperr.wav", "confbridge-join.wav", "confbridge-leave.wav"}

Sound = npt.NDArray[np.float64]


def tone(hz: float, ms: float, rms: float = 3000.0) -> Sound:
    moments = np.arange(int(ms * 8)) / 8000
    return np.asarray(np.sin(2 * np.pi * hz * moments) * rms * 2**0.5)


def silence(ms: float) -> Sound:
    return np.zeros(int(ms * 8))


def hiss(sound: Sound, rms: float, seed: int = 7) -> Sound:
    return sound + np.random.default_rng(seed).normal(0, rms, len(sound))


def beeps_in(*parts: Sound, piece_ms: int = 20) -> list[float]:
    """When beeps were heard, in ms, in what the line carries of these sounds and a second more."""
    sound = np.clip(np.concatenate([*parts, silence(1000)]), -32768, 32767).astype("<i2")
    pcm, ear, heard = ulaw_to_pcm(pcm_to_ulaw(sound.tobytes())), BeepEar(), []
    size = piece_ms * 16
    for at in range(0, len(pcm), size):
        if ear.feed(pcm[at : at + size]):
            heard.append((at + size) / 16)
    return heard


# -- beeps ----------------------------------------------------------------------------------------

LEVELS_DBFS = (-40, -30, -20, -10, -6)
LENGTHS_MS = (130, 150, 200, 300, 500, 800, 1000, 1500, 1900)


@pytest.mark.parametrize("snr_db", [None, 20, 10])
@pytest.mark.parametrize("hz", [500, 700, 1000, 1400, 2000, 2500])
def test_beeps_are_heard(hz: float, snr_db: float | None) -> None:
    """From 500 to 2500 Hz, 130 ms to 1.9 s, faint or loud, with noise up to a third as loud."""
    missed = []
    for dbfs in LEVELS_DBFS:
        for ms in LENGTHS_MS:
            rms = 32768 * 10 ** (dbfs / 20) / 2**0.5
            line = np.concatenate([silence(500), tone(hz, ms, rms), silence(800)])
            if snr_db is not None:
                line = hiss(line, rms * 10 ** (-snr_db / 20))
            if len(beeps_in(line)) != 1:
                missed.append((dbfs, ms))
    assert missed == []


@pytest.mark.parametrize("hz", [400, 425, 440, 460])
def test_low_beeps_are_heard_when_short(hz: float) -> None:
    """Longer ones are progress tones."""
    for ms in (130, 200, 250):
        assert len(beeps_in(silence(300), tone(hz, ms))) == 1
    for ms in (400, 500, 1000, 1500):
        assert beeps_in(silence(300), tone(hz, ms)) == []


def test_a_beep_is_told_behind_a_short_silence() -> None:
    """Soon enough to speak into the recording, in pieces of any size."""
    for piece_ms in (10, 20, 33, 100):
        (at_ms,) = beeps_in(silence(1000), tone(1000, 400), piece_ms=piece_ms)
        assert 1400 + QUIET_AFTER_MS <= at_ms <= 1400 + QUIET_AFTER_MS + 64 + piece_ms


def test_the_last_of_several_beeps_counts() -> None:
    """Short tones with a pause between are as good as one."""
    assert len(beeps_in(silence(300), tone(1000, 150), silence(100), tone(1000, 150))) == 1


# -- what is none ---------------------------------------------------------------------------------

KEYS = [(low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477, 1633)]


@pytest.mark.parametrize("ms", [60, 100, 200, 400])
@pytest.mark.parametrize("twist", [1.0, 0.63])
def test_keys_are_no_beeps(ms: float, twist: float) -> None:
    """All sixteen, also when the lower tone is 4 dB weaker."""
    for low, high in KEYS:
        assert beeps_in(silence(200), tone(low, ms) * twist + tone(high, ms)) == []


def ringing(first: float, second: float, ms: float) -> Sound:
    return tone(first, ms) + (tone(second, ms) if second else 0.0)


OTHERS: dict[str, Sound] = {
    "ringing, United States": np.concatenate([ringing(440, 480, 2000), silence(4000)]),
    "ringing, United Kingdom": np.concatenate(
        [ringing(400, 450, 400), silence(200), ringing(400, 450, 400), silence(2000)]
    ),
    "ringing, Germany": np.concatenate([ringing(425, 0, 1000), silence(4000)]),
    "ringing, France": np.concatenate([ringing(440, 0, 1500), silence(3500)]),
    "busy, United States": np.concatenate([ringing(480, 620, 500), silence(500)] * 4),
    "busy, Germany": np.concatenate([tone(425, 480), silence(480)] * 4),
    "dialling, Germany": tone(425, 5000),
    "special information": np.concatenate([tone(950, 330), tone(1400, 330), tone(1800, 330)]),
    "special information, with gaps": np.concatenate(
        [tone(914, 276), silence(20), tone(1371, 276), silence(20), tone(1777, 380)]
    ),
    "fax answers": np.concatenate([silence(200), tone(2100, 3300)]),
    "modem answers": np.concatenate([tone(2100, 450) * (-1) ** turn for turn in range(7)]),
    "a sweep": np.sin(2 * np.pi * np.cumsum(np.linspace(900, 1200, 8000)) / 8000) * 6000,
    "hiss": hiss(silence(5000), 2000),
    "hum": tone(100, 5000),
    "a click": np.concatenate([silence(300), tone(1000, 40)]),
    "a tone that goes on": tone(1000, 6000),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_other_signals_are_no_beeps(name: str, gain: float) -> None:
    """Two tones at once, one after the other, one too long or too low: loud or faint."""
    assert beeps_in(silence(200), OTHERS[name] * gain) == []


def test_a_tone_with_speech_behind_it_is_no_beep(speech_8k: bytes) -> None:
    """A machine that beeps listens."""
    speech = np.frombuffer(speech_8k, np.int16).astype(np.float64)
    assert beeps_in(tone(1000, 300), speech) == []
    assert len(beeps_in(speech, tone(1000, 300))) == 1


def test_the_simulators_voices_do_not_beep(speech_8k: bytes) -> None:
    """A sentence, as it is, faint, and a fifth higher."""
    speech = np.frombuffer(speech_8k, np.int16).astype(np.float64)
    for sound in (speech, speech * 0.1, speech[np.arange(0, len(speech), 1.5).astype(int)]):
        assert beeps_in(sound) == []


# -- real speech ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prompts() -> dict[str, Sound]:
    """Telephone prompts, about 25 minutes of a woman's voice."""
    found = {}
    for path in sorted(PROMPTS.rglob("*.wav")):
        with wave.open(str(path)) as file:
            if file.getframerate() == 8000 and file.getnchannels() == 1:
                sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
                found[path.name] = sound.astype(np.float64)
    if not found:
        pytest.skip("Debian's telephone prompts are not installed: make speech")
    return found


@pytest.mark.parametrize(
    "heard_as",
    [lambda sound: sound, lambda sound: sound * 0.2, lambda sound: hiss(sound, 150)],
    ids=["as recorded", "faint", "noisy"],
)
def test_real_speech_does_not_beep(
    prompts: dict[str, Sound], heard_as: Callable[[Sound], Sound]
) -> None:
    """Not once in all prompts but those that are signals."""
    assert len(prompts) > 400
    beeping = {name for name, sound in prompts.items() if beeps_in(heard_as(sound))}
    assert beeping - SIGNALS == set()


def test_a_real_beep_behind_real_speech(prompts: dict[str, Sound]) -> None:
    """That of a well-known telephone system, after its own prompts."""
    assert len(beeps_in(prompts["vm-intro.wav"], silence(100), prompts["beep.wav"])) == 1


# -- a fax ----------------------------------------------------------------------------------------


def fax_heard_after(*parts: Sound, piece_ms: int = 20) -> float | None:
    """When the answer of a fax was heard, in ms; None: it was not."""
    sound = np.clip(np.concatenate([*parts, silence(1000)]), -32768, 32767).astype("<i2")
    pcm, ear = ulaw_to_pcm(pcm_to_ulaw(sound.tobytes())), BeepEar()
    size = piece_ms * 16
    for at in range(0, len(pcm), size):
        ear.feed(pcm[at : at + size])
        if ear.fax_heard:
            return (at + size) / 16
    return None


def answer_of_a_quick_fax(ms: float) -> Sound:
    """ANSam (ITU-T V.8): 2,100 Hz turned over every 450 ms, its loudness up and down by a fifth."""
    moments = np.arange(int(ms * 8)) / 8000
    turned = (-1.0) ** np.floor(moments / 0.45)
    return tone(2100, ms) * turned * (1 + 0.2 * np.sin(2 * np.pi * 15 * moments))


@pytest.mark.parametrize("gain", [1.0, 0.1])
@pytest.mark.parametrize("noise", [0.0, 100.0])
@pytest.mark.parametrize(
    "answer",
    [
        tone(2100, 2600),
        tone(2100, 4000),
        tone(2085, 3300),
        tone(2115, 3300),
        OTHERS["modem answers"],
        answer_of_a_quick_fax(3300),
    ],
    ids=["shortest", "longest", "low", "high", "modem", "V.8"],
)
def test_a_fax_is_heard(answer: Sound, noise: float, gain: float) -> None:
    """Before its tone is over, faint or loud, on a line that hisses."""
    at_ms = fax_heard_after(silence(500), hiss(answer * gain, noise * gain))
    assert at_ms is not None and at_ms < 500 + FAX_WITHIN_MS


@pytest.mark.parametrize("name", sorted(OTHERS.keys() - {"fax answers", "modem answers"}))
def test_other_signals_are_no_fax(name: str) -> None:
    """Nor is one that calls, which beeps for half a second every three."""
    assert fax_heard_after(OTHERS[name]) is None


@pytest.mark.parametrize("ms", LENGTHS_MS)
def test_no_beep_is_a_fax(ms: float) -> None:
    """Not even one of the very tone."""
    assert fax_heard_after(silence(300), tone(2100, ms)) is None


def test_a_fax_that_calls_and_speech_are_no_fax_that_answers(speech_8k: bytes) -> None:
    """Its 1,100 Hz may be heard where a person picked up."""
    calling = np.concatenate([tone(1100, 500), silence(3000)] * 3)
    assert fax_heard_after(calling) is None
    assert fax_heard_after(np.frombuffer(speech_8k, np.int16).astype(np.float64)) is None
