"""Calls: kept whole, changed, and ended once."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from store_samples import COMPLETED, NOON, a_call, a_full_call, a_turn, at

from bot.store import (
    STATUSES,
    TERMINAL_STATUSES,
    Cost,
    KeyTaken,
    Outcome,
    Store,
    StoreError,
    Transfer,
)


async def test_a_full_call_comes_back_equal(store: Store) -> None:
    """Every field of a call survives, money to the last digit, by our id and by the carrier's."""
    call = a_full_call()
    await store.add_call(call)
    assert await store.get_call(call.id) == call
    assert await store.get_call(str(call.call_sid)) == call


async def test_a_bare_call_comes_back_equal(store: Store) -> None:
    """What is not known yet stays unknown, and is not mistaken for something empty."""
    await store.add_call(a_call())
    assert await store.get_call("call_a") == a_call()


async def test_an_unknown_call_is_none(store: Store) -> None:
    """No call is found by an id that is not stored, nor by no CallSid."""
    await store.add_call(a_call())
    assert await store.get_call("call_nobody") is None
    assert await store.get_call("") is None


async def test_times_come_back_in_utc(store: Store) -> None:
    """An instant given in any zone is read as the same instant in UTC."""
    new_york = timezone(timedelta(hours=-5))
    await store.add_call(a_call(started_at=NOON.astimezone(new_york)))
    call = await store.get_call("call_a")
    assert call is not None
    assert call.started_at == NOON
    assert call.started_at.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    """A naive datetime is an error that says so, not a guess."""
    with pytest.raises(StoreError, match="without a zone") as caught:
        await store.add_call(a_call(started_at=datetime(2026, 3, 1)))  # noqa: DTZ001
    assert not caught.value.temporary
    assert await store.get_call("call_a") is None


async def test_ids_are_unique(store: Store) -> None:
    """Neither an id nor a CallSid is stored twice; many calls may have no CallSid yet."""
    await store.add_call(a_call("call_a", call_sid="CA1"))
    await store.add_call(a_call("call_b"))
    await store.add_call(a_call("call_c"))
    for taken in (a_call("call_a"), a_call("call_d", call_sid="CA1")):
        with pytest.raises(StoreError, match="is taken"):
            await store.add_call(taken)
    with pytest.raises(StoreError, match="is taken"):
        await store.set_call("call_b", call_sid="CA1")


async def test_a_key_belongs_to_one_call(store: Store) -> None:
    """A second call with it is refused by an error of its own; many calls have none."""
    await store.add_call(a_call("call_a", key="once"))
    with pytest.raises(KeyTaken):
        await store.add_call(a_call("call_b", key="once", turns=(a_turn(),)))
    await store.add_call(a_call("call_c"))
    await store.add_call(a_call("call_d"))
    assert await store.get_call("call_b") is None
    found = await store.get_call_of_key("once")
    assert found is not None and found.id == "call_a"
    assert await store.get_call_of_key("never") is None
    with pytest.raises(StoreError, match="taken") as caught:
        await store.add_call(a_call("call_a", key="other"))
    assert not isinstance(caught.value, KeyTaken)


async def test_set_call_changes_what_is_given_and_nothing_else(store: Store) -> None:
    """Each known field can be set; the others stay."""
    await store.add_call(a_call())
    transfer = Transfer(reason="wants a human", at=at(9), target="+15558887777")
    cost = Cost(currency="USD", model=Decimal("0.1"), carrier=Decimal("0.2"), total=Decimal("0.3"))
    assert await store.set_call("call_a", call_sid="CA1", answered_at=at(3), transfer=transfer)
    assert await store.set_call("call_a", cost=cost, turn_latencies_ms=(1, 2), usage={"n": 1})
    assert await store.get_call("call_a") == a_call(
        call_sid="CA1",
        answered_at=at(3),
        transfer=transfer,
        cost=cost,
        turn_latencies_ms=(1, 2),
        usage={"n": 1},
    )


