"""The sample business keeps its own rules, whoever asks over HTTP."""

import asyncio
import datetime as dt
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.simulator.business import BusinessServer, seed
from bot.simulator.loopback_client import loopback_client

TUESDAY = "2026-11-24"


@pytest.fixture
async def http(shop: BusinessServer) -> AsyncIterator[httpx.AsyncClient]:
    async with loopback_client(base_url=shop.url) as client:
        yield client


async def post(http: httpx.AsyncClient, key: str, **wish: Any) -> httpx.Response:
    wish = {"name": "Dana", "day": TUESDAY, "time": "10:00"} | wish
    return await http.post("/appointments", json=wish, headers={"Idempotency-Key": key})


async def test_hours_of_the_coming_week_name_the_closed_day(http: httpx.AsyncClient) -> None:
    """Without a day, seven days from today are told; Sunday is closed and says so."""
    days = (await http.get("/hours")).json()["hours"]
    assert [day["weekday"] for day in days][:3] == ["Friday", "Saturday", "Sunday"]
    assert len(days) == 7
    assert (
        days[0]["open"] and {"desk": "clinic", "from": "09:00", "to": "17:00"} in days[0]["hours"]
    )
    assert days[2] == {
        "day": "2026-11-22",
        "weekday": "Sunday",
        "open": False,
        "note": "We are closed on Sundays.",
    }


async def test_a_holiday_is_closed(http: httpx.AsyncClient) -> None:
    """Christmas Day 2026 is a Friday, and closed: no hours, no slots."""
    (day,) = (await http.get("/hours", params={"day": "2026-12-25"})).json()["hours"]
    assert (day["open"], day["note"]) == (False, "We are closed on Christmas Day.")
    assert (await http.get("/slots", params={"day": "2026-12-25"})).json()["slots"] == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"id": "1042"}, ["1042"]),
        ({"id": "#10-42"}, ["1042"]),
        ({"email": " Sam@Example.com"}, ["1041", "1042"]),
        ({"id": "1042", "email": "sam@example.com"}, ["1042"]),
    ],
)
async def test_orders_are_found_by_number_and_by_email(
    http: httpx.AsyncClient, query: dict[str, str], ids: list[str]
) -> None:
    """Spelling of the number and the address is forgiven; both together must fit."""
    found = (await http.get("/orders", params=query)).json()["orders"]
    assert [order["id"] for order in found] == ids
    assert all("email" not in order for order in found)


@pytest.mark.parametrize(
    "query", [{"id": "9999"}, {"id": "--"}, {"id": "1043", "email": "sam@example.com"}]
)
async def test_an_unknown_order_is_404(http: httpx.AsyncClient, query: dict[str, str]) -> None:
    """Nobody's order, and somebody else's order, are the same: not found."""
    assert (await http.get("/orders", params=query)).status_code == 404


async def test_seven_pm_is_full_and_quarter_to_eight_is_offered_first(
    http: httpx.AsyncClient,
) -> None:
    """A table at 19:00 is refused with the nearest free times, later ones first."""
    refused = await post(http, "k1", time="19:00", party=4)
    assert refused.status_code == 409
    offered = [slot["time"] for slot in refused.json()["alternatives"]]
    assert offered == ["19:45", "18:15", "20:30"]
    between = {"day": TUESDAY, "from": "19:00", "to": "21:00", "party": "4"}
    assert (await http.get("/slots", params=between)).json()["slots"] == ["19:45", "20:30"]
    assert (await post(http, "k2", time="19:45", party=4)).status_code == 201


async def test_a_slot_taken_is_taken(http: httpx.AsyncClient, shop: BusinessServer) -> None:
    """The second patient for 10:00 is offered the half hours around it."""
    first = await post(http, "k1", phone="+15550100", notes="first visit")
    assert (first.status_code, first.json()["id"]) == (201, "A1001")
    second = await post(http, "k2", name="Kim")
    assert second.status_code == 409
    assert [slot["time"] for slot in second.json()["alternatives"]] == ["10:30", "09:30", "11:00"]
    (written,) = await shop.appointments()
    assert (written["name"], written["phone"]) == ("Dana", "+15550100")


async def test_a_closed_day_offers_the_next_open_one(http: httpx.AsyncClient) -> None:
    """Sunday is refused with Monday's times nearest to the one asked for."""
    refused = (await post(http, "k1", day="2026-11-22")).json()
    assert refused["reason"] == "We are closed on Sundays."
    assert refused["alternatives"][0] == {"day": "2026-11-23", "time": "10:00"}


async def test_the_same_key_gets_the_same_answer(
    http: httpx.AsyncClient, shop: BusinessServer
) -> None:
    """Eight requests at once under one key book once, and all are told of that booking."""
    answers = await asyncio.gather(*(post(http, "k1") for _ in range(8)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert len(await shop.appointments()) == 1


async def test_a_key_stands_for_one_booking_only(
    http: httpx.AsyncClient, shop: BusinessServer
) -> None:
    """The same key with another wish is refused and books nothing."""
    await post(http, "k1")
    other = await post(http, "k1", time="11:00")
    assert (other.status_code, "Idempotency-Key" in other.json()["reason"]) == (422, True)
    assert len(await shop.appointments()) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"day": "2026-11-19"},
        {"day": "2026-11-20", "time": "11:30"},
        {"day": "2028-01-03"},
        {"day": "2026-02-30"},
        {"time": "25:00"},
        {"time": "7 pm"},
        {"name": "  "},
        {"name": "x" * 81},
        {"party": 0},
        {"party": 9, "time": "19:45"},
        {"surprise": True},
    ],
)
async def test_what_cannot_be_done_is_422_with_a_reason(
    http: httpx.AsyncClient, shop: BusinessServer, wish: dict[str, Any]
) -> None:
    """Past, too far, too many or malformed: one sentence says so, nothing is booked."""
    answer = await post(http, "k1", **wish)
    assert answer.status_code == 422
    assert list(answer.json()) == ["reason"] and answer.json()["reason"]
    assert await shop.appointments() == []


