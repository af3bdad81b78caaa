"""The front desk in the store, on both databases: once, whoever asks at the same time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from store_samples import CALLER, LINE, NOON, a_call, a_tool_call, at

from bot.store import (
    Dialled,
    MessageRecord,
    Outcome,
    Store,
    Subscription,
    Suppression,
    TextRecord,
    Transfer,
)

HOOK = Subscription(
    channel="webhook",
    target="https://crm.example/",
    events=("call.*", "transfer.*", "booking.*", "message.*", "sms.*"),
)
MESSAGE = MessageRecord(
    id="msg_1",
    call_id="call_a",
    agent="reception",
    taken_at=NOON,
    name="Maria Diaz",
    number=CALLER,
    caller_number=CALLER,
    reason="Call me.",
    next_at=at(60),
)
TEXT = TextRecord(
    id="text_1",
    direction="out",
    our_number=LINE,
    number=CALLER,
    body="12 Elm Street",
    purpose="call",
    made_at=NOON,
    status="waiting",
)


async def events(store: Store) -> list[str]:
    return sorted(one.event for one in await store.outbox.find(limit=500))


async def test_writes_of_a_call_are_events(store: Store) -> None:
    """Its beginning, a transfer and how it went, what a tool booked, its end; each once."""
    store.outbox.subscribe(HOOK)
    await store.add_call(a_call())
    for ok in (None, True, True):
        await store.put_tool_call("call_a", a_tool_call("t1", name="book_appointment", ok=ok))
    transfer = Transfer(reason="r", at=NOON, target="+15559990000")
    for _ in range(2):
        await store.set_call("call_a", transfer=transfer)
        await store.end_transfer("call_a", Dialled(outcome="answered", status="completed"))
        await store.end_call(
            "call_a",
            status="completed",
            outcome=Outcome(result="transferred", reason="transfer"),
            ended_at=at(60),
        )
    assert await events(store) == [
        "booking.made",
        "call.ended",
        "call.started",
        "transfer.answered",
        "transfer.completed",
        "transfer.started",
    ]


async def test_the_steps_of_a_transfer_are_kept_in_order_and_told(store: Store) -> None:
    """Each person who does not take the caller is an event of its own; two transfers of one call
    are told apart.
    """
    store.outbox.subscribe(HOOK)
    await store.add_call(a_call())
    assert not await store.add_transfer_step("call_b", step="called", to="ann", at=NOON)
    for minute, to in ((1, "ann"), (2, "tom")):
        transfer = Transfer(reason="r", at=at(60 * minute), target="+15559990000")
        await store.set_call("call_a", transfer=transfer, dialled=None)
        for step in ("called", "no_answer", "called", "no_answer"):
            assert await store.add_transfer_step("call_a", step=step, to=to, at=at(60 * minute))
        await store.end_transfer("call_a", Dialled(outcome="no_answer", status="no-answer"))
    assert await events(store) == [
        "call.started",
        *["transfer.failed"] * 2,
        *["transfer.no_answer"] * 4,
        *["transfer.started"] * 2,
    ]
    call = await store.get_call("call_a")
    assert call is not None and call.transfer_steps is not None
    steps = [(each["step"], each["to"]) for each in call.transfer_steps]
    assert steps[:2] == [("called", "ann"), ("no_answer", "ann")]
    assert len(steps) == 8
    assert call.transfer_steps[0]["at"] == at(60).isoformat()


async def test_nobody_subscribed_nothing_is_kept(store: Store) -> None:
    await store.add_call(a_call())
    assert await events(store) == []


async def test_an_event_for_one_alone(store: Store) -> None:
    """A message goes to its own receivers, and to all who want to hear of messages."""
    store.outbox.subscribe(HOOK)
    mail = Subscription(channel="mail", target="office@clinic.example", events=())
    await store.messages.add(MESSAGE, to=(mail,))
    await store.messages.add(MESSAGE, to=(mail,))
    found = await store.outbox.find(subject="msg_1")
    assert {one.channel for one in found} == {"mail", "webhook"}
    assert len(found) == 2


async def test_one_of_many_claims_a_delivery(store: Store) -> None:
    store.outbox.subscribe(HOOK)
    await store.add_call(a_call())
    [due] = await store.outbox.due(channels=["webhook"], now=NOON)
    claims = await asyncio.gather(*(store.outbox.claim(due, until=at(60)) for _ in range(10)))
    assert claims.count(True) == 1
    assert await store.outbox.due(channels=["webhook"], now=at(59)) == []
    [again] = await store.outbox.due(channels=["webhook"], now=at(60))
    assert again.tries == 1


async def test_one_of_many_acknowledges_a_message(store: Store) -> None:
    await store.messages.add(MESSAGE, to=())
    took = await asyncio.gather(
        *(store.messages.acknowledge("msg_1", at=NOON, by=f"p{n}") for n in range(10))
    )
    assert took.count(True) == 1
    assert await store.messages.due(now=at(999)) == []
    assert await store.messages.find(open_only=True) == []


async def test_one_of_many_reminds(store: Store) -> None:
    await store.messages.add(MESSAGE, to=())
    [due] = await store.messages.due(now=at(60))
    moved = replace(due, reminders=1, next_at=at(180))
    mail = Subscription(channel="mail", target="office@clinic.example", events=())
    done = await asyncio.gather(
        *(
            store.messages.follow_up(due, moved, "message.reminder", at=at(60), to=(mail,))
            for _ in range(10)
        )
    )
    assert done.count(True) == 1
    assert await events(store) == ["message.reminder"]
    assert await store.messages.due(now=at(179)) == []


async def test_caps_hold_for_many_at_once(store: Store) -> None:
    """Texts to one number are decided on one after the other, however it is written."""

    def at_most_three(earlier: object, suppressed: bool) -> str:
        return "enough" if len(list(earlier)) >= 3 else ""  # type: ignore[call-overload]

    kept = await asyncio.gather(
        *(
            store.texts.order(replace(TEXT, id=f"text_{n}"), since=at(-60), decide=at_most_three)
            for n in range(20)
        )
    )
    assert [text.status for text in kept].count("waiting") == 3
    assert len(await store.outbox.find("waiting", channel="text")) == 3
    assert len(await store.texts.find(number=CALLER)) == 20  # refused ones say why


async def test_who_is_suppressed_is_known_to_the_decision(store: Store) -> None:
    await store.suppressions.add(Suppression(number=CALLER, at=NOON, source="call"))
    kept = await store.texts.order(
        TEXT, since=NOON, decide=lambda earlier, suppressed: "no" if suppressed else ""
    )
    assert (kept.status, kept.problem) == ("refused", "no")


async def test_a_text_only_moves_forward(store: Store) -> None:
    """Late news of the carrier changes nothing; each step is one event."""
    store.outbox.subscribe(HOOK)
    await store.texts.order(TEXT, since=NOON, decide=lambda earlier, suppressed: "")
    moved = [
        await store.texts.move("text_1", status, at=NOON, sid="SM1")
        for status in ("queued", "queued", "delivered", "sent", "failed")
    ]
    assert moved == [True, False, True, False, False]
    text = await store.texts.get("text_1")
    assert text is not None and (text.status, text.sid) == ("delivered", "SM1")
    assert await events(store) == ["sms.delivered", "sms.ordered", "sms.ordered"]


async def test_a_text_that_came_in_is_kept_once(store: Store) -> None:
    came = replace(TEXT, direction="in", status="received", sid="SM9")
    kept = [await store.texts.receive(replace(came, id=f"text_{n}")) for n in range(3)]
    assert kept == [True, False, False]


async def test_erased_with_the_number(store: Store) -> None:
    """Words, names and numbers of messages and texts; that there were some stays."""
    await store.add_call(a_call())
    other = "+15557778888"
    await store.messages.add(replace(MESSAGE, number=other, caller_number=""), to=())
    await store.messages.add(replace(MESSAGE, id="msg_2", call_id="call_b"), to=())
    untouched = replace(MESSAGE, id="msg_3", call_id="call_c", number=other, caller_number=other)
    await store.messages.add(untouched, to=())
    await store.texts.order(TEXT, since=NOON, decide=lambda earlier, suppressed: "")
    await store.erase_number(CALLER)
    kept = {message.id: message for message in await store.messages.find()}
    assert [kept[each].is_erased for each in ("msg_1", "msg_2", "msg_3")] == [True, True, False]
    assert (kept["msg_1"].number, kept["msg_3"].name) == ("", "Maria Diaz")
    assert await store.messages.due(now=at(99)) == [kept["msg_3"]]
    text = await store.texts.get("text_1")
    assert text is not None and (text.number, text.body) == ("", "")


async def test_a_stop_by_text_gives_way_to_more_than_that(store: Store) -> None:
    """So that a START by text cannot take back what was said on the phone."""
    stop = Suppression(number=CALLER, at=NOON, source="text", note="They texted: STOP")
    said = Suppression(number=CALLER, at=at(60), source="call", call_id="call_a", note="No more.")
    assert await store.suppressions.add(stop)
    assert not await store.suppressions.add(said)
    assert not await store.suppressions.add(stop)
    listed = await store.suppressions.get(CALLER)
    assert listed == replace(said, at=NOON)


async def test_old_deliveries_are_forgotten(store: Store) -> None:
    """Those that are over; what waits stays."""
    store.outbox.subscribe(HOOK)
    for call_id in ("call_a", "call_b", "call_c"):
        await store.add_call(a_call(call_id))
    first, second, _ = await store.outbox.find()
    await store.outbox.arrived(first.id, at=NOON)
    await store.outbox.give_up(second.id, at=NOON, problem="p")
    assert await store.outbox.forget(before=NOON) == 0
    assert await store.outbox.forget(before=NOON + timedelta(days=1)) == 2
    assert len(await store.outbox.find()) == 1
