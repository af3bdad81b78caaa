"""The ledger: forward only, once, and never two calls to one number."""

import asyncio
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from store_samples import CALLER, NOON, a_batch, a_call, a_contact, at

from bot.store import AttemptRecord, Cost, KeyTaken, NumberFacts, Outcome, Store, Suppression


async def running(store: Store, *contacts: Any, batch_id: str = "batch_a") -> None:
    """A batch that has been started, with these contacts, or one."""
    await store.batches.add(a_batch(batch_id, state="running"), contacts or [a_contact()])


async def planned(store: Store, batch_id: str = "batch_a", now: datetime = NOON) -> AttemptRecord:
    """The one attempt that can be planned."""
    [attempt] = await store.ledger.plan(batch_id, now=now, backlog=10)
    return attempt


def allow(secs: float = 0) -> dict[str, Any]:
    return {"word": "allow", "at": at(secs).isoformat()}


async def place(store: Store, attempt: AttemptRecord, secs: float, decided: float = 0) -> bool:
    """Whether it was moved to placing, so many seconds after noon."""
    moved = await store.ledger.placing(
        attempt.id, number=attempt.number, at=at(secs), decision=allow(decided), concurrency=9
    )
    return moved == "placing"


async def in_flight(store: Store, number: str, *, besides: str = "") -> bool:
    facts = await store.ledger.number_facts(number, since=NOON, besides=besides)
    return facts.in_flight


async def calls_to(store: Store, number: str, since: datetime) -> list[datetime]:
    return (await store.ledger.number_facts(number, since=since)).calls_at


async def test_an_attempt_goes_through_its_states(store: Store) -> None:
    """Each move is noted with its time, and with it what it means for the contact."""
    await running(store)
    attempt = await planned(store)
    contact = a_contact(state="dialling")
    assert attempt == AttemptRecord(
        id=f"{contact.id}-1",
        batch_id="batch_a",
        contact_id=contact.id,
        number=contact.number,
        ordinal=1,
        planned_at=NOON,
    )
    assert await store.batches.contact(contact.id) == contact
    assert await place(store, attempt, 1)
    assert await store.ledger.placed(attempt.id, at=at(2), call_id="call_a", call_sid="CA1")
    assert await store.ledger.open("batch_a") == [await store.ledger.get(attempt.id)]
    assert await store.ledger.ended(
        attempt.id,
        expect=["placed"],
        at=at(60),
        disposition="confirmed",
        detail={"by": "key"},
        contact={"state": "done", "disposition": "confirmed", "detail": {"by": "key"}},
    )
    assert await store.ledger.get(attempt.id) == replace(
        attempt,
        state="ended",
        decision=allow(),
        placing_at=at(1),
        placed_at=at(2),
        ended_at=at(60),
        call_id="call_a",
        call_sid="CA1",
        disposition="confirmed",
        detail={"by": "key"},
    )
    assert await store.batches.contact(contact.id) == replace(
        contact, state="done", attempts=1, disposition="confirmed", detail={"by": "key"}
    )
    assert await store.ledger.open() == []


async def test_of_a_late_order_and_giving_up_one_comes_first(store: Store) -> None:
    """Both want the key at the same time, again and again: either there is a call and the attempt
    goes on, or the attempt has ended and nobody can make a call with its key.
    """
    people = [a_contact(n) for n in range(1, 13)]
    await running(store, *people)
    planned = await store.ledger.plan("batch_a", now=NOON, backlog=99)
    for attempt in planned:
        await store.ledger.placing(
            attempt.id, number=attempt.number, at=at(1), decision=allow(), concurrency=99
        )

    async def order(attempt: AttemptRecord) -> bool:
        call = a_call(f"call_{attempt.id}", key=attempt.id, to_number=attempt.number)
        try:
            await store.add_call(call)
        except KeyTaken:
            return False
        return True

    async def give_up(attempt: AttemptRecord) -> bool:
        never = a_call(f"none_{attempt.id}", key=attempt.id, to_number=attempt.number)
        return await store.ledger.ended(
            attempt.id, expect=["placing"], at=at(2), contact={"state": "waiting"}, no_call=never
        )

    firsts = [(order, give_up) if n % 2 else (give_up, order) for n in range(len(planned))]
    for attempt, both in zip(planned, firsts, strict=True):
        did = await asyncio.gather(*(each(attempt) for each in both))
        assert sorted(did) == [False, True]
        known = await store.ledger.get(attempt.id)
        call = await store.get_call_of_key(attempt.id)
        assert known is not None and call is not None
        is_call = call.id.startswith("call_")
        assert known.state == ("placing" if is_call else "ended")


