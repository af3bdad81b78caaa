"""What the gate decides by, gathered at the moment of deciding; and what it decided, to be kept."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from bot.campaigns.clock import Clock
from bot.campaigns.dispositions import SETTLED
from bot.campaigns.gate.contactability import Decision, Facts, Place, decide
from bot.campaigns.gate.places import place_of
from bot.campaigns.settings import BatchSettings
from bot.store import AttemptRecord, BatchRecord, ContactRecord, Store
from config.calling_rules import Rules
from tools import NotFound

CALLS_COUNT_FOR = timedelta(days=7)  # the longest span that a cap is about


class Appointments(Protocol):
    """The business that the appointments are of. Raises `tools.Unavailable`."""

    async def appointment(self, appointment_id: str) -> dict[str, Any]:
        """One appointment; `standing` says whether it is still to take place. Raises
        `tools.NotFound`.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Case:
    """What an attempt is about, as it stands now."""

    batch: BatchRecord
    settings: BatchSettings
    contact: ContactRecord
    place: Place


@dataclass(frozen=True, kw_only=True)
class Decided(Case):
    """And what was decided about it."""

    standing: int | None  # of the appointments, as the business said
    decision: Decision


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

    async def case(self, attempt: AttemptRecord) -> Case:
        """What the attempt is about."""
        found = await self._store.ledger.case_of(attempt)
        if found is None:
            raise LookupError(f"attempt {attempt.id} is about nobody")
        batch, contact = found
        settings = BatchSettings.model_validate(batch.settings)
        place = place_of(
            number=attempt.number,
            zone=contact.zone,
            region=contact.region,
            batch_zone=settings.zone,
        )
        return Case(batch=batch, settings=settings, contact=contact, place=place)

    async def ask(self, attempt: AttemptRecord, *, before: Decided | None = None) -> Decided:
        """Whether the call may begin at this moment.

        `before` is what was decided a moment ago: the business is not asked again.

        Raises:
            tools.Unavailable: the business does not answer, so nothing can be decided.
        """
        case = await self.case(attempt)
        if before is not None:
            standing = before.standing
        elif case.settings.check_standing and case.batch.state == "running":
            standing = await self._standing(case.contact)
        else:
            standing = None
        facts = await self._facts(attempt, case, standing)
        decision = decide(facts, case.settings, self._rules)
        return Decided(**vars(case), standing=standing, decision=decision)

    async def _facts(self, attempt: AttemptRecord, case: Case, standing: int | None) -> Facts:
        ledger, now = self._store.ledger, self._clock.now()
        contact, settings = case.contact, case.settings
        known = await ledger.number_facts(
            attempt.number, since=now - CALLS_COUNT_FOR, besides=attempt.id
        )
        spent = await ledger.spent(case.batch.id) if settings.budget_usd else Decimal(0)
        return Facts(
            now=now,
            place=case.place,
            suppressed_at=known.suppressed_at,
            consent_source=contact.consent_source,
            consent_at=contact.consent_at,
            deadline=contact.deadline,
            calls_at=known.calls_at,
            in_flight=known.in_flight,
            attempts=contact.attempts - (attempt.state == "placed"),  # besides this one
            standing=standing,
            batch_state=case.batch.state,
            spent_usd=spent,
            settled=contact.disposition if contact.disposition in SETTLED else "",
        )

    async def _standing(self, contact: ContactRecord) -> int | None:
        """How many of their appointments stand; None for a contact without any."""
        if not contact.appointments:
            return None
        return sum(await asyncio.gather(*map(self._stands, contact.appointments)))

    async def _stands(self, appointment_id: str) -> bool:
        try:
            appointment = await self._appointments.appointment(appointment_id)
        except NotFound:
            return False
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
