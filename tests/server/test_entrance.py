"""Before any route: the key, and the bound of the body. Each rule on every route there is,
whichever it may be."""

import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from service_kit import WITH_KEY, ask, opened, routes, signed

from bot.app import Service
from bot.console.roles import is_of_console
from bot.server import entrance

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN = ("/health/live", "/health/ready")
SIGNED = ("/twilio/", "/acknowledge/")  # by the carrier; by us, in a link
CHUNKED = {"transfer-encoding": "chunked"}
UPLOAD = {"content-type": "multipart/form-data; boundary=x"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with opened(tmp_path_factory.mktemp("entrance")) as service:
        yield service


def served(service: Service) -> list[tuple[str, str]]:
    """All routes but the console's (tests/console/test_console_door.py), with something in the
    place of each parameter.
    """
    found = [
        (method, re.sub(r"\{[^}]*\}", "x", path))
        for method, path in routes(service.web)
        if not is_of_console(path)
    ]
    assert len(found) > 25
    assert ("POST", "/calls") in found
    return found


def with_key(service: Service) -> list[tuple[str, str]]:
    return [
        (method, path)
        for method, path in served(service)
        if path not in OPEN and not path.startswith(SIGNED)
    ]


def without_key(service: Service) -> list[tuple[str, str]]:
    return [each for each in served(service) if each not in with_key(service)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-length": "10"},
        {"content-length": str(2**40)},
        CHUNKED,
        UPLOAD | CHUNKED,
        {"authorization": "Bearer"},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic api-secret"},
        {"authorization": "api-secret"},
        {"authorization": "Bearer \xff"},
    ],
)
async def test_without_the_key_nothing_is_read(service: Service, headers: dict[str, str]) -> None:
    """401 on every route but health and signed ones, and the connection is closed."""
    for method, path in [*with_key(service), ("POST", "/nothing"), ("GET", "/"), ("GET", "/docs")]:
        answer = await ask(service.web, method, path, headers=headers, body=None)
        assert answer is not None
        assert (answer.status, answer.closes) == (401, True), (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ({}, entrance.MAX_JSON_BYTES),
        ({"content-type": "application/json"}, entrance.MAX_JSON_BYTES),
        (UPLOAD, entrance.MAX_UPLOAD_BYTES),
    ],
)
async def test_a_stated_length_beyond_the_bound(
    service: Service, kind: dict[str, str], most: int
) -> None:
    """413 on every route with the key, and nothing is read."""
    for method, path in with_key(service):
        headers = WITH_KEY | kind | {"content-length": str(most + 1)}
        answer = await ask(service.web, method, path, headers=headers, body=None)
        assert answer is not None
        assert (answer.status, answer.closes) == (413, True), (method, path)
        assert "the most that can be sent here" in answer.json["detail"]


def endless(read: list[int]) -> Iterator[bytes]:
    for _ in itertools.count():
        read.append(1)
        yield b"x" * 65_536


async def test_a_body_without_an_end(service: Service) -> None:
    """413 on every route with the key, once the bound is reached, and no more is read."""
    for method, path in with_key(service):
        read: list[int] = []
        headers = WITH_KEY | CHUNKED
        answer = await ask(service.web, method, path, headers=headers, body=endless(read))
        assert answer is not None
        assert (answer.status, answer.closes) == (413, True), (method, path)
        assert len(read) <= entrance.MAX_JSON_BYTES // 65_536 + 2