async def test_who_gives_up_what_another_took_further_uses_up_no_key(store: Store) -> None:
    """The attempt does not stand there any more: nothing is stored."""
    await running(store)
    attempt = await planned(store)
    never = a_call("none", key=attempt.id)
    assert not await store.ledger.ended(
        attempt.id, expect=["placing"], at=at(2), contact={"state": "waiting"}, no_call=never
    )
    assert await store.get_call_of_key(attempt.id) is None


async def test_a_call_that_never_rang_counts_for_nothing(store: Store) -> None:
    """Neither for the caps of its number, nor for those of its contact or its batch."""
    await running(store)
    attempt = await planned(store)
    await place(store, attempt, 1)
    await store.ledger.placed(attempt.id, at=at(2), call_id="call_a", call_sid=None)
    assert await store.ledger.calls_placed("batch_a") == 1
    assert await store.ledger.ended(
        attempt.id, expect=["placed"], at=at(3), contact={"state": "waiting"}, never_rang=True
    )
    assert await calls_to(store, attempt.number, NOON) == []
    assert await store.ledger.calls_placed("batch_a") == 0
    contact = await store.batches.contact(attempt.contact_id)
    assert contact is not None
    assert contact.attempts == 0
    again = await store.ledger.plan("batch_a", now=at(4), backlog=1, most_calls=1)
    assert [each.ordinal for each in again] == [2]


async def test_what_was_decided_about_another_number_places_nothing(store: Store) -> None:
    """The ledger's number is the one that is dialled: who decided about another asks again."""
    await running(store)
    attempt = await planned(store)
    moved = await store.ledger.placing(
        attempt.id, number=CALLER, at=at(1), decision=allow(), concurrency=9
    )
    assert moved == "not_planned"
    assert await store.ledger.get(attempt.id) == attempt
    assert await place(store, attempt, 2)


async def test_a_call_counts_though_its_attempt_has_ended(store: Store) -> None:
    """What became a call after all is noted at the attempt, once, and is a call for every cap."""
    await running(store)
    attempt = await planned(store)
    assert await place(store, attempt, 1)
    await store.ledger.ended(attempt.id, expect=["placing"], at=at(2), contact={"state": "waiting"})
    assert await calls_to(store, attempt.number, NOON) == []
    for _ in range(2):
        moved = await store.ledger.placed(attempt.id, at=at(3), call_id="call_a", call_sid="CA1")
        assert not moved
    noted = await store.ledger.get(attempt.id)
    assert noted is not None
    assert (noted.state, noted.call_id, noted.call_sid) == ("ended", "call_a", "CA1")
    assert await calls_to(store, attempt.number, NOON) == [at(1)]
    contact = await store.batches.contact(attempt.contact_id)
    assert contact is not None
    assert contact.attempts == 1


async def test_no_move_is_made_twice_or_backwards(store: Store) -> None:
    """Of eight who make the same move at once one does; a move out of order does nothing."""
    await running(store)
    attempt = await planned(store)
    ledger = store.ledger

    async def won(*moves: Any) -> int:
        return (await asyncio.gather(*moves)).count(True)

    def ending(*states: Any) -> Any:
        contact: Any = {"state": "done"}
        return ledger.ended(
            attempt.id, expect=states, at=at(9), contact=contact, disposition="busy"
        )

    def placed() -> Any:
        return ledger.placed(attempt.id, at=NOON, call_id="call_a", call_sid=None)

    def placing() -> Any:
        return place(store, attempt, 0)

    assert await won(placed(), ending("placed"), ending("placing")) == 0
    assert await won(*(placing() for _ in range(8))) == 1
    assert await won(*(placed() for _ in range(8))) == 1
    assert await won(placing(), ending("planned", "placing")) == 0
    assert await won(*(ending("placed") for _ in range(8))) == 1
    assert await won(placing(), placed(), ending("planned", "placing", "placed")) == 0
    contact = await store.batches.contact(attempt.contact_id)
    assert contact is not None
    assert contact.attempts == 1


