"""What is said on one side of a call is heard on the other, whatever form it takes between them: a
recogniser hears the same words, and by numbers nothing is cut, stretched or torn.

Both sides speak with a synthetic voice, and the vendors are simulated ones with a real recogniser.
"""

from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bot.media.g711 import SILENCE, ulaw_to_pcm
from bot.simulator.caller import Pause, Say, WaitForAgent
from bot.simulator.ears import Ears, MoonshineEars
from bot.simulator.model import ANYTHING, Step
from tests.brains.conformance.brains import PCM_ONLY, QUICK
from tests.brains.conformance.cascade_endpoint import cascade
from tests.brains.conformance.endpoints import Entry, Start
from tests.brains.conformance.gemini_endpoint import gemini
from tests.brains.conformance.realtime_endpoints import openai
from tests.brains.conformance.test_conformance import GREETING, Scene, play
from tests.voices import kept_voice

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(find_spec("moonshine_voice") is None, reason="no recogniser: extra demo"),
    pytest.mark.skipif(find_spec("piper") is None, reason="no voice: extra demo"),
]

Wave = npt.NDArray[np.float64]
ASK = "I would like to bring my brother along to the garden party."
ANSWER = "Your brother is very welcome, and please tell him to bring a warm coat for the evening."
PATHS: dict[str, Callable[[Ears], Start]] = {
    "openai, \u03bc-law": lambda ears: openai(QUICK, ears=ears),
    "openai, PCM at 24 kHz": lambda ears: openai(PCM_ONLY, ears=ears),
    "gemini, 16 kHz and 24 kHz": lambda ears: gemini(QUICK, ears=ears),
    "cascade, 8 kHz": lambda ears: cascade("deepgram > openai > deepgram", ears=ears),
    "cascade, voice at 24 kHz": lambda ears: cascade("openai > openai > openai", ears=ears),
}
SCENE = Scene(
    shows="",
    steps=(Step(hears=ANYTHING, say=ANSWER),),
    actions=(WaitForAgent(600), Say(ASK), WaitForAgent(900), Pause(500)),
    holds=lambda told: None,
)


@pytest.mark.parametrize("name", PATHS)
async def test_the_same_words_are_heard_before_and_after(name: str, tmp_path: Path) -> None:
    """Of the caller by the vendor, of the agent by the caller; the agent's sound is as it was."""
    ears, agent, caller = MoonshineEars(), kept_voice("agent"), kept_voice("caller")
    entry = Entry(name=name, start=PATHS[name](ears))
    told = await play(entry, SCENE, tmp_path, caller)
    asked = next(turn["text"] for turn in told.record["turns"] if turn["role"] == "caller")
    assert misheard(ASK, asked) <= 1
    track = told.sim.heard.agent
    said = agent.render(ANSWER)
    at = place_of(track, said)
    assert misheard(ANSWER, await ears.hear(track[at : at + len(said)])) <= 1
    holds_together(track, said)
    holds_together(track, agent.render(GREETING))


def misheard(said: str, heard: str) -> int:
    """Words that are missing, or more than there were. The recogniser carries over a trace of what
    it heard before, in which it may read one.
    """
    was, came = Counter(plain(said)), Counter(plain(heard))
    return max((was - came).total(), (came - was).total())


def holds_together(track: bytes, said: bytes) -> None:
    """Nothing of it is cut, stretched or torn: its ends are as far apart as they were, to a
    millisecond; its level is the same to a decibel; and no step from one sample to the next is a
    click: none is a quarter larger than the largest there was.
    """
    voiced = said.rstrip(bytes([SILENCE]))
    part = min(4000, len(voiced) // 3)
    begin, end = place_of(track, voiced[:part]), place_of(track, voiced[-part:])
    assert abs((end - begin) - (len(voiced) - part)) <= 8
    heard, was = wave(track[begin : end + part]), wave(voiced)
    level_db = 10 * np.log10(np.mean(heard**2) / np.mean(was**2))
    assert abs(level_db) < 1
    assert np.abs(np.diff(heard, 2)).max() < 1.25 * np.abs(np.diff(was, 2)).max()


def place_of(track: bytes, sound: bytes) -> int:
    """Where in the track the sound fits best, in samples. It must fit well: their correlation is
    above 0.9."""
    whole, part = wave(track), wave(sound)
    size = 1 << (len(whole) + len(part)).bit_length()
    spectra = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size))
    places = len(whole) - len(part) + 1
    products = np.fft.irfft(spectra, size)[:places]
    powers = np.concatenate([[0.0], np.cumsum(whole**2)])
    energies = powers[len(part) :] - powers[:places]
    fits = products / np.sqrt(np.maximum(energies, 1.0) * np.sum(part**2))
    at = int(np.argmax(fits))
    assert fits[at] > 0.9
    return at


def wave(ulaw: bytes) -> Wave:
    return np.frombuffer(ulaw_to_pcm(ulaw), "<i2").astype(np.float64)


def plain(words: str) -> list[str]:
    return "".join(c for c in words.lower() if c.isalnum() or c == " ").split()
