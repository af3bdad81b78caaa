"""Batches by their age: of those that are over the people are forgotten, the figures stay."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from store_samples import NOON, a_batch, a_contact

from bot.batches.dispositions import Disposition
from bot.retention import carry_out, due
from bot.store import BatchState, ContactRecord, Store
from bot.store.batch_records import Visit
from bot.store.retention import AT_ONCE

DAYS = timedelta(days=30)
ENDED = NOON + timedelta(hours=1)
OLD = ENDED + DAYS + timedelta(seconds=1)  # the first moment at which it is too old, and a second


def a_person(n: int, batch_id: str = "batch_a", **changes: Any) -> ContactRecord:
    """Somebody of whom everything is known."""
    values: dict[str, Any] = {
        "name": "Ada",
        "variables": {"doctor": "Dr. Grey"},
        "appointments": ("apt_1", "apt_2"),
        "zone": "Europe/Berlin",
        "region": "DE-BE",
        "consent_source": "form",
        "consent_at": NOON,
        "visits": (Visit(deadline=NOON, name="Ada", variables={}, appointments=("apt_1",)),),
        "state": "done",
        "attempts": 1,
        "disposition": Disposition.CONFIRMED.value,
        "detail": {"said": "yes"},
        "decision": {"word": "allow"},
        "written_back": Disposition.CONFIRMED.value,
    }
    return a_contact(n, batch_id, **(values | changes))


async def over(store: Store, batch_id: str = "batch_a", people: int = 1) -> None:
    """A batch that is done."""
    batch = a_batch(batch_id, state="done", started_at=NOON, ended_at=ENDED)
    await store.batches.add(batch, [a_person(n, batch_id) for n in range(1, people + 1)])


async def test_people_of_a_batch_that_is_over_are_forgotten(store: Store) -> None:
    """Who they are goes; what became of them stays, to be counted."""
    await over(store, people=2)
    assert await due(store, {"batches": 30}, now=ENDED + DAYS) == {"batches": 0}
    assert await due(store, {"batches": 30}, now=OLD) == {"batches": 2}
    assert await carry_out(store, {"batches": 30}, now=OLD) == {"batches": 2}
    blank: dict[str, Any] = {
        **{"number": "", "name": "", "variables": {}, "appointments": (), "visits": ()},
        **{"zone": "", "region": "", "detail": {}},
    }
    for n in (1, 2):
        person = a_person(n)
        assert await store.batches.contact(person.id) == replace(person, **blank)
    assert await carry_out(store, {"batches": 30}, now=OLD) == {"batches": 0}


async def test_their_attempts_lose_the_number(store: Store) -> None:
    """Also that of a person who was called and whose batch was then cancelled."""
    batch = a_batch(state="running")
    await store.batches.add(batch, [a_person(1, state="waiting", attempts=0, due_at=None)])
    (planned,) = await store.ledger.plan("batch_a", now=NOON, backlog=5)
    assert (await store.ledger.of_batch("batch_a"))[0].number != ""
    await store.batches.cancel("batch_a", expect=("running",), at=ENDED, why="")
    assert await carry_out(store, {"batches": 30}, now=OLD) == {"batches": 1}
    (attempt,) = await store.ledger.of_batch("batch_a")
    assert (attempt.number, attempt.detail, attempt.contact_id) == ("", {}, planned.contact_id)


@pytest.mark.parametrize("state", ["planned", "running", "held", "paused"])
async def test_a_batch_that_goes_on_has_no_age(store: Store, state: BatchState) -> None:
    """However long ago it was made: its people are still to be called."""
    await store.batches.add(a_batch(state=state), [a_person(1, state="waiting")])
    much_later = NOON + timedelta(days=4000)
    assert await carry_out(store, {"batches": 1}, now=much_later) == {"batches": 0}
    kept = await store.batches.contact(a_person(1).id)
    assert kept is not None and kept.number != ""


async def test_one_batch_is_old_and_another_is_not(store: Store) -> None:
    """Each has its own end; one person in both is forgotten in the old one alone."""
    await over(store, "batch_a")
    young = a_batch("batch_b", state="done", ended_at=ENDED + timedelta(days=1))
    await store.batches.add(young, [a_person(1, "batch_b")])
    assert await carry_out(store, {"batches": 30}, now=OLD) == {"batches": 1}
    assert await store.batches.contact("batch_b_00001") == a_person(1, "batch_b")


async def test_a_long_batch_is_emptied_some_at_a_time(store: Store) -> None:
    """More than go into one transaction; none is left over."""
    await over(store, people=AT_ONCE + 1)
    assert await store.retention.empty("batches", before=OLD - DAYS, at=OLD) == AT_ONCE
    assert await carry_out(store, {"batches": 30}, now=OLD) == {"batches": 1}
    assert await due(store, {"batches": 30}, now=OLD) == {"batches": 0}
