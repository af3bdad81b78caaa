"""Sound is believed to be in a format when it looks like it."""

import random
import wave
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soxr

from bot.brains.config import SoundFormat
from bot.brains.realtime.sound_format import (
    LONGEST,
    TOO_MUCH,
    WINDOW,
    FormatCheck,
    WrongFormat,
    look,
)
from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from tests.voices import kept_voice

PROMPTS = Path("/usr/share/asterisk/sounds")  # Debian's asterisk-core-sounds-en-wav: `make speech`
LINES = ("Hello, thanks for calling the bakery.", "She sells six fresh fish on Saturdays.", "No.")
FRAME = 160  # bytes of μ-law in 20 ms
GAINS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # of 1.0: as recorded; the last is clipped
SPEECH_FROM = 2 * WINDOW  # bytes that may be played before speech in the wrong format is known


def speech() -> Iterator[np.ndarray]:
    """At 8 kHz, in samples."""
    for line in LINES:
        sound = ulaw_to_pcm(kept_voice("agent").render(line))
        yield np.frombuffer(sound, "<i2").astype(np.float32)
    for path in random.Random(7).sample(
        sorted(PROMPTS.rglob("*.wav")), 60 if PROMPTS.exists() else 0
    ):
        with wave.open(str(path)) as file:
            if file.getframerate() == 8000:
                sound = file.readframes(file.getnframes())
                yield np.frombuffer(sound, "<i2").astype(np.float32)


SPEECH = list(speech())


def has_speech(sound: np.ndarray) -> bool:
    """A quarter of a second that is not silent: some prompts are silence."""
    return int(np.count_nonzero(np.abs(sound) > 300)) > 2000


def samples(sound: np.ndarray) -> bytes:
    return bytes(np.clip(np.rint(sound), -32768, 32767).astype("<i2").tobytes())


def as_ulaw(sound: np.ndarray) -> bytes:
    return pcm_to_ulaw(samples(sound))


def as_pcm(sound: np.ndarray) -> bytes:
    """At 24 kHz."""
    return samples(soxr.resample(sound.astype(np.float32), 8000, 24000))


def admitted(sound: bytes, claimed: SoundFormat, *, step: int) -> tuple[str, int]:
    """What comes of this sound, in pieces of this length, and how much of it is played."""
    check, played = FormatCheck(claimed), 0
    try:
        for at in range(0, len(sound), step):
            played += len(check.admit("u", sound[at : at + step]))
    except WrongFormat:
        return "wrong", played
    return "believed" if check.believed else "doubtful", played + len(check.rest("u"))


