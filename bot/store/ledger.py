"""The ledger: every call to a contact, before, while and after it is made.

    planned -> placing -> placed -> ended          an attempt moves forward only, and once

A row that stands at `placing` may have become a call: its id, which is the call's
Idempotency-Key, says so to the service. That number is not called again before it is known, or the
key is used up by a record of a call that was never made.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.same_number import canonical
from bot.store.batch_records import AttemptRecord, AttemptState, ContactChanges
from bot.store.batch_rows import columns_of
from bot.store.batch_tables import attempts, batches, contacts
from bot.store.ledger_reads import (
    NOT_PLACED,
    UNDER_WAY,
    LedgerReads,
    count_attempts,
    is_called,
)
from bot.store.records import CallRecord
from bot.store.rows import new_call_columns
from bot.store.tables import calls

Placing = Literal["placing", "not_planned", "number_busy", "batch_full"]

OPT_OUT = "opt_out"  # the disposition that none replaces


class Ledger(LedgerReads):
    """Attempts. Each method is one transaction that is on disk when the method returns.

    A move answers false, and changes nothing, when the attempt does not stand where the move
    begins: it may be asked for twice, by two processes, or late.
    """

    async def plan(
        self, batch_id: str, *, now: datetime, backlog: int, most_calls: int | None = None
    ) -> list[AttemptRecord]:
        """Plans attempts for the contacts of a running batch that wait and are due: the longest
        due first, then who was given no time yet. They are `dialling` from then on.

        Planned and not yet placing are `backlog` attempts at most, and calls of the batch
        together with what may still become one are `most_calls` at most, whoever else plans.
        """
        due = or_(contacts.c.due_at.is_(None), contacts.c.due_at <= now)
        query = (
            select(contacts.c.id, contacts.c.number)
            .join(batches, batches.c.id == contacts.c.batch_id)
            .where(contacts.c.batch_id == batch_id, batches.c.state == "running")
            .where(contacts.c.state == "waiting", due)
            .order_by(contacts.c.due_at.nulls_last(), contacts.c.line, contacts.c.id)
            .with_for_update(of=contacts)
        )

        async def plan(connection: AsyncConnection) -> list[AttemptRecord]:
            await self._database.lock(connection, f"plan {batch_id}")
            room = backlog - await count_attempts(
                connection, batch_id, attempts.c.state == "planned"
            )
            if most_calls is not None:
                maybe = attempts.c.placed_at.is_not(None) | (attempts.c.state != "ended")
                room = min(room, most_calls - await count_attempts(connection, batch_id, maybe))
            found = (await connection.execute(query.limit(room))).all() if room > 0 else []
            if not found:
                return []
            ids = [row.id for row in found]
            ordinals = await _last_ordinals(connection, ids)
            planned = [
                AttemptRecord(
                    id=f"{row.id}-{ordinals[row.id] + 1}",
                    batch_id=batch_id,
                    contact_id=row.id,
                    number=row.number,
                    ordinal=ordinals[row.id] + 1,
                    planned_at=now,
                )
                for row in found
            ]
            dialling = update(contacts).where(contacts.c.id.in_(ids)).values(state="dialling")
            await connection.execute(dialling)
            await connection.execute(insert(attempts), [columns_of(each) for each in planned])
            return planned

        return await self._database.write("plan attempts", plan)

    async def placing(
        self,
        attempt_id: str,
        *,
        number: str,
        at: datetime,
        decision: dict[str, Any],
        concurrency: int,
    ) -> Placing:
        """Notes that the call is about to be ordered, to this number and by this decision.

        It is not, and the answer says why, when the attempt is not planned (any more) or its number
        is another one (it was erased meanwhile), when another call to the number is under way or
        began since the decision, whose time is `decision["at"]` in ISO 8601, or when so many calls
        of the batch are under way already.
        """
        decided_at = datetime.fromisoformat(decision["at"])

        async def move(connection: AsyncConnection) -> Placing:
            planned = select(attempts.c.number, attempts.c.batch_id).where(
                _stands(attempt_id, "planned")
            )
            found = (await connection.execute(planned)).first()
            if found is None or found.number != number:
                return "not_planned"
            await self._database.lock(connection, f"place {found.batch_id}")
            await self._database.lock(connection, canonical(found.number))
            if await is_called(connection, found.number, besides=attempt_id, since=decided_at):
                return "number_busy"
            if await count_attempts(connection, found.batch_id, UNDER_WAY) >= concurrency:
                return "batch_full"
            changes = {"state": "placing", "placing_at": at, "decision": decision}
            statement = update(attempts).where(_stands(attempt_id, "planned")).values(changes)
            moved = (await connection.execute(statement)).rowcount == 1
            return "placing" if moved else "not_planned"

        return await self._database.write("move an attempt to placing", move)

    async def placed(
        self, attempt_id: str, *, at: datetime, call_id: str, call_sid: str | None
    ) -> bool:
        """Notes which call it became, and counts it for the contact.

        False: it does not stand at placing. Where it has ended without a call meanwhile, the call
        is noted and counted nevertheless, unless its record says that it was never made.
        """
        known = {"placed_at": at, "call_id": call_id, "call_sid": call_sid}
        statement = (
            update(attempts).where(_stands(attempt_id, "placing")).values(state="placed", **known)
        )
        never_made = select(calls.c.id).where(
            calls.c.id == call_id, calls.c.outcome_reason == NOT_PLACED
        )
        ended = _stands(attempt_id, "ended") & attempts.c.call_id.is_(None)
        too_late = ended & ~never_made.exists()
        noted = update(attempts).where(too_late).values(known)
        of_attempt = select(attempts.c.contact_id).where(attempts.c.id == attempt_id)
        counted = (
            update(contacts)
            .where(contacts.c.id == of_attempt.scalar_subquery())
            .values(attempts=contacts.c.attempts + 1)
        )

        async def move(connection: AsyncConnection) -> bool:
            moved = (await connection.execute(statement)).rowcount == 1
            if moved or (await connection.execute(noted)).rowcount == 1:
                await connection.execute(counted)
            return moved

        return await self._database.write("move an attempt to placed", move)

    async def ended(
        self,
        attempt_id: str,
        *,
        expect: Collection[AttemptState],
        at: datetime,
        contact: ContactChanges,
        disposition: str = "",
        detail: dict[str, Any] | None = None,
        decision: dict[str, Any] | None = None,
        call_sid: str | None = None,
        no_call: CallRecord | None = None,
        never_rang: bool = False,
    ) -> bool:
        """Ends an attempt and changes its contact, both or neither; only the first end counts.

        `no_call` is the record of a call that was never made and bears the attempt's key. It is
        stored in the same transaction, so that of this end and an order that is still on its way
        one comes first: either the key is used up, and the order becomes no call, or a call has
        it, and the attempt does not end. `never_rang` takes back that a call was placed: it is
        certain that it reached no one, and it counts for no cap.

        A disposition that is the contact's too is one that the business has not been told yet.
        But opted-out contacts stay so, and none waits in a batch that was cancelled.
        """
        changes: dict[str, Any] = {"state": "ended", "ended_at": at}
        changes |= {"disposition": disposition, "detail": detail or {}}
        if decision is not None:
            changes["decision"] = decision
        if call_sid is not None:
            changes["call_sid"] = call_sid
        if never_rang:
            changes["placed_at"] = None
        there = _stands(attempt_id, *expect)
        statement = update(attempts).where(there).values(changes)
        of_contact = _columns(contact)
        if never_rang:
            of_contact["attempts"] = contacts.c.attempts - 1

        async def move(connection: AsyncConnection) -> bool:
            if no_call is not None and not await self._use_up_key(connection, there, no_call):
                return False
            ended = statement.returning(attempts.c.contact_id)
            contact_id = (await connection.execute(ended)).scalar_one_or_none()
            if contact_id is None:
                return False
            if of_contact:
                of_that = contacts.c.id == contact_id
                await connection.execute(update(contacts).where(of_that).values(of_contact))
            return True

        return await self._database.write("end an attempt", move)

    async def _use_up_key(
        self, connection: AsyncConnection, there: ColumnElement[bool], no_call: CallRecord
    ) -> bool:
        """Stores the record, unless the attempt is not there any more or a call has its key."""
        attempt = select(attempts.c.id).where(there).with_for_update()
        if (await connection.execute(attempt)).first() is None:
            return False
        stored = self._database.insert_if_new(calls, unique=calls.c.key)
        return (await connection.execute(stored, new_call_columns(no_call))).rowcount == 1


def _columns(contact: ContactChanges) -> dict[str, Any]:
    """What to set: but opted-out contacts stay so, and none waits in a cancelled batch."""
    of_contact: dict[str, Any] = {**contact}
    if contact.get("state") == "waiting":
        state = select(batches.c.state).where(batches.c.id == contacts.c.batch_id)
        cancelled = state.scalar_subquery() == "cancelled"
        of_contact["state"] = case((cancelled, "cancelled"), else_="waiting")
    if "disposition" in contact:
        stays = contacts.c.disposition == OPT_OUT
        new = {"disposition": contact["disposition"], "detail": contact.get("detail", {})}
        for name, value in new.items():
            known = contacts.c[name]
            of_contact[name] = case((stays, known), else_=literal(value, known.type))
        of_contact["written_back"] = ""
    return of_contact


def _stands(attempt_id: str, *states: AttemptState) -> ColumnElement[bool]:
    return (attempts.c.id == attempt_id) & attempts.c.state.in_(states)


async def _last_ordinals(
    connection: AsyncConnection, contact_ids: Sequence[str]
) -> defaultdict[str, int]:
    query = (
        select(attempts.c.contact_id, func.max(attempts.c.ordinal))
        .where(attempts.c.contact_id.in_(contact_ids))
        .group_by(attempts.c.contact_id)
    )
    rows = (await connection.execute(query)).all()
    return defaultdict(int, {contact_id: ordinal for contact_id, ordinal in rows})
