"""`trunkline calls`: what is kept of calls."""

from typing import Annotated

import typer
from rich.table import Column, Table

from bot.cli.console import give_up, out, run
from config import load_settings

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
    from bot.store import CallRecord, Store

    async def find() -> list[CallRecord]:
        store = await Store.open(load_settings().database_url)
        try:
            return await store.find_calls(limit=limit, agent=agent, number=number)
        finally:
            await store.close()

    found = run(find())
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
    from bot.store import CallRecord, Store

    async def get() -> CallRecord | None:
        store = await Store.open(load_settings().database_url)
        try:
            return await store.get_call(call_id)
        finally:
            await store.close()

    record = run(get())
    if record is None:
        give_up(f"no call has the id {call_id}", code=1)
    out.print(transcript(record), highlight=False, markup=False, soft_wrap=True)
