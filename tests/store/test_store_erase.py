"""Erasing a number: the person is gone, the figures stay."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from store_samples import (
    CALLER,
    COMPLETED,
    LINE,
    NOON,
    a_batch,
    a_call,
    a_contact,
    a_full_call,
    a_tool_call,
    a_turn,
    at,
)

from bot.calls import CallRequest
from bot.store import Outcome, Store, Suppression, Transfer


async def test_what_is_personal_is_blank_and_what_counts_stays(store: Store) -> None:
    """Words, number, request, arguments, results, summary go; times, costs, outcome stay."""
    call = a_full_call()
    await store.add_call(call)
    assert await store.erase_number(CALLER) == 1
    assert call.outcome is not None
    assert call.transfer is not None
    assert await store.get_call(call.id) == replace(
        call,
        from_number="",
        request={},
        machine=None,
        outcome=Outcome(result=call.outcome.result, reason=call.outcome.reason),
        transfer=Transfer(reason="", at=call.transfer.at, target=call.transfer.target),
        turns=tuple(replace(turn, text="") for turn in call.turns),
        tool_calls=tuple(replace(tool, arguments={}, result=None) for tool in call.tool_calls),
    )


async def test_only_calls_with_the_number_are_erased(store: Store) -> None:
    """Either side counts; calls of others are left as they are; a second time finds none."""
    other = a_call("call_other", from_number="+15552223333", turns=(a_turn(),))
    await store.add_call(a_call("call_in", turns=(a_turn(),)))
    await store.add_call(a_call("call_out", from_number=LINE, to_number=CALLER))
    await store.add_call(other)
    assert await store.erase_number(CALLER) == 2
    assert await store.get_call("call_in") == a_call(
        "call_in", from_number="", turns=(a_turn(text=""),)
    )
    assert await store.get_call("call_out") == a_call("call_out", from_number=LINE, to_number="")
    assert await store.get_call("call_other") == other
    assert await store.find_calls(number=CALLER) == []
    assert await store.erase_number(CALLER) == 0


async def test_a_contact_is_nobody_and_is_not_called(store: Store) -> None:
    """What says who they are is gone, also from their attempts; the figures of the batch stay."""
    done = a_contact(
        1,
        number=CALLER,
        name="Ada",
        variables={"doctor": "Dr. Grey"},
        appointments=("apt_1",),
        zone="Europe/Berlin",
        region="DE-BE",
        consent_source="form",
        consent_at=NOON,
        state="done",
        attempts=1,
        disposition="confirmed",
        detail={"said": "yes"},
        decision={"word": "allow"},
    )
    waiting = a_contact(2, number=CALLER, due_at=NOON)
    other = a_contact(3)
    await store.batches.add(a_batch(state="running"), [done, waiting, other])
    await store.ledger.plan("batch_a", now=NOON, backlog=5)
    await store.erase_number(CALLER)
    blank = {"number": "", "name": "", "variables": {}, "appointments": (), "detail": {}}
    assert await store.batches.contact(done.id) == replace(done, zone="", region="", **blank)
    again = await store.batches.contact(waiting.id)
    assert again is not None
    assert (again.number, again.state, again.due_at) == ("", "cancelled", None)
    assert await store.batches.contact(other.id) == replace(other, state="dialling")
    attempts = await store.ledger.of_batch("batch_a")
    assert {(attempt.number, attempt.state) for attempt in attempts} == {
        ("", "ended"),
        (other.number, "planned"),
    }


async def test_who_waits_to_be_called_is_cancelled(store: Store) -> None:
    """There is nobody left to be called."""
    waiting = a_contact(1, number=CALLER, due_at=NOON)
    await store.batches.add(a_batch(), [waiting])
    await store.erase_number(CALLER)
    erased = replace(waiting, number="", state="cancelled", due_at=None)
    assert await store.batches.contact(waiting.id) == erased


async def test_who_opted_out_stays_on_the_list(store: Store) -> None:
    """Only the words are gone: the number must not be called by anybody who imports it again."""
    entry = Suppression(number=CALLER, at=NOON, source="call", call_id="call_a", note="I'm Ada")
    await store.suppressions.add(entry)
    await store.erase_number(CALLER)
    assert await store.suppressions.get(CALLER) == replace(entry, note="")


async def test_an_order_that_was_carried_out_is_known_when_erased(store: Store) -> None:
    """Its key stays: repeated, it must not dial."""
    await store.add_call(a_call(key="once", to_number=CALLER, from_number=LINE))
    await store.erase_number(CALLER)
    found = await store.get_call_of_key("once")
    assert found is not None
    assert (found.id, found.to_number) == ("call_a", "")


async def test_a_call_without_outcome_gets_none(store: Store) -> None:
    """Erasing an open call does not make it look ended or transferred."""
    await store.add_call(a_call())
    await store.erase_number(CALLER)
    assert await store.get_call("call_a") == a_call(from_number="")


async def test_what_is_written_of_an_erased_call_later_is_blank(store: Store) -> None:
    """It goes on: turns, tools, a transfer, the outcome. What can be counted is kept as ever, and
    a call of somebody else is not touched."""
    theirs = a_call(request=CallRequest().as_record(), turns=(a_turn(),))
    other = replace(theirs, id="call_other", from_number="+15552223333")
    for call in (theirs, other):
        await store.add_call(call)
    assert await store.erase_number(CALLER) == 1
    turn = a_turn("turn_2", text="I'm Ada", latency_ms=9)
    tool = a_tool_call(result={"email": "ada@example.com"}, ok=True)
    facts: dict[str, Any] = {
        "transfer": Transfer(reason="asked for Ada", at=NOON, target="sip:desk@example.com"),
        "machine": {"is": "person", "votes": [{"says": "Ada here"}]},
        "request": {"variables": {"name": "Ada"}},
        "from_number": CALLER,
    }
    for call in (theirs, other):
        await store.put_turn(call.id, turn)
        await store.put_tool_call(call.id, replace(tool, result=None, ok=None))
        await store.put_tool_call(call.id, tool)
        assert await store.set_call(call.id, **facts)
        assert await store.set_call(call.id, request=facts["request"])
        assert await store.end_call(
            call.id, status="completed", outcome=COMPLETED, ended_at=at(9), usage={"tokens": 5}
        )
    ended = {"status": "completed", "ended_at": at(9), "usage": {"tokens": 5}}
    assert await store.get_call(theirs.id) == replace(
        theirs,
        **ended,
        from_number="",
        request={},
        transfer=replace(facts["transfer"], reason=""),
        outcome=Outcome(result=COMPLETED.result, reason=COMPLETED.reason),
        turns=(a_turn(text=""), replace(turn, text="")),
        tool_calls=(replace(tool, arguments={}, result=None),),
    )
    assert await store.get_call(other.id) == replace(
        other,
        **ended,
        **facts,
        outcome=COMPLETED,
        turns=(a_turn(), turn),
        tool_calls=(tool,),
    )


async def test_erasing_and_writing_at_once_leaves_no_words(store: Store) -> None:
    """Whichever comes first."""
    for n in range(20):
        call = a_call(f"call_{n}", request=CallRequest().as_record())
        await store.add_call(call)
        await asyncio.gather(
            *(store.put_turn(call.id, a_turn(f"turn_{m}", text="I'm Ada")) for m in range(5)),
            store.erase_number(CALLER),
            *(store.put_turn(call.id, a_turn(f"turn_{m}", text="I'm Ada")) for m in range(5, 9)),
        )
        left = await store.get_call(call.id)
        assert left is not None
        assert [turn.text for turn in left.turns] == [""] * 9


async def test_no_number_is_refused(store: Store) -> None:
    """An empty number would mean all calls that were erased before."""
    with pytest.raises(ValueError, match="no number"):
        await store.erase_number("")


async def test_erased_words_are_gone_from_the_files(tmp_path: Path) -> None:
    """On SQLite neither the database nor its log holds the bytes any more."""
    store = await Store.open(f"sqlite:///{tmp_path / 'calls.db'}")
    secrets = [b"my name is Ada", b"ada@example.com", CALLER.encode()]
    await store.add_call(a_call())
    for n in range(200):
        await store.put_turn("call_a", a_turn(f"turn_{n}", text="my name is Ada " * 20))
    await store.put_tool_call("call_a", a_tool_call())

    def bytes_on_disk() -> bytes:
        return b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert all(secret in bytes_on_disk() for secret in secrets)
    await store.erase_number(CALLER)
    assert not any(secret in bytes_on_disk() for secret in secrets)
    await store.close()
