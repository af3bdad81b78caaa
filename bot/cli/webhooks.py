"""`trunkline webhooks`: what others were told, and what did not arrive."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask_store, clock
from bot.cli.console import give_up, out

if TYPE_CHECKING:
    from bot.store import DeliveryRecord

webhooks = typer.Typer(help="Webhooks that went out, or did not.", no_args_is_help=True)

_CHANNEL = "webhook"


@webhooks.command("list")
def show(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that arrived or wait, too.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List webhooks that were given up, newest first."""
    found = ask_store(
        lambda store: store.outbox.find(
            "all" if everything else "dead", channel=_CHANNEL, limit=limit
        )
    )
    if as_json:
        from bot.server.webhooks import DeliveryView

        list_json("webhooks", map(DeliveryView.of, found))
        return
    if not found:
        out.print("no webhooks" if everything else "no webhook was given up")
        return
    names = ("made", "event", "to", "state", "tries", "problem")
    table = Table(Column("id", no_wrap=True, min_width=40), *names, box=None)
    for one in found:
        made, tries = clock(one.made_at), str(one.tries)
        table.add_row(one.id, made, one.event, one.target, _state(one), tries, one.problem or "-")
    out.print(table)


@webhooks.command()
def replay(
    delivery_id: Annotated[
        str | None, typer.Argument(metavar="WEBHOOK", help="Its id, as `list` shows it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that were given up, in its place.")
    ] = False,
) -> None:
    """Send webhooks again; the running service does so within seconds."""
    from bot.clock import utcnow

    if (delivery_id is None) == (not everything):
        give_up("name a webhook, or give --all")
    if delivery_id is None:
        count = ask_store(lambda store: store.outbox.replay_dead(channel=_CHANNEL, at=utcnow()))
        out.print(f"{count} are sent again")
        return
    if not ask_store(lambda store: store.outbox.replay(delivery_id, at=utcnow())):
        give_up(f"no webhook has the id {delivery_id}", code=1)
    out.print("it is sent again")


def _state(delivery: "DeliveryRecord") -> str:
    if delivery.arrived_at is not None:
        return "arrived"
    return "waiting" if delivery.gave_up_at is None else "given up"
