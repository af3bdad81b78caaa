"""`trunkline batch`: plans, results, evidence, and who is in it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import typer
from rich.table import Column, Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask, ask_batches, ask_reports, clock, moment, whole, write_file
from bot.cli.batches import BatchId
from bot.cli.console import give_up, out

reports = typer.Typer()

State = Literal["waiting", "dialling", "done", "skipped", "cancelled"]  # of a contact
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")
]


@reports.command()
def plan(
    batch_id: BatchId,
    at: Annotated[str, typer.Option(help="Plan as if it started then: 2026-11-24T09:00.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone in which days are shown.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="One row for each contact, as CSV.")
    ] = None,
) -> None:
    """Show who would be called when, who not and why, how long it takes, what it costs."""
    from bot.batches.reports.plan_csv import plan_csv
    from bot.batches.reports.plan_text import plan_text

    begin = moment(at, option="--at") if at else None
    if zone and zone not in available_timezones():
        give_up(f"--zone: {zone!r} is no time zone like Europe/Berlin")
    planned = ask(lambda services: services.dry_run.plan(batch_id, at=begin))
    out.print(plan_text(planned, zone=zone), highlight=False, markup=False, soft_wrap=True)
    if output is not None:
        write_file(output, "".join(plan_csv(planned)), encoding="utf-8-sig")


@reports.command()
def results(batch_id: BatchId, output: Output = None) -> None:
    """Write one row for each contact, as CSV; also while the batch runs."""
    text = ask_reports(lambda reports: whole(reports.results(batch_id)))
    write_file(output, text, encoding="utf-8" if output is None else "utf-8-sig")


@reports.command()
def evidence(
    batch_id: BatchId,
    who: Annotated[str, typer.Argument(help="The contact's line in the file, number or id.")],
    output: Output = None,
) -> None:
    """Write all that is known about one contact, as JSON."""
    found = ask_reports(lambda reports: reports.evidence(batch_id, who))
    write_file(output, json.dumps(found, indent=2, ensure_ascii=False) + "\n")


@reports.command()
def contacts(
    batch_id: BatchId,
    state: Annotated[State | None, typer.Option(help="Only in this state.")] = None,
    disposition: Annotated[str | None, typer.Option(help="Only with this outcome.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List who is in a batch, and why they are not called or not yet."""
    from bot.batches.dispositions import Disposition
    from bot.batches.reports.results import why_not

    if disposition is not None and disposition not in set(Disposition):
        give_up(f"--disposition: choose one of {', '.join(Disposition)}")
    found = ask_batches(
        lambda batches: batches.contacts(
            batch_id, state=state, disposition=disposition, limit=limit
        )
    )
    if as_json:
        from bot.server.batch_views import ContactView

        list_json("contacts", map(ContactView.of, found))
        return
    titles = ("number", "name", "state", "outcome", "calls", "next")
    table = Table(Column("line", justify="right"), *titles, "why not", box=None)
    for one in found:
        next_at: datetime | None = one.due_at if one.state == "waiting" else None
        counts = (one.disposition or "-", str(one.attempts), clock(next_at))
        table.add_row(str(one.line), one.number, one.name, one.state, *counts, why_not(one) or "-")
    out.print(table)
