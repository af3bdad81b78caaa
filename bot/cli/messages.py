"""`trunkline messages`: what callers left for people of the business."""

import getpass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer
from rich.table import Column, Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask_store, clock
from bot.cli.console import give_up, out, run
from bot.cli.service import post
from config import load_settings

if TYPE_CHECKING:
    from bot.store import MessageRecord, Store

messages = typer.Typer(help="Messages that callers left.", no_args_is_help=True)

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, as `list` shows it.")]


@messages.command("list")
def show(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that were acknowledged, too.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List unacknowledged messages, newest first."""
    found = ask_store(lambda store: store.messages.find(open_only=not everything, limit=limit))
    if as_json:
        from bot.server.messages import MessageView

        list_json("messages", map(MessageView.of, found))
        return
    if not found:
        out.print("no messages")
        return
    names = ("taken", "urgency", "name", "call back", "reason", "acknowledged by")
    table = Table(Column("id", no_wrap=True, min_width=36), *names, box=None)
    for one in found:
        who = one.acknowledged_by or "-"
        taken = clock(one.taken_at)
        table.add_row(one.id, taken, one.urgency, one.name, one.number or "-", one.reason, who)
    out.print(table)


@messages.command()
def acknowledge(
    message_id: MessageId,
    by: Annotated[str, typer.Option(help="Who takes care of it; you unless given.")] = "",
) -> None:
    """Acknowledge a message: no more reminders are sent."""
    from bot.clock import utcnow
    from bot.front_desk import subscribe

    settings, who = load_settings(), by or _user()

    async def take(store: "Store") -> "tuple[bool, MessageRecord | None]":
        subscribe(store, settings)  # webhooks tell of it
        done = await store.messages.acknowledge(message_id, at=utcnow(), by=who)
        return done, await store.messages.get(message_id)

    done, message = ask_store(take)
    if message is None:
        give_up(f"no message has the id {message_id}", code=1)
    out.print("acknowledged" if done else f"it was acknowledged by {message.acknowledged_by}")


@messages.command()
def retry(message_id: MessageId) -> None:
    """Deliver a message once more, through the running service."""
    post(load_settings(), f"/messages/{quote(message_id, safe='')}/retry", {})
    out.print("sending")


@messages.command("test-mail")
def test_mail(
    to: Annotated[str, typer.Argument(help="An address; OWNER_EMAIL unless given.")] = "",
) -> None:
    """Send a letter that says nothing, to see whether e-mail is set up."""
    from bot.front_desk import mail_server_of
    from bot.outbox import NotDelivered
    from bot.outbox.mail import Letter, hand_over

    settings = load_settings(needed=("mail_server",))
    address = to or settings.owner_email
    server = mail_server_of(settings)
    if not address or server is None:
        give_up("name an address, or set OWNER_EMAIL")
    letter = Letter(subject="Your telephone line can write to you", text="This is only a test.\n")
    try:
        run(hand_over(server, letter, to=address))
    except NotDelivered as error:
        give_up(f"not sent: {error}", code=1)
    out.print(f"handed over to {server.host}:{server.port} for {address}", highlight=False)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return "cli"
