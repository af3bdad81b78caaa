"""A number that is written in several ways is one number in all that the store is asked."""

from datetime import timedelta

import pytest
from store_samples import NOON, a_batch, a_call, a_contact, a_turn, at

from bot.store import Outcome, Store, Suppression

OLD, NEW = "+5215512345678", "+525512345678"
PAIRS = [(OLD, NEW), ("+5491123456789", "+541123456789"), ("+551187654321", "+5511987654321")]
BOTH = [pair for one, other in PAIRS for pair in ((one, other), (other, one))]
WEEK_AGO = NOON - timedelta(days=7)


@pytest.mark.parametrize(("stored", "asked"), BOTH)
async def test_a_suppression_is_found(store: Store, stored: str, asked: str) -> None:
    """By the gate, by the list, and by whoever adds or removes it."""
    entry = Suppression(number=stored, at=NOON, source="call")
    assert await store.suppressions.add(entry)
    assert not await store.suppressions.add(Suppression(number=asked, at=at(9), source="cli"))
    assert await store.suppressions.get(asked) == entry
    assert await store.suppressions.find([asked, "+12125550101"]) == {asked: entry}
    facts = await store.ledger.number_facts(asked, since=WEEK_AGO)
    assert facts.suppressed_at == NOON
    assert await store.suppressions.remove(asked, at=at(20), by="ann")
    [kept] = await store.suppressions.taken_back(asked)
    assert (kept.number, kept.suppressed_at, kept.at, kept.by) == (stored, NOON, at(20), "ann")
    assert await store.suppressions.list() == []


@pytest.mark.parametrize(("stored", "asked"), BOTH)
async def test_of_a_whole_file_each_number_is_listed_once(
    store: Store, stored: str, asked: str
) -> None:
    """By its first entry, and not at all if it stands there however written."""
    first, again, other = (
        Suppression(number=number, at=at(n), source="import")
        for n, number in enumerate((stored, asked, "+12125550101"))
    )
    assert await store.suppressions.add_all([first, again, other]) == 2
    assert await store.suppressions.add_all([again, other]) == 0
    assert await store.suppressions.find([asked, other.number]) == {
        asked: first,
        other.number: other,
    }


@pytest.mark.parametrize(("stored", "asked"), BOTH)
async def test_a_call_counts_and_is_in_the_way(store: Store, stored: str, asked: str) -> None:
    """For caps, and while it goes on; who rings back from the other form is known."""
    await store.batches.add(a_batch(state="running"), [a_contact(number=stored)])
    [attempt] = await store.ledger.plan("batch_a", now=NOON, backlog=1)
    decision = {"word": "allow", "at": NOON.isoformat()}
    await store.ledger.placing(
        attempt.id, number=stored, at=at(1), decision=decision, concurrency=1
    )
    await store.ledger.placed(attempt.id, at=at(2), call_id="call_1", call_sid=None)
    facts = await store.ledger.number_facts(asked, since=WEEK_AGO)
    assert (facts.calls_at, facts.in_flight) == ([at(1)], True)
    found = await store.batches.find_recent_contact(asked, WEEK_AGO)
    assert found is not None and found.number == stored


@pytest.mark.parametrize(("stored", "asked"), BOTH)
async def test_a_live_call_is_in_the_way(store: Store, stored: str, asked: str) -> None:
    """Whoever began it."""
    await store.add_call(a_call(from_number=stored))
    assert (await store.ledger.number_facts(asked, since=WEEK_AGO)).in_flight
    assert [call.id for call in await store.find_calls(number=asked)] == ["call_a"]


@pytest.mark.parametrize(("stored", "asked"), BOTH)
async def test_all_is_erased(store: Store, stored: str, asked: str) -> None:
    """Calls and contacts, however the number was written then."""
    await store.add_call(a_call(from_number=stored, ended_at=NOON, turns=(a_turn(),)))
    await store.batches.add(a_batch(), [a_contact(number=stored, name="Ada")])
    assert await store.erase_number(asked) == 1
    [call] = await store.find_calls(whole=True)
    [contact] = await store.batches.find_contacts("batch_a")
    assert (call.from_number, call.turns[0].text) == ("", "")
    assert (contact.number, contact.name) == ("", "")


async def test_calls_that_no_batch_made_count_too(store: Store) -> None:
    """The law counts calls, whoever orders them: but not those that were never made, and those of
    batches once.
    """
    single = {"direction": "outbound", "from_number": "+15559990000", "to_number": NEW}
    await store.add_call(a_call("call_1", started_at=at(-60), **single))
    never = Outcome(result="failed", reason="not_placed")
    await store.add_call(a_call("call_2", started_at=at(-50), outcome=never, **single))
    await store.add_call(a_call("call_3", started_at=at(-40), from_number=NEW))
    await store.batches.add(a_batch(state="running"), [a_contact(number=OLD)])
    [attempt] = await store.ledger.plan("batch_a", now=NOON, backlog=1)
    await store.add_call(a_call("call_4", started_at=at(1), key=attempt.id, **single))
    facts = await store.ledger.number_facts(NEW, since=WEEK_AGO)
    assert facts.calls_at == [at(-60)]
    assert await store.ledger.calls_since(WEEK_AGO) == {NEW: [at(-60)]}
    assert (await store.ledger.number_facts(NEW, since=at(-30))).calls_at == []


async def test_the_contacts_of_other_batches_are_found_by_number(store: Store) -> None:
    """In the order of the batches, each with how its batch stands; a batch may be left out."""
    started = {"state": "running", "started_at": at(5)}
    await store.batches.add(a_batch("batch_b", created_at=at(1), **started), [])
    await store.batches.add(a_batch("batch_a", created_at=NOON), [])
    for batch_id, number in (("batch_b", OLD), ("batch_a", NEW), ("batch_a", "+12125550101")):
        contact = a_contact(id=f"{batch_id}{number}", batch_id=batch_id, number=number)
        await store.batches.add_contacts([contact])
    found = await store.other_contacts.with_numbers([OLD, "+12125550109"])
    [of_number] = found.values()
    assert found.keys() == {NEW}
    assert [each.contact.batch_id for each in of_number] == ["batch_a", "batch_b"]
    assert [(each.batch_state, each.started_at) for each in of_number] == [
        ("planned", None),
        ("running", at(5)),
    ]
    [besides] = (await store.other_contacts.with_numbers([NEW], besides="batch_a")).values()
    assert [each.contact.batch_id for each in besides] == ["batch_b"]
    assert await store.other_contacts.with_numbers([""]) == {}
