"""`trunkline batch`: from a file to its results."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask, ask_batches, clock, pairs, read_file, write_file
from bot.cli.batch_settings import terms
from bot.cli.console import give_up, out

if TYPE_CHECKING:
    from bot.batch_services import BatchServices
    from bot.batches.earlier_batches import InEarlier
    from bot.batches.joining import Stopped
    from bot.batches.taken_in import TakenIn

SHOWN_PROBLEMS = 10
PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}

BatchId = Annotated[
    str, typer.Argument(metavar="BATCH", help="The batch's id: see `trunkline batch`.")
]

batch = typer.Typer(help="Call many people: a file in, results out.", invoke_without_command=True)


@batch.callback()
def list_batches(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List batches, newest first."""
    if context.invoked_subcommand is not None:
        return
    found = ask_batches(lambda batches: batches.list(limit=limit))
    if as_json:
        from bot.server.batch_views import BatchView

        list_json("batches", map(BatchView.of, found))
        return
    titles = ("name", "agent", "state", "created", "started", "ended")
    table = Table(Column("id", no_wrap=True, min_width=18), *titles, box=None)
    for one in found:
        times = map(clock, (one.created_at, one.started_at, one.ended_at))
        table.add_row(one.id, one.name, one.agent, one.state, *times)
    out.print(table)


@batch.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file with a header row.")],
    agent: Annotated[str, typer.Option(help="Agent that speaks.")] = "reminder",
    into: Annotated[str, typer.Option(help="A batch to add to, instead of a new one.")] = "",
    name: Annotated[str, typer.Option(help="A name for the batch.")] = "",
    settings: Annotated[
        Path | None, typer.Option(help="Settings of the batch, as TOML. Options win over it.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="What a column is: phone='Tel. 2'. Repeatable; remembered."),
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of the spreadsheet to read.")] = "",
    header_line: Annotated[
        int | None, typer.Option(min=1, help="Line number of the header row.")
    ] = None,
    hidden_rows: Annotated[
        bool, typer.Option("--hidden-rows", help="Also read hidden rows, such as filtered ones.")
    ] = False,
    words: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A variable of the agent's texts: business='Hill Clinic'. Repeatable."
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(help="Default country of numbers without a country code: US."),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(help="Default time zone, for contacts without a place in the file."),
    ] = None,
    times_in: Annotated[
        str,
        typer.Option(help="Time zone of the times in the file: that of your business."),
    ] = "",
    consent: Annotated[
        str | None, typer.Option(help="How you know that they consent to these calls.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Calling hours in their local time, like 9-20.")
    ] = None,
    not_later_than: Annotated[
        float | None, typer.Option(help="No calls from this many hours before the appointment.")
    ] = None,
    pace: Annotated[float | None, typer.Option(help="Calls per second.")] = None,
    concurrency: Annotated[int | None, typer.Option(help="Calls at a time.")] = None,
    canary: Annotated[
        int | None, typer.Option(help="Place this many calls, then wait for `approve`.")
    ] = None,
    call_confirmed: Annotated[
        bool,
        typer.Option("--call-confirmed", help="Also call those who have confirmed."),
    ] = False,
    without_day: Annotated[
        bool,
        typer.Option("--without-day", help="Also take rows without the day of the appointment."),
    ] = False,
    budget: Annotated[
        float | None, typer.Option(help="Limit in US dollars for all its calls.")
    ] = None,
) -> None:
    """Create a batch from a file; rejected rows are written to FILE.problems.csv."""
    options = {
        "variables": pairs(words, option="--set") or None,
        "country": country,
        "zone": zone,
        "consent": consent,
        "hours": window,
        "not_later_than_hours": not_later_than,
        "calls_per_second": pace,
        "concurrency": concurrency,
        "canary": canary,
        "budget_usd": budget,
        "call_confirmed": call_confirmed or None,
    }
    own = {"times_in": times_in or None, "without_day": without_day or None}
    if into and (settings or name or any(value is not None for value in options.values())):
        give_up("--into: a batch keeps the name and the settings it has")
    wanted = {} if into else terms(settings, {**options, **own})
    content, meant = read_file(file), pairs(columns, option="--map")

    async def take(services: "BatchServices") -> "TakenIn":
        from bot.batches.reading.tables import Choices

        choices = Choices(worksheet=sheet, header_line=header_line, hidden_rows=hidden_rows)
        if into:
            return await services.intake.add_to(
                into,
                content,
                file.name,
                columns=meant,
                times_in=times_in,
                without_day=without_day,
                choices=choices,
            )
        return await services.intake.open_batch(
            content,
            file.name,
            agent=agent,
            name=name,
            settings=wanted,
            columns=meant,
            choices=choices,
        )

    taken = ask(take)
    _show_taken(taken, file)
    if not (taken.contacts or taken.merged or taken.known or taken.stopped):
        raise typer.Exit(2)