async def test_only_who_is_due_in_a_running_batch_is_planned(store: Store) -> None:
    """The longest due first, then whoever has no time yet; neither those who wait for later nor
    those of a batch at rest.
    """
    await running(
        store,
        a_contact(1, due_at=at(-5)),
        a_contact(2, due_at=at(-9)),
        a_contact(3),
        a_contact(4, due_at=at(1)),
        a_contact(5, state="done"),
        a_contact(6, due_at=NOON),
    )
    await store.batches.add(a_batch("batch_b", state="paused"), [a_contact(1, "batch_b")])
    assert await store.ledger.plan("batch_b", now=NOON, backlog=10) == []

    async def next_two() -> list[str]:
        found = await store.ledger.plan("batch_a", now=NOON, backlog=2)
        for attempt in found:
            await place(store, attempt, 0)
        return [each.contact_id for each in found]

    assert await next_two() == ["batch_a_00002", "batch_a_00001"]
    assert await next_two() == ["batch_a_00006", "batch_a_00003"]
    assert await next_two() == []


async def test_many_planners_share_the_contacts(database_url: str) -> None:
    """Whatever processes plan at the same time, each contact is planned once."""
    stores = [await Store.open(database_url) for _ in range(3)]
    await running(stores[0], *(a_contact(n) for n in range(1, 61)))
    plans: list[AttemptRecord] = []
    while found := await asyncio.gather(
        *(stores[n % 3].ledger.plan("batch_a", now=NOON, backlog=200) for n in range(6))
    ):
        if not any(found):
            break
        plans += sum(found, [])
    assert sorted(each.contact_id for each in plans) == [a_contact(n).id for n in range(1, 61)]
    for store in stores:
        await store.close()


async def test_no_more_are_planned_than_the_backlog_takes(store: Store) -> None:
    """Counted are those that are planned and not placed yet, whoever planned them."""
    await running(store, *(a_contact(n) for n in range(1, 10)))
    first = await store.ledger.plan("batch_a", now=NOON, backlog=3)
    assert len(first) == 3
    assert await store.ledger.plan("batch_a", now=NOON, backlog=3) == []
    await place(store, first[0], 1)
    assert len(await store.ledger.plan("batch_a", now=NOON, backlog=3)) == 1


async def test_no_more_calls_are_planned_than_wanted(database_url: str) -> None:
    """A canary of four: calls, and what may become one, are four at most, whoever plans."""
    stores = [await Store.open(database_url) for _ in range(2)]
    store = stores[0]
    await running(store, *(a_contact(n) for n in range(1, 10)))

    async def plan() -> list[AttemptRecord]:
        found = await asyncio.gather(
            *(each.ledger.plan("batch_a", now=NOON, backlog=9, most_calls=4) for each in stores * 3)
        )
        return sum(found, [])

    planned = await plan()
    assert len(planned) == 4
    held, placed, refused, under_way = planned
    for attempt in (placed, refused, under_way):
        await place(store, attempt, 1)
    await store.ledger.placed(placed.id, at=at(2), call_id="call_a", call_sid=None)
    for attempt, stood in ((held, "planned"), (placed, "placed"), (refused, "placing")):
        state: Any = stood
        await store.ledger.ended(attempt.id, expect=[state], at=at(3), contact={})
    assert len(await plan()) == 2
    assert await plan() == []
    for each in stores:
        await each.close()


