"""Notices: each thing is told of once, whoever looks, and what is over is not looked at again."""

import asyncio

from store_samples import NOON, a_batch, a_contact, at

from bot.store import NoticeRecord, Store
from tests.store.contact_kit import set_contact

TOLD = {"results_url": "https://clinic.example/results"}


async def test_what_is_concluded_is_told_of_once(store: Store) -> None:
    """Those who are done, skipped or cancelled; not who waits; nobody twice."""
    people = [
        a_contact(1, state="done", disposition="confirmed"),
        a_contact(2, state="waiting", disposition="no_answer"),
        a_contact(3, state="skipped"),
        a_contact(4, state="cancelled", disposition="busy"),
    ]
    await store.batches.add(a_batch(settings=TOLD), people)
    await asyncio.gather(*(store.notices.add_concluded("batch_a", now=NOON) for _ in range(4)))
    due = await store.notices.due(now=NOON)
    assert [(one.id, one.contact_id) for one in due] == [
        ("batch_a_00001-confirmed", "batch_a_00001"),
        ("batch_a_00003-skipped", "batch_a_00003"),
        ("batch_a_00004-busy", "batch_a_00004"),
    ]
    assert await store.notices.add_concluded("batch_a", now=NOON) == 0


async def test_an_end_that_changes_is_told_of_again(store: Store) -> None:
    """A contact who rings back and cancels after all is news."""
    await store.batches.add(a_batch(), [a_contact(1, state="done", disposition="confirmed")])
    assert await store.notices.add_concluded("batch_a", now=NOON) == 1
    await set_contact(store, "batch_a_00001", expect="done", disposition="cancelled")
    assert await store.notices.add_concluded("batch_a", now=NOON) == 1
    assert len(await store.notices.due(now=NOON)) == 2


async def test_a_notice_is_one_processs_at_a_time(store: Store) -> None:
    """Of many who take it in hand one does; it comes back if that one dies."""
    await store.batches.add(a_batch())
    await store.notices.add(a_notice())
    [due] = await store.notices.due(now=NOON)
    claims = await asyncio.gather(*(store.notices.claim(due, until=at(60)) for _ in range(6)))
    assert claims.count(True) == 1
    assert await store.notices.due(now=at(59)) == []
    [back] = await store.notices.due(now=at(60))
    assert back.tries == 1


async def test_what_arrived_or_was_given_up_is_over(store: Store) -> None:
    """It is never due again; what was given up stays to be seen."""
    await store.batches.add(a_batch())
    for name in ("arrived", "later", "given_up"):
        await store.notices.add(a_notice(id=name))
    await store.notices.told("arrived", at=at(1))
    await store.notices.again("later", at=at(30), problem="HTTP 503")
    await store.notices.give_up("given_up", at=at(1), problem="HTTP 410")
    assert [one.id for one in await store.notices.due(now=at(60))] == ["later"]
    left = {one.id: one.problem for one in await store.notices.of_batch("batch_a")}
    assert left == {"later": "HTTP 503", "given_up": "HTTP 410"}


async def test_a_batch_is_looked_at_until_its_end_is_noted(store: Store) -> None:
    """Only batches that name an address, and none after its last notice."""
    await store.batches.add(a_batch("batch_a", settings=TOLD))
    await store.batches.add(a_batch("batch_b", settings={"results_url": None}))
    await store.batches.add(a_batch("batch_c"))
    assert [one.id for one in await store.notices.untold_batches()] == ["batch_a"]
    await store.notices.add(a_notice(contact_id=None))
    assert await store.notices.untold_batches() == []


def a_notice(**changes: object) -> NoticeRecord:
    values = {"id": "n", "batch_id": "batch_a", "contact_id": None, "due_at": NOON}
    return NoticeRecord(**(values | changes))  # type: ignore[arg-type]
