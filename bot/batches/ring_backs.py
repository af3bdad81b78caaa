"""Callees who ring back: the agent that called answers, and its batch learns what they said."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import NoReturn

from loguru import logger

from bot.batches.clock import Clock
from bot.batches.dispositions import SAID, SETTLED, Disposition, Verdict, verdict_of
from bot.batches.gate.facts import place_of_contact
from bot.batches.requests import request_for
from bot.batches.retry import Again, next_step
from bot.batches.settings import BatchSettings
from bot.batches.visits import as_of
from bot.calls import CallRequest, RingBack
from bot.clock import utcnow
from bot.store import (
    OVER,
    AttemptRecord,
    BatchRecord,
    CallRecord,
    ContactChanges,
    ContactRecord,
    ContactState,
    Store,
    Suppression,
)

LONGEST = timedelta(days=30)  # `ring_back_days` goes no further
LOOK_SECS = 2.0
# A call's record is stored no later than this after the call began: a journal tries for half a
# minute, and the clocks of machines differ.
LATE = timedelta(minutes=10)
_IN_THE_QUEUE = ("waiting", "dialling")


class RecentContacts:
    """Finds the contact that a number was called for last (`bot.calls.RingBacks`)."""

    def __init__(self, store: Store, *, now: Callable[[], datetime] = utcnow) -> None:
        self._store = store
        self._now = now

    async def find(self, number: str) -> RingBack | None:
        """None also for who has opted out: they are answered as any other caller."""
        now = self._now()
        contact = await self._store.batches.find_recent_contact(number, now - LONGEST)
        if contact is None or await self._store.suppressions.get(number) is not None:
            return None
        batch = await self._store.batches.get(contact.batch_id)
        if batch is None:
            return None
        settings = BatchSettings.model_validate(batch.settings)
        within = timedelta(days=settings.ring_back_days)
        of_late = await self._store.batches.find_recent_contact(number, now - within)
        if of_late is None or of_late.id != contact.id:
            return None
        called_with = request_for(as_of(contact, now), settings)
        request = CallRequest(
            variables=called_with.variables, private=called_with.private, contact=contact.id
        )
        return RingBack(agent=batch.agent, request=request)


class RingBackWatcher:
    """Brings to batches what ended calls of people who rang back came to.

    Several processes may do so side by side, and each may die at any moment: a batch hears of a
    call once, and until then no dialler calls the number.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """`clock` is that of the batches; calls live by the time of day, which is `now`."""
        self._store = store
        self._clock = clock
        self._now = now
        self._since: datetime | None = None  # all that began earlier has been heard of

    async def run(self) -> NoReturn:
        """Looks, until it is cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                logger.exception(
                    "who rang back is looked for again in a while", event="ring_backs_not_searched"
                )
            await asyncio.sleep(LOOK_SECS)

    async def look(self) -> int:
        """Looks once; of how many calls the batches have heard."""
        since = self._now() - LATE
        found = await self._store.ring_backs.unheard(since=self._since)
        heard = 0
        for call in found:
            try:
                done = call.is_settled(self._now()) and await self._conclude(call)
            except Exception:
                logger.exception(
                    "what call {} came to is looked at again in a while",
                    call.id,
                    event="ring_back_not_concluded",
                )
                done = False
            heard += done
            if not done:
                since = min(since, call.started_at)
        self._since = since
        return heard

    async def _conclude(self, call: CallRecord) -> bool:
        """Whether the batch has heard of this call; if not, it is looked at again."""
        contact = await self._store.batches.contact(str(call.request["contact"]))
        batch = await self._store.batches.get(contact.batch_id) if contact else None
        if contact is None or batch is None:
            return await self._store.ring_backs.heard(call.id)
        verdict, now = verdict_of(call), self._clock.now()
        if verdict.disposition is Disposition.OPT_OUT and contact.number:
            await self._store.suppressions.add(  # the call may have failed to write it
                Suppression(number=contact.number, at=now, source="call", call_id=call.id)
            )
        attempts = await self._store.ledger.of_contact(contact.id)
        if await self._was_settled_later(call, attempts):
            return await self._store.ring_backs.heard(call.id)
        changes = after_ring_back(
            verdict,
            call.id,
            batch=batch,
            contact=contact,
            attempts=[each for each in attempts if each.placing_at],
            zones=place_of_contact(contact, BatchSettings.model_validate(batch.settings)).zones,
            now=now,
        )
        if not changes:
            return await self._store.ring_backs.heard(call.id)
        concluded = await self._store.ring_backs.conclude(
            call.id, batch=batch, contact=contact, changes=changes, at=now
        )
        if concluded:
            logger.info(
                "contact {} rang back: {}",
                contact.id,
                verdict.disposition.value,
                event="ring_back_concluded",
            )
        return concluded

    async def _was_settled_later(self, call: CallRecord, attempts: list[AttemptRecord]) -> bool:
        """By a call of ours that ended after theirs."""
        settled = [each.call_id for each in attempts if each.disposition in SETTLED]
        calls = await self._store.calls_with_ids([each for each in settled if each is not None])
        ends = (each.ended_at for each in calls)
        return any(end is not None and call.ended_at and end > call.ended_at for end in ends)


def after_ring_back(
    verdict: Verdict,
    call_id: str,
    *,
    batch: BatchRecord,
    contact: ContactRecord,
    attempts: Sequence[AttemptRecord],
    zones: Collection[str],
    now: datetime,
) -> ContactChanges:
    """How the contact changes; empty: not at all.

    What they settled is settled, in a batch that is over too. Who wants to be called at another
    time is, if the batch still runs and the caps, which count our own calls, allow it. A call that
    broke, or in which the caller did not speak, changes nothing; one without a decision puts the
    next call off, but not one that they had asked for.
    """
    said = verdict.disposition
    asked_for_before = contact.disposition == Disposition.CALLBACK_AT
    if said not in SAID or (said is Disposition.UNDECIDED and asked_for_before):
        return {}
    step = next_step(
        verdict,
        contact=contact,
        attempts=attempts,
        settings=BatchSettings.model_validate(batch.settings),
        now=now,
        zones=zones,
    )
    if step.disposition != said:
        return {}
    detail = {**verdict.detail, "rang_back": call_id}
    changes: ContactChanges = {"disposition": said.value, "detail": detail}
    waits = contact.state in _IN_THE_QUEUE
    if said in SETTLED:
        return {**changes, "state": "done", "due_at": None}
    wanted = waits or said is Disposition.CALLBACK_AT
    if isinstance(step, Again) and wanted and batch.state not in OVER:
        return {**changes, "state": "waiting", "due_at": step.at}
    if waits:
        state: ContactState = "cancelled" if batch.state == "cancelled" else "done"
        return {**changes, "state": state, "due_at": None}
    return changes
