"""What is in a packed spreadsheet (XLSX, XLSM, ODS), seen before it is read: how far its sheets
reach, and which rows and columns are hidden, which its reader does not say. Of XLSB only the first.

A stray cell far from the table makes the reader take memory for all that lies between, and a
small file may unpack to a huge one. Both are refused here, with what to do.
"""

import zipfile
from collections.abc import Mapping
from typing import IO

from bot.batches.reading.packed_ods import ods_sheets
from bot.batches.reading.packed_survey import Survey, column_letters
from bot.batches.reading.packed_xlsb import cells_of
from bot.batches.reading.packed_xlsx import xlsx_sheets
from bot.batches.reading.packed_xml import MAX_UNPACKED_BYTES
from bot.batches.reading.tables import MAX_AREA, NoTable

MAX_PARTS = 10_000


def survey(packed: IO[bytes]) -> Mapping[str, Survey]:
    """Its sheets by name; one that cannot be looked into is left out. Raises NoTable."""
    try:
        with zipfile.ZipFile(packed) as archive:
            _refuse_bomb(archive)
            names = set(archive.namelist())
            if "content.xml" in names:
                return ods_sheets(archive)
            if "xl/workbook.xml" in names:
                return xlsx_sheets(archive, names)
            if "xl/workbook.bin" in names:
                refuse_stray_xlsb(archive)
            return {}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError):
        raise NoTable("The spreadsheet is damaged; save it again or send it again.") from None


def refuse_stray(name: str, seen: Survey) -> None:
    """Raises NoTable when a sheet reaches further than any table of contacts does."""
    if seen.area > MAX_AREA:
        raise too_far_out(name, *seen.last)


def too_far_out(name: str, row: int, column: int) -> NoTable:
    """What is said of a sheet whose last cell is in that row and column."""
    return NoTable(
        f'The sheet "{name}" has something as far out as row {row}, column '
        f"{column_letters(column)}; delete what stands far from the table "
        "(Ctrl+End goes there), or save the table as .csv."
    )


def refuse_stray_xlsb(archive: zipfile.ZipFile) -> None:
    """The same for all sheets of an XLSB, by the names of their parts."""
    for part in archive.namelist():
        if part.startswith("xl/worksheets/sheet") and part.endswith(".bin"):
            seen = Survey()
            for row, column in cells_of(archive.read(part)):
                seen.fill(row, column)
            refuse_stray(part, seen)


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise NoTable(f"The spreadsheet has {len(parts)} parts; save the table as .csv.")
    size = sum(part.file_size for part in parts)
    if size > MAX_UNPACKED_BYTES:
        raise NoTable(
            f"The spreadsheet unpacks to {size >> 20} MB; split it into smaller files, "
            "or save the table as .csv."
        )
