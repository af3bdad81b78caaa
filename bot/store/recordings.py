"""Recordings of calls, and what is still to be done with them.

What is to be done is a delivery of the outbox, over a channel of our own, made in the transaction
that gives cause for it: so it is done also when the process that would have done it dies.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utcnow
from bot.same_number import spellings
from bot.store.database import Database
from bot.store.desk_records import RecordingRecord
from bot.store.desk_tables import recordings
from bot.store.outbox import OutboxStore, Subscription
from bot.store.tables import calls

# What `bot/recordings` is to do with a recording, each once.
TO_DO = Subscription(channel="recording", target="", events=())
READY = "recording.ready"  # fetch it
LEAVE_CARRIER = "recording.kept"  # we have it: the carrier need not
WORDS = "recording.words"  # find the time of each word
UNWANTED = "recording.unwanted"  # delete it, here and there
_HERE = and_(recordings.c.kept_at.is_not(None), recordings.c.deleted_at.is_(None))


class RecordingStore:
    """Recordings. Each public method is one short transaction, but for `erase_with`."""

    def __init__(self, database: Database, outbox: OutboxStore) -> None:
        self._database = database
        self._outbox = outbox

    async def add(self, recording: RecordingRecord) -> None:
        """One that the carrier is about to be asked for."""
        statement = self._database.insert_if_new(recordings)
        await self._database.change("note a recording", statement, vars(recording))

    async def named(self, recording_id: str, sid: str) -> None:
        """The carrier makes it, under this name."""
        await self._set(recording_id, sid=sid)

    async def never_begun(self, recording_id: str, *, at: datetime) -> None:
        """The carrier did not take the order: there is nothing to fetch, and nothing to delete."""
        await self._set(recording_id, move="failed", left_carrier_at=at, deleted_at=at)

    async def moved(
        self,
        recording_id: str,
        sid: str,
        move: str,
        *,
        duration_secs: int | None,
        channels: int | None,
        at: datetime,
    ) -> bool:
        """What the carrier says of it; what is over stays over. False: there is none."""
        which = and_(recordings.c.id == recording_id, recordings.c.move == "going")
        known = {"sid": sid, "move": move, "duration_secs": duration_secs, "channels": channels}

        async def note(connection: AsyncConnection) -> bool:
            changed = await connection.execute(update(recordings).where(which).values(known))
            record = await _one(connection, recording_id)
            if record is None:
                return False
            if changed.rowcount and not record.wanted:
                # Anew: it could not be deleted before it was over.
                await self._announce(connection, UNWANTED, recording_id, at, occasion=".over")
            elif changed.rowcount and move == "done":
                await self._announce(connection, READY, recording_id, at)
            return True

        return await self._database.write("note how a recording stands", note)

    async def unwanted(self, *recording_ids: str, at: datetime) -> None:
        """These are to be deleted, wherever they are."""

        async def note(connection: AsyncConnection) -> None:
            await self.unwant(connection, recording_ids, at)

        await self._database.write("have a recording deleted", note)

    async def kept(
        self,
        recording_id: str,
        *,
        size: int,
        at: datetime,
        leave_carrier: bool,
        words: bool = False,
    ) -> None:
        """We have it; with `leave_carrier` the carrier is to forget it, with `words` the time of
        each word is to be found.
        """
        values = {"size": size, "kept_at": at}

        async def note(connection: AsyncConnection) -> None:
            of_it = update(recordings).where(recordings.c.id == recording_id)
            await connection.execute(of_it.values(values))
            if leave_carrier:
                await self._announce(connection, LEAVE_CARRIER, recording_id, at)
            if words:
                await self._announce(connection, WORDS, recording_id, at)

        await self._database.write("note that a recording is kept", note)

    async def left_carrier(self, recording_id: str, *, at: datetime) -> None:
        """The carrier has it no more."""
        await self._set(recording_id, left_carrier_at=at)

    async def deleted(self, recording_id: str, *, at: datetime) -> None:
        """Nobody has it any more."""
        await self._set(recording_id, left_carrier_at=at, deleted_at=at)

    async def get(self, recording_id: str) -> RecordingRecord | None:
        found = await self._find(select(recordings).where(recordings.c.id == recording_id))
        return found[0] if found else None

    async def of_call(self, call_id: str) -> Sequence[RecordingRecord]:
        """Those of one call, the newest first."""
        of_it = select(recordings).where(recordings.c.call_id == call_id)
        return await self._find(of_it.order_by(recordings.c.made_at.desc()))

    async def unheard_of(self, *, ended_before: datetime) -> Sequence[RecordingRecord]:
        """Recordings of calls that ended before this moment, of which the carrier has not said
        that they are over.
        """
        query = (
            select(recordings)
            .join(calls, calls.c.id == recordings.c.call_id)
            .where(recordings.c.move == "going", calls.c.ended_at < ended_before)
            .order_by(recordings.c.made_at)
            .limit(20)
        )
        return await self._find(query)

    async def count_with(self, number: str) -> int:
        """How many recordings of calls with this number are not deleted."""
        left = and_(_of_calls_with(number), recordings.c.deleted_at.is_(None))

        async def count(connection: AsyncConnection) -> int:
            query = select(func.count()).select_from(recordings).where(left)
            return (await connection.execute(query)).scalar_one()

        return await self._database.read("count recordings", count)

    async def erase_with(self, connection: AsyncConnection, number: str) -> int:
        """Has the recordings of all calls with this number deleted, within the transaction that
        erases the calls, before those; how many they are.
        """
        return await self._unwant(connection, _of_calls_with(number), utcnow())

    async def unwant(
        self, connection: AsyncConnection, recording_ids: Sequence[str], at: datetime
    ) -> int:
        """`unwanted`, within a transaction; how many were wanted until now."""
        return await self._unwant(connection, recordings.c.id.in_(recording_ids), at)

    async def _unwant(
        self, connection: AsyncConnection, which: ColumnElement[bool], at: datetime
    ) -> int:
        wanted = update(recordings).where(which, recordings.c.wanted).values(wanted=False)
        found = (await connection.execute(wanted.returning(recordings.c.id))).scalars().all()
        for recording_id in found:
            await self._announce(connection, UNWANTED, recording_id, at)
        return len(found)

    async def _announce(
        self,
        connection: AsyncConnection,
        event: str,
        recording_id: str,
        at: datetime,
        *,
        occasion: str = "",
    ) -> None:
        await self._outbox.announce(
            connection, event, recording_id, at=at, also=[TO_DO], occasion=occasion
        )

    async def _set(self, recording_id: str, **changes: datetime | str) -> None:
        statement = update(recordings).where(recordings.c.id == recording_id).values(changes)
        await self._database.change("change a recording", statement)

    async def _find(self, query: "Select[tuple[object, ...]]") -> Sequence[RecordingRecord]:
        async def find(connection: AsyncConnection) -> list[RecordingRecord]:
            rows = (await connection.execute(query)).mappings().all()
            return [RecordingRecord(**row) for row in rows]

        return await self._database.read("look for recordings", find)


async def _one(connection: AsyncConnection, recording_id: str) -> RecordingRecord | None:
    query = select(recordings).where(recordings.c.id == recording_id)
    row = (await connection.execute(query)).mappings().first()
    return RecordingRecord(**row) if row is not None else None


def _of_calls_with(number: str) -> ColumnElement[bool]:
    written = spellings(number)
    theirs = or_(calls.c.from_number.in_(written), calls.c.to_number.in_(written))
    return recordings.c.call_id.in_(select(calls.c.id).where(theirs))
