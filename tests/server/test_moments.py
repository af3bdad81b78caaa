"""Moments in queries: those that can be meant are read, any other is a 422."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from service_kit import WITH_KEY, ask, opened

from bot.app import Service
from bot.server.moments import Moment

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with opened(tmp_path_factory.mktemp("moments")) as service:
        yield service


@pytest.mark.parametrize("where", ["/calls?since=", "/calls?until=", "/batches/x/plan?at="])
@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0000-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "2026-11-24T09:00:00",
        "2026-11-24",
        "2026-02-30T00:00:00Z",
        "2026-11-24T09:00:00+99:00",
        "-62135596800",
        "1e300",
        "nan",
        "inf",
        "yesterday",
        "",
        "\x00",
    ],
)
async def test_what_is_no_moment_of_ours(service: Service, where: str, written: str) -> None:
    """422, with the place of the fault."""
    answer = await ask(service.web, "GET", where + quote(written), headers=WITH_KEY)
    assert answer is not None
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["query", where.rpartition("?")[2].rstrip("=")]


@pytest.mark.parametrize(
    "written", ["2026-11-24T09:00:00Z", "2026-11-24T09:00:00-05:00", "2000-01-01T00:00:00+14:00"]
)
async def test_a_moment(service: Service, written: str) -> None:
    """Is read in any zone."""
    answer = await ask(service.web, "GET", f"/calls?since={quote(written)}", headers=WITH_KEY)
    assert answer is not None
    assert answer.status == 200


@given(st.datetimes(timezones=st.timezones()).map(str))
async def test_every_datetime_is_read_or_refused(written: str) -> None:
    """Nothing else comes of it, and what is read is in UTC."""
    try:
        moment = TypeAdapter(Moment).validate_python(written)
    except ValidationError:
        return
    assert moment.utcoffset() is not None
    assert 1999 <= moment.year <= 2100
