"""The line's HTTP client turns every answer, and every lack of one, into facts or a verdict."""

import asyncio
import datetime as dt
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.business import MAX_ANSWER_BYTES, HttpBusiness
from bot.simulator.business import BusinessServer
from bot.simulator.loopback_client import loopback_client
from tests.ports import free_port
from tools import NotFound, Refused, Unavailable

TUESDAY = dt.date(2026, 11, 24)


async def book(business: HttpBusiness, key: str = "k1", **wish: Any) -> dict[str, Any]:
    wish = {"time": dt.time(10, 0), "party": None, "phone": None, "notes": None} | wish
    return await business.book_appointment(name="Dana", day=TUESDAY, idempotency_key=key, **wish)


@asynccontextmanager
async def far_side(*answers: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives each connection the next of these bytes and closes; the last remains."""
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        answer = answers[min(len(heard), len(answers) - 1)]
        heard.append(head)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


def http_answer(status: int, body: bytes, *more: str) -> bytes:
    lines = (f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *more)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def test_facts_are_passed_on_as_they_stand(business: HttpBusiness) -> None:
    """Hours, orders and slots are the business's own JSON objects."""
    (day,) = (await business.lookup_hours(TUESDAY))["hours"]
    assert day["weekday"] == "Tuesday"
    assert len((await business.lookup_hours(None))["hours"]) == 7
    (order,) = (await business.lookup_order("1043", None))["orders"]
    assert order["status"] == "in the workshop"
    slots = await business.find_slots(TUESDAY, dt.time(19), dt.time(21), 2)
    assert slots["slots"] == ["19:45", "20:30"]


async def test_a_booking_is_written(business: HttpBusiness, shop: BusinessServer) -> None:
    """What was asked for is what stands in the diary, and its number comes back."""
    booked = await book(business, time=dt.time(19, 45), party=4, notes="window")
    assert booked["id"] == "A1001"
    (written,) = await shop.appointments()
    assert written | {"id": 0} == {
        "id": 0,
        "desk": "restaurant",
        "day": "2026-11-24",
        "time": "19:45",
        "name": "Dana",
        "party": 4,
        "phone": None,
        "notes": "window",
        "state": "booked",
    }


async def test_not_found_and_refused_are_decisions(business: HttpBusiness) -> None:
    """404 is `NotFound`; 409 is `Refused` with alternatives; 422 is `Refused` without."""
    with pytest.raises(NotFound):
        await business.lookup_order("9999", None)
    with pytest.raises(Refused) as full:
        await book(business, time=dt.time(19, 0), party=4)
    assert full.value.alternatives[0] == {"day": "2026-11-24", "time": "19:45"}
    with pytest.raises(Refused) as many:
        await book(business, "k2", party=20)
    assert (many.value.reason, many.value.alternatives) == ("We seat parties of up to 8.", ())


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_passing_failure_is_tried_once_more(
    business: HttpBusiness, shop: BusinessServer, status: int
) -> None:
    """One 50x is not noticed; two are `Unavailable`, and a booking is then in doubt."""
    shop.faults.fail_status = status
    shop.faults.fail_next = 1
    assert await business.lookup_hours(None)
    shop.faults.fail_next = 1
    assert (await book(business))["id"] == "A1001"
    shop.faults.fail_next = 2
    with pytest.raises(Unavailable) as failed:
        await book(business, "k2")
    assert failed.value.maybe_done
    assert shop.faults.fail_next == 0


async def test_other_failures_are_not_repeated(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """A 500 is a fault that asking again does not mend."""
    shop.faults.fail_status, shop.faults.fail_next = 500, 2
    with pytest.raises(Unavailable):
        await business.lookup_hours(None)
    assert shop.faults.fail_next == 1


async def test_an_answer_lost_on_the_way_books_once(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """The connection breaks after the work: the repetition gets the answer of the first."""
    shop.faults.drop_next = 1
    assert (await book(business))["id"] == "A1001"
    assert shop.faults.drop_next == 0
    assert len(await shop.appointments()) == 1


async def test_two_lost_answers_leave_a_booking_in_doubt(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """`maybe_done` says that it may stand in the diary, and it does."""
    shop.faults.drop_next = 2
    with pytest.raises(Unavailable) as lost:
        await book(business)
    assert lost.value.maybe_done
    assert len(await shop.appointments()) == 1


async def test_an_unreachable_business_has_done_nothing() -> None:
    """A refused connection is tried twice and is certain not to have booked."""
    async with HttpBusiness(f"http://127.0.0.1:{free_port()}") as business:
        with pytest.raises(Unavailable) as unreachable:
            await book(business)
    assert not unreachable.value.maybe_done
    assert "ConnectError" in str(unreachable.value)


async def test_the_time_limit_covers_a_request_with_its_repetition(shop: BusinessServer) -> None:
    """A business that keeps silent is given up after `timeout_secs`, not twice that."""
    shop.faults.delay_secs = 0.8
    started = time.monotonic()
    async with HttpBusiness(shop.url, timeout_secs=0.2) as business:
        with pytest.raises(Unavailable) as slow:
            await book(business)
    assert time.monotonic() - started < 0.5
    assert slow.value.maybe_done


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(200, b""),
        http_answer(200, b"{}"),
        http_answer(200, b"[1]"),
        http_answer(200, b"<html>"),
        http_answer(200, b'{"a": "\\ud800"}'),
        http_answer(200, b'{"a": "%s"}' % (b"x" * MAX_ANSWER_BYTES)),
        http_answer(200, b"not gzip", "Content-Encoding: gzip"),
        http_answer(302, b"", "Location: http://127.0.0.1:1/"),
        http_answer(401, b'{"a": 1}'),
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: 50\r\n\r\n{",
        b"",
    ],
    ids=lambda answer: answer[:60].decode(),
)
async def test_what_is_not_the_contract_is_unavailable(answer: bytes) -> None:
    """Nothing a far side sends is taken for facts unless it is one JSON object of fair size."""
    async with far_side(answer) as (url, _), HttpBusiness(url) as business:
        with pytest.raises(Unavailable):
            await business.lookup_hours(None)


async def test_a_refusal_without_words_still_has_a_reason() -> None:
    """A bare 409 is a refusal; its reason is never empty."""
    async with far_side(http_answer(409, b"no")) as (url, _), HttpBusiness(url) as business:
        with pytest.raises(Refused) as refused:
            await book(business)
    assert refused.value.reason == "The business gave no reason."


async def test_the_idempotency_key_and_the_path_travel() -> None:
    """The base may hold a path; the key stands in the header, on the repetition too."""
    answers = (http_answer(503, b""), http_answer(201, b'{"id": 1}'))
    async with far_side(*answers) as (url, heard), HttpBusiness(f"{url}/api/") as business:
        assert await book(business, "0123abcd") == {"id": 1}
    assert len(heard) == 2
    for head in heard:
        assert head.startswith(b"POST /api/appointments HTTP/1.1\r\n")
        assert b"idempotency-key: 0123abcd\r\n" in head.lower()


@pytest.mark.parametrize("base", ["", "shop.example", "ftp://shop.example", "http://"])
def test_a_base_that_is_no_url_is_refused_at_once(base: str) -> None:
    """The operator learns of it at start-up, not in the first call."""
    with pytest.raises(ValueError, match="http or https URL"):
        HttpBusiness(base)


async def test_a_client_that_was_given_stays_open(shop: BusinessServer) -> None:
    """Who opened the connections closes them."""
    async with loopback_client() as client:
        async with HttpBusiness(shop.url, client=client) as business:
            await business.lookup_hours(None)
        assert not client.is_closed


async def test_a_business_on_this_machine_is_reached_past_any_proxy(
    shop: BusinessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy named by the environment is for the world outside."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with HttpBusiness(shop.url) as business:
        assert await business.lookup_hours(None)


async def test_an_appointment_is_looked_up_as_it_stands(business: HttpBusiness) -> None:
    """Whether it still takes place, when, and with whom; a number that nobody has is `NotFound`."""
    await book(business)
    facts = await business.appointment("A1001")
    assert {name: facts[name] for name in ("standing", "day", "time", "with")} == {
        "standing": True,
        "day": "2026-11-24",
        "time": "10:00",
        "with": "Dr. Amara Osei",
    }
    with pytest.raises(NotFound):
        await business.appointment("A1002")


async def test_confirming_and_cancelling_are_written(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """What comes back is the appointment as it then is; what was cancelled cannot be confirmed."""
    await book(business)
    assert (await business.confirm_appointment("A1001", idempotency_key="c1"))["standing"]
    assert (await shop.appointments())[0]["state"] == "confirmed"
    assert not (await business.cancel_appointment("A1001", idempotency_key="c2"))["standing"]
    assert (await shop.appointments())[0]["state"] == "cancelled"
    with pytest.raises(Refused, match="cancelled"):
        await business.confirm_appointment("A1001", idempotency_key="c3")


async def test_a_move_is_written_or_refused_with_alternatives(
    business: HttpBusiness, shop: BusinessServer
) -> None:
    """All or nothing: an appointment that could not be moved stays where it was."""
    await book(business)
    await book(business, "k2", time=dt.time(11, 0))

    async def move(hour: int, key: str) -> dict[str, Any]:
        return await business.reschedule_appointment(
            "A1001", day=TUESDAY, time=dt.time(hour), idempotency_key=key
        )

    with pytest.raises(Refused) as taken:
        await move(11, "m1")
    assert taken.value.alternatives[0] == {"day": "2026-11-24", "time": "11:30"}
    assert (await shop.appointments())[0]["time"] == "10:00"
    assert (await move(14, "m2"))["time"] == "14:00"
    assert (await shop.appointments())[0]["time"] == "14:00"


async def test_a_disposition_is_reported_once(business: HttpBusiness, shop: BusinessServer) -> None:
    """Reported again under its key, also when the answer was lost, it stands there once."""

    async def report(disposition: str) -> dict[str, Any]:
        return await business.report_disposition(
            ["A1001", "A1002"],
            disposition=disposition,
            detail={"at": "2026-11-24T15:00:00-05:00"},
            idempotency_key="attempt-1",
        )

    shop.faults.drop_next = 1
    assert await report("callback_at") == {"recorded": True}
    assert await report("callback_at") == {"recorded": True}
    assert await shop.dispositions() == [
        {
            "appointments": ["A1001", "A1002"],
            "disposition": "callback_at",
            "detail": {"at": "2026-11-24T15:00:00-05:00"},
        }
    ]
    with pytest.raises(Refused, match="belongs to another request"):
        await report("confirmed")


@pytest.mark.parametrize(
    ("which", "path"),
    [
        ("A1001", b"/appointments/A1001/confirm"),
        ("17/2 b?x#y", b"/appointments/17%2F2%20b%3Fx%23y/confirm"),
        ("../orders", b"/appointments/..%2Forders/confirm"),
        ("ä%2e", b"/appointments/%C3%A4%252e/confirm"),
    ],
)
async def test_an_id_is_one_segment_of_the_path(which: str, path: bytes) -> None:
    """Ids come from the sender's file: whatever stands in one, it leads to no other address."""
    async with far_side(http_answer(200, b'{"id": 1}')) as (url, heard), HttpBusiness(url) as far:
        await far.confirm_appointment(which, idempotency_key="k")
    assert heard[0].startswith(b"POST " + path + b" HTTP/1.1\r\n")


@pytest.mark.parametrize("which", ["", ".", ".."])
async def test_an_id_that_is_none_is_not_found(which: str) -> None:
    """Nothing is asked for it."""
    async with far_side(http_answer(200, b'{"id": 1}')) as (url, heard), HttpBusiness(url) as far:
        with pytest.raises(NotFound):
            await far.appointment(which)
    assert heard == []


async def test_what_goes_wrong_is_told_without_the_id() -> None:
    """It may say who somebody is; the operator's log holds the kind of request only."""
    async with far_side(http_answer(503, b"")) as (url, _), HttpBusiness(url) as far:
        with pytest.raises(Unavailable) as failed:
            await far.appointment("miller-1966")
    assert str(failed.value) == "GET /appointments/{id} was answered 503"


BOMB = gzip.compress(gzip.compress(bytes(50_000_000)))


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(BOMB, "gzip, gzip"), (gzip.compress(bytes(50_000_000))[:9000], "gzip"), (b"{}", "br")],
)
async def test_what_is_packed_beyond_measure_is_no_answer(body: bytes, encoding: str) -> None:
    """It may have been done all the same, and nothing of it is unpacked beyond the bound."""
    answer = http_answer(200, body, f"Content-Encoding: {encoding}")
    async with far_side(answer) as (url, _), HttpBusiness(url) as business:
        with pytest.raises(Unavailable) as error:
            await business.lookup_hours(TUESDAY)
        assert error.value.maybe_done


async def test_an_answer_may_be_packed_once() -> None:
    """It is asked for plain; a proxy may pack it all the same."""
    packed = gzip.compress(b'{"hours": []}')
    answer = http_answer(200, packed, "Content-Encoding: gzip")
    async with far_side(answer) as (url, heard), HttpBusiness(url) as business:
        assert await business.lookup_hours(TUESDAY) == {"hours": []}
        assert b"accept-encoding: identity" in heard[0].lower()
