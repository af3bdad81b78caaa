"""Whatever stands in a path, a query or a body: it is a mistake of its sender, never of ours."""

import itertools
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import pytest_asyncio
from service_kit import WITH_KEY, ask, opened, routes

from bot.app import Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPLOAD = {"content-type": "multipart/form-data; boundary=x"}
JSON = {"content-type": "application/json"}
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="settings"\r\n\r\n'
    b'{"times_in": "America/New_York"}\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    b"name,phone,consent,date,time\r\nAnn,+12125550123,web form,%b,10:00\r\n--x--\r\n"
)
ABSURD = (
    "",
    " ",
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "9" * 30,
    "-" + "9" * 30,
    "-1",
    "0",
    "1e308",
    "nan",
    "²",
    "٣",
    "0001-01-01T00:00:00+14:00",
    "' OR 1=1 --",
    "../../etc/passwd",
    "%s{0}{x.__class__}",
    "x" * 5_000,
    "\u202e\x1b[2J\n",
    "+" + "1" * 400,
    "null",
    "[]",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(
    tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> AsyncIterator[tuple[Service, str]]:
    """The service, and the id of a batch that it has."""
    async with opened(tmp_path_factory.mktemp("absurd"), database_url=database_url) as service:
        day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat().encode()
        form = FILE % day
        answer = await ask(service.web, "POST", "/batches", headers=WITH_KEY | UPLOAD, body=form)
        assert answer is not None
        assert answer.status == 201, answer.body
        yield service, answer.json["batch"]["id"]


async def test_in_paths_and_queries(there: tuple[Service, str]) -> None:
    """On every route, for every parameter that it names."""
    service, batch = there
    described = service.web.openapi()["paths"]
    asked = 0
    for (method, template), value in itertools.product(routes(service.web), ABSURD):
        about = described.get(template, {}).get(method.lower(), {})
        named = [one["name"] for one in about.get("parameters", ()) if one["in"] == "query"]
        written = quote(value, safe="", encoding="latin-1", errors="replace")
        for path in {
            re.sub(r"\{[^}]*\}", value, template),
            re.sub(r"\{[^}]*\}", value, template.replace("{batch_id}", batch)),
        }:
            for query in (None, *named):
                where = path if query is None else f"{path}?{query}={written}"
                answer = await ask(service.web, method, where, headers=WITH_KEY | JSON)
                assert answer is not None
                assert answer.status < 500, (method, where, answer.body)
                asked += 1
    assert asked > 1_000


BODIES = {
    "/calls": {"to": "+12125550123", "agent": "errand", "variables": {"a": "b"}},
    "/calls/{call_id}/hangup": {"farewell": True},
    "/calls/{call_id}/say": {"text": "Hello."},
    "/calls/{call_id}/whisper": {"text": "Hello."},
    "/calls/{call_id}/context": {"text": "Hello."},
    "/calls/{call_id}/keys": {"keys": "1"},
    "/calls/{call_id}/transfer": {"reason": "r"},
    "/suppressions": {"number": "+12125550123", "note": "n", "country": "US"},
    "/blocked": {"number": "+12125550123", "agent": "", "note": "n", "country": "US"},
    "/batches/{batch_id}/pace": {"calls_per_second": 1, "concurrency": 1},
    "/batches/{batch_id}/budget": {"budget_usd": 1},
    "/batches/{batch_id}/cancel": {"live": "finish"},
}
ODD = (*ABSURD, None, True, -1, 0, 10**30, -(10**30), 1e308, [], {}, [[]] * 50, {"a": None})


async def test_in_bodies(there: tuple[Service, str]) -> None:
    """In every field of every body."""
    service, batch = there
    for template, good in BODIES.items():
        path = re.sub(r"\{[^}]*\}", "x", template.replace("{batch_id}", batch))
        for field, value in itertools.product(good, ODD):
            if template == "/calls" and field == "variables":
                value = {"a": value}
            body = json.dumps(good | {field: value}).encode()
            answer = await ask(service.web, "POST", path, headers=WITH_KEY | JSON, body=body)
            assert answer is not None
            assert answer.status < 500, (template, field, value, answer.body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"to": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 1_000_000,
        b'"' + b"\\u0000" * 1000 + b'"',
    ],
    ids=range(10),
)
async def test_bodies_that_are_none(there: tuple[Service, str], body: bytes) -> None:
    """On every route that takes one."""
    service, _ = there
    for template in BODIES:
        path = re.sub(r"\{[^}]*\}", "x", template)
        answer = await ask(service.web, "POST", path, headers=WITH_KEY | JSON, body=body)
        assert answer is not None
        assert 400 <= answer.status < 500, (template, answer.status)
