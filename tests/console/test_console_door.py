"""Who passes to the console: each rule on every route there is, whichever it may be."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from console_kit import Desk, open_desk, signed_in

from bot.app import Service
from bot.console.pages import SAFETY
from bot.console.roles import is_of_console, is_open, needed, suffices
from bot.console.tokens import Tokens
from bot.server import entrance
from tests.server.service_kit import WITH_KEY, Answer, ask, routes

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path_factory.mktemp("door")) as desk:
        yield desk


def of_console(service: Service) -> list[tuple[str, str]]:
    found = [
        (method, re.sub(r"\{[^}]*\}", "x", path))
        for method, path in routes(service.web)
        if is_of_console(path)
    ]
    assert len(found) > 10
    return found


def closed(service: Service) -> list[tuple[str, str]]:
    return [(method, path) for method, path in of_console(service) if not is_open(path)]


async def asked(desk: Desk, method: str, path: str, **headers: str) -> Answer:
    """The answer to a request whose body may not be read."""
    answer = await ask(desk.service.web, method, path, headers=headers, body=None)
    assert answer is not None
    return answer


OURS = {"host": "line.example", "origin": "https://line.example"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": "trunkline_session=made-up"},
        {"cookie": f"trunkline_session={Tokens('another key').new()}"},
        {"cookie": "trunkline_session=\xff.\xff"},
        {"content-length": str(2**40)},
        WITH_KEY,
    ],
)
async def test_without_a_session_nothing_is_read(desk: Desk, headers: dict[str, str]) -> None:
    """Pages send to the sign-in page, all else is 401; the connection is closed. The key of the API
    is none for the console."""
    for method, path in [*closed(desk.service), ("GET", "/console/nothing")]:
        answer = await asked(desk, method, path, **headers, **OURS)
        assert (answer.status, answer.closes) == (303 if method == "GET" else 401, True), path
        if method == "GET":
            assert answer.headers["location"].startswith("/console/sign-in?next=%2Fconsole")
    htmx = await asked(desk, "GET", "/console/live", **{"hx-request": "true"})
    assert (htmx.status, htmx.headers["hx-redirect"]) == (401, "/console/sign-in")


async def test_a_session_is_none_for_the_api(desk: Desk) -> None:
    async with signed_in(desk, "owner") as client:
        assert (await client.get("/calls")).status_code == 401
        assert (await client.post("/calls", json={})).status_code == 401


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"origin": "https://line.example"}, True),  # PUBLIC_URL
        ({"origin": "http://127.0.0.1:8080", "host": "127.0.0.1:8080"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://line.example.evil.example"}, False),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, False),
        ({"origin": "http://127.0.0.1:9999", "host": "127.0.0.1:8080"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
    ],
)
async def test_only_our_own_pages_write(desk: Desk, headers: dict[str, str], passes: bool) -> None:
    """With a session, too, and on the sign-in page."""
    async with signed_in(desk, "owner") as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    writes = [(method, path) for method, path in of_console(desk.service) if method != "GET"]
    for method, path in writes:
        if passes and path != "/console/account/sessions":
            continue
        body = b"" if passes else None
        given = {"host": "line.example", "cookie": cookie, **headers}
        answer = await ask(desk.service.web, method, path, headers=given, body=body)
        assert answer is not None
        assert (answer.status == 403, answer.closes) == (not passes, not passes), path


async def test_roles(desk: Desk) -> None:
    """A viewer does nothing but for their own account; users and audit are an owner's."""
    for name in ("viewer", "operator", "owner"):
        async with signed_in(desk, name) as client:
            cookie = "; ".join(f"{one}={value}" for one, value in client.cookies.items())
        for method, path in closed(desk.service):
            least = needed(method, path)
            if suffices(name, least):  # type: ignore[arg-type]
                continue
            answer = await asked(desk, method, path, cookie=cookie, **OURS)
            assert answer.status == 403, (name, path)
            assert least in answer.body.decode()


@pytest.mark.parametrize(
    ("method", "path", "least"),
    [
        ("GET", "/console/live", "viewer"),
        ("HEAD", "/console/calls/call_1", "viewer"),
        ("POST", "/console/sign-out", "viewer"),
        ("POST", "/console/account/password", "viewer"),
        ("POST", "/console/accounts", "operator"),
        ("POST", "/console/calls/call_1/hang-up", "operator"),
        ("DELETE", "/console/whatever", "operator"),
        ("GET", "/console/users", "owner"),
        ("GET", "/console/audit", "owner"),
        ("POST", "/console/users/x", "owner"),
    ],
)
async def test_what_a_role_may(method: str, path: str, least: str) -> None:
    assert needed(method, path) == least


async def test_strangers_send_little(desk: Desk) -> None:
    """413 beyond 64 KiB, or where no length is stated, on what is open to everybody."""
    for given in (
        {"content-length": str(entrance.MAX_FORM_BYTES + 1)},
        {"transfer-encoding": "chunked"},
    ):
        answer = await asked(desk, "POST", "/console/sign-in", **given, **OURS)
        assert (answer.status, answer.closes) == (413, True)


async def test_what_a_browser_may_do(desk: Desk) -> None:
    """Every answer of the console bounds it: scripts from here alone, in no frame of others."""
    async with signed_in(desk, "owner") as client:
        answers = [
            await client.get(path)
            for path in ("/console/account", "/console/sign-in", "/console/nothing", "/console/x?y")
        ]
        answers.append(await client.post("/console/calls/x", headers={"Origin": "null"}))
    for answer in answers:
        for name, value in SAFETY.items():
            assert answer.headers[name] == value, answer.url
    policy = SAFETY["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_a_database_that_fails(tmp_path: Path) -> None:
    """Is told of in a sentence, on every page; nobody is signed in or out by it, and a page that is
    told of calls asks again by itself."""
    async with open_desk(tmp_path) as desk, signed_in(desk, "owner") as client:
        cookie = "; ".join(f"{one}={value}" for one, value in client.cookies.items())
        async with client.stream("GET", "/console/live/events") as told:
            lines = told.aiter_lines()
            await anext(lines)
            with sqlite3.connect(tmp_path / "trunkline.db") as database:
                names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                for (name,) in names.fetchall():
                    database.execute(f'DROP TABLE IF EXISTS "{name}"')
            async with asyncio.timeout(30):
                async for _ in lines:
                    pass
        for method, path in closed(desk.service):
            answer = await asked(desk, method, path, cookie=cookie, **OURS)
            assert (answer.status, answer.closes) == (503, True), path
            assert "database does not answer" in answer.body.decode()
        again = await client.post("/console/sign-in", data={"name": "a", "password": "b"})
        assert (again.status_code, "database does not answer" in again.text) == (503, True)
