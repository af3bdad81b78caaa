"""What an operator said is put into words by a child, and told to the agent, who is not kept
waiting for words that do not come."""

import asyncio
import io
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.calls.operator_talk import WORDS_SECS, OperatorTalk
from bot.child import ChildFailed, Children
from bot.media.g711 import ulaw_to_pcm
from bot.operator_words import OperatorWords, _as_wav
from processors.frames import UtterancePlayedFrame

LIBRARY = """
import sys, types, wave
from types import SimpleNamespace

class WhisperModel:
    def __init__(self, model, *, device, compute_type, cpu_threads): ...
    def transcribe(self, sound, **asked):
        words = [SimpleNamespace(word=w, start=0.0, end=1.0) for w in sound]
        return iter([SimpleNamespace(words=words)]), None

def decode_audio(file, *, split_stereo):
    with wave.open(file) as opened:
        return [" It", " is", f" {opened.getnframes()}", " samples."]

audio = types.ModuleType("faster_whisper.audio")
audio.decode_audio = decode_audio
sys.modules["faster_whisper.audio"] = audio
"""


class Feed:
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.keys: list[str] = []

    def agent_said(self, *, key: str, text: str, **_: Any) -> None:
        self.said.append(text)
        self.keys.append(key)


async def talk(find_words: Any, *utterances: bytes) -> tuple[str, Sequence[str]]:
    feed = Feed()
    told = OperatorTalk(feed, call_id="call_1", find_words=find_words)  # type: ignore[arg-type]
    told.begins("anna")
    for number, ulaw in enumerate(utterances):
        heard = UtterancePlayedFrame(utterance_id=f"k{number}", heard_ms=len(ulaw) // 8)
        told.said(ulaw, heard)
        await asyncio.sleep(0.01)  # no two begin at one moment
    return await told.told(), feed.said


async def test_its_words_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "faster_whisper"
    packages.mkdir()
    (packages / "__init__.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(tmp_path))
    words = OperatorWords("/a/model", apart=Children())
    note, said = await talk(words, b"\x10" * 1600)
    assert said == ["[anna] It is 1600 samples."]
    assert note.startswith("Anna has taken the call over")
    assert "What they said to the caller: It is 1600 samples." in note


async def test_without_words_the_agent_goes_by_the_answers() -> None:
    async def fails(ulaw: bytes) -> str:
        raise ChildFailed("it took longer than 60 s")

    for find_words in (None, fails):
        note, said = await talk(find_words, b"\x10" * 800, b"\x20" * 800)
        assert said == ["[anna speaks]"] * 2
        assert "go by what the caller answered" in note
    silent, said = await talk(None)
    assert (said, "They have said nothing." in silent) == ([], True)


async def test_words_that_do_not_come_are_not_waited_for() -> None:
    async def never(ulaw: bytes) -> str:
        await asyncio.sleep(3600)
        return ""

    began = asyncio.get_running_loop().time()
    note, _ = await talk(never, b"\x10" * 800)
    assert asyncio.get_running_loop().time() - began == pytest.approx(WORDS_SECS, abs=0.5)
    assert "go by what the caller answered" in note


async def test_what_has_no_words_at_the_end_stands_in_the_record_without_them() -> None:
    """Once: words that come after that are of no use; and no two have one key, whatever the
    pipeline calls them."""
    came = asyncio.Event()

    async def late(ulaw: bytes) -> str:
        await came.wait()
        return "Good evening."

    feed = Feed()
    for _ in range(2):
        told = OperatorTalk(feed, call_id="call_1", find_words=late)  # type: ignore[arg-type]
        told.begins("anna")
        played = UtterancePlayedFrame(utterance_id="operator_1", heard_ms=100)
        told.said(b"\x10" * 800, played)
        await told.over()
    came.set()
    await asyncio.sleep(1)
    assert feed.said == ["[anna speaks]"] * 2
    assert len(set(feed.keys)) == 2


async def test_who_speaks_on_over_another_pipeline_is_told_of_as_a_whole() -> None:
    """A brain is lost while they speak: the next is told of all that they said, and no more."""

    async def find_words(ulaw: bytes) -> str:
        return f"Words {len(ulaw)}."

    talk = OperatorTalk(Feed(), call_id="call_1", find_words=find_words)  # type: ignore[arg-type]
    for length in (800, 1600):  # in one pipeline, and in the next
        talk.begins("anna")
        talk.said(b"\x10" * length, UtterancePlayedFrame(heard_ms=length // 8))
        await asyncio.sleep(0.5)
    assert "What they said to the caller: Words 800. Words 1600." in await talk.told()
    talk.begins("ben")
    assert "They have said nothing." in await talk.told()


def test_the_sound_is_whole() -> None:
    with wave.open(io.BytesIO(_as_wav(b"\x10\x90"))) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        assert file.readframes(9) == ulaw_to_pcm(b"\x10\x90")
