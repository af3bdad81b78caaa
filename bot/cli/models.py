"""`trunkline models`: who could hear, think and speak in a cascade, and what is missing for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.cli.as_json import AsJson, list_json
from bot.cli.console import out, run

if TYPE_CHECKING:
    from bot.brains.cascade.inventory import Found


def models(as_json: AsJson = False) -> None:
    """List who could hear, think and speak for agents with brain = "cascade"."""
    from bot.brains.cascade.inventory import look
    from bot.brains.catalog import cascade_accounts
    from config import load_settings

    found = run(look(cascade_accounts(load_settings())))
    if as_json:
        from dataclasses import asdict

        list_json("models", map(asdict, found))
    else:
        _show(found)


def _show(found: "Sequence[Found]") -> None:
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(
        Column("", no_wrap=True),
        Column("name", no_wrap=True),
        Column("does", no_wrap=True),
        Column("seen", ratio=3, overflow="fold"),
        Column("what to do", ratio=3, overflow="fold"),
        box=None,
    )
    for each in found:
        state = Text("there", style="green") if each.there else Text("missing", style="yellow")
        does = ", ".join(each.does)
        table.add_row(state, Text(each.name), Text(does), Text(each.seen), Text(each.do))
    out.print(table)
