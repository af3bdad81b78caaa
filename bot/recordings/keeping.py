"""Recordings after their calls: fetched from the carrier, kept, and deleted.

What is to be done is a delivery of the outbox (`bot/store/recordings.py`): it is tried until it is
done, by whatever process runs then.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from loguru import logger

from bot.calls.call import Call
from bot.carriers.errors import CarrierError
from bot.carriers.recordings import CarrierRecording, RecordingCarrier, RecordingMoved
from bot.clock import utcnow
from bot.outbox import NotDelivered, NotYet
from bot.recordings.notices import Notices
from bot.recordings.peaks import Peaks, peaks_key
from bot.recordings.recorder import CallRecorder
from bot.recordings.storage import Storage, StorageError
from bot.recordings.words import WordTimes, key_of, words_key
from bot.store import DeliveryRecord, RecordingRecord, Store, StoreError
from bot.store.recordings import LEAVE_CARRIER, READY, UNWANTED, WORDS
from bot.tasks import TaskSet
from tools import Unavailable

MOST_BYTES = 512 * 1024 * 1024  # four hours are a quarter of that
UNHEARD_OF_SECS = 120.0  # after a call's end the carrier has told of its recording, or is asked
ASK_EVERY_SECS = 60.0


class Recordings:
    """All recordings of this process's calls, and of those that other processes have left."""

    def __init__(
        self,
        *,
        store: Store,
        carrier: RecordingCarrier,
        storage: Storage,
        notices: Notices,
        folder: Path,
        leave_carrier: bool = False,
        words: WordTimes | None = None,
        on_due: Callable[[], None] = lambda: None,
    ) -> None:
        """Files are downloaded into `folder` first. With `leave_carrier` the carrier is to forget
        what we have; with `words` each word's time is found. `on_due` is told when something is to
        be done at once.
        """
        self._store = store
        self._carrier = carrier
        self._storage = storage
        self.notices = notices
        self._folder = folder
        self._leave_carrier = leave_carrier
        self._words = words
        self._peaks = Peaks(storage=storage, folder=folder)
        self.on_due = on_due
        self._tasks = TaskSet()
        self._asked_at: datetime | None = None

    def recorder_of(self, call: Call) -> CallRecorder | None:
        """What records this call; None: it is not to be recorded."""
        if not call.agent.recorded:
            return None
        return CallRecorder(
            call=call,
            notice=self.notices.of_recording(
                call.agent, theirs=call.other_party, ours=call.our_number
            ),
            store=self._store,
            carrier=self._carrier,
            tasks=self._tasks,
        )

    # -- what the carrier tells ---------------------------------------------------------------

    async def moved(self, moved: RecordingMoved, recording_id: str) -> None:
        """The carrier says how a recording stands. Raises Unavailable: it is not noted."""
        try:
            known = await self._note(recording_id, moved.recording)
        except StoreError as error:
            raise Unavailable(str(error), maybe_done=False) from error
        if not known:
            logger.warning(
                "the carrier tells of a recording that nobody asked for",
                call_sid=moved.call_sid,
                event="recording_unknown",
            )

    async def _note(self, recording_id: str, recording: CarrierRecording) -> bool:
        if recording.move == "going":
            return await self._store.recordings.get(recording_id) is not None
        known = await self._store.recordings.moved(
            recording_id,
            recording.sid,
            recording.move,
            duration_secs=recording.duration_secs,
            channels=recording.channels,
            at=utcnow(),
        )
        self.on_due()
        return known

    async def look(self, now: datetime) -> None:
        """Asks the carrier for recordings of which it has not told that they are over: a chore of
        the outbox.
        """
        if self._asked_at is not None and now - self._asked_at < timedelta(seconds=ASK_EVERY_SECS):
            return
        self._asked_at = now
        ended_before = now - timedelta(seconds=UNHEARD_OF_SECS)
        for record in await self._store.recordings.unheard_of(ended_before=ended_before):
            try:
                await self._ask_for(record)
            except CarrierError as error:
                logger.warning(
                    "the carrier does not say how a recording stands: {}",
                    error,
                    call_id=record.call_id,
                    event="recording_not_looked_up",
                )

    async def _ask_for(self, record: RecordingRecord) -> None:
        """One that was ordered by a process that died before it knew its name is found by its
        call: we make one recording at a time.
        """
        if record.sid is not None:
            try:
                await self._note(record.id, await self._carrier.fetch(record.sid))
            except CarrierError as error:
                if not error.gone:
                    raise
                await self._note(record.id, CarrierRecording(sid=record.sid, move="absent"))
            return
        call = await self._store.get_call(record.call_id)
        ours = {each.sid for each in await self._store.recordings.of_call(record.call_id)}
        made = await self._carrier.of_call(call.call_sid) if call and call.call_sid else ()
        for each in made:
            if each.sid not in ours:
                await self._store.recordings.named(record.id, each.sid)
                await self._note(record.id, each)
                return
        await self._store.recordings.never_begun(record.id, at=utcnow())

    # -- what is to be done -------------------------------------------------------------------

    async def send(self, delivery: DeliveryRecord) -> None:
        """Does what a delivery asks for (the `Sender` of the channel "recording")."""
        record = await self._store.recordings.get(delivery.subject)
        if record is None or (record.deleted_at is not None and delivery.event != WORDS):
            return
        try:
            if delivery.event == UNWANTED:
                await self._delete(record)
            elif delivery.event == READY and record.wanted and record.kept_at is None:
                await self._fetch(record)
            elif delivery.event == WORDS and not record.is_here:
                # Whoever found them may have died before it saw that they have to go.
                await self._storage.delete(words_key(record))
            elif delivery.event == WORDS and self._words is not None:
                await self._words.find(record)
            elif delivery.event == LEAVE_CARRIER and record.sid is not None:
                await self._carrier.delete(record.sid)
                await self._store.recordings.left_carrier(record.id, at=utcnow())
        except CarrierError as error:
            raise NotDelivered(str(error), final=delivery.event == READY and error.gone) from error
        except (StorageError, OSError) as error:
            raise NotDelivered(str(error)) from error

    async def _fetch(self, record: RecordingRecord) -> None:
        """Downloads it and keeps it. Every piece is written by a thread: calls wait for none."""
        if record.sid is None:
            raise NotDelivered("the carrier's name of it is not known", final=True)
        part = self._folder / f"{record.id}.part"
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        try:
            size = await self._download(record.sid, part)
            await self._storage.put(key_of(record), part)
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(part.unlink, missing_ok=True)
        await self._store.recordings.kept(
            record.id,
            size=size,
            at=utcnow(),
            leave_carrier=self._leave_carrier,
            words=self._words is not None,
        )
        now = await self._store.recordings.get(record.id)
        if now is not None and not now.wanted:  # refused or erased meanwhile
            await self._delete(now)
        logger.info(
            "a recording is kept: {} bytes", size, call_id=record.call_id, event="recording_kept"
        )

    async def _download(self, sid: str, part: Path) -> int:
        """Into this file; its size."""
        size, file = 0, await asyncio.to_thread(part.open, "wb")

        async def take(piece: bytes) -> None:
            nonlocal size
            if not size and not _is_mp3(piece):
                raise NotDelivered("what the carrier gave is no MP3 file")
            size += len(piece)
            if size > MOST_BYTES:
                raise NotDelivered(f"it is longer than {MOST_BYTES} bytes", final=True)
            await asyncio.to_thread(file.write, piece)

        try:
            await self._carrier.download(sid, take)
        finally:
            await asyncio.to_thread(file.close)
        if not size:
            raise NotDelivered("the carrier gave an empty file")
        return size

    async def _delete(self, record: RecordingRecord) -> None:
        """Here first. One that still goes on at the carrier is deleted there when it is over."""
        await self._storage.delete(key_of(record))
        await self._storage.delete(words_key(record))
        await self._storage.delete(peaks_key(record))
        if record.sid is None and record.move == "going":
            raise NotYet("the carrier has not said how it calls it")
        if record.sid is not None:
            await self._carrier.delete(record.sid)
        await self._store.recordings.deleted(record.id, at=utcnow())
        logger.info("a recording is deleted", call_id=record.call_id, event="recording_deleted")

    # -- reading ------------------------------------------------------------------------------

    async def size(self, record: RecordingRecord) -> int | None:
        """Of its file; None: it is not there. Raises StorageError."""
        return await self._storage.size(key_of(record))

    async def read(self, record: RecordingRecord, start: int, end: int) -> bytes:
        """These bytes of its file. Raises StorageError."""
        return await self._storage.read(key_of(record), start, end)

    async def words(self, record: RecordingRecord) -> bytes | None:
        """Its words as JSON; None: they have not been found. Raises StorageError."""
        size = await self._storage.size(words_key(record))
        return None if size is None else await self._storage.read(words_key(record), 0, size)

    async def peaks(self, record: RecordingRecord) -> bytes | None:
        """Its picture as JSON (`bot.sound_peaks`); None: there is none. Raises StorageError."""
        made = await self._peaks.of(record)
        now = await self._store.recordings.get(record.id)
        if now is None or not now.is_here:  # refused or erased meanwhile
            await self._storage.delete(peaks_key(record))
            return None
        return made

    async def close(self) -> None:
        """Waits for what is under way."""
        await self._tasks.wait()
        if self._words is not None:
            await self._words.close()


def _is_mp3(begin: bytes) -> bool:
    """An ID3 tag, or the sync word of a frame of MPEG audio (11 bits)."""
    return begin[:3] == b"ID3" or (len(begin) > 1 and begin[0] == 0xFF and begin[1] >= 0xE0)
