"""Signing in to the console, and out of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
import pytest_asyncio
from console_kit import PASSWORD, Desk, add_user, open_desk, sign_in, signed_in

from bot.clock import utcnow
from bot.console.accounts import IDLE, LINK, LONGEST, Accounts
from bot.console.attempts import MOST_FAILURES, WINDOW_SECS
from bot.console.passwords import MOST_WAITING, Passwords, TooBusy, problem_with
from bot.console.tokens import Tokens
from bot.store import SessionRecord, UserRecord
from tests.server.service_kit import KEY

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCOUNT = "/console/account"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path_factory.mktemp("console")) as desk:
        yield desk


async def test_who_has_the_password_comes_in(desk: Desk) -> None:
    """And stays in until they sign out; what they did stands in the audit log."""
    async with desk.browser() as client:
        first = await client.get("/console/live?x=1")
        assert (first.status_code, first.headers["location"]) == (
            303,
            "/console/sign-in?next=%2Fconsole%2Flive%3Fx%3D1",
        )
        page = await client.get(first.headers["location"])
        assert 'value="/console/live?x=1"' in page.text
        wanted = {"name": "owner", "password": PASSWORD, "next": "/console/audit"}
        answer = await client.post("/console/sign-in", data=wanted)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/audit")
        assert (await client.get(ACCOUNT)).status_code == 200
        out = await client.post("/console/sign-out")
        assert out.headers["location"] == "/console/sign-in"
        assert (await client.get(ACCOUNT)).status_code == 303
    acts = [entry.act for entry in await desk.store.audit.find(who="owner")]
    assert acts[:2] == ["signed_out", "signed_in"]


async def test_a_wrong_password(desk: Desk) -> None:
    """The answer is the same whether there is such a user or not."""
    async with desk.browser() as client:
        answers = [
            await sign_in(client, "owner", "a wrong one, surely"),
            await sign_in(client, "nobody", "a wrong one, surely"),
            await sign_in(client, "owner", ""),
            await sign_in(client, "", PASSWORD),
            await sign_in(client, "owner", "x" * 5_000),
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert all("is not right" in answer.text for answer in answers)
        assert not client.cookies
    assert "sign_in_failed" in [entry.act for entry in await desk.store.audit.find(who="owner")]


async def test_the_cookie(desk: Desk) -> None:
    """No script reads it, other sites do not send it, and it goes over HTTPS alone, but on this
    very machine."""
    for host, secure in (("", False), ("line.example", True), ("192.168.1.5:8080", True)):
        headers = {"Host": host, "Origin": f"https://{host}"} if host else {}
        async with desk.browser(**headers) as client:
            answer = await sign_in(client, "viewer")
            for cookie in answer.headers.get_list("set-cookie"):
                (given,) = SimpleCookie(cookie).values()
                assert (bool(given["secure"]), bool(given["httponly"])) == (secure, True), host
                assert (given["samesite"], given["path"]) == ("lax", "/console")


async def test_another_site_is_never_the_next_page(desk: Desk) -> None:
    async with desk.browser() as client:
        for wanted in (
            "https://evil.example/console/live",
            "//evil.example/console",
            "/\\evil.example/console",
            "/console\\@evil.example",
            "/calls",
            "http://[",
            "/console/\r\nSet-Cookie: a=b",
        ):
            form = {"name": "viewer", "password": PASSWORD, "next": wanted}
            answer = await client.post("/console/sign-in", data=form)
            assert answer.headers["location"] == "/console/live", wanted


async def test_guessing_is_slow(desk: Desk) -> None:
    """After some failures a name has to wait, with the right password, too; not in a browser in
    which its user has signed in before, and nobody else has to."""
    await add_user(desk.store, "guessed", "viewer")
    async with desk.browser() as home, desk.browser() as stranger:
        await sign_in(home, "guessed")
        await home.post("/console/sign-out")
        for _ in range(MOST_FAILURES):
            assert (await sign_in(stranger, "guessed", "not this one either")).status_code == 401
        refused = await sign_in(stranger, "guessed")
        assert (refused.status_code, "Too many tries" in refused.text) == (429, True)
        assert (await sign_in(stranger, "viewer")).status_code == 303
        assert (await sign_in(home, "guessed")).status_code == 303
        await asyncio.sleep(WINDOW_SECS)
        assert (await sign_in(stranger, "guessed")).status_code == 303


async def test_a_session_ends(desk: Desk) -> None:
    """When its user is removed, or ends it from another browser; another role acts at once."""
    await add_user(desk.store, "gone", "operator")
    async with signed_in(desk, "gone") as client:
        assert await desk.store.console_users.set_role("gone", "viewer")
        assert (await client.post("/console/calls/x/hang-up")).status_code == 403
        assert await desk.store.console_users.remove("gone")
        assert (await client.get(ACCOUNT)).status_code == 303

    await add_user(desk.store, "twice", "viewer")
    async with signed_in(desk, "twice") as here, signed_in(desk, "twice") as there:
        page = (await here.get(ACCOUNT)).text
        known = await desk.store.console_users.sessions_of("twice")
        (other,) = [each.token_hash for each in known if each.token_hash in page]
        await here.post("/console/account/sessions", data={"session": other})
        assert (await here.get(ACCOUNT)).status_code == 200
        assert (await there.get(ACCOUNT)).status_code == 303


@pytest.mark.parametrize(
    ("made", "seen", "alive"),
    [
        (LONGEST - timedelta(hours=1), timedelta(0), True),
        (LONGEST + timedelta(hours=1), timedelta(0), False),
        (timedelta(days=2), IDLE - timedelta(minutes=1), True),
        (timedelta(days=2), IDLE + timedelta(minutes=1), False),
    ],
)
async def test_a_session_grows_old(
    desk: Desk, made: timedelta, seen: timedelta, alive: bool
) -> None:
    """It ends a month after it began, and when it was not used for half a day; use is noted."""
    tokens, now = Tokens(KEY), utcnow()
    token = tokens.new()
    hashed = tokens.hash_of(token)
    assert hashed is not None
    session = SessionRecord(
        token_hash=hashed, user="viewer", kind="session", made_at=now - made, seen_at=now - seen
    )
    await desk.store.console_users.begin(session)
    accounts = Accounts(desk.store, tokens)
    for _ in range(2):
        found = await accounts.look(token)
        assert (found is not None) is alive
    if found is not None:
        assert utcnow() - found.session.seen_at < timedelta(minutes=5)


async def test_nobody_ends_the_sessions_of_another(desk: Desk) -> None:
    async with signed_in(desk, "owner") as owner, signed_in(desk, "viewer") as viewer:
        (mine, *_) = await desk.store.console_users.sessions_of("owner")
        await viewer.post("/console/account/sessions", data={"session": mine.token_hash})
        assert (await owner.get(ACCOUNT)).status_code == 200


async def test_changing_the_password(desk: Desk) -> None:
    """Needs the old one; all other browsers are signed out."""
    await add_user(desk.store, "changer", "viewer")
    async with signed_in(desk, "changer") as here, signed_in(desk, "changer") as there:
        new = "another harbour at dusk"
        path = "/console/account/password"
        wrong = await here.post(path, data={"old": "wrong one", "new": new})
        short = await here.post(path, data={"old": PASSWORD, "new": "short"})
        assert (wrong.status_code, short.status_code) == (422, 422)
        assert (await there.get(ACCOUNT)).status_code == 200
        done = await here.post(path, data={"old": PASSWORD, "new": new})
        assert done.status_code == 303
        assert (await here.get(ACCOUNT)).status_code == 200
        assert (await there.get(ACCOUNT)).status_code == 303
        assert (await sign_in(there, "changer")).status_code == 401
        assert (await sign_in(there, "changer", new)).status_code == 303


async def test_a_link_signs_in_once(desk: Desk) -> None:
    """Within its time; who has no password chooses one then."""
    await add_user(desk.store, "newcomer", "owner", password="")
    accounts = Accounts(desk.store, Tokens(KEY))
    async with desk.browser() as client:
        for password in ("", PASSWORD):
            assert (await sign_in(client, "newcomer", password)).status_code == 401
        link = f"/console/enter?token={await accounts.new_link('newcomer')}"
        assert (await client.get(link)).headers["location"] == "/console/live"
        done = await client.post("/console/account/password", data={"new": PASSWORD})
        assert done.status_code == 303
    async with desk.browser() as another:
        assert (await another.get(link)).status_code == 403
        late = f"/console/enter?token={await accounts.new_link('newcomer')}"
        await asyncio.sleep(LINK.total_seconds() + 1)
        assert (await another.get(late)).status_code == 403
        assert (await another.get("/console/enter?token=made.up")).status_code == 403
        assert (await sign_in(another, "newcomer")).status_code == 303
    foreign = await Accounts(desk.store, Tokens("another key")).new_link("newcomer")
    async with desk.browser() as client:
        assert (await client.get(f"/console/enter?token={foreign}")).status_code == 403


async def test_a_link_is_no_session(desk: Desk) -> None:
    accounts = Accounts(desk.store, Tokens(KEY))
    link = await accounts.new_link("viewer")
    assert await accounts.look(link) is None
    assert await accounts.look(await accounts.new_session("viewer", client="")) is not None


async def test_old_sessions_are_forgotten(desk: Desk) -> None:
    """What is void leaves the database."""
    await Accounts(desk.store, Tokens(KEY)).new_session("viewer", client="")
    assert await desk.store.console_users.forget(made_before=utcnow() - timedelta(days=1)) >= 0
    assert await desk.store.console_users.sessions_of("viewer")
    assert await desk.store.console_users.forget(made_before=utcnow()) > 0
    assert not await desk.store.console_users.sessions_of("viewer")


async def test_only_so_many_passwords_wait() -> None:
    """Those who come after them are told so at once."""
    passwords = Passwords()
    tries = [passwords.hash(PASSWORD) for _ in range(MOST_WAITING + 3)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert [isinstance(each, TooBusy) for each in done] == [False] * MOST_WAITING + [True] * 3
    assert await passwords.fits(PASSWORD, str(done[0]))
    assert not await passwords.fits(PASSWORD + "x", str(done[0]))
    assert not await passwords.fits(PASSWORD, "no hash at all")
    passwords.close()


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        (PASSWORD, True),
        ("short", False),
        ("x" * 201, False),
        ("aaaaaaaaaaaaaaaa", False),
        ("mariadiaz1", False),
        ("a river and mariadiaz", True),
    ],
)
async def test_what_a_password_is(password: str, fine: bool) -> None:
    assert (problem_with(password, name="mariadiaz") == "") is fine


async def test_a_record_shows_no_hash() -> None:
    """Neither in logs nor in a traceback."""
    user = UserRecord(name="a", password_hash="argon2-hash", role="owner", made_at=utcnow())
    assert "argon2-hash" not in repr(user)
