"""`trunkline calls`: what is kept of calls."""

from typing import Annotated

import typer
from rich.table import Column, Table

from bot.cli.asking import ask_store
from bot.cli.console import give_up, out

calls = typer.Typer(help="List calls, or look one up with `show`.", invoke_without_command=True)


@calls.callback()
def list_calls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 20,
    agent: Annotated[str | None, typer.Option(help="Only this agent's.")] = None,
    number: Annotated[str | None, typer.Option(help="Only with this number.")] = None,
) -> None:
    """List calls, newest first."""
    if context.invoked_subcommand is not None:
        return
    found = ask_store(lambda store: store.find_calls(limit=limit, agent=agent, number=number))
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
def show(call_id: Annotated[str, typer.Argument(help="Our id, or the carrier's.")]) -> None:
    """Show one call: transcript, tool calls, outcome, latency, cost."""
    from bot.cli.transcript import transcript

    record = ask_store(lambda store: store.get_call(call_id))
    if record is None:
        give_up(f"no call has the id {call_id}", code=1)
    out.print(transcript(record), highlight=False, markup=False, soft_wrap=True)
