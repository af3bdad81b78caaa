"""Music, announcements and people on a line on hold, as the ear tells them apart."""

import wave
from pathlib import Path

import numpy as np
import pytest

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from processors.listening.announcements import Announcements, Printer
from processors.listening.hold_ear import HoldEar
from processors.listening.level_gate import LevelGate
from processors.listening.loudness import loudness
from processors.listening.music import is_music, samples_of, speech_likeness
from processors.listening.silero import SileroStream, score
from processors.listening.speech_gate import Edge, SpeechGate
from processors.sound import CallerSound

PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
MUSIC = Path("/usr/share/asterisk/moh")
NAMES = ("vm-goodbye", "demo-congrats", "ss-noservice", "conf-adminmenu", "tt-allbusy")
prompts = pytest.mark.skipif(not PROMPTS.is_dir(), reason="asterisk-core-sounds-en-wav is missing")
real_music = pytest.mark.skipif(not MUSIC.is_dir(), reason="asterisk-moh-opsound-wav is missing")


def as_heard(samples: np.ndarray) -> bytes:
    """As a telephone line brings it."""
    pcm = samples.clip(-32000, 32000).astype("<i2").tobytes()
    return ulaw_to_pcm(pcm_to_ulaw(pcm))


def recorded(path: Path, secs: float = 30.0, from_secs: float = 0.0) -> bytes:
    with wave.open(str(path)) as file:
        file.setpos(round(from_secs * 8000))
        pcm = file.readframes(round(secs * 8000))
    return as_heard(np.frombuffer(pcm, "<i2").astype(float))


def prompt(name: str) -> bytes:
    return recorded(PROMPTS / f"{name}.wav", 6.0)


def silence(secs: float) -> bytes:
    return bytes(2 * round(secs * 8000))


def tune(secs: float, *, decay: float, seed: int = 1) -> np.ndarray:
    """Notes over chords; a great `decay` is a plucked string or a piano."""
    chance, beat = np.random.default_rng(seed), 4000
    out = np.zeros(round(secs * 8000) + 4 * beat)
    for begin in range(0, round(secs * 8000), beat):
        t = np.arange(beat) / 8000
        hz = 400 * 2 ** (int(chance.choice([0, 2, 4, 5, 7, 9])) / 12)
        note = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 6)) * np.exp(-decay * t)
        chord = sum(np.sin(2 * np.pi * 200 * 2 ** (n / 12) * t) for n in (0, 4, 7))
        drum = chance.standard_normal(beat) * np.exp(-t * 40)
        out[begin : begin + beat] += 1500 * note + 500 * chord + 900 * drum
    return out[: round(secs * 8000)]


def noise(secs: float) -> np.ndarray:
    return np.random.default_rng(2).standard_normal(round(secs * 8000)) * 1500


class Line:
    """A line on hold that Silero listens to. Whoever wakes it is put on hold again."""

    def __init__(self) -> None:
        self.ear = HoldEar()
        self.ear.hold_begins()
        self.woken: list[float] = []  # seconds of the line
        self.kept: list[bytes] = []
        self._stream, self._levels = SileroStream(), LevelGate()
        self._gate = SpeechGate(enter=0.6, leave=0.35)
        self._secs = 0.0

    def play(self, pcm: bytes) -> "Line":
        for at in range(0, len(pcm), 320):
            self._hear(pcm[at : at + 320])
        return self

    def _hear(self, piece: bytes) -> None:
        self._secs += len(piece) / 16000
        self.ear.hear(CallerSound(pcm_to_ulaw(piece), "", piece))
        self._levels.hear(loudness(piece), sent_rms=0, secs=len(piece) / 16000)
        self._stream.add(piece)
        while self._stream.ready:
            edge = self._gate.feed(self._levels.weigh(score([self._stream])[0], secs=0.032))
            self._stream.quiet = self._gate.quiet
            if edge is Edge.STARTED:
                self.ear.speech_began(0.2)
            elif edge is Edge.STOPPED:
                self.ear.speech_ended(0.4)
        if self.ear.person:
            self.woken.append(self._secs)
            self.kept.append(b"".join(sound.pcm for sound in self.ear.hold_ends()))
            self.ear.hold_begins()


