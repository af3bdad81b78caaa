"""What is in a packed spreadsheet (XLSX, XLSM, ODS), seen before it is read: how far its sheets
reach, and which rows and columns are hidden, which its reader does not say. Of XLSB only the first.

A stray cell far from the table makes the reader take memory for all that lies between, and a
small file may unpack to a huge one. Both are refused here, with what to do.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from bot.batches.reading.packed_xlsb import cells_of
from bot.batches.reading.tables import MAX_AREA, NoTable

MAX_UNPACKED_BYTES = 400 * 1024 * 1024  # a hundred thousand rows of fifty columns take half of it
MAX_PARTS = 10_000
MAX_TEXT_BYTES = 1024 * 1024  # of one cell; spreadsheets themselves allow 32,767 characters
_MAX_INDEX_BYTES = 4 * 1024 * 1024  # of the list of sheets
_CHUNK = 64 * 1024

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_YES = ("1", "true")


@dataclass(kw_only=True)
class Survey:
    """What one sheet is like. Rows and columns are counted from 1."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    formulas: dict[int, list[int]] = field(default_factory=dict)  # row: columns; not those of texts
    comments: bool = False  # there are some, on cells of any of the file's sheets
    first: tuple[int, int] | None = None  # row and column of the corner before all that is filled
    last: tuple[int, int] = (0, 0)  # of the one after it

    def fill(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """So many cells from here on hold something."""
        top, left = self.first or (row, column)
        self.first = (min(top, row), min(left, column))
        bottom, right = self.last
        self.last = (max(bottom, row + rows - 1), max(right, column + columns - 1))

    @property
    def area(self) -> int:
        """How many cells there are from the first to the last, empty ones too."""
        if self.first is None:
            return 0
        return (self.last[0] - self.first[0] + 1) * (self.last[1] - self.first[1] + 1)


def survey(packed: IO[bytes]) -> Mapping[str, Survey]:
    """Its sheets by name; one that cannot be looked into is left out. Raises NoTable."""
    try:
        with zipfile.ZipFile(packed) as archive:
            _refuse_bomb(archive)
            names = set(archive.namelist())
            if "content.xml" in names:
                return _ods(archive)
            if "xl/workbook.xml" in names:
                return _xlsx(archive, names)
            if "xl/workbook.bin" in names:
                refuse_stray_xlsb(archive)
            return {}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError):
        raise NoTable("The spreadsheet is damaged; save it again or send it again.") from None


def refuse_stray(name: str, seen: Survey) -> None:
    """Raises NoTable when a sheet reaches further than anybody's table does."""
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


