"""`trunkline users` and `trunkline audit`."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.console.accounts import Accounts
from bot.console.passwords import Passwords
from bot.console.tokens import Tokens
from bot.store import Store

KEY = "a key of the tests"
PASSWORD = "quiet harbour at noon"


@pytest.fixture
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path}/trunkline.db"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("TRUNKLINE_API_KEY", KEY)
    monkeypatch.setenv("PUBLIC_URL", "https://line.example")
    return url


def users(*arguments: str, said: str = "", code: int = 0) -> str:
    ran = CliRunner().invoke(app, ["users", *arguments], input=said)
    assert ran.exit_code == code, ran.output
    return ran.output


def test_the_life_of_a_user(database_url: str) -> None:
    """Added, listed, given another role and password, removed; all of it is in the audit log."""
    assert "adds the first one" in users("list")
    assert "maria may sign in as owner" in users("add", "maria", said=f"{PASSWORD}\n")
    users("add", "jo", "--role", "viewer", "--no-password")
    assert "there is a user named jo" in users("add", "jo", said=f"{PASSWORD}\n", code=1)
    listed = users("list")
    assert re.search(r"jo +viewer .* -\s", listed)
    assert re.search(r"maria +owner .* yes", listed)
    users("role", "jo", "operator")
    assert re.search(r"jo +operator", users("list"))
    users("password", "jo", said="another harbour at dusk\n")
    users("sign-out", "jo")
    users("remove", "jo")
    for command in (("remove", "jo"), ("role", "jo", "owner"), ("link", "jo")):
        assert "no user named jo" in users(*command, code=1)
    told = CliRunner().invoke(app, ["audit", "--about", "jo"]).output
    acts = ["user_removed", "sessions_ended", "password_changed", "role_changed", "user_added"]
    assert [act for act in re.findall(r"\(cli\) +(\w+)", told)] == acts


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("maria", "short", "10 characters or more"),
        ("maria", "", "10 characters or more"),
        (" maria", PASSWORD, "none of them a space"),
        ("x" * 101, PASSWORD, "1 to 100 characters"),
        ("a\tb", PASSWORD, "printable"),
    ],
)
def test_what_is_refused(database_url: str, name: str, password: str, why: str) -> None:
    """One line that says why, and exit code 2; nothing is stored."""
    assert why in users("add", name, said=f"{password}\n", code=2)
    assert "no users" in users("list")


def test_passwords_and_links_are_those_of_the_console(database_url: str) -> None:
    """The password fits the hash that is stored; the link signs in at the public address."""
    users("add", "maria", said=f"{PASSWORD}\n")
    link = users("link", "maria").strip()
    assert link.startswith("https://line.example/console/enter?token=")

    async def look() -> None:
        store = await Store.open(database_url)
        passwords = Passwords()
        maria = await store.console_users.get("maria")
        assert maria is not None
        assert await passwords.fits(PASSWORD, maria.password_hash)
        assert await Accounts(store, Tokens(KEY)).enter(link.partition("token=")[2], client="")
        passwords.close()
        await store.close()

    asyncio.run(look())
