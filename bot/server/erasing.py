"""Erasing a person: what there is of them, and why that cannot be erased now."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.same_number import same_number
from bot.store import CallRecord, Store

COUNTED_MOST = 1000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class OfPerson:
    """What has their number."""

    calls: int  # COUNTED_MOST: or more
    contacts: int  # of batches
    written: int  # messages, texts and recordings
    suppressed: bool  # never to be called; that stays
    is_ours: bool  # our side of a call had it: all calls would be erased with it
    in_flight: bool  # a call with it is under way

    @property
    def why_not(self) -> str:
        """A sentence; empty: it can be erased."""
        if self.is_ours:
            return "This is the line’s own number: all calls would be erased with it."
        if self.in_flight:
            return "A call with this number is under way. Erase it when that is over."
        return ""


async def of_person(store: Store, number: str) -> OfPerson:
    """What there is of who has this number."""
    calls = await store.find_calls(number=number, limit=COUNTED_MOST)
    contacts = (await store.other_contacts.with_numbers([number])).values()
    facts = await store.ledger.number_facts(number, since=_EVER)
    messages = await store.messages.find(number=number, limit=COUNTED_MOST)
    texts = await store.texts.find(number=number, limit=COUNTED_MOST)
    written = len(messages) + len(texts) + await store.recordings.count_with(number)
    return OfPerson(
        calls=len(calls),
        contacts=sum(map(len, contacts)),
        written=written,
        suppressed=facts.suppressed_at is not None,
        is_ours=any(same_number(number, _ours(call)) for call in calls),
        in_flight=facts.in_flight,
    )


def _ours(call: CallRecord) -> str:
    return call.to_number if call.direction == "inbound" else call.from_number
