"""Tables in spreadsheets: XLSX, XLSM, XLSB, XLS and ODS, read by calamine."""

import datetime as dt
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.batches.reading.delimited import clean
from bot.batches.reading.header_line import LOOKED_AT, find_header
from bot.batches.reading.packed import refuse_stray, survey, too_far_out
from bot.batches.reading.packed_survey import Survey, column_letters
from bot.batches.reading.tables import (
    MAX_AREA,
    MAX_ROWS,
    Choices,
    NoTable,
    RawTable,
    Row,
    lines_of,
    too_many_rows,
)

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_ROWS = MAX_ROWS + 200  # titles above the table are no rows of it

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def is_workbook(content: bytes) -> bool:
    """Whether these bytes are a container of the kinds that spreadsheets come in."""
    return content.startswith((_ZIP, _OLE))


def read_workbook(content: bytes, choices: Choices) -> RawTable:
    """The rows of one sheet: the one that is asked for, else the one with the table.

    Raises:
        NoTable: it is no spreadsheet, is locked, has no such sheet, or several may be meant.
    """
    seen = survey(io.BytesIO(content)) if content.startswith(_ZIP) else {}
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            return _table(workbook, choices, seen)
    except PasswordError:
        raise NoTable("The spreadsheet is locked with a password; save it without one.") from None
    except CalamineError:
        raise NoTable(
            "The file is packed like a spreadsheet and cannot be read as one; "
            "open it and save it as .xlsx or .csv."
        ) from None


@dataclass(frozen=True, kw_only=True)
class _Filled:
    """A sheet that holds something."""

    name: str
    top: Sequence[Row]  # its first lines
    header: int | None  # which of them holds the names of columns
    rows: int
    kept: Sequence[Row] | None  # all of them, of the first sheet: as a rule it is the one


def _table(workbook: CalamineWorkbook, choices: Choices, seen: Mapping[str, Survey]) -> RawTable:
    wanted, concealed = choices.worksheet, []
    names = []
    for sheet in workbook.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        if sheet.visible == SheetVisibleEnum.Visible or sheet.name == wanted:
            names.append(sheet.name)
        else:
            concealed.append(sheet.name)
    if wanted and wanted not in names:
        there = ", ".join(f'"{name}"' for name in names)
        raise NoTable(f'There is no sheet "{wanted}" in the file; there are {there}.')
    filled: list[_Filled] = []
    for name in names:
        if name in seen:
            refuse_stray(name, seen[name])
        if (found := _filled(workbook, name, choices.named, keep=not filled)) is not None:
            filled.append(found)
    if not any(each.name == wanted for each in filled) and (wanted or not filled):
        what = f'sheet "{wanted}"' if wanted else "spreadsheet"
        raise NoTable(f"The {what} is empty: nothing that can be seen stands in it.")
    chosen = _chosen(filled, wanted)
    others = [each for each in filled if each is not chosen]
    rows, left_out, notes = _seen(
        _rows(workbook, chosen),
        seen.get(chosen.name),
        choices,
        header_line=choices.header_line or chosen.top[chosen.header or 0].line,
    )
    return RawTable(
        rows=rows,
        worksheet=chosen.name,
        unread=tuple(each.name for each in others),
        hidden=left_out,
        notes=(*notes, *_unread(chosen, others, concealed)),
    )


def _chosen(filled: Sequence[_Filled], wanted: str) -> _Filled:
    """The first sheet, if it has a table; else the only one that has. Raises NoTable."""
    if wanted:
        return next(each for each in filled if each.name == wanted)
    tables = [each for each in filled if each.header is not None]
    if filled[0] in tables or not tables:
        return filled[0]
    if len(tables) > 1:
        named = ", ".join(f'"{each.name}"' for each in tables)
        raise NoTable(
            f'The first sheet, "{filled[0].name}", has no names of columns, and the sheets {named} '
            "have: say which of them to read (--sheet)."
        )
    return tables[0]


def _unread(
    chosen: _Filled, others: Sequence[_Filled], concealed: Collection[str]
) -> Sequence[str]:
    notes = []
    if others:
        named = ", ".join(
            f'"{each.name}" ({each.rows} line{"" if each.rows == 1 else "s"})' for each in others
        )
        notes.append(
            f'only the sheet "{chosen.name}" was read; nobody was read from {named}: '
            "import again for each that you mean (--sheet)"
        )
    if concealed:
        named = ", ".join(f'"{name}"' for name in concealed)
        notes.append(f"hidden sheets were not read: {named} (--sheet)")
    return notes