async def test_no_more_calls_are_under_way_than_the_batch_allows(database_url: str) -> None:
    """Whoever places at the same moment; who has no room is told so, and may ask again."""
    stores = [await Store.open(database_url) for _ in range(2)]
    await running(stores[0], *(a_contact(n) for n in range(1, 9)))
    planned = await stores[0].ledger.plan("batch_a", now=NOON, backlog=8)

    async def place_all(concurrency: int) -> list[str]:
        return await asyncio.gather(
            *(
                stores[n % 2].ledger.placing(
                    each.id,
                    number=each.number,
                    at=at(1),
                    decision=allow(),
                    concurrency=concurrency,
                )
                for n, each in enumerate(planned)
            )
        )

    moved = await place_all(3)
    assert (moved.count("placing"), moved.count("batch_full")) == (3, 5)
    moved = await place_all(4)
    assert (moved.count("placing"), moved.count("not_planned")) == (1, 3)
    for store in stores:
        await store.close()


async def test_nobody_waits_in_a_batch_that_was_cancelled(store: Store) -> None:
    """Who is put back to wait after the cancelling is cancelled too."""
    await running(store)
    attempt = await planned(store)
    await store.batches.set_state("batch_a", "cancelled", expect=["running"], at=at(1))
    await store.batches.cancel_waiting("batch_a")
    await store.ledger.ended(
        attempt.id, expect=["planned"], at=at(2), contact={"state": "waiting", "due_at": at(9)}
    )
    assert (await store.batches.counts("batch_a")).states == {"cancelled": 1}


async def test_the_next_attempt_has_the_next_ordinal(store: Store) -> None:
    """Also after one that the gate held back, which is no call."""
    await running(store)
    first = await planned(store)
    assert await store.ledger.ended(
        first.id,
        expect=["planned"],
        at=at(1),
        decision={"word": "wait"},
        contact={"state": "waiting", "due_at": at(50), "decision": {"word": "wait"}},
    )
    assert await store.ledger.plan("batch_a", now=at(49), backlog=10) == []
    second = await planned(store, now=at(50))
    assert (second.ordinal, second.id) == (2, f"{first.contact_id}-2")
    contact = await store.batches.contact(first.contact_id)
    assert contact is not None
    assert (contact.attempts, contact.disposition, contact.decision) == (0, "", {"word": "wait"})
    assert await calls_to(store, first.number, at(-60)) == []
    assert [each.id for each in await store.ledger.of_contact(first.contact_id)] == [
        first.id,
        second.id,
    ]


async def test_one_number_one_call(store: Store) -> None:
    """Two batches that reach for a number at the same moment: one of them gets it."""
    number = "+15550009999"
    for name in ("batch_a", "batch_b"):
        await running(store, a_contact(1, name, number=number), batch_id=name)
    attempts = [await planned(store, name) for name in ("batch_a", "batch_b")]
    won = await asyncio.gather(*(place(store, each, 1) for each in attempts))
    assert won.count(True) == 1
    first, second = attempts if won[0] else reversed(attempts)
    assert await in_flight(store, number)
    assert not await in_flight(store, number, besides=first.id)
    await store.ledger.placed(first.id, at=at(2), call_id="call_a", call_sid=None)
    assert await in_flight(store, number)
    await store.ledger.ended(first.id, expect=["placed"], at=at(9), contact={"state": "done"})
    assert not await in_flight(store, number)
    # The second one was decided on before the first was called: it has to be decided on anew.
    assert not await place(store, second, 10)
    assert await place(store, second, 10, decided=9.5)


async def test_a_call_that_no_batch_made_counts_too(store: Store) -> None:
    """A caller on the line is not dialled, until the call is over; our own call is no obstacle."""
    await running(store, a_contact(number=CALLER))
    attempt = await planned(store)
    await store.add_call(a_call("call_in"))
    assert await in_flight(store, CALLER)
    assert not await place(store, attempt, 1)
    outcome = Outcome(result="completed", reason="goodbye")
    await store.end_call("call_in", status="completed", outcome=outcome, ended_at=at(2))
    assert await place(store, attempt, 3)
    await store.add_call(
        a_call("call_out", direction="outbound", to_number=CALLER, from_number="", key=attempt.id)
    )
    assert not await in_flight(store, CALLER, besides=attempt.id)


