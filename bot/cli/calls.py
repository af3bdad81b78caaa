"""`trunkline calls`: list and show recorded calls."""

from typing import Annotated

import typer
from rich.table import Column, Table

from bot.cli.as_json import AsJson, list_json, show_json
from bot.cli.asking import ask_store
from bot.cli.console import give_up, out
from bot.cli.service import hang_up
from config import load_settings

CallId = Annotated[str, typer.Argument(metavar="CALL", help="Our id, or the carrier's.")]

calls = typer.Typer(help="List calls, or look one up with `show`.", invoke_without_command=True)


@calls.callback()
def list_calls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most this many.")] = 20,
    agent: Annotated[str | None, typer.Option(help="Only this agent's.")] = None,
    number: Annotated[str | None, typer.Option(help="Only with this number.")] = None,
    as_json: AsJson = False,
) -> None:
    """List calls, newest first."""
    if context.invoked_subcommand is not None:
        return
    found = ask_store(lambda store: store.find_calls(limit=limit, agent=agent, number=number))
    if as_json:
        from bot.server.views import CallView

        list_json("calls", map(CallView.of, found))
        return
    if not found:
        out.print("no calls")
        return
    names = ("started", "direction", "agent", "from", "to", "status", "ended")
    table = Table(Column("id", no_wrap=True, min_width=25), *names, box=None)
    for record in found:
        table.add_row(
            record.id,
            f"{record.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
            record.direction,
            record.agent,
            record.from_number,
            record.to_number,
            record.status,
            record.outcome.reason if record.outcome else "-",
        )
    out.print(table)


@calls.command()
def show(call_id: CallId, as_json: AsJson = False) -> None:
    """Show one call: transcript, tool calls, outcome, latency, cost."""
    from bot.server.call_text import transcript

    record = ask_store(lambda store: store.get_call(call_id))
    if record is None:
        give_up(f"no call has the id {call_id}", code=1)
    if as_json:
        from bot.server.views import CallView

        show_json(CallView.of(record))
        return
    out.print(transcript(record), highlight=False, markup=False, soft_wrap=True)


def hangup(
    call_id: CallId,
    farewell: Annotated[
        bool, typer.Option("--farewell", help="Let the agent say a closing line first.")
    ] = False,
) -> None:
    """End an active call, through the running service."""
    if not hang_up(load_settings(), call_id, farewell=farewell):
        give_up(f"no call under way has the id {call_id}", code=1)
    out.print("ending")
