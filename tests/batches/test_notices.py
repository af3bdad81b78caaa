"""Notices: the sender's own system hears of each contact, signed, at least once."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from batch_kit import NOON, a_batch, a_contact, opened_store
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.batches.dialling.notices import PAUSES_SECS, Notices
from bot.outbox import signature
from bot.simulator.loopback_server import LoopbackServer
from bot.store import ContactState, Store
from tests.store.contact_kit import set_contact

SECRET = "whsec_" + base64.b64encode(b"a long secret of the receiver").decode()


@dataclass
class Receiver:
    """The sender's own system: answers in turn what it is told to, then 204."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.got.append((dict(request.headers), await request.body()))
        status = self.answers.pop(0) if self.answers else 204
        headers = {"location": "http://127.0.0.1:9/elsewhere"} if status == 302 else None
        await Response(status_code=status, headers=headers)(scope, receive, send)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@dataclass
class Watch:
    """The time of day, set by hand."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, secs: float) -> None:
        self.at += timedelta(seconds=secs)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def url(receiver: Receiver) -> AsyncIterator[str]:
    async with LoopbackServer(receiver) as server:
        yield f"{server.url}/results"


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def notices(store: Store, watch: Watch) -> Notices:
    return Notices(store=store, secret=SECRET, now=watch)


async def test_each_contact_and_the_end_are_told_of(
    store: Store, receiver: Receiver, url: str, notices: Notices
) -> None:
    """What became of somebody as soon as it is settled, with reasons where there was no call; the
    end of the batch when it is over; nothing twice."""
    confirmed = a_contact(
        1, state="done", disposition="confirmed", attempts=1, appointments=("apt_1",)
    )
    why = {"word": "never", "reasons": [{"rule": "consent", "says": "never", "why": "No consent."}]}
    people = [confirmed, a_contact(2, state="skipped", decision=why), a_contact(3)]
    await store.batches.add(a_batch(state="running", settings={"results_url": url}), people)
    assert await notices.tell() == 2
    assert await notices.tell() == 0
    first, second = sorted((one["data"] for one in receiver.told), key=lambda data: data["line"])
    assert first["disposition"] == "confirmed"
    assert first["appointments"] == ["apt_1"]
    assert (second["state"], second["why"]) == ("skipped", ["No consent."])

    await set_contact(store, "batch_a_00003", expect="waiting", state="cancelled")
    await store.batches.set_state("batch_a", "cancelled", expect=["running"], at=NOON)
    assert await notices.tell() == 2
    assert await notices.tell() == 0
    [last] = [one for one in receiver.told if one["type"] == "batch.ended"]
    assert last["data"]["states"] == {"done": 1, "skipped": 1, "cancelled": 1}


async def test_the_end_waits_for_calls_under_way(
    store: Store, receiver: Receiver, url: str, notices: Notices
) -> None:
    """A batch that was cancelled in the middle of a call ends with that call."""
    await store.batches.add(
        a_batch(state="cancelled", settings={"results_url": url}), [a_contact(1, state="dialling")]
    )
    assert await notices.tell() == 0
    await set_contact(store, "batch_a_00001", expect="dialling", state="done", disposition="busy")
    assert await notices.tell() == 2
    assert {one["type"] for one in receiver.told} == {"contact.concluded", "batch.ended"}


@pytest.mark.parametrize("state", ["dialling", "waiting"])
async def test_nobody_is_left_out_who_ends_while_stock_is_taken(
    store: Store,
    receiver: Receiver,
    url: str,
    notices: Notices,
    monkeypatch: pytest.MonkeyPatch,
    state: ContactState,
) -> None:
    """The last call of a batch that was cancelled ends, or who waits is cancelled, right after the
    look for contacts: they are told of, and then the end is."""
    await store.batches.add(
        a_batch(state="cancelled", settings={"results_url": url}), [a_contact(1, state=state)]
    )
    add_concluded = store.notices.add_concluded

    async def and_then_it_ends(batch_id: str, *, now: datetime) -> int:
        added = await add_concluded(batch_id, now=now)
        await set_contact(
            store, "batch_a_00001", expect=state, state="cancelled", disposition="busy"
        )
        return added

    monkeypatch.setattr(store.notices, "add_concluded", and_then_it_ends)
    await notices.tell()
    await notices.tell()
    assert {one["type"] for one in receiver.told} == {"contact.concluded", "batch.ended"}


async def test_a_receiver_can_check_who_speaks(
    store: Store, receiver: Receiver, url: str, notices: Notices
) -> None:
    """The signature is that of Standard Webhooks, over id, time and body."""
    await store.batches.add(
        a_batch(settings={"results_url": url}), [a_contact(1, state="done", disposition="busy")]
    )
    await notices.tell()
    [(headers, body)] = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == "batch_a_00001-busy"
    assert int(headers["webhook-timestamp"]) == int(NOON.timestamp())


def test_a_signature_of_the_standard() -> None:
    """The example of the specification."""
    assert (
        signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            notice_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp=1614265330,
            body=b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


async def test_what_does_not_arrive_is_sent_again(
    store: Store, receiver: Receiver, url: str, notices: Notices, watch: Watch
) -> None:
    """Later and later, under the same id, until it arrives; a redirect is no arrival."""
    receiver.answers = [503, 302]
    await store.batches.add(
        a_batch(settings={"results_url": url}), [a_contact(1, state="done", disposition="busy")]
    )
    assert await notices.tell() == 0
    assert await notices.tell() == 0  # not before its time
    assert len(receiver.got) == 1
    watch.pass_by(PAUSES_SECS[0])
    assert await notices.tell() == 0
    watch.pass_by(PAUSES_SECS[1])
    assert await notices.tell() == 1
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {"batch_a_00001-busy"}
    assert await store.notices.of_batch("batch_a") == []


async def test_nobody_listens(store: Store, notices: Notices, watch: Watch) -> None:
    """After two days a notice is given up, and can be seen to be."""
    await store.batches.add(
        a_batch(settings={"results_url": "http://127.0.0.1:9/results"}),
        [a_contact(1, state="done", disposition="busy")],
    )
    for pause_secs in (*PAUSES_SECS, 0):
        assert await notices.tell() == 0
        watch.pass_by(pause_secs)
    [left] = await store.notices.of_batch("batch_a")
    assert left.gave_up_at is not None
    assert left.tries == len(PAUSES_SECS) + 1
    assert left.problem == "ConnectError"


async def test_a_receiver_that_wants_no_more(
    store: Store, receiver: Receiver, url: str, notices: Notices
) -> None:
    """410 Gone is not asked twice."""
    receiver.answers = [410]
    await store.batches.add(
        a_batch(settings={"results_url": url}), [a_contact(1, state="done", disposition="busy")]
    )
    await notices.tell()
    [left] = await store.notices.of_batch("batch_a")
    assert left.gave_up_at is not None
