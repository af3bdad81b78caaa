"""The picture of a recording: made when somebody first looks at it, in a process of its own
(`bot/sound_peaks.py`), kept beside the recording, and gone with it.
"""

import asyncio
import secrets
from pathlib import Path

from loguru import logger

from bot.child import Apart, Bounds, ChildFailed, ChildRefused, Children
from bot.recordings.storage import Storage
from bot.recordings.words import MOST_BYTES, key_of
from bot.sound_peaks import peaks_of
from bot.store import RecordingRecord

# An hour of both sides takes some seconds.
BOUNDS = Bounds(secs=120.0, cpu_secs=60, memory_bytes=2 * 1024**3, output_bytes=1024**2)
_PEAKS_OF = f"{peaks_of.__module__}:peaks_of"


class Peaks:
    """Makes pictures of recordings that are kept."""

    def __init__(self, *, storage: Storage, folder: Path, apart: Apart | None = None) -> None:
        """Files are written into `folder` first."""
        self._storage = storage
        self._folder = folder
        self._apart = apart or Children(BOUNDS)

    async def of(self, record: RecordingRecord) -> bytes | None:
        """As JSON (`peaks_of`); None: it cannot be made. Raises StorageError."""
        key = peaks_key(record)
        size = await self._storage.size(key)
        if size is not None:
            return await self._storage.read(key, 0, size)
        size = await self._storage.size(key_of(record))
        if not size or size > MOST_BYTES:
            return None
        content = await self._storage.read(key_of(record), 0, size)
        try:
            with await self._apart(_PEAKS_OF, content, {}) as output:
                made = "".join(await asyncio.to_thread(list, output)).encode()
        except (ChildFailed, ChildRefused) as error:
            logger.warning(
                "there is no picture of a recording: {}",
                error,
                call_id=record.call_id,
                event="recording_not_pictured",
            )
            return None
        await self._keep(key, made)
        return made

    async def _keep(self, key: str, made: bytes) -> None:
        part = self._folder / f"{secrets.token_hex(8)}.peaks"
        try:
            await asyncio.to_thread(_write, part, made)
            await self._storage.put(key, part)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)


def peaks_key(record: RecordingRecord) -> str:
    """Where its picture is."""
    return f"{record.made_at:%Y-%m}/{record.id}.peaks.json"
