"""The recording of one call: what its pipeline says may be done, done at the carrier, in order."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from loguru import logger

from bot.calls.call import Call
from bot.carriers.errors import CarrierError
from bot.carriers.recordings import RecordingCarrier
from bot.clock import utcnow
from bot.recordings.law import Notice
from bot.store import RecordingRecord, Store, StoreError
from bot.tasks import TaskSet
from processors.frames import RecordingFrame

FINISH_SECS = 5.0  # at the end of a call; what is left is done all the same


class CallRecorder:
    """Records one call (the `CallRecorder` port of `bot.calls`). Nothing here raises: a call goes
    on without its recording.

    Each thing is done when the one before it is. What happened stands in the call's record, with
    its time: it is the proof that the caller was told before anything was recorded.
    """

    def __init__(
        self,
        *,
        call: Call,
        notice: Notice,
        store: Store,
        carrier: RecordingCarrier,
        tasks: TaskSet,
    ) -> None:
        self._call = call
        self._store = store
        self._carrier = carrier
        self._tasks = tasks
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._row: RecordingRecord | None = None  # of the recording that goes on
        self._paused = False
        self._with_person = False  # it was ended for one, and may begin again after that
        earlier = call.earlier.recording if call.earlier is not None else None
        self._noted: dict[str, Any] = earlier or {
            "when": call.agent.recording.when,
            "announcement": call.agent.announcement,
            "laws": [law.region for law in notice.laws],
            "steps": [],
        }
        self._log = logger.bind(call_id=call.id)
        if earlier is None:
            call.journal.changed(recording=self._noted)

    @property
    def goes_on(self) -> bool:
        """The call is recorded; or would be, but for a pause or a person who has the caller."""
        return self._row is not None or self._with_person

    # -- what the pipeline says ---------------------------------------------------------------

    def told(self, frame: RecordingFrame) -> None:
        """A step of it; returns at once."""
        match frame.step:
            case "announced":
                self._note("announced", secs_ago=frame.secs_ago)
            case "heard":
                self._note("heard")
                self._note("consented", by="stayed on the line")
            case "start":
                self._do(self._start, "start")
            case "refused":
                self._with_person = False
                self._note("refused", by=frame.by)
                self._do(self._discard, "discard")
            case "stop":
                self._with_person = False
                self._do(self._discard, "discard")

    def put_through(self) -> None:
        """A person takes the call, who was told of no recording: it ends here, and is kept."""
        self._with_person = self.goes_on
        self._do(self._stop, "stop")

    def come_back(self) -> None:
        """The caller is with the agent again: they were told of it in this call and have not
        refused, so another recording begins. Nothing happens where none was ended for a person.
        """
        if self._with_person:
            self._do(self._start, "start")

    async def pause(self) -> None:
        """Nothing is recorded any more, or nothing of it will be kept, when this returns."""
        done = asyncio.Event()
        self._do(self._pause, "pause", done)
        await done.wait()

    def resume(self) -> None:
        """The passage is over."""
        self._do(self._resume, "resume")

    async def finish(self) -> None:
        """The call is over: waits a moment for what is under way."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), FINISH_SECS)

    # -- in order -----------------------------------------------------------------------------

    def _do(
        self, work: Callable[[], Awaitable[None]], name: str, done: asyncio.Event | None = None
    ) -> None:
        self._waiting += 1
        self._idle.clear()
        self._tasks.start(self._in_turn(work, done), name=f"recording {name}::{self._call.id}")

    async def _in_turn(
        self, work: Callable[[], Awaitable[None]], done: asyncio.Event | None
    ) -> None:
        try:
            async with self._turn:
                await work()
        except (StoreError, CarrierError) as error:
            self._log.error("a recording: {}", error, event="recording_failed")
        except Exception:
            self._log.exception("a recording failed", event="recording_failed")
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._idle.set()
            if done is not None:
                done.set()

    async def _start(self) -> None:
        if self._row is not None or self._call.call_sid is None or "refused" in self._steps:
            return
        if await self._take_up():
            return
        row = RecordingRecord(
            id=f"rec_{secrets.token_hex(12)}", call_id=self._call.id, made_at=utcnow()
        )
        await self._store.recordings.add(row)  # first: what is not noted would never be fetched
        self._row, self._with_person = row, False
        try:
            sid = await self._carrier.start(self._call.call_sid, recording_id=row.id)
        except CarrierError as error:
            found = await self._begun_all_the_same(error)
            if found is None:
                self._row = None
                await self._store.recordings.never_begun(row.id, at=utcnow())
                self._note("not_started", why=error.reason)
                self._log.warning("not recorded: {}", error, event="recording_refused")
                return
            sid = found
        self._note("started")
        self._row = RecordingRecord(**{**vars(row), "sid": sid})
        await self._store.recordings.named(row.id, sid)

    async def _begun_all_the_same(self, error: CarrierError) -> str | None:
        """After an answer that was lost: the carrier's name of what may have begun."""
        if error.settled or self._call.call_sid is None:
            return None
        going = [
            each
            for each in await self._carrier.of_call(self._call.call_sid)
            if each.move == "going"
        ]
        return going[0].sid if going else None

    async def _take_up(self) -> bool:
        """Another process had this call: its recording goes on at the carrier."""
        if self._call.earlier is None:
            return False
        for row in await self._store.recordings.of_call(self._call.id):
            if row.move == "going" and row.wanted and row.sid is not None:
                self._row, self._paused = row, True  # perhaps: to resume twice does no harm
                await self._resume()
                return True
        return False

    async def _pause(self) -> None:
        row = self._row
        if row is None or row.sid is None or self._call.call_sid is None:
            return
        try:
            await self._carrier.pause(self._call.call_sid, row.sid)
        except CarrierError as error:
            self._log.error("a recording is not paused: {}", error, event="recording_not_paused")
            await self._end_unpausable(row)
            return
        self._paused = True
        self._note("paused")

    async def _end_unpausable(self, row: RecordingRecord) -> None:
        """It is ended instead; if the carrier does not do that either, it is not kept."""
        try:
            await self._stop()
        except CarrierError:
            self._row = None
            await self._store.recordings.unwanted(row.id, at=utcnow())
            self._note("discarded", why="it could not be paused")

    async def _resume(self) -> None:
        row = self._row
        if row is None or row.sid is None or not self._paused or self._call.call_sid is None:
            return
        self._paused = False
        if self._call.ending is not None:  # it is over with the call
            return
        await self._carrier.resume(self._call.call_sid, row.sid)
        self._note("resumed")

    async def _stop(self) -> None:
        row = self._row
        if row is None or row.sid is None or self._call.call_sid is None:
            return
        await self._carrier.stop(self._call.call_sid, row.sid)
        self._row = None
        self._note("stopped")

    async def _discard(self) -> None:
        """Nothing of this call is kept. First that is noted: the rest may be done by others."""
        rows = await self._store.recordings.of_call(self._call.id)
        await self._store.recordings.unwanted(*(row.id for row in rows), at=utcnow())
        await self._stop()

    # -- the record ---------------------------------------------------------------------------

    @property
    def _steps(self) -> set[str]:
        return {str(step["what"]) for step in self._noted["steps"]}

    def _note(self, what: str, *, secs_ago: float = 0.0, **more: str) -> None:
        at = utcnow() - timedelta(seconds=secs_ago)
        step = {"what": what, "at": at.isoformat(), **{k: v for k, v in more.items() if v}}
        self._noted = {**self._noted, "steps": [*self._noted["steps"], step]}
        self._call.journal.changed(recording=self._noted)
