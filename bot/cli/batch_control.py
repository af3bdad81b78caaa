"""`trunkline batch`: start, watch, steer."""

import asyncio
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.live import Live

from bot.cli.as_json import AsJson, show_json
from bot.cli.asking import ask_batches
from bot.cli.batches import BatchId
from bot.cli.console import give_up, out
from bot.clock import utcnow

if TYPE_CHECKING:
    from bot.batches.overview import Overview
    from bot.batches.service import BatchService
    from bot.store import BatchRecord

WATCH_SECS = 1.0
OVER = ("done", "cancelled")

control = typer.Typer()


@control.command()
def start(batch_id: BatchId) -> None:
    """Start calling, as soon as calling hours and a dialler allow it."""
    _say(ask_batches(lambda batches: batches.start(batch_id)))


@control.command()
def approve(batch_id: BatchId) -> None:
    """Release the rest after the first calls."""
    _say(ask_batches(lambda batches: batches.approve(batch_id)))


@control.command()
def pause(batch_id: BatchId) -> None:
    """Start no new calls; active calls continue."""
    _say(ask_batches(lambda batches: batches.pause(batch_id)))


@control.command()
def resume(batch_id: BatchId) -> None:
    """Start new calls again."""
    _say(ask_batches(lambda batches: batches.resume(batch_id)))


@control.command()
def cancel(
    batch_id: BatchId,
    end_calls: Annotated[
        bool, typer.Option("--end-calls", help="Also end active calls, after a closing line.")
    ] = False,
) -> None:
    """Stop the batch for good."""
    live: Literal["finish", "end"] = "end" if end_calls else "finish"
    _say(ask_batches(lambda batches: batches.cancel(batch_id, live=live)))


@control.command()
def pace(
    batch_id: BatchId,
    calls_per_second: Annotated[
        float | None, typer.Option("--pace", help="Calls per second.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Calls at a time.")] = None,
) -> None:
    """Change how fast a batch calls."""
    changed = ask_batches(
        lambda batches: batches.set_pace(
            batch_id, calls_per_second=calls_per_second, concurrency=concurrency
        )
    )
    settings = changed.settings
    out.print(
        f"{changed.id}  {settings['calls_per_second']:g} calls a second, "
        f"{settings['concurrency']} at a time",
        highlight=False,
    )


@control.command()
def budget(
    batch_id: BatchId,
    usd: Annotated[
        str, typer.Argument(metavar="USD", help="Limit in US dollars for all its calls, or: none.")
    ],
) -> None:
    """Change what the calls of a batch may cost."""
    wanted = None if usd == "none" else _dollars(usd)

    async def change(batches: "BatchService") -> "Overview":
        await batches.set_budget(batch_id, wanted)
        return await batches.overview(batch_id)

    now = ask_batches(change)
    limit = "USD are spent, no budget" if wanted is None else f"of {wanted:.2f} USD are spent"
    out.print(f"{batch_id}  {now.spent_usd:.2f} {limit}", highlight=False)
    if now.batch.state == "paused":
        again = f"it is paused; to go on: trunkline batch resume {batch_id}"
        out.print(again, highlight=False, soft_wrap=True)


def _dollars(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        give_up("USD: write an amount like 60 or 12.50, or: none")


@control.command()
def status(
    batch_id: BatchId,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Keep showing it until it is over; Ctrl-C leaves it running."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the progress of a batch."""
    if as_json and watch:
        give_up("--json shows one moment, --watch all that follow: give one of them")
    if not watch:
        overview = ask_batches(lambda batches: batches.overview(batch_id))
        if as_json:
            from bot.server.batch_views import StatusView

            show_json(StatusView.of_overview(overview))
            return
        from bot.cli.picture import picture

        out.print(picture(overview, now=utcnow()))
        return
    try:
        ask_batches(lambda batches: _watch(batches, batch_id))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _watch(batches: "BatchService", batch_id: str) -> None:
    """A picture that moves on a terminal; elsewhere a line for each change."""
    from bot.cli.picture import in_one_line, picture

    if not out.is_terminal:
        told = ""
        while True:
            overview = await batches.overview(batch_id)
            if (news := in_one_line(overview)) != told:
                out.print(news, highlight=False, markup=False, soft_wrap=True)
                told = news
            if overview.batch.state in OVER and not overview.live:
                return
            await asyncio.sleep(WATCH_SECS)
    with Live(console=out, auto_refresh=False) as live:
        while True:
            overview = await batches.overview(batch_id)
            live.update(picture(overview, now=utcnow()), refresh=True)
            if overview.batch.state in OVER and not overview.live:
                return
            await asyncio.sleep(WATCH_SECS)


def _say(moved: "BatchRecord") -> None:
    out.print(f"{moved.id}  {moved.state}", highlight=False)
