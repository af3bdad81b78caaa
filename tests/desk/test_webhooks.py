"""Webhooks out: signed, told once, refused where they must not go."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from desk_kit import NOON, Receiver, Watch, a_call, a_message
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bot.clock import utcnow
from bot.egress import Egress, guarded_client
from bot.outbox import Outbox
from bot.outbox.facts import facts_of
from bot.outbox.webhooks import Webhooks
from bot.store import Dialled, Outcome, Store, Subscription, ToolCallRecord, Transfer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ALL = ("call.*", "message.*", "transfer.*", "booking.*", "sms.*")
LOCAL = ("127.0.0.1",)


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with guarded_client(Egress(LOCAL), timeout_secs=5.0) as client:
        yield client


@pytest.fixture
def outbox(store: Store, url: str, client: Any, watch: Watch) -> Outbox:
    store.outbox.subscribe(Subscription(channel="webhook", target=url, events=ALL))
    sender = Webhooks(secret=SECRET, client=client, facts=partial(facts_of, store))
    return Outbox(store=store, senders={"webhook": sender}, now=watch)


async def ended(store: Store, **changes: Any) -> None:
    await store.end_call(
        "call_a",
        status="completed",
        outcome=Outcome(result="completed", reason="goodbye", summary="Moved."),
        ended_at=NOON + timedelta(minutes=2),
        **changes,
    )


async def test_a_receiver_can_check_who_speaks(
    store: Store, outbox: Outbox, receiver: Receiver
) -> None:
    """The library of Standard Webhooks takes our signature, and no other body with it."""
    await store.outbox.add("call.started", "call_a", at=utcnow())
    await store.add_call(a_call(started_at=utcnow()))
    outbox._now = utcnow
    await outbox.look()
    headers, body = receiver.got[0]
    assert Webhook(SECRET).verify(body, headers)["type"] == "call.started"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"started", b"stopped"), headers)


async def test_what_is_told_of_a_call(
    store: Store, outbox: Outbox, receiver: Receiver, watch: Watch
) -> None:
    """Its ending with what came of it, as it stands when it is sent; no words of the talk."""
    await store.add_call(a_call())
    await ended(store)
    watch.pass_by(minutes=3)
    await outbox.look()
    by_type = {told["type"]: told for told in receiver.told}
    assert set(by_type) == {"call.started", "call.ended"}
    told = by_type["call.ended"]
    assert told["timestamp"] == "2026-11-24T17:02:00Z"
    assert told["data"]["outcome"]["summary"] == "Moved."
    assert (told["data"]["call"], told["data"]["from"]) == ("call_a", a_call().from_number)


async def test_the_end_is_told_of_with_the_summary(
    store: Store, outbox: Outbox, receiver: Receiver
) -> None:
    """A call is summed up some seconds after its end; if that never comes, it is told without."""
    began = utcnow()
    outbox._now = utcnow
    for call_id in ("call_a", "call_b"):
        await store.add_call(a_call(call_id, started_at=began))
        unsummed = Outcome(result="completed", reason="goodbye", summary=None)
        await store.end_call(call_id, status="completed", outcome=unsummed, ended_at=utcnow())
    await outbox.look()
    assert set(receiver.events) == {"call.started"}
    await store.sum_up_call("call_a", summary="Moved.", fields={})
    await asyncio.sleep(6)
    await outbox.look()
    assert [one["data"]["call"] for one in receiver.told[2:]] == ["call_a"]
    assert receiver.told[2]["data"]["outcome"]["summary"] == "Moved."
    await asyncio.sleep(40)
    await outbox.look()
    assert receiver.told[3]["data"]["call"] == "call_b"


async def test_each_kind_of_event(
    store: Store, outbox: Outbox, receiver: Receiver, watch: Watch
) -> None:
    """A transfer and how it went, a booking that succeeded, a message; what failed is no event."""
    await store.add_call(a_call())
    done = ToolCallRecord(key="t1", name="book_appointment", arguments={}, started_at=NOON)
    await store.put_tool_call("call_a", done)
    failed = ToolCallRecord(
        key="t2", name="cancel_appointment", arguments={}, started_at=NOON, ok=False
    )
    await store.put_tool_call("call_a", failed)
    booked = ToolCallRecord(
        key="t1", name="book_appointment", arguments={"name": "Ana"}, started_at=NOON, ok=True
    )
    await store.put_tool_call("call_a", booked)
    await store.set_call("call_a", transfer=Transfer(reason="r", at=NOON, target="+15559990000"))
    await store.end_transfer("call_a", Dialled(outcome="no_answer", status="no-answer"))
    await store.messages.add(a_message(), to=())
    await store.messages.acknowledge("msg_1", at=NOON, by="Ana")
    watch.at = utcnow() + timedelta(minutes=1)
    await outbox.look()
    assert sorted(receiver.events) == [
        "booking.made",
        "call.started",
        "message.acknowledged",
        "message.taken",
        "transfer.failed",
        "transfer.started",
    ]
    [booking] = [told for told in receiver.told if told["type"] == "booking.made"]
    assert booking["data"]["arguments"] == {"name": "Ana"}


async def test_what_was_erased_is_not_told(
    store: Store, outbox: Outbox, receiver: Receiver
) -> None:
    """A row of the outbox holds nothing personal, and its words are gone with their subject."""
    await store.messages.add(a_message(), to=())
    await store.erase_number(a_message().number)
    await outbox.look()
    assert receiver.got == []
    assert await store.outbox.find("waiting") == []


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:9/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest"],
)
async def test_private_targets_are_refused(store: Store, watch: Watch, target: str) -> None:
    """Once and for good, unless the operator allows them."""
    store.outbox.subscribe(Subscription(channel="webhook", target=target, events=ALL))
    await store.add_call(a_call())
    async with guarded_client(Egress(()), timeout_secs=5.0) as client:
        sender = Webhooks(secret=SECRET, client=client, facts=partial(facts_of, store))
        await Outbox(store=store, senders={"webhook": sender}, now=watch).look()
    [dead] = await store.outbox.find("dead")
    assert "no public address" in dead.problem


@pytest.mark.parametrize(("status", "dead"), [(500, 0), (302, 0), (410, 1)])
async def test_answers_that_are_no_yes(
    store: Store, outbox: Outbox, receiver: Receiver, watch: Watch, status: int, dead: int
) -> None:
    """410 ends it; all else is tried again. A redirect is not followed."""
    receiver.answers = [status]
    await store.add_call(a_call())
    await outbox.look()
    assert len(await store.outbox.find("dead")) == dead
    watch.pass_by(seconds=5)
    assert await outbox.look() == 1 - dead
    ids = {headers["webhook-id"] for headers, _ in receiver.got}
    assert len(ids) == 1  # the receiver can tell that it is the same event