def column_letters(column: int) -> str:
    """As a spreadsheet writes them: A is 1, AA is 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


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


# -- XLSX --------------------------------------------------------------------------------------


def _xlsx(archive: zipfile.ZipFile, names: set[str]) -> Mapping[str, Survey]:
    if "xl/sharedStrings.xml" in names:
        _parse(archive, "xl/sharedStrings.xml", None)
    sheets: dict[str, str] = {}  # id of a relation -> name of the sheet
    targets: dict[str, str] = {}

    def sheet(name: str, given: Mapping[str, str]) -> None:
        if name == "sheet" and "id" in given:
            sheets[given["id"]] = given.get("name", "")

    def relation(name: str, given: Mapping[str, str]) -> None:
        if name == "Relationship":
            targets[given.get("Id", "")] = given.get("Target", "")

    _parse(archive, "xl/workbook.xml", sheet, most=_MAX_INDEX_BYTES)
    if "xl/_rels/workbook.xml.rels" in names:
        _parse(archive, "xl/_rels/workbook.xml.rels", relation, most=_MAX_INDEX_BYTES)
    found = {}
    for relation_id, name in sheets.items():
        part = posixpath.normpath(posixpath.join("/xl", targets.get(relation_id, ""))).lstrip("/")
        if part in names:
            looking = _XlsxSheet()
            _parse(archive, part, looking.begin, plain=True)
            found[name] = looking.seen
    comments = any(part.startswith(("xl/comments", "xl/threadedComments")) for part in names)
    for seen in found.values():
        seen.comments = comments
    return found


class _XlsxSheet:
    """One sheet, tag by tag."""

    def __init__(self) -> None:
        self.seen = Survey()
        self._row = 0
        self._place = (0, 0)
        self._is_text = False  # the cell's formula has a text for its value, which may be empty
        self._columns: dict[str, int] = {}

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name == "v" or name == "is":
            self._fill()
        elif name == "f":
            if not self._is_text:
                self.seen.formulas.setdefault(self._place[0], []).append(self._place[1])
        elif name == "c":
            self._is_text = given.get("t") == "str"
            self._cell(given.get("r", ""))
        elif name == "row":
            self._row = _number(given.get("r"), self._row + 1)
            self._place = (self._row, 0)
            if given.get("hidden") in _YES or _is_zero(given.get("ht")):
                self.seen.hidden_rows.add(self._row)
        elif name == "col" and (given.get("hidden") in _YES or _is_zero(given.get("width"))):
            first = _number(given.get("min"), 1)
            last = min(_number(given.get("max"), first), 16_384)
            self.seen.hidden_columns.update(range(first, last + 1))

    def _fill(self) -> None:
        """Most cells lie within what is known already."""
        row, column = self._place
        top, left = self.seen.first or (row + 1, 0)
        bottom, right = self.seen.last
        if not (top <= row <= bottom and left <= column <= right):
            self.seen.fill(row, column)

    def _cell(self, place: str) -> None:
        """A cell that does not say where it is stands right of the one before."""
        written = _PLACE.fullmatch(place)
        if written is None:
            self._place = (self._row, self._place[1] + 1)
            return
        letters, row = written.groups()
        if (column := self._columns.get(letters)) is None:
            column = self._columns[letters] = _column(letters)
        self._place = (int(row), column)


# -- ODS ---------------------------------------------------------------------------------------


def _ods(archive: zipfile.ZipFile) -> Mapping[str, Survey]:
    looking = _OdsSheets()
    _parse(archive, "content.xml", looking.begin)
    return looking.found


class _OdsSheets:
    """All sheets, tag by tag. Rows and cells that are alike are written once, with a count."""

    def __init__(self) -> None:
        self.found: dict[str, Survey] = {}
        self._seen = Survey()
        self._row, self._rows = 0, 1  # the first of the rows that are written here; how many
        self._column, self._columns = 0, 1
        self._in_columns = 0

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name == "table":
            self._seen = self.found.setdefault(given.get("name", ""), Survey())
            self._row, self._rows, self._in_columns = 0, 1, 0
        elif name == "table-column":
            count = _number(given.get("number-columns-repeated"), 1)
            if given.get("visibility") in ("collapse", "filter"):
                last = min(self._in_columns + count, 16_384)
                self._seen.hidden_columns.update(range(self._in_columns + 1, last + 1))
            self._in_columns += count
        elif name == "table-row":
            self._row += self._rows if self._row else 1
            self._rows = _number(given.get("number-rows-repeated"), 1)
            self._column, self._columns = 0, 1
            if given.get("visibility") in ("collapse", "filter"):
                last = min(self._row + self._rows, 1_048_577)
                self._seen.hidden_rows.update(range(self._row, last))
        elif name in ("table-cell", "covered-table-cell"):
            self._column += self._columns if self._column else 1
            self._columns = _number(given.get("number-columns-repeated"), 1)
            if given.get("value-type"):
                self._fill()
        elif name == "p" and self._column:
            self._fill()

    def _fill(self) -> None:
        self._seen.fill(self._row, self._column, rows=self._rows, columns=self._columns)


# -- XML ---------------------------------------------------------------------------------------


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    begin: Callable[[str, Mapping[str, str]], None] | None,
    *,
    plain: bool = False,
    most: int = MAX_UNPACKED_BYTES,
) -> None:
    """Calls `begin`, if there is one, with each tag that begins and what it is given, both without
    namespaces; `plain`: what is given has none.

    What is no XML is for the spreadsheet's reader to refuse. Raises NoTable for a text that no
    cell may hold.
    """
    parser = expat.ParserCreate(namespace_separator=" ")

    bare: dict[str, str] = {}  # names without their namespaces, of which a file has few

    def started(name: str, given: dict[str, str]) -> None:
        if (local := bare.get(name)) is None:
            local = bare[name] = name.rpartition(" ")[2]
        if not plain and given:
            given = {key.rpartition(" ")[2]: value for key, value in given.items()}
        begin(local, given)  # type: ignore[misc]

    if begin is not None:
        parser.StartElementHandler = started
    size = run = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            run = 0 if b"<" in chunk else run + len(chunk)
            if size > most or run > MAX_TEXT_BYTES:
                raise NoTable(
                    "One cell of the spreadsheet holds more than a million characters; "
                    "delete it, or save the table as .csv."
                    if run > MAX_TEXT_BYTES
                    else "The spreadsheet has far too many sheets; save the table as .csv."
                )
            if begin is None:
                continue
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                return


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def _is_zero(text: str | None) -> bool:
    try:
        return text is not None and float(text) == 0
    except ValueError:
        return False