@prompts
@pytest.mark.parametrize("name", NAMES)
def test_a_person_wakes_it_within_a_second(name: str) -> None:
    """From the first sound of theirs, which is kept with all that follows it."""
    spoken = prompt(name)
    line = Line().play(silence(2) + spoken + silence(1))
    first = np.flatnonzero(np.abs(samples_of(spoken)) > 400)[0] / 8000
    assert line.woken[0] - 2 - first < 1.0
    begin = (silence(2) + spoken)[round((2 + first) * 8000) * 2 :][:4000]
    assert begin in line.kept[0]


@prompts
def test_a_person_after_music() -> None:
    """However loud it was."""
    line = Line().play(as_heard(tune(8, decay=3)) + prompt("demo-congrats") + silence(1))
    assert 8 < line.woken[0] < 9.2


@pytest.mark.parametrize(
    "sound",
    [tune(30, decay=0), tune(30, decay=3, seed=3), tune(30, decay=8, seed=4), noise(10)],
    ids=["organ", "piano", "plucked", "noise"],
)
def test_made_up_music_and_noise_wake_nobody(sound: np.ndarray) -> None:
    """Whatever Silero makes of them."""
    assert Line().play(as_heard(sound)).woken == []


@real_music
@pytest.mark.parametrize("name", sorted(path.stem for path in MUSIC.glob("*.wav")))
def test_real_music_wakes_nobody(name: str) -> None:
    """Twenty seconds of each track."""
    sound = recorded(MUSIC / f"{name}.wav", 20, 10)
    assert Line().play(sound).woken == []


@prompts
def test_the_same_announcement_wakes_it_once() -> None:
    """Louder or softer, with soft music under it, and with the grid of samples moved."""
    loop = samples_of(prompt("demo-congrats"))
    bed = tune(6, decay=3)[: len(loop)] * 0.1
    again = [loop, np.concatenate([np.zeros(37), loop * 0.7]), loop * 1.2 + bed[: len(loop)]]
    pcm = b"".join(as_heard(sound) + silence(2) for sound in again)
    line = Line().play(silence(1) + pcm)
    assert len(line.woken) == 1


@prompts
def test_another_sentence_in_the_same_voice_wakes_it() -> None:
    """Also where a recording was heard before."""
    line = Line()
    line.play(silence(1) + prompt("tt-allbusy") + silence(2))
    line.play(prompt("ss-noservice") + silence(1))
    assert len(line.woken) >= 2


def test_music_is_counted_only_off_hold_and_without_a_voice() -> None:
    """A second at a time; two seconds of silence and more end it."""
    ear = HoldEar()

    def play(sound: np.ndarray) -> None:
        pcm = as_heard(sound)
        for at in range(0, len(pcm), 320):
            ear.hear(CallerSound(pcm_to_ulaw(pcm[at : at + 320]), "", pcm[at : at + 320]))

    play(tune(6, decay=2))
    assert ear.music_secs >= 5
    play(np.zeros(8000 * 4))
    assert ear.music_secs == 0
    play(noise(5))
    assert ear.music_secs == 0


@prompts
def test_the_measure_tells_music_from_speech() -> None:
    """Above 0 for a voice, below for a tune; noise and silence are neither music."""
    assert speech_likeness(samples_of(prompt("tt-allbusy"))[4000:10400]) > 0
    assert speech_likeness(tune(1, decay=2)) < 0
    assert is_music(tune(1, decay=2))
    assert not is_music(noise(1))
    assert not is_music(np.zeros(8000))


def test_too_little_is_like_nothing() -> None:
    """Half a second at least is compared."""
    known, short = Printer(), Printer()
    known.feed(as_heard(tune(3, decay=2)))
    short.feed(as_heard(tune(3, decay=2))[:4000])
    announcements = Announcements()
    announcements.learn(known.so_far)
    assert announcements.place_of(short.so_far) is None
    assert announcements.place_of(known.so_far[:60]) is not None
