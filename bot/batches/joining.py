"""People of a further file come to those of a batch: new ones, ones who are there, ones to stop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.batches.earlier_batches import EarlierBatches
from bot.batches.reading.called_off import CalledOff, which_appointments
from bot.batches.reading.drafts import BadRow, Problem
from bot.batches.reading.file_reader import Person
from bot.batches.reading.households import absorb, misfit
from bot.batches.visits import as_of
from bot.store import ContactRecord, Store

SAYS_NO = "says that this number must not be called"


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """A contact of the batch who is not called any more, as a later row says."""

    line: int
    by_line: int  # of the row that says so
    dialling: bool  # a call is under way, or about to be: it is the last


class Joining:
    """What has become so far of the people of one file; a few of them at a time."""

    def __init__(
        self, *, store: Store, now: Callable[[], datetime], earlier: EarlierBatches
    ) -> None:
        self._store = store
        self._now = now
        self._earlier = earlier  # is told of those who are new
        self.new = 0
        self.known = 0
        self.joined = 0  # they waited in the batch already, and are called about more now
        self.refused: list[BadRow] = []  # for the batch cannot have them any more, in their order
        self.stopped: list[Stopped] = []
        # Of contacts that the file says something against: appointments that it leaves them.
        self._still_on: dict[str, set[tuple[str, ...]]] = {}

    async def stop(self, refusals: Mapping[str, int]) -> None:
        """Sees to it that stored contacts that a row says no to are not called (again)."""
        there = await self._store.batches.contacts_named(list(refusals))
        for contact_id, line in refusals.items():
            if contact_id in there:
                await self._stop(there[contact_id], line, SAYS_NO, rule="consent")

    async def call_off(self, some: Sequence[CalledOff]) -> None:
        """The same for those who need no call for any of their appointments, once that is said of
        the last of them.
        """
        there = await self._store.batches.contacts_named([one.contact_id for one in some])
        for one in some:
            contact = there.get(one.contact_id)
            if contact is None:
                continue
            left = self._still_on.setdefault(contact.id, self._to_come(contact))
            if one.which in left:
                left.discard(one.which)
                if not left:
                    await self._stop(contact, one.line, one.why, rule="status")

    async def join(self, persons: Sequence[Person]) -> None:
        """Some contacts of a further file come to those of the batch."""
        there = await self._store.batches.contacts_named([one.contact.id for one in persons])
        new = []
        for person in persons:
            contact = person.contact
            stored = there.get(contact.id)
            if stored is None:
                new.append(contact)
            elif (together := absorb(stored, contact, now=self._now())) is None:
                self.known += 1
            elif reason := misfit([stored], contact):
                why = f"line {stored.line} has the same number {reason}"
                self.refused.append(_as_bad_row(person, why))
            elif await self._store.batches.put_uncalled(together):
                self.joined += 1
            else:
                self.refused.append(_as_bad_row(person, _too_late(stored)))
        await self._earlier.look_for(new)
        await self._store.batches.add_contacts(new)
        self.new += len(new)

    def _to_come(self, contact: ContactRecord) -> set[tuple[str, ...]]:
        return which_appointments(as_of(contact, self._now()))

    async def _stop(self, contact: ContactRecord, line: int, why: str, *, rule: str) -> None:
        if contact.state not in ("waiting", "dialling"):
            return
        decision = _never(rule, f"line {line}, which came later, {why}", at=self._now())
        state = await self._store.batches.refuse(contact.id, decision=decision, at=self._now())
        self.stopped.append(Stopped(line=contact.line, by_line=line, dialling=state == "dialling"))


def _never(rule: str, why: str, *, at: datetime) -> dict[str, Any]:
    """By which a contact is kept from being called, as the gate's decisions are stored."""
    reason = {"rule": rule, "says": "never", "why": why, "until": None}
    return {"word": "never", "at": at.isoformat(), "until": None, "reasons": [reason]}


def _too_late(there: ContactRecord) -> str:
    how = (
        "calls this number no more"
        if there.state == "skipped"
        else "has called this number already"
    )
    return f"the batch {how} (line {there.line}): make another batch of it"


def _as_bad_row(person: Person, why: str) -> BadRow:
    problem = Problem(column="", why=why)
    return BadRow(line=person.contact.line, cells=person.cells, problems=(problem,))
