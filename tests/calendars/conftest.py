"""The practice of these tests: one server for a module, a calendar for each test."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from bot.calendars import CalDav, CalendarBusiness
from tests.calendars.practice_kit import MONDAY, Book, Practice
from tests.calendars.radicale import PASSWORD, USER, Radicale


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with Radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
async def practice(server: Radicale, request: pytest.FixtureRequest) -> Practice:
    """With a calendar of this test's own."""
    name = re.sub(r"\W+", "-", request.node.name)
    return Practice(server=server, calendar=await server.calendar(name))


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[Practice]:
    """With a server of this test's own, to be killed."""
    with Radicale(tmp_path) as server:
        yield Practice(server=server, calendar=await server.calendar("practice"))


@pytest.fixture
async def dav() -> AsyncIterator[CalDav]:
    client = httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=100))
    async with CalDav(user=USER, password=PASSWORD, client=client) as dav:
        yield dav


@pytest.fixture
async def business(practice: Practice, dav: CalDav) -> CalendarBusiness:
    return practice.business(dav)


@pytest.fixture
def book(business: CalendarBusiness) -> Book:
    async def booked(key: str, time: str = "10:00", **more: object) -> dict[str, object]:
        wish = {"name": "Ann Miller", "day": MONDAY, "party": None, "phone": None, "notes": None}
        return await business.book_appointment(
            idempotency_key=key,
            time=dt.time.fromisoformat(time),
            **(wish | more),  # type: ignore[arg-type]
        )

    return booked
