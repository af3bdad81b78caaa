"""`trunkline suppress`: the numbers that are never called."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.as_json import AsJson, list_json
from bot.cli.asking import ask_suppressions, clock, read_file, whole, write_file
from bot.cli.console import errors, out

if TYPE_CHECKING:
    from bot.batches.suppression_list import Listed, SuppressionList

suppress = typer.Typer(
    help="Numbers that are never called, by a batch or a single call.", no_args_is_help=True
)

Country = Annotated[
    str | None, typer.Option(help="Default country of numbers without a country code: US.")
]


@suppress.command()
def add(
    number: Annotated[str, typer.Argument(help="Like +15551234567.")],
    note: Annotated[str, typer.Option(help="A note for yourself.")] = "",
    country: Country = None,
) -> None:
    """Never call this number again."""
    added = ask_suppressions(
        lambda listed: listed.add(number, source="cli", note=note, country=country)
    )
    out.print("added" if added else "it was on the list already")


@suppress.command("list")
def show(
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Show the list, ordered by number."""
    found = ask_suppressions(lambda listed: listed.list(limit=limit))
    if as_json:
        from bot.server.batch_views import SuppressionView

        list_json("suppressions", map(SuppressionView.of, found))
        return
    table = Table("number", "since", "source", "note", "call", box=None)
    for entry in found:
        table.add_row(entry.number, clock(entry.at), entry.source, entry.note, entry.call_id or "-")
    out.print(table)


@suppress.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="File to write; stdout by default.")] = None,
) -> None:
    """Write the whole list as CSV."""
    write_file(file, ask_suppressions(lambda listed: whole(listed.export())))


@suppress.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with a column of numbers.")],
    note: Annotated[str, typer.Option(help="A note for yourself.")] = "",
    country: Country = None,
    sheet: Annotated[str, typer.Option(help="Sheet of the spreadsheet to read.")] = "",
    header_line: Annotated[
        int | None, typer.Option(min=1, help="Line number of the header row.")
    ] = None,
) -> None:
    """Never call the numbers in this file again."""
    content = read_file(file)

    async def take(suppressions: "SuppressionList") -> "Listed":
        return await suppressions.import_file(
            content,
            file.name,
            note=note,
            country=country,
            sheet=sheet,
            header_line=header_line,
        )

    listed = ask_suppressions(take)
    for number_of_line, why in listed.problems:
        errors.print(f"line {number_of_line}: {why}", highlight=False, markup=False)
    if listed.unread > len(listed.problems):
        errors.print(f"and {listed.unread - len(listed.problems)} more lines")
    for note in listed.notes:
        errors.print(note, highlight=False, markup=False, soft_wrap=True)
    out.print(
        f"{listed.added} added, {listed.known} were on the list already, "
        f"{listed.unread} could not be read"
    )
    if listed.unread:
        raise typer.Exit(1)


@suppress.command()
def remove(
    number: Annotated[str, typer.Argument(help="Like +15551234567.")],
    consent: Annotated[
        str, typer.Option(help="Their new consent, kept as evidence: when, how, what they said.")
    ] = "",
    by: Annotated[str, typer.Option(help="Who takes it off; you by default.")] = "",
) -> None:
    """Take off a number that you put on by mistake; what people asked for in a call is taken off
    only with their new consent.
    """
    who = by or _user()
    ask_suppressions(lambda listed: listed.remove(number, by=who, consent=consent))
    out.print("removed")


@suppress.command("taken-back")
def taken_back(
    number: Annotated[str | None, typer.Argument(help="Only this number; all by default.")] = None,
) -> None:
    """Show what was taken off the list: when, by whom, and by what consent."""
    table = Table("number", "since", "source", "note", "taken off", "by", "consent", box=None)
    for one in ask_suppressions(lambda listed: listed.taken_back(number)):
        times = clock(one.suppressed_at), clock(one.at)
        table.add_row(one.number, times[0], one.source, one.note, times[1], one.by, one.consent)
    out.print(table)


def _user() -> str:
    try:
        return f"{getpass.getuser()} (cli)"
    except (KeyError, OSError):  # a container may run as a user without a name
        return "cli"
