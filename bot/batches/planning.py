"""The plan of a stored batch, worked out with all that is known today."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from bot.batches.dispositions import Disposition, Verdict
from bot.batches.gate.contactability import Decision, Facts, Place, decide
from bot.batches.gate.elsewhere import Elsewhere, elsewhere
from bot.batches.gate.facts import CALLS_COUNT_FOR, place_of_contact
from bot.batches.reports.estimates import ModelUsd
from bot.batches.reports.planner import Plan, Planned, plan
from bot.batches.retry import Again, next_step
from bot.batches.settings import BatchSettings
from bot.batches.settings_reader import read_settings
from bot.batches.visits import as_of
from bot.same_number import canonical
from bot.slices import slices
from bot.store import AttemptRecord, BatchRecord, ContactRecord, OtherContact, Store, Suppression
from config import Agent
from config.calling_rules import Rules

LOOKED_UP_AT_ONCE = 100  # numbers: some milliseconds of the event loop


async def planned(
    store: Store,
    batch: BatchRecord,
    *,
    agent: Agent,
    rules: Rules,
    model_usd: ModelUsd,
    begin: datetime,
) -> Plan:
    """The plan of a batch as if it began, or went on, at that time."""
    known = _Known(
        settings=read_settings(batch.settings),
        rules=rules,
        calls_at=await store.ledger.calls_since(begin - CALLS_COUNT_FOR),
        spent_usd=await store.ledger.spent(batch.id),
        started_at=batch.started_at,
        model_usd=model_usd,
    )
    waiting = await store.batches.find_contacts(batch.id, state="waiting")
    async for some in slices(waiting, most=LOOKED_UP_AT_ONCE):
        numbers = [contact.number for contact in some]
        known.suppressed.update(await store.suppressions.find(numbers))
        known.others.update(await store.other_contacts.with_numbers(numbers, besides=batch.id))
    return await asyncio.to_thread(known.plan, waiting, agent, begin)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known today, for all contacts of one batch."""

    settings: BatchSettings
    rules: Rules
    calls_at: Mapping[str, Sequence[datetime]]  # by number, canonical
    spent_usd: Decimal
    started_at: datetime | None
    model_usd: ModelUsd
    suppressed: dict[str, Suppression] = field(default_factory=dict)  # by number
    # Of other batches, by number, canonical.
    others: dict[str, Sequence[OtherContact]] = field(default_factory=dict)
    # By contact: a place takes longer to find than a decision.
    places: dict[str, Place] = field(default_factory=dict)

    def plan(self, waiting: Sequence[ContactRecord], agent: Agent, begin: datetime) -> Plan:
        """For those who wait, as if it began then. It takes a while."""
        made = plan(
            [as_of(contact, begin) for contact in waiting],
            agent=agent,
            settings=self.settings,
            decide=self.decide,
            can_follow=self.can_follow,
            zones=self.zones,
            now=begin,
            model_usd=self.model_usd,
        )
        return replace(made, notes=(*made.notes, *self.called_elsewhere(made.calls, begin)))

    def decide(self, contact: ContactRecord, at: datetime) -> Decision:
        """The gate, as if the batch were running at that moment."""
        return decide(self._facts(contact, at), self.settings, self.rules)

    def can_follow(self, contact: ContactRecord, called_at: datetime) -> bool:
        """Whether they can be called again, by retry and gate, if that call is not answered."""
        facts = self._facts(contact, called_at)
        ended = AttemptRecord(
            id="",
            batch_id=contact.batch_id,
            contact_id=contact.id,
            number=contact.number,
            ordinal=contact.attempts + 1,
            planned_at=called_at,
            placed_at=called_at,
            disposition=Disposition.NO_ANSWER,
        )
        step = next_step(
            Verdict(disposition=Disposition.NO_ANSWER),
            contact=replace(contact, attempts=contact.attempts + 1),
            attempts=[ended],
            settings=self.settings,
            now=called_at,
            zones=facts.place.zones,
        )
        if not isinstance(step, Again):
            return False
        then = replace(
            facts,
            now=step.at,
            calls_at=[*facts.calls_at, called_at],
            attempts=facts.attempts + 1,
            asked_for=False,
        )
        return decide(then, self.settings, self.rules).word != "never"

    def called_elsewhere(self, calls: Sequence[Planned], at: datetime) -> list[str]:
        """Of those who would be called, how many another batch is calling about the same."""
        by_batch = Counter(self._elsewhere(call.contact, at).calling for call in calls)
        return [
            f"{batch}, which began earlier, calls {count} of these about the same appointment: "
            "this batch waits for what becomes of that."
            for batch, count in by_batch.items()
            if batch
        ]

    def _elsewhere(self, contact: ContactRecord, at: datetime) -> Elsewhere:
        others = self.others.get(canonical(contact.number), ())
        return elsewhere(contact, others, started_at=self.started_at, now=at)

    def zones(self, contact: ContactRecord) -> frozenset[str]:
        """Those in which they may be."""
        return self._place(contact).zones

    def _place(self, contact: ContactRecord) -> Place:
        if contact.id not in self.places:
            self.places[contact.id] = place_of_contact(contact, self.settings)
        return self.places[contact.id]

    def _facts(self, contact: ContactRecord, at: datetime) -> Facts:
        suppression = self.suppressed.get(contact.number)
        return Facts(
            now=at,
            place=self._place(contact),
            suppressed_at=suppression.at if suppression else None,
            consent_source=contact.consent_source,
            consent_at=contact.consent_at,
            deadline=contact.last_deadline,
            calls_at=self.calls_at.get(canonical(contact.number), ()),
            in_flight=False,
            attempts=contact.attempts,
            standing=None,
            batch_state="running",
            spent_usd=self.spent_usd,
            asked_for=contact.disposition == Disposition.CALLBACK_AT,
            # What will become of them in a batch that goes on, nobody knows: that is noted.
            elsewhere=Elsewhere(settled=self._elsewhere(contact, at).settled),
        )
