"""The engine in the test's own process, with a clock that the test sets."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dialler_kit import NOON
from far_service import FarService

from bot.batches.dialling.batch_monitor import BatchMonitor
from bot.batches.dialling.ended_calls import EndedCallWatcher
from bot.batches.dialling.engine import Engine
from bot.batches.dialling.live_call_monitor import LiveCallMonitor
from bot.batches.dialling.outcome_reporter import OutcomeReporter
from bot.batches.dialling.service_client import ServiceClient
from bot.batches.gate.facts import Gate
from bot.business import HttpBusiness
from bot.carriers import CallStatus, CarrierCall, CarrierError
from bot.store import AttemptRecord, CallRecord, ContactRecord, Store
from config.calling_rules import load_rules


@dataclass
class SetClock:
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time


@dataclass
class FarCarrier:
    """The carrier, as far as a dialler speaks with it."""

    status: CallStatus = CallStatus.QUEUED
    started_at: datetime | None = None  # it has dialled
    cancelled: list[str] = field(default_factory=list)
    legs: Sequence[CarrierCall] | CarrierError = ()  # whom it has dialled for a caller

    async def fetch(self, call_sid: str) -> CarrierCall:
        status = CallStatus.CANCELED if call_sid in self.cancelled else self.status
        return CarrierCall(call_sid=call_sid, status=status, started_at=self.started_at)

    async def find(self, *, parent: str, since: datetime) -> Sequence[CarrierCall]:
        if isinstance(self.legs, CarrierError):
            raise self.legs
        return [leg for leg in self.legs if leg.created_at is None or leg.created_at >= since]

    async def cancel(self, call_sid: str) -> None:
        self.cancelled.append(call_sid)


@dataclass
class Bench:
    """All that a test of the engine needs."""

    store: Store
    far: FarService
    engine: Engine
    batch_monitor: BatchMonitor
    outcome_reporter: OutcomeReporter
    clock: SetClock
    carrier: FarCarrier
    business: HttpBusiness
    reconciled: list[CallRecord]

    async def plan(self, batch_id: str = "batch_a", **limits: Any) -> list[AttemptRecord]:
        return await self.store.ledger.plan(
            batch_id, now=self.clock.now(), **({"backlog": 1000} | limits)
        )

    async def run(self, batch_id: str = "batch_a", **limits: Any) -> list[AttemptRecord]:
        """Plans whoever is due, and brings all of them to their end."""
        planned = await self.plan(batch_id, **limits)
        await asyncio.gather(*(self.engine.reach(attempt.id) for attempt in planned))
        return [await self.attempt(attempt.id) for attempt in planned]

    async def attempt(self, attempt_id: str) -> AttemptRecord:
        attempt = await self.store.ledger.get(attempt_id)
        assert attempt is not None
        return attempt

    async def contact(self, n: int = 0, batch_id: str = "batch_a") -> ContactRecord:
        contact = await self.store.batches.contact(f"{batch_id}_{n:05}")
        assert contact is not None
        return contact

    async def oversee(self, batch_id: str = "batch_a") -> tuple[str, str]:
        """The state of the batch once it was looked at, and the slug of why."""
        batch = await self.store.batches.get(batch_id)
        assert batch is not None
        await self.batch_monitor.look(batch)
        after = await self.store.batches.get(batch_id)
        assert after is not None
        return after.state, after.why.partition(":")[0]


@asynccontextmanager
async def open_bench(store: Store, far: FarService) -> AsyncIterator[Bench]:
    clock, carrier, reconciled = SetClock(), FarCarrier(), list[CallRecord]()

    async def reconcile(record: CallRecord) -> bool:
        reconciled.append(record)
        return False

    async with (
        ServiceClient(service_url=far.url, api_key="key") as service_client,
        HttpBusiness(far.url) as business,
    ):
        gate = Gate(store=store, appointments=business, rules=load_rules(), clock=clock)
        ends = EndedCallWatcher(store, look_every_secs=0.02)
        live_call_monitor = LiveCallMonitor(
            store=store,
            gate=gate,
            service_client=service_client,
            carrier=carrier,  # type: ignore[arg-type]  # more is not asked of it
            reconcile=reconcile,
        )
        looking = asyncio.create_task(ends.look())
        yield Bench(
            store=store,
            far=far,
            engine=Engine(
                store=store,
                gate=gate,
                service_client=service_client,
                ends=ends,
                live_call_monitor=live_call_monitor,
                clock=clock,
                carrier_calls_per_second=100,
            ),
            batch_monitor=BatchMonitor(store=store, clock=clock),
            outcome_reporter=OutcomeReporter(store=store, business=business),
            clock=clock,
            carrier=carrier,
            business=business,
            reconciled=reconciled,
        )
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
