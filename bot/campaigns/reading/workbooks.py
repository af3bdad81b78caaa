"""Tables in spreadsheets: XLSX, XLSM, XLSB, XLS and ODS, read by calamine."""

import datetime as dt
import io
import zipfile

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.campaigns.reading.delimited import clean
from bot.campaigns.reading.tables import NoTable, RawTable, Row

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024  # what a small file may grow to: the rest are bombs

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def is_workbook(content: bytes) -> bool:
    """Whether these bytes are a container of the kinds that spreadsheets come in."""
    return content.startswith((_ZIP, _OLE))


def read_workbook(content: bytes, *, worksheet: str = "") -> RawTable:
    """The rows of the named sheet, else of the first visible one that holds anything.

    Raises:
        NoTable: it is no spreadsheet, is locked, or has no such sheet.
    """
    if content.startswith(_ZIP):
        _refuse_bomb(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            return _table(workbook, worksheet)
    except PasswordError:
        raise NoTable("The spreadsheet is locked with a password; save it without one.") from None
    except CalamineError:
        raise NoTable(
            "The file is packed like a spreadsheet and cannot be read as one; "
            "open it and save it as .xlsx or .csv."
        ) from None


def _table(workbook: CalamineWorkbook, wanted: str) -> RawTable:
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
        and (sheet.visible == SheetVisibleEnum.Visible or sheet.name == wanted)
    ]
    if wanted and wanted not in names:
        there = ", ".join(f'"{name}"' for name in names)
        raise NoTable(f'There is no sheet "{wanted}" in the file; there are {there}.')
    filled = {name: rows for name in names if (rows := _rows(workbook, name))}
    if not filled:
        raise NoTable("The spreadsheet is empty: no visible sheet has anything in it.")
    chosen = wanted or next(iter(filled))
    return RawTable(
        rows=filled.get(chosen, ()),
        worksheet=chosen,
        unread=tuple(name for name in filled if name != chosen),
    )


def _rows(workbook: CalamineWorkbook, name: str) -> list[Row]:
    """Those that hold something, with the number that the spreadsheet shows beside them."""
    rows = []
    for line, values in enumerate(
        workbook.get_sheet_by_name(name).to_python(skip_empty_area=False), 1
    ):
        cells = tuple(_text(value) for value in values)
        if any(cells):
            rows.append(Row(line=line, cells=cells))
    return rows


def _text(value: Cell) -> str:
    """A cell as people would write it; numbers with the 15 digits that a spreadsheet keeps."""
    match value:
        case str():
            return clean(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        case dt.datetime():
            if value.time() == dt.time():
                return value.date().isoformat()
            return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
        case dt.date():
            return value.isoformat()
        case dt.time():
            return value.isoformat(timespec="seconds" if value.second else "minutes")
        case dt.timedelta():
            minutes = round(value.total_seconds() / 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
    raise TypeError(f"A spreadsheet holds no {type(value).__name__}")


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        raise NoTable("The spreadsheet is damaged; save it again or send it again.") from None
    if size > MAX_UNPACKED_BYTES:
        raise NoTable(f"The spreadsheet unpacks to {size >> 20} MB; split it into smaller files.")