async def test_calls_are_counted_from_when_they_may_have_been_made(store: Store) -> None:
    """At placing it may have become a call; one that ended without a call is none."""
    await running(store, a_contact(1), a_contact(2))
    one, two = await store.ledger.plan("batch_a", now=NOON, backlog=2)
    for attempt in (one, two):
        await place(store, attempt, 1)
    assert await store.ledger.calls_since(NOON) == {one.number: [at(1)], two.number: [at(1)]}
    assert await store.ledger.calls_placed("batch_a") == 2
    await store.ledger.placed(one.id, at=at(2), call_id="call_a", call_sid=None)
    await store.ledger.ended(one.id, expect=["placed"], at=at(3), contact={})
    await store.ledger.ended(two.id, expect=["placing"], at=at(3), contact={})
    assert await calls_to(store, one.number, NOON) == [at(1)]
    assert await calls_to(store, one.number, at(2)) == []
    assert await calls_to(store, two.number, NOON) == []
    assert await store.ledger.calls_placed("batch_a") == 1


async def test_what_is_known_of_a_number_is_read_at_once(store: Store) -> None:
    """Whether it is suppressed, its calls, whether one is under way; an attempt's own is none."""
    await running(store)
    attempt = await planned(store)
    await store.suppressions.add(Suppression(number=attempt.number, at=at(9), source="call"))
    await place(store, attempt, 1)
    assert await store.ledger.number_facts(attempt.number, since=NOON) == NumberFacts(
        suppressed_at=at(9), calls_at=[at(1)], in_flight=True
    )
    assert await store.ledger.number_facts(
        attempt.number, since=NOON, besides=attempt.id
    ) == NumberFacts(suppressed_at=at(9), calls_at=[], in_flight=False)
    about = await store.ledger.case_of(attempt)
    assert about == (a_batch(state="running"), a_contact(state="dialling"))


async def test_who_opted_out_stays_opted_out(store: Store) -> None:
    """A later end of an attempt does not overwrite it."""
    await running(store, a_contact(disposition="opt_out", detail={"by": "key"}))
    attempt = await planned(store)
    await store.ledger.ended(
        attempt.id,
        expect=["planned"],
        at=at(1),
        disposition="no_answer",
        contact={"state": "done", "disposition": "no_answer", "detail": {"x": 1}},
    )
    contact = await store.batches.contact(attempt.contact_id)
    assert contact is not None
    assert (contact.disposition, contact.detail) == ("opt_out", {"by": "key"})


async def test_who_was_called_last_is_found_by_number(store: Store) -> None:
    """Of several batches the latest call counts; one that was only planned does not."""
    number = "+15550009999"
    for n, name in enumerate(("batch_a", "batch_b", "batch_c")):
        await running(store, a_contact(1, name, number=number), batch_id=name)
        attempt = await planned(store, name)
        if name == "batch_c":
            continue
        await place(store, attempt, n, decided=n)
        await store.ledger.placed(attempt.id, at=at(n), call_id=f"call_{n}", call_sid=None)
        await store.ledger.ended(attempt.id, expect=["placed"], at=at(n + 0.5), contact={})
    found = await store.batches.find_recent_contact(number, NOON)
    assert found is not None
    assert found.batch_id == "batch_b"
    assert await store.batches.find_recent_contact(number, at(2)) is None


async def test_what_a_batch_spent_is_exact(store: Store) -> None:
    """The cost of its calls and no others', to the last digit."""
    await running(store, a_contact(1), a_contact(2), a_contact(3))
    cost = Cost(currency="USD", model=Decimal(0), carrier=Decimal(0), total=Decimal("0.10001"))
    await store.add_call(a_call("call_stranger", cost=cost))
    for n, attempt in enumerate(await store.ledger.plan("batch_a", now=NOON, backlog=3)):
        await place(store, attempt, 1)
        await store.ledger.placed(attempt.id, at=at(2), call_id=f"call_{n}", call_sid=None)
        await store.add_call(a_call(f"call_{n}", cost=cost if n else None))
        await store.ledger.ended(
            attempt.id, expect=["placed"], at=at(10 + n), contact={}, disposition="busy"
        )
    assert await store.ledger.spent("batch_a") == Decimal("0.20002")
    last = await store.ledger.last_ended("batch_a", limit=2)
    assert [each.contact_id for each in last] == [a_contact(3).id, a_contact(2).id]
    assert len(await store.ledger.of_batch("batch_a")) == 3
