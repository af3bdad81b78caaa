"""The voices and the ears of the far side."""

import io
import stat
import subprocess
import sys
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.ears import MoonshineEars
from bot.simulator.voices import (
    CachedVoice,
    EspeakVoice,
    PiperVoice,
    default_voice,
    to_line,
)
from tests.voices import kept

WORDS = "I would like to book an appointment."


def samples(ulaw: bytes) -> np.ndarray:
    return np.frombuffer(ulaw_to_pcm(ulaw), np.int16).astype(np.float32) / 32768


def pitch_hz(ulaw: bytes) -> float:
    """The median fundamental of the voiced parts, by autocorrelation."""
    found = []
    for block in np.array_split(samples(ulaw), len(ulaw) // 400):
        echo = np.correlate(block, block, "full")[len(block) - 1 :]
        lag = 20 + int(np.argmax(echo[20:130]))
        if echo[0] > 1.0 and echo[lag] > 0.5 * echo[0]:
            found.append(8000 / lag)
    return float(np.median(found))


def test_what_the_tests_keep_is_what_the_engine_says() -> None:
    """The folder in which the tests keep lines is another one when the sound would be another."""
    assert kept(PiperVoice()).render(WORDS) == PiperVoice().render(WORDS)


def test_piper_says_a_line_the_same_every_time() -> None:
    """Noise is off: a line is the same bytes, of a length that fits the words."""
    first, second = PiperVoice().render(WORDS), PiperVoice().render(WORDS)
    assert first == second
    assert 1000 <= len(first) / 8 <= 2500


def test_line_is_trimmed_and_at_telephone_loudness() -> None:
    """Within 100 ms of sound at both ends, about -20 dBFS, not clipped."""
    heard = samples(PiperVoice().render(WORDS))
    rms_dbfs = 20 * np.log10(np.sqrt((heard**2).mean()))
    assert -24 <= rms_dbfs <= -18
    assert np.abs(heard).max() <= 0.95
    loud = np.flatnonzero(np.abs(heard) > 0.02)
    assert loud[0] < 800 and loud[-1] > len(heard) - 800


def test_agent_and_caller_are_two_people() -> None:
    """The caller's pitch is higher; the words take about as long."""
    agent, caller = (default_voice(role).render(WORDS) for role in ("agent", "caller"))
    assert pitch_hz(caller) > 1.08 * pitch_hz(agent)
    assert 0.75 <= len(caller) / len(agent) <= 1.1


def test_pace_is_words_per_second() -> None:
    """Twice the pace is about half the time."""
    assert len(PiperVoice(pace=2.0).render(WORDS)) < 0.65 * len(PiperVoice().render(WORDS))


def test_silence_and_nothing_render_as_nothing() -> None:
    """No sound, no bytes, no division by zero."""
    assert to_line(np.zeros(22050, np.float32), 22050) == b""
    assert to_line(np.zeros(0, np.float32), 22050) == b""
    assert PiperVoice().render("") == b""


def test_importing_the_voices_loads_no_engine() -> None:
    """The service may import the module without the demo's packages."""
    code = (
        "import sys, warnings; warnings.simplefilter('ignore');"
        "import bot.simulator.voices, bot.simulator.ears, bot.simulator.model;"
        "print([m for m in sys.modules if m.startswith(('piper', 'moonshine', 'joe_us'))])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_espeak_reads_the_program_s_wav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text goes in by stdin, a WAV comes out by stdout, at any rate."""
    tone = (8000 * np.sin(np.arange(22050) / 10)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, 22050, 0, "NONE", ""))
        sound.writeframes(tone.tobytes())
    (tmp_path / "tone.wav").write_bytes(buffer.getvalue())
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\ncat > "{tmp_path}/text"; cat "{tmp_path}/tone.wav"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert abs(len(EspeakVoice().render("-v is no option")) / 8 - 1000) <= 40
    assert (tmp_path / "text").read_text() == "-v is no option"


def test_missing_espeak_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear sentence, not a traceback of subprocess."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="espeak-ng is not on PATH"):
        EspeakVoice().render("Hello")


@dataclass(frozen=True)
class Counting:
    """A voice that counts how often it was asked."""

    name: str
    asked: list[str] = field(default_factory=list, repr=False)

    def render(self, text: str) -> bytes:
        self.asked.append(text)
        return f"{self.name} {text}".encode()


def test_cache_renders_a_line_once(tmp_path: Path) -> None:
    """Per voice and text; nothing but finished files is left behind."""
    joe, ann = Counting("joe"), Counting("ann")
    for voice in (joe, ann, joe):
        cached = CachedVoice(voice, tmp_path / "cache")
        assert [cached.render(text) for text in ("a", "b")] == [
            f"{voice.name} a".encode(),
            f"{voice.name} b".encode(),
        ]
    assert (joe.asked, ann.asked) == (["a", "b"], ["a", "b"])
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {".ulaw"}


def test_cache_refuses_a_voice_it_cannot_tell_apart(tmp_path: Path) -> None:
    """The default repr is an address: two voices could share it one after the other."""

    class Nameless:
        def render(self, text: str) -> bytes:
            return b""

    with pytest.raises(ValueError, match="dataclass"):
        CachedVoice(Nameless(), tmp_path)


@pytest.mark.parametrize("role", ["agent", "caller"])
async def test_ears_understand_the_voices(role: str) -> None:
    """Word for word, give or take one."""
    heard = await MoonshineEars().hear(default_voice(role).render(WORDS))
    assert {"would", "like", "book", "appointment"} <= set(heard.lower().strip(".").split())


async def test_ears_hear_nothing_in_silence() -> None:
    """No words are made up."""
    assert await MoonshineEars().hear(b"\xff" * 16000) == ""
