"""`trunkline block`: the callers who are not let in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask_store, clock
from bot.cli.console import give_up, out

if TYPE_CHECKING:
    from bot.store import BlockedRecord, Store

block = typer.Typer(
    help="Callers who are not let in, by number or by how numbers begin.", no_args_is_help=True
)

Number = Annotated[
    str, typer.Argument(help="Like +15551234567, or +1900* for all numbers that begin so.")
]
AgentName = Annotated[str, typer.Option(help="Only of this agent's line; of all by default.")]
Country = Annotated[
    str | None, typer.Option(help="Default country of numbers without a country code: US.")
]


@block.command()
def add(
    number: Number,
    agent: AgentName = "",
    note: Annotated[str, typer.Option(help="A note for yourself.")] = "",
    country: Country = None,
) -> None:
    """Let no more calls from this number in. No word of them is heard, an emergency neither."""
    from bot.agents import agent_folders
    from bot.clock import utcnow
    from bot.store import BlockedRecord
    from config import find_agents, load_settings

    if agent:
        found = find_agents(*agent_folders(load_settings()))
        known = {*found.agents, *found.unread}  # a mistake in a file lets no caller in
        if agent not in known:
            give_up(f'there is no agent "{agent}"; there are: {", ".join(sorted(known))}', code=2)
    entry = BlockedRecord(
        pattern=_pattern(number, country), agent=agent, at=utcnow(), source="cli", note=note
    )
    added = ask_store(lambda store: store.block_list.add(entry))
    out.print("added" if added else "it was on the list already")


@block.command("list")
def show(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the list, ordered by number."""

    async def find(store: "Store") -> "Sequence[BlockedRecord]":
        return await store.block_list.find(limit=limit)

    found = ask_store(find)
    if as_json:
        from bot.server.block_list import BlockedView

        list_json("blocked", map(BlockedView.of, found))
        return
    table = Table("number", "agent", "since", "source", "note", box=None)
    for one in found:
        table.add_row(one.pattern, one.agent or "all", clock(one.at), one.source, one.note)
    out.print(table)


@block.command()
def remove(number: Number, agent: AgentName = "", country: Country = None) -> None:
    """Let calls from this number in again; write it as `list` shows it."""
    pattern = _pattern(number, country)
    if not ask_store(lambda store: store.block_list.remove(pattern, agent)):
        give_up(f"{pattern} is not on the list of {agent or 'all lines'}", code=1)
    out.print("removed")


def _pattern(number: str, country: str | None) -> str:
    from bot.calls.shield import blocked_pattern

    try:
        return blocked_pattern(number, country)
    except ValueError as fault:
        give_up(str(fault), code=2)