def _seen(
    rows: Sequence[Row], survey: Survey | None, choices: Choices, *, header_line: int
) -> tuple[Sequence[Row], Sequence[Row], Sequence[str]]:
    """The rows that are to be read, those that are not, and what to say of it."""
    if survey is None:
        why = (
            "files of this kind do not say which rows are hidden or struck through, nor what "
            "comments say: all rows were read, and no comment; save it as .xlsx if there are some"
        )
        return rows, (), (why,)
    rows = [_with_looks(_with_values(row, survey), survey) for row in rows]
    notes = list(_looks(rows, survey, header_line=header_line))
    hidden = [row.line for row in rows if row.line in survey.hidden_rows and row.line > header_line]
    if hidden:
        count = f"{len(hidden)} hidden row{'' if len(hidden) == 1 else 's'}"
        verb = "was" if len(hidden) == 1 else "were"
        where = lines_of(hidden)
        if choices.hidden_rows:
            notes.append(f"{count} ({where}) {verb} read too")
        else:
            notes.append(
                f"{count} ({where}) {verb} left out, and nobody is called for "
                f"{'it' if len(hidden) == 1 else 'them'}; show them in the spreadsheet, or say "
                "that hidden rows are meant too (--hidden-rows)"
            )
    width = max((len(row.cells) for row in rows), default=0)
    if columns := sorted(column for column in survey.hidden_columns if column <= width):
        named = ", ".join(map(column_letters, columns[:20]))
        noun = "column" if len(columns) == 1 else "columns"
        notes.append(f"hidden {noun} {named} {'was' if len(columns) == 1 else 'were'} read too")
    if choices.hidden_rows or not hidden:
        return rows, (), notes
    lines = set(hidden)
    kept = [row for row in rows if row.line not in lines]
    if all(row.line <= header_line for row in kept):
        raise NoTable(
            f"All rows below the names of columns are hidden ({lines_of(hidden)}); show them in "
            "the spreadsheet, or say that hidden rows are meant too (--hidden-rows)."
        )
    return kept, [row for row in rows if row.line in lines], notes


def _with_looks(row: Row, survey: Survey) -> Row:
    """With what stands beside its values: comments, and lines through cells that hold something."""
    struck = survey.struck.get(row.line, ())
    return replace(
        row,
        struck=frozenset(at for at, cell in enumerate(row.cells) if cell and at + 1 in struck),
        remarks=tuple((column - 1, text) for column, text in survey.comments.get(row.line, ())),
    )


def _looks(rows: Sequence[Row], survey: Survey, *, header_line: int) -> Iterator[str]:
    """What to say of comments, lines and colours."""
    persons = [row for row in rows if row.line > header_line]
    if any(row.remarks for row in persons):
        yield "comments on cells were read like notes: only for words against a call"
    for row in rows:
        if row.line <= header_line:
            for at, text in row.remarks:
                yield (
                    f"a comment above the rows was not read: {column_letters(at + 1)}{row.line}: "
                    f'"{text[:200]}"'
                )
            for at in sorted(row.struck):
                yield (
                    f'line {row.line}: "{row.cells[at]}" is struck through, and was read all '
                    "the same"
                )
    coloured = [row.line for row in persons if row.line in survey.coloured]
    if coloured and len(coloured) < len(persons):
        yield (
            f"colours say nothing here: {lines_of(coloured)} with coloured cells "
            f"{'was' if len(coloured) == 1 else 'were'} read like the others"
        )


def _with_values(row: Row, survey: Survey) -> Row:
    """A formula whose value the file does not hold may say anything: its row is not read."""
    for column in survey.formulas.get(row.line, ()):
        if not "".join(row.cells[column - 1 : column]):
            why = (
                f"cell {column_letters(column)}{row.line} is a formula, and the file does not hold "
                "its value: open the file in a spreadsheet program and save it there"
            )
            return replace(row, problem=why)
    return row


def _filled(
    workbook: CalamineWorkbook, name: str, named: Collection[str], *, keep: bool
) -> _Filled | None:
    """None: there is nothing in it."""
    rows = _each_row(workbook, name)
    top = list(islice(rows, _MAX_ROWS if keep else LOOKED_AT))
    if not top:
        return None
    return _Filled(
        name=name,
        top=top[:LOOKED_AT],
        header=find_header([row.cells for row in top[:LOOKED_AT]], named),
        rows=len(top) + sum(1 for _ in rows),
        kept=top if keep else None,
    )


def _rows(workbook: CalamineWorkbook, chosen: _Filled) -> Sequence[Row]:
    """Raises NoTable when there are more than a batch can hold."""
    if chosen.rows >= _MAX_ROWS:
        raise too_many_rows()
    return chosen.kept or list(_each_row(workbook, chosen.name))


def _each_row(workbook: CalamineWorkbook, name: str) -> Iterator[Row]:
    """Those that hold something, with the number that the spreadsheet shows beside them."""
    sheet = workbook.get_sheet_by_name(name)
    top, left = sheet.start or (0, 0)
    if sheet.height * sheet.width > MAX_AREA:  # XLS; the others were looked at before
        raise too_far_out(name, top + sheet.height, left + sheet.width)
    before = ("",) * left  # empty columns on the left
    for line, values in enumerate(sheet.iter_rows(), 1):
        if values.count("") == len(values):
            continue
        cells = before + tuple(_text(value) for value in values)
        if any(cells):
            yield Row(line=line, cells=cells)


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