async def test_set_call_says_whether_anything_changed(store: Store) -> None:
    """No such call, or nothing to change, is false."""
    await store.add_call(a_call())
    assert not await store.set_call("call_nobody", agent="errand")
    assert not await store.set_call("call_a")


@pytest.mark.parametrize("field", ["id", "ended_at", "outcome", "turns", "no_such_field"])
async def test_set_call_refuses_other_fields(store: Store, field: str) -> None:
    """The ending has its own door, and a misspelt field is an error."""
    with pytest.raises(TypeError, match=field):
        await store.set_call("call_a", **{field: None})  # type: ignore[misc]


async def test_status_moves_forward_only(store: Store) -> None:
    """Callbacks out of order never take a status back, and a terminal one is the last."""
    await store.add_call(a_call())
    seen = []
    for status in ("ringing", "queued", "in-progress", "ringing", "busy", "completed", "queued"):
        await store.set_call("call_a", status=status)
        call = await store.get_call("call_a")
        assert call is not None
        seen.append(call.status)
    assert seen == ["ringing", "ringing", "in-progress", "in-progress", "busy", "busy", "busy"]


async def test_a_late_status_does_not_hold_up_other_changes(store: Store) -> None:
    """The rest of a change is stored although its status comes too late."""
    await store.add_call(a_call(status="in-progress"))
    assert await store.set_call("call_a", status="ringing", call_sid="CA1")
    assert await store.get_call("CA1") == a_call(status="in-progress", call_sid="CA1")


async def test_words_that_are_no_status_are_refused(store: Store) -> None:
    """An unknown status is an error where it is given; a call ends with a terminal one."""
    with pytest.raises(ValueError, match="initiated"):
        await store.add_call(a_call(status="initiated"))
    with pytest.raises(ValueError, match="answered"):
        await store.set_call("call_a", status="answered")
    for status in STATUSES - TERMINAL_STATUSES:
        with pytest.raises(ValueError, match="does not end a call"):
            await store.end_call("call_a", status=status, outcome=COMPLETED, ended_at=NOON)


async def test_the_first_ending_wins(store: Store) -> None:
    """A later ending is told so and changes nothing, not even what it brings besides."""
    await store.add_call(a_call(status="in-progress"))
    late = Outcome(result="failed", reason="stream_lost")
    assert await store.end_call(
        "call_a", status="completed", outcome=COMPLETED, ended_at=at(9), first_words_ms=300
    )
    assert not await store.end_call(
        "call_a", status="failed", outcome=late, ended_at=at(10), first_words_ms=999
    )
    assert await store.get_call("call_a") == a_call(
        status="completed", outcome=COMPLETED, ended_at=at(9), first_words_ms=300
    )


async def test_a_call_that_is_not_stored_is_not_ended(store: Store) -> None:
    """Ending an unknown call is false."""
    ended = await store.end_call("call_x", status="failed", outcome=COMPLETED, ended_at=NOON)
    assert not ended


async def test_an_ending_keeps_the_carriers_last_word(store: Store) -> None:
    """A terminal status reported before the ending stays; the outcome is the ending's."""
    await store.add_call(a_call())
    await store.set_call("call_a", status="busy")
    assert await store.end_call("call_a", status="failed", outcome=COMPLETED, ended_at=at(1))
    assert await store.get_call("call_a") == a_call(
        status="busy", outcome=COMPLETED, ended_at=at(1)
    )


async def test_facts_may_come_after_the_end(store: Store) -> None:
    """Usage is stored after the ending too, and the outcome stays."""
    call = replace(a_full_call(), usage={})
    await store.add_call(call)
    assert await store.set_call(call.id, usage={"input_tokens": 7}, status="ringing")
    assert await store.get_call(call.id) == replace(call, usage={"input_tokens": 7})


async def test_a_closed_store_says_so(database_url: str) -> None:
    """After close every method is an error, and a second close is none."""
    store = await Store.open(database_url)
    await store.close()
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.add_call(a_call())
    with pytest.raises(StoreError, match="closed"):
        await store.get_call("call_a")
