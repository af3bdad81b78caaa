"""What a sender may do with a batch, in plain values: look at it, move it, change its pace.

The command line and `/batches` call these methods. A batch moves by compare-and-set: of two who ask
at once, the second is told how it stands.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from loguru import logger

from bot.batches.dialling.live_call_monitor import END_LIVE_CALLS
from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.batches.overview import Overview, done_by
from bot.batches.reports.estimates import Assumptions
from bot.batches.settings import BatchSettings
from bot.batches.settings_reader import read_settings
from bot.store import BatchRecord, BatchState, ContactRecord, ContactState, Store

Move = Literal["start", "approve", "pause", "resume", "cancel"]
Live = Literal["finish", "end"]  # what becomes of the calls under way when a batch is cancelled

# From which states a move leads, and where to.
_MOVES: Mapping[Move, tuple[frozenset[BatchState], BatchState]] = {
    "start": (frozenset({"planned"}), "running"),
    "approve": (frozenset({"held"}), "running"),
    "pause": (frozenset({"running", "held"}), "paused"),
    "resume": (frozenset({"paused"}), "running"),
    "cancel": (frozenset({"planned", "running", "held", "paused"}), "cancelled"),
}
_DONE: Mapping[Move, str] = {
    "start": "started",
    "approve": "approved",
    "pause": "paused",
    "resume": "resumed",
    "cancel": "cancelled",
}
_STANDS: Mapping[BatchState, str] = {
    "importing": "its file is still being read in",
    "planned": "it has not been started",
    "running": "it is running",
    "held": "it waits for approval",
    "paused": "it is paused",
    "cancelled": "it was cancelled",
    "done": "it is done",
}
_ALL_ENDED = "You cancelled it, and the calls under way are ended."
DIALLER_SILENT_SECS = 30.0  # a dialler that says nothing for so long is not counted


class LiveCalls(Protocol):
    """The calls of the running service."""

    async def end(self, call_id: str) -> bool:
        """Ends a call after a last word. False: there is no such call any more."""
        ...


class BatchService:
    """Batches as their sender sees them. Everything it refuses is a `Refused`, in one sentence."""

    def __init__(self, *, store: Store, live_calls: LiveCalls, now: Callable[[], datetime]) -> None:
        self._store = store
        self._live_calls = live_calls
        self._now = now

    async def get(self, batch_id: str) -> BatchRecord:
        """Raises NotThere."""
        batch = await self._store.batches.get(batch_id)
        if batch is None:
            raise NotThere(f"there is no batch {batch_id}")
        return batch

    async def list(self, *, limit: int = 50) -> Sequence[BatchRecord]:
        """Newest first."""
        return await self._store.batches.list(limit=limit)

    async def contact(self, batch_id: str, contact_id: str) -> ContactRecord:
        """Raises NotThere."""
        contact = await self._store.batches.contact(contact_id)
        if contact is None or contact.batch_id != batch_id:
            raise NotThere(f"batch {batch_id} has no contact {contact_id}")
        return contact

    async def contacts(
        self,
        batch_id: str,
        *,
        state: ContactState | None = None,
        disposition: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> Sequence[ContactRecord]:
        """Contacts in the order of the file; `after` is the id of the last one of the last page."""
        await self.get(batch_id)
        last = await self.contact(batch_id, after) if after else None
        return await self._store.batches.find_contacts(
            batch_id, state=state, disposition=disposition, limit=limit, after=last
        )

    # -- moves ----------------------------------------------------------------------------------

    async def start(self, batch_id: str) -> BatchRecord:
        """Calls begin as soon as the windows and a dialler allow it."""
        batch = await self.get(batch_id)
        settings = read_settings(batch.settings)
        if settings.end_at is not None and settings.end_at <= self._now():
            raise RequestRefused(f"{batch_id} cannot be started: its end_at is over")
        if batch.state == "planned" and not await self._store.batches.find_contacts(
            batch_id, state="waiting", limit=1
        ):
            raise RequestRefused(f"{batch_id} cannot be started: it has nobody to call")
        return await self._move("start", batch_id)

    async def approve(self, batch_id: str) -> BatchRecord:
        """The first calls went well: the rest may follow."""
        batch = await self.get(batch_id)
        if batch.state == "held":
            await self._store.batches.set_settings(batch_id, {**batch.settings, "canary": 0})
        return await self._move("approve", batch_id)

    async def pause(self, batch_id: str) -> BatchRecord:
        """No call begins from now on; those under way go on."""
        return await self._move("pause", batch_id, why="sender: You paused it.")

    async def resume(self, batch_id: str) -> BatchRecord:
        """Calls begin again."""
        return await self._move("resume", batch_id)

    async def cancel(self, batch_id: str, *, live: Live = "finish") -> BatchRecord:
        """No other contact is called, ever. Calls under way finish, or are ended after a last word,
        also those that are just being made. It may be repeated, and ask for that end later on.
        """
        batch = await self.get(batch_id)
        ends_calls = live == "end" or batch.why.startswith(END_LIVE_CALLS)
        cancelled = await self._store.batches.cancel(
            batch_id,
            expect=_MOVES["cancel"][0],
            at=self._now(),
            why=f"{END_LIVE_CALLS} {_ALL_ENDED}" if ends_calls else "sender: You cancelled it.",
        )
        batch = await self._moved("cancel", batch_id, cancelled)
        if live == "end":
            for attempt in await self._store.ledger.open(batch_id):
                if attempt.call_id is not None:
                    await self._live_calls.end(attempt.call_id)
        return batch

    async def _move(self, move: Move, batch_id: str, *, why: str = "") -> BatchRecord:
        expect, to = _MOVES[move]
        moved = await self._store.batches.set_state(
            batch_id, to, expect=expect, at=self._now(), why=why
        )
        return await self._moved(move, batch_id, moved)

    async def _moved(self, move: Move, batch_id: str, moved: bool) -> BatchRecord:
        """The batch after a move. Raises RequestRefused when it did not move."""
        batch = await self.get(batch_id)
        if not moved:
            hint = "; approve it" if (move, batch.state) == ("resume", "held") else ""
            raise RequestRefused(
                f"{batch_id} cannot be {_DONE[move]}: {_STANDS[batch.state]}{hint}"
            )
        logger.info(
            "batch {} is {} by its sender", batch_id, _DONE[move], event="batch_state_changed"
        )
        return batch

    async def set_pace(
        self,
        batch_id: str,
        *,
        calls_per_second: float | None = None,
        concurrency: int | None = None,
    ) -> BatchRecord:
        """Raises or lowers the pace, also of a batch that is running."""
        batch = await self.get(batch_id)
        wanted = {"calls_per_second": calls_per_second, "concurrency": concurrency}
        given = {name: value for name, value in wanted.items() if value is not None}
        if not given:
            raise Malformed("say what to change: the calls per second, or how many at a time")
        settings = read_settings({**batch.settings, **given})
        if not await self._store.batches.set_settings(batch_id, settings.model_dump(mode="json")):
            raise RequestRefused(f"{batch_id} has no pace any more: {_STANDS[batch.state]}")
        return await self.get(batch_id)

    async def set_budget(self, batch_id: str, budget_usd: Decimal | None) -> BatchRecord:
        """Raises or lowers what its calls may cost; None: as much as they cost. A batch that paused
        because its budget was spent goes on when it is resumed.
        """
        batch = await self.get(batch_id)
        settings = read_settings({**batch.settings, "budget_usd": budget_usd})
        if not await self._store.batches.set_settings(batch_id, settings.model_dump(mode="json")):
            raise RequestRefused(f"{batch_id} has no budget any more: {_STANDS[batch.state]}")
        return await self.get(batch_id)

    # -- how it stands --------------------------------------------------------------------------

    async def overview(self, batch_id: str) -> Overview:
        """How a batch stands at this moment."""
        batch = await self.get(batch_id)
        store, settings = self._store, read_settings(batch.settings)
        dues = await store.batches.dues(batch_id)
        live = await store.ledger.open(batch_id)
        goes_on = batch.state == "running" and (dues or live)
        return Overview(
            batch=batch,
            settings=settings,
            counts=await store.batches.counts(batch_id),
            live=live,
            calls=await store.ledger.calls_placed(batch_id),
            spent_usd=await store.ledger.spent(batch_id),
            next_due_at=(dues[0] or self._now()) if dues else None,
            done_by=await self._done_by(dues, len(live), settings) if goes_on else None,
            diallers=len(await store.fleet.alive(DIALLER_SILENT_SECS)),
            untold=len(await store.notices.of_batch(batch_id)),
            unheard=await store.batches.unheard(batch_id),
        )

    async def _done_by(
        self, dues: Sequence[datetime | None], live: int, settings: BatchSettings
    ) -> datetime:
        """By the same assumption about calls as the plan's."""
        call_secs = Assumptions().call_secs
        return await asyncio.to_thread(
            done_by, dues, live=live, settings=settings, call_secs=call_secs, now=self._now()
        )
