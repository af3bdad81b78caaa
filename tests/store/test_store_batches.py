"""Batches and contacts: what goes in comes out, and states move from where they are only."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from store_samples import NOON, a_batch, a_contact, at

from bot.store import Counts, Store, StoreError, Unheard
from bot.store.batch_records import Visit

TWO_VISITS = (
    Visit(deadline=at(3600), name="Ada", variables={"day": "today"}, appointments=("apt_1",)),
    Visit(deadline=None, name="Bob", variables={}, appointments=("apt_2", "apt_3")),
)


async def test_a_batch_and_its_contacts_come_back_as_they_went_in(store: Store) -> None:
    """Every field, times and lists included."""
    batch = a_batch(settings={"hours": {"days": ["mon"]}, "canary": 3})
    contact = a_contact(
        name="Ada",
        variables={"doctor": "Dr. Grey"},
        appointments=("apt_1", "apt_2"),
        zone="Europe/Berlin",
        region="DE-BE",
        consent_source="form",
        consent_at=at(-60),
        deadline=at(3600),
        visits=TWO_VISITS,
        due_at=at(5),
        detail={"at": "later"},
        decision={"word": "wait"},
    )
    await store.batches.add(batch, [contact])
    assert await store.batches.get(batch.id) == batch
    assert await store.batches.contact(contact.id) == contact
    assert await store.batches.get("nobody") is None
    assert await store.batches.contact("nobody") is None


async def test_a_batch_is_stored_whole_or_not_at_all(store: Store) -> None:
    """Two contacts with one id: neither they nor the batch are there."""
    with pytest.raises(StoreError):
        await store.batches.add(a_batch(), [a_contact(1), a_contact(1)])
    assert await store.batches.list() == []
    with pytest.raises(StoreError, match="what it belongs to is not stored"):
        await store.batches.add_contacts([a_contact(1)])


async def test_an_import_is_there_whole_or_not_at_all(store: Store) -> None:
    """It comes in slices; until the last one is in nobody can be called for it."""
    batch = a_batch()
    await store.batches.begin_import(batch)
    for n in (1, 3):
        some = [a_contact(n), a_contact(n + 1)]
        assert await store.batches.add_imported(batch.id, some, at=at(n))
    stored = await store.batches.get(batch.id)
    assert stored is not None and (stored.state, stored.moved_at) == ("importing", at(3))
    assert not await store.batches.set_state(batch.id, "running", expect=["planned"], at=NOON)
    assert await store.batches.end_import(batch.id)
    assert await store.batches.get(batch.id) == batch
    assert await store.batches.last_line(batch.id) == a_contact(4).line
    named = await store.batches.contacts_named([a_contact(2).id, "nobody"])
    assert named == {a_contact(2).id: a_contact(2)}
    await store.batches.drop_import(batch.id)  # it is no import any more
    assert await store.batches.get(batch.id) == batch
    assert not await store.batches.add_imported(batch.id, [a_contact(5)], at=NOON)


async def test_an_import_that_came_to_no_end_is_removed(store: Store) -> None:
    """By whoever made it, or by others when it has stood still for long."""
    await store.batches.begin_import(a_batch())
    await store.batches.add_imported("batch_a", [a_contact(n) for n in range(1, 4)], at=at(60))
    assert await store.batches.drop_imports(before=at(60)) == 0
    assert await store.batches.drop_imports(before=at(61)) == 1
    assert (await store.batches.list(), await store.batches.find_contacts("batch_a")) == ([], [])
    assert not await store.batches.end_import("batch_a")
    assert await store.batches.last_line("batch_a") == 0


async def test_ten_thousand_contacts(store: Store) -> None:
    """A large file goes in as one transaction, and comes back in its order, page by page."""
    many = [a_contact(n, variables={"doctor": "Grey"}) for n in range(1, 10_001)]
    await store.batches.add(a_batch(), many)
    first = await store.batches.find_contacts("batch_a", limit=6_000)
    second = await store.batches.find_contacts("batch_a", limit=6_000, after=first[-1])
    assert [*first, *second] == many
    assert await store.batches.counts("batch_a") == Counts(
        states={"waiting": 10_000}, dispositions={}
    )


async def test_a_state_moves_only_from_where_it_is(store: Store) -> None:
    """Of many who start a batch one does; its start is kept, and its end."""
    await store.batches.add(a_batch())
    started = await asyncio.gather(
        *(
            store.batches.set_state("batch_a", "running", expect=["planned"], at=at(n))
            for n in range(8)
        )
    )
    assert started.count(True) == 1
    began = at(started.index(True))
    assert await store.batches.set_state(
        "batch_a", "paused", expect=["running"], at=at(20), why="breaker: errors"
    )
    paused = await store.batches.get("batch_a")
    assert paused == a_batch(
        state="paused", why="breaker: errors", started_at=began, moved_at=at(20)
    )
    assert await store.batches.set_state("batch_a", "running", expect=["paused"], at=at(30))
    assert await store.batches.set_state("batch_a", "done", expect=["running"], at=at(40))
    assert await store.batches.get("batch_a") == a_batch(
        state="done", started_at=began, ended_at=at(40), moved_at=at(40)
    )
    assert not await store.batches.set_settings("batch_a", {"concurrency": 1})


async def test_settings_are_replaced(store: Store) -> None:
    """The sender may set a batch that is not over otherwise."""
    await store.batches.add(a_batch())
    assert await store.batches.set_settings("batch_a", {"concurrency": 9})
    assert await store.batches.get("batch_a") == a_batch(settings={"concurrency": 9})


async def test_contacts_are_found_by_state_and_disposition(store: Store) -> None:
    """The two filters go together; batches do not mix."""
    contacts = [
        a_contact(1, state="done", disposition="confirmed"),
        a_contact(2, state="waiting", disposition="no_answer"),
        a_contact(3),
    ]
    await store.batches.add(a_batch(), contacts)
    await store.batches.add(a_batch("batch_b"), [a_contact(1, "batch_b")])

    async def found(**wanted: Any) -> list[int]:
        return [each.line - 1 for each in await store.batches.find_contacts("batch_a", **wanted)]

    assert await found(state="waiting") == [2, 3]
    assert await found(disposition="no_answer") == [2]
    assert await found(state="waiting", disposition="confirmed") == []
    assert await store.batches.counts("batch_a") == Counts(
        states={"done": 1, "waiting": 2},
        dispositions={"confirmed": 1, "no_answer": 1},
        outcomes={"confirmed": 1},
    )


async def test_when_those_who_wait_are_due(store: Store) -> None:
    """Of this batch, and of nobody who does not wait."""
    await store.batches.add(a_batch("batch_b"), [a_contact(9, "batch_b", due_at=at(9))])
    people = [a_contact(1), a_contact(2, due_at=at(60)), a_contact(3, state="done", due_at=at(1))]
    await store.batches.add(a_batch(), people)
    assert set(await store.batches.dues("batch_a")) == {None, at(60)}


async def test_who_was_not_called_yet_can_be_changed(store: Store) -> None:
    """As a whole; not somebody who is being called, or was."""
    people = [a_contact(1), a_contact(2, attempts=1), a_contact(3, state="dialling")]
    await store.batches.add(a_batch(), people)
    changed = [replace(one, appointments=("apt_1", "apt_2"), name="Ada") for one in people]
    assert [await store.batches.put_uncalled(one) for one in changed] == [True, False, False]
    assert await store.batches.find_contacts("batch_a") == [changed[0], *people[1:]]


async def test_appointments_that_are_over_drop_out_of_what_is_still_so(store: Store) -> None:
    """Not of a contact that somebody has changed, refused or erased since it was read."""
    people = [
        a_contact(n, name="Ada / Bob", deadline=at(60), visits=TWO_VISITS, state="dialling")
        for n in (1, 2, 3)
    ]
    await store.batches.add(a_batch(), people)
    left = [
        replace(one, name="Bob", appointments=("apt_2",), deadline=at(90), visits=())
        for one in people
    ]
    await store.batches.refuse(people[1].id, decision={}, at=NOON)
    await store.erase_number(people[2].number)
    pairs = zip(people, left, strict=True)
    told = [await store.batches.drop_visits(before, after) for before, after in pairs]
    assert told == [True, False, False]
    kept = await store.batches.find_contacts("batch_a")
    assert kept[0] == left[0]
    assert (kept[1].name, kept[1].deadline, kept[1].visits) == ("Ada / Bob", NOON, ())
    assert (kept[2].name, kept[2].visits) == ("", ())


@pytest.mark.parametrize(
    ("state", "attempts", "after"),
    [
        ("waiting", 0, "skipped"),
        ("waiting", 1, "done"),
        ("dialling", 0, "dialling"),
        ("done", 1, "done"),
    ],
)
async def test_who_is_not_to_be_called_any_more_waits_for_nothing(
    store: Store, state: Any, attempts: int, after: str
) -> None:
    """A call under way is the last; what was before stays as it was."""
    contact = a_contact(
        state=state, attempts=attempts, due_at=at(5), consent_source="form", visits=TWO_VISITS
    )
    await store.batches.add(a_batch(), [contact])
    decision = {"word": "never"}
    assert await store.batches.refuse(contact.id, decision=decision, at=NOON) == after
    kept = await store.batches.contact(contact.id)
    assert kept is not None
    waited, dialled = state == "waiting", state == "dialling"
    assert (kept.state, kept.due_at) == (after, None if waited else at(5))
    assert (kept.decision, kept.deadline) == (decision if waited else {}, NOON if dialled else None)
    assert kept.consent_source == "form"
    assert kept.visits == (() if dialled else contact.visits)
    assert await store.batches.refuse("nobody", decision=decision, at=NOON) is None


async def test_cancelling_takes_those_who_wait(store: Store) -> None:
    """Who is being called or done with is left alone."""
    await store.batches.add(
        a_batch(), [a_contact(1, due_at=NOON), a_contact(2, state="dialling"), a_contact(3)]
    )
    assert await store.batches.cancel_waiting("batch_a") == 2
    assert (await store.batches.counts("batch_a")).states == {"cancelled": 2, "dialling": 1}


async def test_a_write_back_is_noted_for_what_was_told(store: Store) -> None:
    """A contact that was called again meanwhile has something new to tell."""
    contact = a_contact(disposition="no_answer", attempts=1)
    await store.batches.add(a_batch(), [contact])
    assert not await store.batches.set_written_back(replace(contact, attempts=0))
    assert not await store.batches.set_written_back(replace(contact, disposition="busy"))
    assert await store.batches.untold(limit=10) == [contact]
    assert await store.batches.set_written_back(contact)
    assert await store.batches.untold(limit=10) == []
    assert await store.batches.contact(contact.id) == replace(contact, written_back="no_answer")


async def test_of_whom_the_business_has_not_heard_is_counted(store: Store) -> None:
    """Refused ones too; not those of whom there is nothing to tell, or nobody to tell about."""
    known = {"disposition": "confirmed", "appointments": ("A1",)}
    people = [a_contact(n, **known) for n in range(1, 4)]
    others = [a_contact(4, appointments=("A1",)), a_contact(5, disposition="busy")]
    await store.batches.add(a_batch(), [*people, *others])
    assert await store.batches.unheard("batch_a") == Unheard(untold=3, refused=0)
    await store.batches.set_written_back(people[0])
    await store.batches.set_written_back(people[1], refused=True)
    assert await store.batches.unheard("batch_a") == Unheard(untold=2, refused=1)
    left = {one.id for one in await store.batches.untold(limit=10)}
    assert left == {people[1].id, people[2].id, others[1].id}


async def test_batches_are_listed_newest_first(store: Store) -> None:
    await store.batches.add(a_batch("batch_a"))
    await store.batches.add(a_batch("batch_b", created_at=at(1)))
    assert [batch.id for batch in await store.batches.list()] == ["batch_b", "batch_a"]
    await store.batches.set_state("batch_a", "running", expect=["planned"], at=NOON)
    assert [batch.id for batch in await store.batches.list(state="running")] == ["batch_a"]


async def test_a_map_of_columns_is_remembered(store: Store) -> None:
    """By the header of the file; a newer one replaces it."""
    assert await store.batches.get_column_map("name|phone") is None
    await store.batches.put_column_map("name|phone", {"number": "name"})
    await store.batches.put_column_map("name|phone", {"number": "phone"})
    assert await store.batches.get_column_map("name|phone") == {"number": "phone"}
