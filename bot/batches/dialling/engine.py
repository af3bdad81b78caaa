"""How a contact is reached: one attempt, from the plan to what became of it.

    planned   the gate is asked, a slot of the pace awaited, the gate asked once more
    placing   the call is ordered from the service, under the attempt's id as its key
    placed    the call is awaited; what became of it is what its record says
    ended     the contact is done, or waits for its next attempt

Each line is left by one committed move in the ledger, and whatever dies, `reach` is called again
and reads there which line it is at. All that it does in a line may be done twice: the gate only
asks, a slot may be lost, the same key never dials again, and of two ends the ledger takes one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from loguru import logger

from bot.batches.clock import Clock
from bot.batches.dialling.attempt_results import AttemptResults
from bot.batches.dialling.dial_slots import DialSlots
from bot.batches.dialling.ended_calls import EndedCallWatcher
from bot.batches.dialling.live_call_monitor import LiveCallMonitor, Stillness
from bot.batches.dialling.service_client import (
    CallRefused,
    Full,
    Ordered,
    ServiceClient,
    Unknown,
    no_call_of,
    order_of,
    was_never_made,
)
from bot.batches.dispositions import verdict_of, verdict_of_refusal
from bot.batches.gate.facts import Gate, GateDecision, decision_record
from bot.clock import monotonic
from bot.store import AttemptRecord, Store
from bot.tasks import growing_pauses

FIRST_PAUSE_SECS = 1.0
LONGEST_PAUSE_SECS = 60.0
NUMBER_BUSY_SECS = 0.5
CLOSED_SECS = 30.0  # ordered, the order lost, and no number may be dialled now
LOOK_AFTER_SECS = 5.0
# Once no dialler has ordered the call for so long, and it has no record, no order is on its way.
QUIET_SECS = 120.0

Checkpoint = Callable[[str], None]  # told what was just done


def no_checkpoint(line: str) -> None:
    """The default of a `Checkpoint`: tells no one."""


class Engine:
    """Reaches contacts. `reach` may be called for many attempts at once, and again for each."""

    def __init__(
        self,
        *,
        store: Store,
        gate: Gate,
        service_client: ServiceClient,
        ends: EndedCallWatcher,
        live_call_monitor: LiveCallMonitor,
        clock: Clock,
        carrier_calls_per_second: float,
        checkpoint: Checkpoint = no_checkpoint,
    ) -> None:
        self._store = store
        self._ledger = store.ledger
        self._gate = gate
        self._service_client = service_client
        self._ends = ends
        self._live_call_monitor = live_call_monitor
        self._clock = clock
        self._slots = DialSlots(
            store=store, gate=gate, clock=clock, carrier_calls_per_second=carrier_calls_per_second
        )
        self._results = AttemptResults(store=store, clock=clock)
        self._checkpoint = checkpoint

    async def reach(self, attempt_id: str) -> None:
        """Brings an attempt to its end, wherever it is; does not give up."""
        for pause_secs in growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS):
            try:
                return await self._reach(attempt_id)
            except Exception:
                logger.exception(
                    "attempt {} is taken up again in a while", attempt_id, event="attempt_failed"
                )
            await asyncio.sleep(pause_secs)

    async def _reach(self, attempt_id: str) -> None:
        attempt = await self._ledger.get(attempt_id)
        decided = None
        if attempt is not None and attempt.state == "planned":
            attempt, decided = await self._prepare(attempt)
        if attempt is not None and attempt.state == "placing":
            attempt = await self._place(attempt, allowed=decided)
        if attempt is not None and attempt.state == "placed":
            await self._accompany(attempt)

    # -- planned ----------------------------------------------------------------------------------

    async def _prepare(
        self, attempt: AttemptRecord
    ) -> tuple[AttemptRecord | None, GateDecision | None]:
        """Holds the attempt back, or moves it to placing in its slot, by a decision just made."""
        while True:
            decided = await self._slots.decided(attempt)
            self._checkpoint("asked")
            if decided.allows:
                decided = await self._slots.with_room(decided)
            if decided.allows:
                await self._slots.wait_for_slot(decided)
                decided = await self._gate.ask(attempt, before=decided)
                self._checkpoint("in its slot")
            if not decided.allows:
                if await self._results.hold_back(attempt, decided, expect="planned"):
                    return None, None
                return await self._ledger.get(attempt.id), None  # another runner took it further
            moved = await self._ledger.placing(
                attempt.id,
                number=attempt.number,
                at=self._clock.now(),
                decision=decision_record(decided.decision),
                concurrency=decided.context.settings.concurrency,
            )
            self._checkpoint("placing")
            if moved == "placing":
                return replace(attempt, state="placing"), decided
            if moved == "not_planned":
                return await self._ledger.get(attempt.id), None
            if moved == "number_busy":
                await asyncio.sleep(NUMBER_BUSY_SECS)

    # -- placing ----------------------------------------------------------------------------------

    async def _place(
        self, attempt: AttemptRecord, *, allowed: GateDecision | None
    ) -> AttemptRecord | None:
        """Has the call made; where the attempt is then. `allowed` is the decision by which it may
        be ordered at once; without it, it may have been ordered before, and if not, it is decided
        upon anew.

        Before each order the ledger is read again, and what stands there is what is dialled: under
        the key of an attempt that has ended, or whose number was erased, nothing is ordered.
        """
        quiet_since = monotonic()
        pauses = growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS)
        call = None
        while call is None:
            may: GateDecision | Ordered | None = allowed or await self._may_order(
                attempt, quiet_since
            )
            allowed = None
            now = await self._ledger.get(attempt.id)
            if now is None or now.state != "placing":
                return now
            is_the_same = now.number == attempt.number  # not erased since it was decided on
            attempt = now
            if isinstance(may, Ordered):
                call = may
            elif may is not None and is_the_same:
                try:
                    call = await self._service_client.order(order_of(attempt, may.context))
                except CallRefused as error:
                    logger.warning(
                        "attempt {}: the service refused the call: {}",
                        attempt.id,
                        error,
                        event="call_order_refused",
                    )
                    await self._refused(attempt, error)
                except Full as error:
                    logger.info("attempt {} waits: {}", attempt.id, error, event="attempt_waits")
                    await asyncio.sleep(error.after_secs)
                except Unknown as error:
                    logger.warning(
                        "attempt {} is ordered again, as the same: {}",
                        attempt.id,
                        error,
                        event="call_order_repeated",
                    )
                    quiet_since = monotonic()
                    await asyncio.sleep(next(pauses))
        self._checkpoint("ordered")
        await self._ledger.placed(
            attempt.id, at=self._clock.now(), call_id=call.call_id, call_sid=call.call_sid
        )
        self._checkpoint("placed")
        return await self._ledger.get(attempt.id)

    async def _may_order(
        self, attempt: AttemptRecord, quiet_since: float
    ) -> GateDecision | Ordered | None:
        """The call that was made for this attempt, or the decision by which it may be ordered
        (again), in its slot. None: neither, at this moment.

        If it may not be made for so long that no order can be on its way, the attempt is given up,
        and with it its key: whoever comes with that key nevertheless makes no call.
        """
        if ordered := await self._ordered_before(attempt):
            return ordered
        decided = await self._slots.decided(attempt)
        if decided.allows:
            await self._slots.wait_for_slot(decided)
            decided = await self._gate.ask(attempt, before=decided)
        if decided.allows:
            return decided
        if monotonic() - quiet_since >= QUIET_SECS:
            await self._results.hold_back(attempt, decided, expect="placing")
        else:
            await asyncio.sleep(CLOSED_SECS)
        return None

    async def _ordered_before(self, attempt: AttemptRecord) -> Ordered | None:
        """The call that was made for this attempt, if there is one."""
        record = await self._store.get_call_of_key(attempt.id)
        return Ordered(call_id=record.id, call_sid=record.call_sid) if record else None

    async def _refused(self, attempt: AttemptRecord, error: CallRefused) -> None:
        """There is no call: because that number may not be called any more, or otherwise."""
        decided = await self._gate.look(attempt)
        known = await self._store.get_call_of_key(attempt.id)  # the carrier refused it
        if decided.decision.word == "never" and known is None:
            await self._results.hold_back(attempt, decided, expect="placing")
            return
        verdict = verdict_of_refusal(error.reason, fault=error.fault, retry=error.retry)
        no_call = None if known else no_call_of(attempt, decided.context, at=self._clock.now())
        await self._results.conclude(
            attempt, decided.context, verdict, expect="placing", no_call=no_call
        )
        self._checkpoint("ended")

    # -- placed -----------------------------------------------------------------------------------

    async def _accompany(self, attempt: AttemptRecord) -> None:
        """Waits for the end of the call, and writes down what became of the contact."""
        call_id = attempt.call_id or ""
        stillness, never_rang = Stillness(), False
        while (record := await self._ends.of(call_id, within_secs=LOOK_AFTER_SECS)) is None:
            never_rang |= await self._live_call_monitor.look_after(attempt, call_id, stillness)
        self._checkpoint("over")
        context = await self._gate.context(attempt)
        await self._results.conclude(
            attempt,
            context,
            verdict_of(record),
            expect="placed",
            sid=record.call_sid,
            never_rang=record.answered_at is None and (never_rang or was_never_made(record)),
        )
        self._checkpoint("ended")
