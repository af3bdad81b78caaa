"""Which contacts of a file are in other batches already, for the same appointment."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.campaigns.gate.elsewhere import elsewhere, is_about_the_same
from bot.same_number import canonical
from bot.store import ContactRecord, OtherContact, Store


@dataclass(frozen=True, kw_only=True)
class InEarlier:
    """How many of the new contacts another batch has, for the same appointment."""

    batch_id: str
    contacts: int
    settled: int  # of them: all about it is settled there, or in others


async def in_earlier(
    store: Store, batch_id: str, contacts: Sequence[ContactRecord], *, now: datetime
) -> Sequence[InEarlier]:
    """The batches besides this one that have some of these contacts, the oldest first."""
    others = await store.other_contacts.with_numbers(
        [contact.number for contact in contacts], besides=batch_id
    )
    return await asyncio.to_thread(_counted, contacts, others, now)


def _counted(
    contacts: Iterable[ContactRecord],
    others: Mapping[str, Sequence[OtherContact]],
    now: datetime,
) -> Sequence[InEarlier]:
    known: Counter[str] = Counter()
    settled: Counter[str] = Counter()
    for contact in contacts:
        at_number = others.get(canonical(contact.number), ())
        same = {o.contact.batch_id: 1 for o in at_number if is_about_the_same(contact, o.contact)}
        known.update(same)
        if elsewhere(contact, at_number, started_at=None, now=now).settled:
            settled.update(same)
    return [
        InEarlier(batch_id=batch_id, contacts=count, settled=settled[batch_id])
        for batch_id, count in known.items()
    ]
