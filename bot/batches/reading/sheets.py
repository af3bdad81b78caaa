"""Files that hold a table: text with separators, or a spreadsheet, read into lines of text.

Nothing is judged here but whether it is a table at all: what a column means and whether a row is
any good is for `columns` and `importing`.
"""

import os
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bot.batches.reading.delimited import read_delimited
from bot.batches.reading.header_line import LOOKED_AT, find_header, names_in_two_lines
from bot.batches.reading.tables import (
    PROBLEM_COLUMN,
    Choices,
    NoTable,
    RawTable,
    Row,
    Sheet,
    as_sheet,
)
from bot.batches.reading.workbooks import is_workbook, read_workbook

__all__ = ["PROBLEM_COLUMN", "Choices", "NoTable", "Row", "Sheet", "read_sheet"]

MAX_BYTES = 100 * 1024 * 1024  # it is held in memory

# Files that are often taken for tables, by how they begin.
_STRANGERS = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file"),
)


def read_sheet(
    source: bytes | str | os.PathLike[str],
    filename: str = "",
    *,
    encoding: str = "",
    worksheet: str = "",
    choices: Choices | None = None,
) -> Sheet:
    """The table in a file: its path, or its bytes with the name it came under.

    What kind of file it is is seen in its bytes; the name is only repeated. `encoding` (of text),
    `worksheet` (of a spreadsheet) and where the table begins are found out unless they are given.

    Raises:
        NoTable: it holds none, or cannot be read; one sentence says why.
    """
    content = source if isinstance(source, bytes) else _content(Path(source))
    name = filename or ("" if isinstance(source, bytes) else Path(source).name)
    if len(content) > MAX_BYTES:
        raise NoTable(
            f"The file has {len(content) >> 20} MB; split it into files of at most "
            f"{MAX_BYTES >> 20} MB."
        )
    if not content.strip():
        raise NoTable("The file is empty.")
    _refuse_strangers(content)
    choices = choices or Choices()
    if worksheet:
        choices = replace(choices, worksheet=worksheet)
    if is_workbook(content):
        return _begun(read_workbook(content, choices), name, choices)
    if choices.worksheet:
        raise NoTable(f'There is no sheet "{choices.worksheet}" in the file: it is text.')
    return _begun(read_delimited(content, encoding=encoding), name, choices)


def _begun(raw: RawTable, name: str, choices: Choices) -> Sheet:
    """The table from the line with the names of columns on."""
    filled = (row.cells for row in raw.rows if any(row.cells))
    at = find_header(list(islice(filled, LOOKED_AT)), choices.named)
    return as_sheet(
        raw,
        name=name,
        header_line=choices.header_line,
        at=at or 0,
        in_two_lines=names_in_two_lines,
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NoTable(f"The file cannot be read: {error.strerror or error}.") from error


def _refuse_strangers(content: bytes) -> None:
    for head, kind in _STRANGERS:
        if content.startswith(head):
            raise NoTable(f"This is {kind}; save the table as .xlsx or .csv.")
    begin = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begin.startswith((b"<!doctype html", b"<html", b"<table")):
        raise NoTable(
            "This is a web page, whatever its name; open it and save it as .xlsx or .csv."
        )
    if begin.startswith(b"<?xml"):
        raise NoTable("This is an XML file; open it and save it as .xlsx or .csv.")
    if begin.startswith((b"{", b"[{", b"[[")):
        raise NoTable("This is JSON; save the table as .xlsx or .csv.")