async def test_a_post_without_a_key_is_refused(http: httpx.AsyncClient) -> None:
    """Idempotency is not optional."""
    wish = {"name": "Dana", "day": TUESDAY, "time": "10:00"}
    assert (await http.post("/appointments", json=wish)).status_code == 422


async def test_the_diary_outlives_the_service(tmp_path: Path) -> None:
    """A second run over the same file knows the bookings and the answers of the first."""

    def now() -> dt.datetime:
        return dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)

    answers = []
    for _ in range(2):
        async with (
            BusinessServer(tmp_path / "new folder" / "business.db", now=now) as server,
            loopback_client(base_url=server.url) as http,
        ):
            answers.append((await post(http, "k1")).json())
            assert len(await server.appointments()) == 1
            assert len((await http.get("/orders", params={"id": "1042"})).json()["orders"]) == 1
    assert answers[0] == answers[1]


async def change(http: httpx.AsyncClient, what: str, key: str, **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await http.post(f"/appointments/{what}", json=body, headers=headers)


async def test_what_is_cancelled_makes_room(http: httpx.AsyncClient) -> None:
    """The slot is free again at once, for a booking and for a move."""
    await post(http, "k1")
    await post(http, "k2", time="11:00")
    assert (await change(http, "A1001/cancel", "c1")).json()["state"] == "cancelled"
    moved = await change(http, "A1002/reschedule", "m1", day=TUESDAY, time="10:00")
    assert (moved.status_code, moved.json()["time"]) == (200, "10:00")
    assert (await post(http, "k3", time="11:00")).status_code == 201


async def test_doing_again_what_is_done_is_no_error(http: httpx.AsyncClient) -> None:
    """To confirm what is confirmed, cancel what is cancelled, move to where it is: 200."""
    await post(http, "k1")
    for key in ("a1", "a2"):
        assert (await change(http, "A1001/confirm", key)).status_code == 200
    assert (
        await change(http, "A1001/reschedule", "a3", day=TUESDAY, time="10:00")
    ).status_code == 200
    for key in ("a4", "a5"):
        assert (await change(http, "A1001/cancel", key)).status_code == 200


@pytest.mark.parametrize("number", ["A9999", "a1", "1000", "x", "A", "A" + "9" * 30, "Ⅷ"])
@pytest.mark.parametrize("what", ["", "/confirm", "/cancel"])
async def test_an_unknown_appointment_is_404(
    http: httpx.AsyncClient, number: str, what: str
) -> None:
    """Whatever is asked about it."""
    path = f"/appointments/{number}{what}"
    answer = await (http.post(path, headers={"Idempotency-Key": "k"}) if what else http.get(path))
    assert answer.status_code == 404


@pytest.mark.parametrize("what", ["confirm", "cancel", "reschedule"])
async def test_what_is_past_stands_no_longer(tmp_path: Path, what: str) -> None:
    """It can be neither confirmed nor cancelled nor moved, and says so."""
    now = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
    async with (
        BusinessServer(tmp_path / "business.db", now=lambda: now) as server,
        loopback_client(base_url=server.url) as http,
    ):
        await post(http, "k1", day="2026-11-20", time="14:00")
        now = dt.datetime(2026, 11, 20, 14, 0, tzinfo=dt.UTC)
        assert not (await http.get("/appointments/A1001")).json()["standing"]
        answer = await change(http, f"A1001/{what}", "c1", day=TUESDAY, time="10:00")
    assert answer.status_code == 409
    assert answer.json()["reason"] == "That appointment is already past."


async def test_a_key_is_of_one_request_at_one_place(http: httpx.AsyncClient) -> None:
    """A key used for one change is no key for another, though both have the same body."""
    await post(http, "k1")
    assert (await change(http, "A1001/confirm", "c1")).status_code == 200
    assert (await change(http, "A1001/cancel", "c1")).status_code == 422
    assert (await http.get("/appointments/A1001")).json()["state"] == "confirmed"


async def test_a_file_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    """Its bookings stand, and its keys get the answers they had."""
    path = tmp_path / "business.db"
    with sqlite3.connect(path) as db:
        db.executescript(seed.SCHEMA)
        db.execute(
            "INSERT INTO appointments (desk, day, time, name) VALUES (?, ?, ?, ?)",
            ("clinic", TUESDAY, "10:00", "Dana"),
        )
        request = json.dumps({"name": "Dana", "day": TUESDAY, "time": "10:00"})
        db.execute("INSERT INTO replies VALUES ('k1', ?, 201, ?)", (request, '{"id": "A1001"}'))
        db.execute("PRAGMA user_version = 1")
    db.close()
    async with (
        BusinessServer(path) as server,
        loopback_client(base_url=server.url) as http,
    ):
        assert (await http.get("/appointments/A1001")).json()["state"] == "booked"
        assert (await post(http, "k1")).json() == {"id": "A1001"}
        assert len(await server.appointments()) == 1