def _show_taken(taken: "TakenIn", file: Path) -> None:
    where = f" in {taken.batch.id}" if taken.batch else ", and no batch"
    lines = [_count(taken.contacts, "contact") + where]
    if taken.merged:
        rows = _count(taken.merged, "row")
        lines.append(f"{rows} with the number of an earlier row: one call for both")
    if taken.known:
        lines.append(f"{_count(taken.known, 'row')} already in the batch")
    lines += [_in_earlier(one, taken.contacts) for one in taken.earlier]
    lines += [_stopped(one) for one in taken.stopped]
    lines += _not_called(taken)
    lines += ["", taken.columns.as_text(), *_looked_at(taken), ""]
    if taken.lines_after:
        lines.append(f"line 2 of this file is line {taken.lines_after + 2} of the batch, and so on")
    if taken.times_in:
        lines.append(f"times are read as those of {taken.times_in}")
    lines += _first(taken.notes, of=len(taken.notes))
    lines += _left_out(taken)
    if taken.unusable:
        lines.append(f"{_count(taken.unusable, 'row')} rejected:")
        bad = [f"line {row.line}: {row.why}" for row in taken.bad_rows]
        lines += [f"  {line}" for line in _first(bad, of=taken.unusable)]
    out.print("\n".join(lines), **PLAIN)
    if taken.no_calls_csv:
        from bot.batches.reading.no_calls import SUFFIX

        asked = file.with_name(f"{file.name}{SUFFIX}")
        write_file(asked, taken.no_calls_csv)
        out.print(
            "these people asked for no calls at all; to keep every batch from calling them: "
            f"trunkline suppress import {asked}",
            **PLAIN,
        )
    if taken.bad_rows:
        problems = file.with_name(f"{file.name}.problems.csv")
        write_file(problems, taken.problems_csv, encoding="utf-8-sig")
    if taken.batch is not None and taken.bad_rows:
        again = f"trunkline batch import {problems} --into {taken.batch.id}"
        out.print(f"fix them in that file, then run: {again}", **PLAIN)


def _not_called(taken: "TakenIn") -> list[str]:
    from bot.batches.reading.left_out import in_words

    counts = taken.not_called
    return (
        [f"{_count(sum(counts.values()), 'row')} not called: {in_words(counts)}"] if counts else []
    )


def _left_out(taken: "TakenIn") -> list[str]:
    """Valid rows that lead to no call."""
    from bot.batches.reading.left_out import LABELS

    said = [f"line {row.line}: {LABELS[row.kind]}: {row.why}" for row in taken.left_out]
    of = sum(taken.not_called.values()) - taken.unusable
    lines = [f"  {line}" for line in _first(said, of=of)]
    return ["not called, as the file says:", *lines] if lines else []


def _first(lines: Sequence[str], *, of: int) -> list[str]:
    """As many as are read, and how many more there are."""
    more = [f"and {of - SHOWN_PROBLEMS} more"] if of > SHOWN_PROBLEMS else []
    return [*lines[:SHOWN_PROBLEMS], *more]


def _looked_at(taken: "TakenIn") -> list[str]:
    """What of the file the model may be told, and what nothing looks at."""
    lines = [f"told to the model: {', '.join(taken.told) or 'nothing'}"]
    if taken.unread:
        lines.append(f"not used, and not told to the model: {', '.join(taken.unread)}")
    return lines


def _in_earlier(one: "InEarlier", contacts: int) -> str:
    known = f"{one.contacts} of {contacts} are in {one.batch_id}, for the same appointment"
    if not one.settled:
        return f"{known}; while one batch calls about it, the other one waits"
    return f"{known}; {one.settled} of them are settled, and are not called about it again"


def _stopped(one: "Stopped") -> str:
    last = "its call under way is the last" if one.dialling else "it is not called any more"
    return f"line {one.line}: {last}, as line {one.by_line} says no"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number in (0, 1) else 's'}"
