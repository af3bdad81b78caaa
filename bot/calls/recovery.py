"""Calls that a process left open when it died: ended as the carrier says they ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loguru import logger

from bot.brains import Brain, Meter, find_brain
from bot.call_ids import worker_of
from bot.calls.consultations import is_asking, let_go_of_people
from bot.calls.cost import bill
from bot.calls.outcome import MEANING, Ending, ending_of_status
from bot.calls.registry import Registry
from bot.calls.tracing import UNPLACED_AFTER, trace
from bot.carriers import CallStatus, Carrier, CarrierError, StatusUpdate
from bot.clock import utcnow
from bot.store import CallFacts, CallRecord, Outcome, Store, StoreError
from bot.tasks import growing_pauses
from config import Agent
from config.prices import PRICES

# A call that was answered and is over at the carrier may still be written down by the process that
# had it: a summary takes up to 6 s, a booking under way up to 10.
FINISHING = timedelta(seconds=15)
PAGE = 200
FIRST_PAUSE_SECS = 5.0
LONGEST_PAUSE_SECS = 60.0


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Closes the records of calls that no process has. Its methods may raise StoreError."""

    store: Store
    carrier: Carrier
    agents: Mapping[str, Agent]  # for the prices of their models
    brains: Mapping[str, Brain]

    async def recover(
        self, registry: Registry, *, until: datetime, worker: int | None = None
    ) -> None:
        """Ends the stored calls that began before `until`, are open and are not live here, each
        as soon as the carrier's is over; returns when none is left. With `worker` only those
        whose ids name it.

        What goes on at the carrier is left alone: another process may have it, or take it over.
        """
        for pause_secs in growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS):
            try:
                left = 0
                for record in await self._open_calls(registry, until):  # anew: some go on here
                    if worker is None or worker_of(record.id) == worker:
                        left += not await self.reconcile(record)
                if not left:
                    return
            except StoreError as error:
                logger.warning(
                    "open calls cannot be looked through, trying again: {}",
                    error,
                    event="open_calls_not_checked",
                )
            await asyncio.sleep(pause_secs)

    async def reconcile(self, record: CallRecord) -> bool:
        """Makes an open record agree with the carrier; whether it is closed.

        One without the carrier's id gets it when exactly one call there can be it; it ends as
        `not_placed` when there is none, and it is old enough that one would be known. Where the
        carrier does not answer, or several calls can be it, the record stays open: nobody is to
        be called a second time on a guess.
        """
        if record.call_sid is None:
            found = await trace(record, store=self.store, carrier=self.carrier)
            if found.call_sid is None:
                is_old = utcnow() - record.started_at >= UNPLACED_AFTER
                if found.is_clear and is_old:
                    await self._close(record, Ending.NOT_PLACED, status="failed")
                return found.is_clear and is_old
            await self.store.set_call(record.id, call_sid=found.call_sid)
            record = replace(record, call_sid=found.call_sid)
        return await self._ask(record, record.call_sid or "")

    async def late_news(self, update: StatusUpdate, call_id: str) -> None:
        """The carrier reports the status of a call of ours that no known process has:
        its open record learns it, and is closed when the call is over.
        """
        record = await self.store.get_call(call_id)
        if record is None or record.ended_at is not None:
            return
        if record.call_sid not in (None, update.call_sid):
            return
        learnt = CallFacts(call_sid=update.call_sid)
        if update.status is CallStatus.IN_PROGRESS and record.answered_at is None:
            learnt["answered_at"] = max(update.timestamp or utcnow(), record.started_at)
        await self.store.set_call(record.id, status=update.status.stored, **learnt)
        of_carrier = ending_of_status(update.status.value)
        if of_carrier is None:
            return
        if of_carrier is not Ending.CALLER_HUNG_UP and record.answered_at is None:
            await self._close(record, of_carrier, status=update.status.value)
            return
        await asyncio.sleep(FINISHING.total_seconds() + 1)
        if (now := await self.store.get_call(call_id)) is not None and now.ended_at is None:
            await self.reconcile(now)

    async def _open_calls(self, registry: Registry, until: datetime) -> list[CallRecord]:
        found: list[CallRecord] = []
        before = None
        while page := await self.store.find_calls(
            open_only=True, limit=PAGE, before=before, until=until
        ):
            before = page[-1].id
            found += [record for record in page if registry.find(record.id) is None]
        return found

    async def _ask(self, record: CallRecord, call_sid: str) -> bool:
        """Whether the carrier says that the call is over, and its record is closed."""
        try:
            known = await self.carrier.fetch(call_sid)
        except CarrierError as error:
            if error.gone:
                await self._close(record, Ending.SERVICE_RESTARTED, status="failed")
            else:
                logger.warning(
                    "the carrier does not say how a call ended: {}",
                    error,
                    event="call_status_unknown",
                )
            return error.gone
        of_carrier = ending_of_status(known.status.value)
        if of_carrier is None:
            return False
        was_answered = of_carrier is Ending.CALLER_HUNG_UP
        ended_at = known.ended_at or utcnow()
        if was_answered and known.ended_at and utcnow() - ended_at < FINISHING:
            return False
        was_cut = was_answered or record.answered_at is not None
        await self._close(
            record,
            Ending.SERVICE_RESTARTED if was_cut else of_carrier,
            status=known.status.value,
            ended_at=ended_at,
            talked_secs=known.duration_secs,
        )
        return True

    async def _close(
        self,
        record: CallRecord,
        ending: Ending,
        *,
        status: str,
        ended_at: datetime | None = None,
        talked_secs: float | None = None,
    ) -> None:
        """Writes the ending, and what the call cost by the usage that was stored."""
        ended_at = max(ended_at or utcnow(), record.started_at)
        if talked_secs is None:
            begun = record.answered_at
            talked_secs = (ended_at - begun).total_seconds() if begun else 0.0
        meter = self._meter(self.agents.get(record.agent))
        meter.add_recorded(record.usage)
        closed = await self.store.end_call(
            record.id,
            status=status,
            outcome=Outcome(result=MEANING[ending].result, reason=ending.value),
            ended_at=ended_at,
            cost=bill(
                meter.usd,
                direction=record.direction,
                talked_secs=talked_secs,
                prices=PRICES,
            ),
        )
        if closed and is_asking(record):
            await let_go_of_people(record.id, self.carrier)
        if closed:
            logger.info(
                "a call that was left open is closed: {}",
                ending,
                call_id=record.id,
                event="open_call_closed",
            )

    def _meter(self, agent: Agent | None) -> Meter:
        """By the agent's model; where there is no such agent any more, by the dearest."""
        if agent is None:
            return next(iter(self.brains.values())).meter(None)
        return find_brain(agent.brain, self.brains).meter(agent.model)
