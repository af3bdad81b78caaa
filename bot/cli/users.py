"""`trunkline users`: who may sign in to the console."""

import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

import typer
from rich.table import Table

from bot.cli.asking import ask_store, clock
from bot.cli.console import give_up, out, run
from config import load_settings

if TYPE_CHECKING:
    from bot.store import Store

users = typer.Typer(help="Who may sign in to the console.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name they sign in with.")]
RoleName = Literal["viewer", "operator", "owner"]
RoleOption = Annotated[
    RoleName,
    typer.Option(
        help="viewer looks; operator acts on calls, too; owner sees users and audit, too."
    ),
]
_LONGEST_NAME = 100


@users.command()
def add(
    name: Name,
    role: RoleOption = "owner",
    without_password: Annotated[
        bool, typer.Option("--no-password", help="They choose one: see `trunkline users link`.")
    ] = False,
) -> None:
    """Add a user. The password is asked for, or read from stdin where that is no terminal."""
    from bot.clock import utcnow
    from bot.store import UserRecord

    if not name.strip() or name != name.strip() or len(name) > _LONGEST_NAME:
        give_up(f"a name has 1 to {_LONGEST_NAME} characters, none of them a space at an end")
    if not name.isprintable():
        give_up("a name has printable characters only")
    hashed = "" if without_password else _hash(_password(name))
    user = UserRecord(name=name, password_hash=hashed, role=role, made_at=utcnow())

    async def put(store: "Store") -> bool:
        added = await store.console_users.add(user)
        if added:
            await store.audit.note(_who(), "user_added", name, {"role": role})
        return added

    if not ask_store(put):
        give_up(f"there is a user named {name} already", code=1)
    out.print(f"{name} may sign in as {role}", highlight=False, markup=False)


@users.command("list")
def show() -> None:
    """List the users."""
    found = ask_store(lambda store: store.console_users.list())
    if not found:
        out.print("no users: `trunkline users add NAME` adds the first one", markup=False)
        return
    table = Table("name", "role", "since", "password", box=None)
    for one in found:
        table.add_row(one.name, one.role, clock(one.made_at), "yes" if one.password_hash else "-")
    out.print(table)


@users.command()
def remove(name: Name) -> None:
    """Remove a user; they are signed out at once."""
    _change(name, lambda store: store.console_users.remove(name), "user_removed")
    out.print("removed")


@users.command()
def password(name: Name) -> None:
    """Give a user another password; they are signed out everywhere."""
    hashed = _hash(_password(name))
    _change(name, lambda store: store.console_users.set_password(name, hashed), "password_changed")
    out.print("changed")


@users.command()
def role(
    name: Name,
    role: Annotated[RoleName, typer.Argument(help="What they may do from now on.")],
) -> None:
    """Give a user another role, from their next click on."""
    _change(name, lambda store: store.console_users.set_role(name, role), "role_changed", role=role)
    out.print(f"{name} is {role} now", highlight=False, markup=False)


@users.command("sign-out")
def sign_out(name: Name) -> None:
    """End all sessions of a user."""

    async def end(store: "Store") -> int:
        await store.audit.note(_who(), "sessions_ended", name)
        return await store.console_users.end_all(name)

    out.print(f"{ask_store(end)} sessions ended", highlight=False)


@users.command()
def link(name: Name) -> None:
    """Print a link that signs a user in, once, within ten minutes."""
    from bot.console.accounts import Accounts
    from bot.console.tokens import Tokens

    settings = load_settings(needed=("trunkline_api_key",))
    tokens = Tokens(settings.trunkline_api_key.get_secret_value())

    async def make(store: "Store") -> str:
        if await store.console_users.get(name) is None:
            return ""
        await store.audit.note(_who(), "link_made", name)
        return await Accounts(store, tokens).new_link(name)

    token = ask_store(make)
    if not token:
        give_up(f"there is no user named {name}", code=1)
    base = settings.public_url or settings.trunkline_url
    out.print(f"{base}/console/enter?token={quote(token, safe='')}", highlight=False, markup=False)


def audit(
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    who: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    about: Annotated[str | None, typer.Option(help="Only about this call or user.")] = None,
) -> None:
    """Show what people did in the console and about its users, newest first."""
    table = Table("when", "who", "what", "about", "details", box=None)
    for one in ask_store(lambda store: store.audit.find(who=who, subject=about, limit=limit)):
        details = ", ".join(f"{name}: {value}" for name, value in one.details.items())
        table.add_row(clock(one.at), one.who, one.act, one.subject, details)
    out.print(table)


def _change(
    name: str, change: Callable[["Store"], Awaitable[bool]], act: str, **details: str
) -> None:
    """Changes a user and takes note of it; gives up where there is none of this name."""

    async def noted(store: "Store") -> bool:
        changed = await change(store)
        if changed:
            await store.audit.note(_who(), act, name, details)
        return changed

    if not ask_store(noted):
        give_up(f"there is no user named {name}", code=1)


def _password(name: str) -> str:
    from bot.console.passwords import problem_with

    if sys.stdin.isatty():
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\n")
    if problem := problem_with(given, name=name):
        give_up(problem)
    return str(given)


def _hash(given: str) -> str:
    from bot.console.passwords import Passwords

    async def hashed() -> str:
        passwords = Passwords()
        try:
            return await passwords.hash(given)
        finally:
            passwords.close()

    return run(hashed())


def _who() -> str:
    try:
        return f"{getpass.getuser()} (cli)"
    except (KeyError, OSError):  # a container may run as a user without a name
        return "cli"
