"""What the gate decides by, gathered at the moment of deciding; and what it decided, to be kept."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from bot.batches.clock import Clock
from bot.batches.dispositions import SETTLED, Disposition
from bot.batches.gate.contactability import Decision, Facts, Place, Reason, decide
from bot.batches.gate.elsewhere import elsewhere
from bot.batches.gate.places import place_of
from bot.batches.settings import BatchSettings
from bot.batches.visits import as_of
from bot.same_number import canonical
from bot.store import AttemptRecord, BatchRecord, ContactRecord, Store
from config.calling_rules import Rules
from tools import NotFound, Refused

CALLS_COUNT_FOR = timedelta(days=7)  # the longest span that a cap is about
UNTOLD_FOR = timedelta(minutes=30)  # what a business could not tell, it is asked again by then


class Appointments(Protocol):
    """The business that the appointments are of. Raises `tools.Unavailable`."""

    async def appointment(self, appointment_id: str) -> dict[str, Any]:
        """One appointment; `standing` says whether it is still to take place. Raises
        `tools.NotFound`, or `tools.Refused`: it will not tell of this one.
        """
        ...


def place_of_contact(contact: ContactRecord, settings: BatchSettings) -> Place:
    """Where a contact may be."""
    return place_of(
        number=contact.number,
        zone=contact.zone,
        region=contact.region,
        batch_zone=settings.zone,
    )


@dataclass(frozen=True, kw_only=True)
class AttemptContext:
    """What an attempt is about, as it stands now."""

    batch: BatchRecord
    settings: BatchSettings
    contact: ContactRecord
    place: Place


@dataclass(frozen=True, kw_only=True)
class GateDecision:
    """What was decided about an attempt, and as what it was about."""

    context: AttemptContext
    standing: int | None  # of the appointments, as the business said; None: it was not asked
    decision: Decision

    @property
    def allows(self) -> bool:
        """Whether the call may begin."""
        return self.decision.word == "allow"

    def waiting(self, *, rule: str, why: str, until: datetime) -> "GateDecision":
        """The same, but that it waits for one more reason."""
        reason = Reason(rule=rule, says="wait", why=why, until=until)
        reasons = (*self.decision.reasons, reason)
        decision = replace(self.decision, word="wait", until=until, reasons=reasons)
        return replace(self, decision=decision)


class Gate:
    """Gathers the facts about an attempt, and has it decided upon."""

    def __init__(
        self,
        *,
        store: Store,
        appointments: Appointments,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._rules = rules
        self._clock = clock

    async def context(self, attempt: AttemptRecord) -> AttemptContext:
        """What the attempt is about."""
        found = await self._store.ledger.case_of(attempt)
        if found is None:
            raise LookupError(f"attempt {attempt.id} is about nobody")
        batch, contact = found
        if attempt.state == "planned":
            contact = await self._about_what_is_to_come(contact)
        settings = BatchSettings.model_validate(batch.settings)
        place = place_of(
            number=attempt.number,
            zone=contact.zone,
            region=contact.region,
            batch_zone=settings.zone,
        )
        return AttemptContext(batch=batch, settings=settings, contact=contact, place=place)

    async def _about_what_is_to_come(self, contact: ContactRecord) -> ContactRecord:
        """Before each call appointments that are over drop out, for good."""
        left = as_of(contact, self._clock.now())
        if left is not contact and not await self._store.batches.drop_visits(contact, left):
            return await self._store.batches.contact(contact.id) or contact
        return left

    async def look(self, attempt: AttemptRecord) -> GateDecision:
        """Whether the call may begin at this moment, by all that is known without the business:
        whether the appointments still stand is left open.
        """
        return await self._decide(attempt, standing=None)

    async def ask(
        self, attempt: AttemptRecord, *, before: GateDecision | None = None
    ) -> GateDecision:
        """Whether the call may begin at this moment.

        The business is asked only where all else allows the call, and where it cannot tell of
        appointments of which none is known to stand, the call waits. `before` is what was decided
        a moment ago: it is not asked again.

        Raises:
            tools.Unavailable: the business does not answer, so the call must not begin.
        """
        if before is not None:
            return await self._decide(attempt, standing=before.standing)
        decided = await self.look(attempt)
        about = decided.context
        appointments = about.contact.appointments if about.settings.check_standing else ()
        if not decided.allows or not appointments:
            return decided
        told = await asyncio.gather(*map(self._stands, appointments))
        if None in told and not any(told):
            return decided.waiting(
                rule="standing",
                why="the business will not say whether the appointment still stands",
                until=self._clock.now() + UNTOLD_FOR,
            )
        return await self._decide(attempt, standing=sum(map(bool, told)))

    async def _decide(self, attempt: AttemptRecord, *, standing: int | None) -> GateDecision:
        context = await self.context(attempt)
        facts = await self._facts(attempt, context, standing)
        decision = decide(facts, context.settings, self._rules)
        return GateDecision(context=context, standing=standing, decision=decision)

    async def _facts(
        self, attempt: AttemptRecord, context: AttemptContext, standing: int | None
    ) -> Facts:
        ledger, now = self._store.ledger, self._clock.now()
        contact, settings = context.contact, context.settings
        known = await ledger.number_facts(
            attempt.number, since=now - CALLS_COUNT_FOR, besides=attempt.id
        )
        spent = await ledger.spent(context.batch.id) if settings.budget_usd else Decimal(0)
        others = await self._store.other_contacts.with_numbers(
            [attempt.number], besides=context.batch.id
        )
        return Facts(
            now=now,
            place=context.place,
            suppressed_at=known.suppressed_at,
            consent_source=contact.consent_source,
            consent_at=contact.consent_at,
            deadline=contact.last_deadline,
            calls_at=known.calls_at,
            in_flight=known.in_flight,
            attempts=contact.attempts - (attempt.state == "placed"),  # besides this one
            standing=standing,
            batch_state=context.batch.state,
            spent_usd=spent,
            asked_for=contact.disposition == Disposition.CALLBACK_AT,
            settled=contact.disposition if contact.disposition in SETTLED else "",
            elsewhere=elsewhere(
                contact,
                others.get(canonical(attempt.number), ()),
                started_at=context.batch.started_at,
                now=now,
            ),
        )

    async def _stands(self, appointment_id: str) -> bool | None:
        """None: the business will not say."""
        try:
            appointment = await self._appointments.appointment(appointment_id)
        except NotFound:
            return False
        except Refused:
            return None
        return appointment.get("standing") is True


def decision_record(decision: Decision) -> dict[str, Any]:
    """The decision in JSON values, for the ledger."""
    return {
        "word": decision.word,
        "at": decision.at.isoformat(),
        "until": decision.until.isoformat() if decision.until else None,
        "reasons": [
            {
                "rule": reason.rule,
                "says": reason.says,
                "why": reason.why,
                "until": reason.until.isoformat() if reason.until else None,
            }
            for reason in decision.reasons
        ],
    }
