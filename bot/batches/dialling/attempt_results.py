"""What becomes of an attempt and its contact, written in one transaction."""

from dataclasses import replace
from datetime import timedelta

from loguru import logger

from bot.batches.clock import Clock
from bot.batches.dialling.service_client import no_call_of
from bot.batches.dispositions import Disposition, Verdict
from bot.batches.gate.facts import AttemptContext, GateDecision, decision_record
from bot.batches.retry import Again, next_step
from bot.store import (
    AttemptRecord,
    AttemptState,
    CallRecord,
    ContactChanges,
    Store,
    Suppression,
)

LOOK_AGAIN = timedelta(minutes=1)  # where the gate cannot tell when to ask it again


class AttemptResults:
    """Ends attempts. `expect` is where one is known to stand: from elsewhere it does not end."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._ledger = store.ledger
        self._clock = clock

    async def hold_back(
        self, attempt: AttemptRecord, decided: GateDecision, *, expect: AttemptState
    ) -> bool:
        """Ends an attempt that became no call: the contact waits, or is done with. False: it does
        not stand where it is to end from, or became a call, and goes on from where it is.
        """
        decision, context = decided.decision, decided.context
        contact = context.contact
        changes: ContactChanges = {"decision": decision_record(decision)}
        if decision.word == "never":
            changes["due_at"] = None
            if context.batch.state == "cancelled":
                changes["state"] = "cancelled"
            else:
                changes["state"] = "done" if contact.attempts else "skipped"
        else:
            changes["state"] = "waiting"
            at_rest = context.batch.state != "running"  # due as soon as it goes on
            changes["due_at"] = decision.until or (
                None if at_rest else self._clock.now() + LOOK_AGAIN
            )
        now = self._clock.now()
        no_call = no_call_of(attempt, context, at=now) if expect == "placing" else None
        ended = await self._ledger.ended(
            attempt.id,
            expect=[expect],
            at=now,
            decision=changes["decision"],
            contact=changes,
            no_call=no_call,
        )
        if ended:
            logger.info(
                "attempt {} is held back: {}", attempt.id, decision.word, event="attempt_held_back"
            )
        return ended

    async def conclude(
        self,
        attempt: AttemptRecord,
        context: AttemptContext,
        verdict: Verdict,
        *,
        expect: AttemptState,
        sid: str | None = None,
        no_call: CallRecord | None = None,
        never_rang: bool = False,
    ) -> None:
        """Ends the attempt with what became of it; the contact is done, or waits for another."""
        now, contact = self._clock.now(), context.contact
        this = replace(attempt, disposition=verdict.disposition.value)
        if never_rang:
            this = replace(this, placed_at=None)
            contact = replace(contact, attempts=contact.attempts - 1)
        word, detail = verdict.disposition.value, verdict.detail
        if verdict.disposition is Disposition.OPT_OUT and attempt.number:
            # The call may have failed to write it.
            await self._store.suppressions.add(
                Suppression(number=attempt.number, at=now, source="call", call_id=attempt.call_id)
            )
        known = [each for each in await self._ledger.of_contact(contact.id) if each.placing_at]
        step = next_step(
            verdict,
            contact=contact,
            attempts=[this if each.id == attempt.id else each for each in known],
            settings=context.settings,
            now=now,
            zones=context.place.zones,
        )
        changes: ContactChanges = {"state": "done", "due_at": None}
        if isinstance(step, Again):
            changes = {"state": "waiting", "due_at": step.at}
        if step.disposition == verdict.disposition:
            changes |= {"disposition": word, "detail": detail}
        ended = await self._ledger.ended(
            attempt.id,
            expect=[expect],
            at=now,
            disposition=word,
            detail=detail,
            call_sid=sid,
            contact=changes,
            no_call=no_call,
            never_rang=never_rang,
        )
        if ended:
            logger.info("attempt {}: {}, {}", attempt.id, word, step.why, event="attempt_concluded")
