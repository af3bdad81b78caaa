"""Which contacts of a file are in other batches already, for the same appointment."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.batches.gate.elsewhere import elsewhere, is_about_the_same
from bot.same_number import canonical
from bot.store import BatchRecord, ContactRecord, Store


@dataclass(frozen=True, kw_only=True)
class InEarlier:
    """How many of the new contacts another batch has, for the same appointment."""

    batch_id: str
    contacts: int
    settled: int  # of them: all about it is settled there, or in others


class EarlierBatches:
    """What other batches have of the new contacts of a batch, a few contacts at a time."""

    def __init__(self, *, store: Store, batch_id: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._batch_id = batch_id
        self._now = now
        self._known: Counter[str] = Counter()
        self._settled: Counter[str] = Counter()

    async def look_for(self, contacts: Sequence[ContactRecord]) -> None:
        """Counts some more of them."""
        others = await self._store.other_contacts.with_numbers(
            [contact.number for contact in contacts], besides=self._batch_id
        )
        for contact in contacts:
            at_number = others.get(canonical(contact.number), ())
            same = {o.contact.batch_id for o in at_number if is_about_the_same(contact, o.contact)}
            self._known.update(same)
            if same and elsewhere(contact, at_number, started_at=None, now=self._now()).settled:
                self._settled.update(same)

    async def found(self) -> Sequence[InEarlier]:
        """The batches that have some of them, the oldest first."""
        batches: list[BatchRecord] = []
        for batch_id in self._known:
            batch = await self._store.batches.get(batch_id)
            batches += [batch] if batch else []
        return [
            InEarlier(
                batch_id=batch.id,
                contacts=self._known[batch.id],
                settled=self._settled[batch.id],
            )
            for batch in sorted(batches, key=lambda batch: (batch.created_at, batch.id))
        ]