@pytest.mark.parametrize("gain", GAINS)
def test_speech_is_what_it_is_said_to_be(gain: float) -> None:
    """Quiet, normal and clipped, from its beginning or from its middle: all of it is played."""
    for sound in SPEECH:
        for part in (sound, sound[len(sound) // 3 :]):
            for encoded, claimed in ((as_ulaw(part * gain), "ulaw"), (as_pcm(part * gain), "pcm")):
                for step in (FRAME, 2400):
                    how, played = admitted(encoded, claimed, step=step)  # type: ignore[arg-type]
                    assert played == len(encoded)
                    assert how == "believed" or not has_speech(part * gain)


@pytest.mark.parametrize("gain", GAINS[:-1])
@pytest.mark.parametrize("step", [FRAME, 2400])
def test_16_bit_samples_are_not_taken_for_mu_law(gain: float, step: int) -> None:
    """They are known from the first 40 ms of what would be noise, mostly before any of it."""
    played: list[int] = []
    for sound in SPEECH:
        how, so_much = admitted(as_pcm(sound * gain), "ulaw", step=step)
        assert how == "wrong"
        played.append(so_much)
    assert max(played) <= SPEECH_FROM
    assert played.count(0) >= 0.95 * len(played)


def test_clipped_16_bit_samples_are_known_too() -> None:
    """Somewhat later: at full scale they have no quiet ones."""
    heard = [admitted(as_pcm(sound * 3.0), "ulaw", step=2400) for sound in SPEECH]
    assert {how for how, _ in heard} == {"wrong"}
    assert max(played for _, played in heard) <= LONGEST / 2


@pytest.mark.parametrize("gain", GAINS[2:])
def test_mu_law_is_not_taken_for_16_bit_samples(gain: float) -> None:
    """As soon as there is speech in it."""
    for sound in SPEECH:
        if has_speech(sound * gain):
            begins = np.flatnonzero(np.abs(sound * gain) > 300)[0]
            assert admitted(as_ulaw(sound[begins:] * gain), "pcm", step=2400)[0] == "wrong"


def tones() -> dict[str, np.ndarray]:
    """What is no speech, two seconds each at 8 kHz."""
    at, dice = np.arange(16_000) / 8000, np.random.default_rng(0)
    found = {
        f"tone of {hertz:g} Hz at {level}": level * np.sin(2 * np.pi * hertz * at + 0.3)
        for hertz in (50, 330, 440, 697, 1000, 8000 / 6, 1600, 2000, 8000 / 3, 3400, 4000)
        for level in (100, 9000, 30_000)
    }
    for low, high in ((697, 1209), (941, 1633), (350, 440)):
        pair = np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at)
        found[f"{low} and {high} Hz"] = 8000 * pair
    for level in (10, 300, 6000, 20_000):
        found[f"noise at {level}"] = level * dice.standard_normal(len(at))
    for number, peak in enumerate((8000, 30_000, 90_000)):  # the last is clipped
        chord = sum(
            np.sin(2 * np.pi * hertz * part * at) / part
            for hertz in (110, 164.8, 220, 277.2, 330)
            for part in range(1, 8)
        )
        drum = 3 * dice.standard_normal(len(at)) * np.exp(-((at * 4) % 1) * 8)
        found[f"music {number}"] = (chord + drum) * peak / np.abs(chord + drum).max()
    found["a square"] = 30_000 * np.sign(np.sin(2 * np.pi * 400 * at + 0.1))
    found["a sawtooth"] = 30_000 * (2 * ((at * 250) % 1) - 1)
    return found


@pytest.mark.parametrize(("what", "sound"), tones().items(), ids=tones())
def test_no_other_sound_is_taken_for_what_it_is_not(what: str, sound: np.ndarray) -> None:
    """Whatever it may be: it is played."""
    for offset in (0, 1):
        encoded = as_ulaw(sound)[offset:]
        assert admitted(encoded, "ulaw", step=FRAME)[1] == len(encoded), what
    encoded = as_pcm(sound)
    assert admitted(encoded, "pcm", step=960)[1] == len(encoded), what


@pytest.mark.parametrize("code", [0xFF, 0x7F, 0xFE])
def test_digital_silence_is_played_and_says_nothing(code: int) -> None:
    """However long: what follows is looked at."""
    check, silence = FormatCheck("ulaw"), bytes([code]) * LONGEST * 3
    assert check.admit("u", silence) == silence
    assert not check.believed
    with pytest.raises(WrongFormat):
        check.admit("u", as_pcm(SPEECH[0]))


def test_silence_of_16_bit_samples_is_known() -> None:
    """Zeros would be a full-scale step; and a little noise around them noise at full scale."""
    dice = np.random.default_rng(0)
    with pytest.raises(WrongFormat):
        FormatCheck("ulaw").admit("u", bytes(2400))
    for level in (1, 3, 20, 100):
        noise = samples(dice.integers(-level, level + 1, 2400))
        with pytest.raises(WrongFormat):
            FormatCheck("ulaw").admit("u", noise)


def test_less_than_two_frames_are_withheld() -> None:
    """Sound in small pieces goes on with the second; what is left at its end is told, once."""
    ulaw = as_ulaw(SPEECH[0])[:8000]
    check = FormatCheck("ulaw")
    assert check.admit("u", ulaw[:FRAME]) == b""
    assert check.admit("u", ulaw[FRAME:WINDOW]) == ulaw[:WINDOW]
    check = FormatCheck("ulaw")
    assert check.admit("u", ulaw[: WINDOW - 1]) == b""
    assert check.rest("other") == b""
    check.admit("u", ulaw[: WINDOW - 1])
    assert check.rest("u") == ulaw[: WINDOW - 1]
    assert check.rest("u") == b""


def test_what_was_withheld_belongs_to_its_utterance() -> None:
    """One that was cut is not heard at the beginning of the next."""
    check = FormatCheck("ulaw")
    assert check.admit("one", b"\x91" * 100) == b""
    assert check.admit("two", b"\x92" * WINDOW) == b"\x92" * WINDOW


def test_doubt_has_an_end() -> None:
    """A sound like no other is what it is said to be, after so much of it."""
    tone = as_ulaw(30_000 * np.sin(2 * np.pi * 2000 * np.arange(LONGEST) / 8000 + 0.3))
    check = FormatCheck("ulaw")
    check.admit("u", tone[: LONGEST - WINDOW])
    assert not check.believed
    check.admit("u", tone[:WINDOW])
    assert check.believed


@pytest.mark.parametrize(
    ("received_ms", "told_ms", "wrong"),
    [(6000, 1000, True), (TOO_MUCH * 1000 + 1, 1000, True), (TOO_MUCH * 1000, 1000, False)]
    + [(1000, 1000, False), (100, 1000, False), (6000, 0, False)],
)
def test_sound_may_be_far_too_long_for_its_format(
    received_ms: int, told_ms: float, wrong: bool
) -> None:
    """Where the model's side tells how long it is; less of it may have been cut."""
    check = FormatCheck("ulaw")
    check.admit("u", b"\xff" * (received_ms * 8))
    if wrong:
        with pytest.raises(WrongFormat):
            check.told(lasted_ms=told_ms)
    else:
        check.told(lasted_ms=told_ms)
        check.told(lasted_ms=1000)  # of what has come since then: nothing


def test_most_windows_are_known_at_once() -> None:
    """And none for what it is not, but for such as there are no quiet samples in."""
    seen = {
        claimed: Counter(
            look(encoded[at : at + WINDOW])
            for sound in SPEECH
            for encoded in (encode(sound),)
            for at in range(0, len(encoded) - WINDOW, WINDOW * 5)
        )
        for claimed, encode in (("ulaw", as_ulaw), ("pcm", as_pcm))
    }
    assert (seen["ulaw"]["pcm"], seen["pcm"]["ulaw"]) == (0, 0)
    assert seen["pcm"]["pcm"] > 0.95 * seen["pcm"].total()
    assert seen["ulaw"]["ulaw"] > 0.5 * seen["ulaw"].total()
