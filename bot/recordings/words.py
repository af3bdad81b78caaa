"""When each word of a recording was said: found after the call, in a process of its own
(`bot/heard_words.py`). The package for it is optional (the extra `words`).

What is found is kept beside the recording, as JSON, and goes with it.
"""

import asyncio
import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from loguru import logger

from bot.child import Apart, Bounds, ChildFailed, ChildRefused, Children
from bot.heard_words import words_of
from bot.outbox import NotDelivered, NotYet
from bot.recordings.storage import Storage
from bot.store import RecordingRecord, Store
from bot.tasks import TaskSet

WAIT_SECS = 10.0  # other deliveries wait meanwhile; what takes longer is asked for again
MOST_BYTES = 64 * 1024 * 1024  # of an MP3 file: some hours
# An hour of both sides takes a small model a quarter of one.
BOUNDS = Bounds(
    secs=2 * 3600.0, cpu_secs=2 * 3600, memory_bytes=8 * 1024**3, output_bytes=64 * 1024**2
)
_WORDS_OF = f"{words_of.__module__}:words_of"


class WordTimes:
    """Finds the words of recordings that are kept, one recording at a time."""

    def __init__(
        self,
        *,
        store: Store,
        storage: Storage,
        folder: Path,
        model: str,
        apart: Apart | None = None,
    ) -> None:
        """`model` is a folder with a model of faster-whisper (CTranslate2). Files are written into
        `folder` first. Raises ValueError: the package or the model is not there.
        """
        if find_spec("faster_whisper") is None:
            raise ValueError(
                "RECORDINGS_WORDS is set, and the package faster-whisper is not installed: "
                "pip install 'trunkline[words]'"
            )
        if not (Path(model) / "model.bin").is_file():
            raise ValueError(f"RECORDINGS_WORDS: {model} holds no model.bin of faster-whisper")
        self._store = store
        self._storage = storage
        self._folder = folder
        self._model = str(Path(model).resolve())
        self._apart = apart or Children(BOUNDS)
        self._tasks = TaskSet()
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def find(self, record: RecordingRecord) -> None:
        """Has the words of this recording found and kept. Raises NotDelivered: not yet, or it did
        not succeed.
        """
        if await self._storage.size(words_key(record)) is not None:
            self._under_way.pop(record.id, None)
            return
        task = self._under_way.get(record.id)
        if task is None:
            task = self._tasks.start(self._work(record), name=f"words::{record.id}")
            self._under_way[record.id] = task
        done, _ = await asyncio.wait((task,), timeout=WAIT_SECS)
        if not done:
            raise NotYet("its words are still being found")
        self._under_way.pop(record.id, None)
        try:
            task.result()
        except (ChildFailed, ChildRefused) as error:
            raise NotDelivered(str(error)) from error

    async def _work(self, record: RecordingRecord) -> None:
        size = await self._storage.size(key_of(record))
        if size is None or size > MOST_BYTES:
            raise NotDelivered("its file is gone, or too long for a recogniser", final=True)
        content = await self._storage.read(key_of(record), 0, size)
        asked = {"model": self._model, "channels": record.channels or 1}
        part = self._folder / f"{record.id}.words"
        output = await self._apart(_WORDS_OF, content, asked)
        try:
            with output:
                await asyncio.to_thread(_write, part, output)
            await self._storage.put(words_key(record), part)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        now = await self._store.recordings.get(record.id)
        if now is None or not now.is_here:  # refused or erased meanwhile
            await self._storage.delete(words_key(record))
        logger.info(
            "the words of a recording are found", call_id=record.call_id, event="words_found"
        )

    async def close(self) -> None:
        """Gives up what is under way; whoever serves next begins it anew."""
        for task in self._tasks:
            task.cancel()
        await self._tasks.wait()


def key_of(record: RecordingRecord) -> str:
    """Where a recording is kept, by month."""
    return f"{record.made_at:%Y-%m}/{record.id}.mp3"


def words_key(record: RecordingRecord) -> str:
    """Where its words are."""
    return f"{record.made_at:%Y-%m}/{record.id}.words.json"


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write('{"words": [')
        for number, line in enumerate(lines):
            file.write(f"{',' if number else ''}\n{line}")
        file.write("\n]}\n")
