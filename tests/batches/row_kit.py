"""Files of some rows, read without a database."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.batches.reading.columns import guess_columns
from bot.batches.reading.importing import Imported, import_contacts
from bot.batches.reading.sheets import read_sheet
from bot.batches.settings import BatchSettings

NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)


def read_rows(text: str, settings: BatchSettings | None = None) -> Imported:
    """A file as text, of a clinic in New York."""
    sheet = read_sheet(text.encode(), "t.csv")
    return import_contacts(
        sheet,
        batch_id="b",
        settings=settings or BatchSettings(),
        columns=guess_columns(sheet.header),
        now=NOON,
        zone="America/New_York",
    )


def read_column(
    header: str, cells: Sequence[str], settings: BatchSettings | None = None
) -> Imported:
    """A file with these cells in one column, a row and a number each, from line 2 on."""
    rows = "".join(
        f'Ann,212555{at:04},NY,2027-06-01,10:00,"{cell}"\n' for at, cell in enumerate(cells, 101)
    )
    return read_rows(f"Patient,Phone,State,Date,Time,{header}\n{rows}", settings)


def called(found: Imported) -> list[int]:
    """Lines, without those whose numbers refuse."""
    no = found.refusals.values()
    return [contact.line for contact in found.contacts if contact.line not in no]
