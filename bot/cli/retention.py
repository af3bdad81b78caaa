"""`trunkline retention`: what is older than it may be, and doing away with it now."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import ask_store
from bot.cli.console import out
from config import load_settings

if TYPE_CHECKING:
    from bot.store import Kept, Store


def retention(
    now: Annotated[
        bool, typer.Option("--now", help="Empty it now; else it is only counted.")
    ] = False,
) -> None:
    """Show what is older than the RETENTION_ settings allow, or empty it now.

    The service does it once a day.
    """
    from bot.clock import utcnow
    from bot.retention import carry_out, due

    days = load_settings().retention_days
    kept = {kind: number for kind, number in days.items() if number}
    if not kept:
        out.print("everything is kept for good: set RETENTION_CALLS_DAYS and others")
        return

    async def work(store: "Store") -> "dict[Kept, int]":
        return await (carry_out if now else due)(store, days, now=utcnow())

    for kind, number in ask_store(work).items():
        done = "emptied" if now else "to be emptied"
        out.print(f"{kind}: {number} {done} (kept for {days[kind]} days)", highlight=False)