async def test_a_file_without_an_end(service: Service) -> None:
    """413 where a form with a file is read, as on routes that read none; on disk meanwhile."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    for path in ("/batches", "/batches/x/contacts", "/suppressions/import", "/calls"):
        read: list[int] = []
        body = itertools.chain([head], endless(read))
        answer = await ask(service.web, "POST", path, headers=WITH_KEY | UPLOAD, body=body)
        assert answer is not None
        assert (answer.status, answer.closes) == (413, True), path
        assert len(read) <= entrance.MAX_UPLOAD_BYTES // 65_536 + 2


async def test_strangers_send_little_and_say_how_much(service: Service) -> None:
    """413 on every route without a key: beyond 64 KiB, or where no length is stated."""
    long = {"content-length": str(entrance.MAX_FORM_BYTES + 1)}
    for (method, path), headers in itertools.product(
        without_key(service), (long, CHUNKED, UPLOAD | CHUNKED)
    ):
        answer = await ask(service.web, method, path, headers=headers, body=None)
        assert answer is not None
        assert (answer.status, answer.closes) == (413, True), (method, path)


async def test_who_is_not_known_gets_one_answer(service: Service) -> None:
    """The connection stays for who has shown a key or the carrier's signature, and closes else."""
    form = {"CallSid": "CA" + "1" * 32, "CallStatus": "completed"}
    headers, body = signed("/twilio/status", form)
    wrong = headers | {"x-twilio-signature": "wrong"}
    known = await ask(service.web, "POST", "/twilio/status", headers=headers, body=body)
    stranger = await ask(service.web, "POST", "/twilio/status", headers=wrong, body=body)
    client = await ask(service.web, "GET", "/calls", headers=WITH_KEY)
    passer_by = await ask(service.web, "GET", "/health/live")
    seen = [known, stranger, client, passer_by]
    assert [(answer.status, answer.closes) for answer in seen if answer] == [
        (204, False),
        (403, True),
        (200, False),
        (200, True),
    ]


async def test_health_tells_strangers_yes_or_no(service: Service) -> None:
    """How many calls there are is for who has the key."""
    told = {}
    for path, headers in itertools.product(OPEN, ({}, WITH_KEY)):
        answer = await ask(service.web, "GET", path, headers=headers)
        assert answer is not None
        told[path, bool(headers)] = set(answer.json)
    assert told["/health/live", False] == told["/health/ready", False] == {"status"}
    assert {"live_calls", "lag_ms"} <= told["/health/live", True]
    assert "live_calls" in told["/health/ready", True]


async def test_the_description_of_the_api(service: Service) -> None:
    """Is JSON, for who has the key; there is no page that loads something from elsewhere."""
    described = await ask(service.web, "GET", "/openapi.json", headers=WITH_KEY)
    assert described is not None
    assert described.status == 200
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        page = await ask(service.web, "GET", path, headers=WITH_KEY)
        assert page is not None
        assert page.status == 404


async def test_a_form_that_is_cut_off(service: Service, warnings_logged: list[str]) -> None:
    """One line in the log, of the carrier's or of anybody with the key; no traceback."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone'
    headers, body = signed("/twilio/incoming", {"CallSid": "CA1"})
    await ask(service.web, "POST", "/twilio/incoming", headers=headers, body=[body], cut_off=True)
    await ask(service.web, "POST", "/calls", headers=WITH_KEY, body=[b'{"to"'], cut_off=True)
    await ask(service.web, "POST", "/batches", headers=WITH_KEY | UPLOAD, body=[head], cut_off=True)
    assert warnings_logged == [
        "POST /twilio: cut off while it was sent",
        "POST /calls: cut off while it was sent",
        "POST /batches: cut off while it was sent",
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"variables": {"name": "x" * 4_001}}, "name"),
        ({"variables": {"x" * 101: "name"}}, "[key]"),
        ({"private": {"name": "x" * 900_000}}, "name"),
        ({"to": "+" + "1" * 1_000}, "to"),
        ({"agent": "x" * 1_000}, "agent"),
    ],
)
async def test_values_have_bounds(service: Service, changes: dict[str, object], where: str) -> None:
    """422, where a value is longer than anybody could say; the place is named, the value is not."""
    order = {"to": "+12125550123", "agent": "errand", **changes}
    headers = WITH_KEY | {"content-type": "application/json"}
    answer = await ask(
        service.web, "POST", "/calls", headers=headers, body=json.dumps(order).encode()
    )
    assert answer is not None
    assert answer.status == 422
    assert where in answer.json["detail"][0]["loc"]
    assert len(answer.body) < 1_000
