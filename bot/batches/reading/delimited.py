"""Tables as text: CSV and its relatives, in whatever letters and with whatever separator."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from bot.batches.reading.header_line import find_header
from bot.batches.reading.tables import (
    MAX_COLUMNS,
    MAX_ROWS,
    NoTable,
    RawTable,
    Row,
    too_many_rows,
)

DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 200  # rows by which the separator is found
# A quotation mark that is never closed costs a look at up to 128 KiB after it, each time.
_MAX_BROKEN = 500
_MAX_LINE = 1_000_000  # characters of a line of the file: a thousand full cells
_MAX_ROWS = MAX_ROWS + 200  # titles above the table are no rows of it

_BOMS = (  # the longer ones first: that of UTF-16 begins that of UTF-32
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Marks that cannot be seen: of the direction of writing, and of no width. Two of them join or part
# the letters of some scripts, and are taken off the ends alone.
_MARKS = re.compile(
    "[\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]"
)
_JOINERS = "\u200c\u200d"
_SEP_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # which Excel writes, and reads
# A cell that a spreadsheet would take for a formula is kept apart by an apostrophe in the files
# that we hand out; here it comes back.
_GUARDED = re.compile(r"'[=+\-@]")


def read_delimited(content: bytes, *, encoding: str = "") -> RawTable:
    """All rows of a text that have something in them. Raises NoTable."""
    text, encoding = _decoded(content, encoding)
    lines = list(io.StringIO(text.replace("\0", ""), newline=""))
    at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    marked = _SEP_LINE.fullmatch(lines[at]) if lines else None
    if marked:
        delimiter, at = marked[1], at + 1
    else:
        delimiter = _delimiter(lines[at:])
    filled = (row for row in _rows(lines, at, delimiter) if any(row.cells))
    rows = list(islice(filled, _MAX_ROWS))
    if len(rows) == _MAX_ROWS:
        raise too_many_rows()
    if sum(1 for row in rows if row.problem) >= _MAX_BROKEN:
        raise NoTable(
            f"More than {_MAX_BROKEN} lines have quotation marks that do not match; "
            "save the table as .xlsx, or as CSV with another program."
        )
    return RawTable(rows=rows, encoding=encoding, delimiter=delimiter)


def clean(cell: str) -> str:
    """A cell without what cannot be seen around it, and without our own apostrophe."""
    cell = _MARKS.sub("", cell).strip().strip(_JOINERS).strip()
    return cell[1:] if _GUARDED.match(cell) else cell


def _decoded(content: bytes, encoding: str) -> tuple[str, str]:
    if encoding:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        except LookupError:
            raise NoTable(f'There is no encoding named "{encoding}".') from None
        except UnicodeDecodeError as error:
            raise NoTable(f"The file is not {encoding}: see its byte {error.start}.") from None
    by_bom = next((name for bom, name in _BOMS if content.startswith(bom)), "")
    if by_bom:
        try:
            return content.decode(by_bom), by_bom.removesuffix("-sig")
        except UnicodeDecodeError as error:
            raise NoTable(
                f"The file says it is {by_bom.removesuffix('-sig')} and is not from byte "
                f"{error.start} on; save it anew as UTF-8."
            ) from None
    for guess in (_utf_16_without_bom(content), "utf-8", "cp1252"):
        try:
            text = content.decode(guess) if guess else ""
        except UnicodeDecodeError:
            continue
        if guess and not _is_binary(text):
            return text, guess
    raise NoTable("This is not text that can be read; save the table as .xlsx, or as CSV in UTF-8.")


def _utf_16_without_bom(content: bytes) -> str:
    """In Latin letters every second byte is then 0."""
    head = content[:2000]
    if len(head) < 4 or len(content) % 2:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def _is_binary(text: str) -> bool:
    """A stray NUL or control character is an accident, many of them are no text."""
    head = text[:20_000]
    odd = head.count("\0") + len(_CONTROL.findall(head))
    return odd > max(8, len(head) * 0.02)


def _delimiter(lines: list[str]) -> str:
    """The one with which known names of columns show, else the one that gives the first line
    several cells; of these the one that gives as many to most rows below.

    Between equals the one with more columns. A table of one column has none, and any will do.
    """
    best, best_score = ",", (False, 0.0, 1)
    for delimiter in DELIMITERS:
        filled = (row.cells for row in _rows(lines, 0, delimiter) if any(row.cells))
        rows = list(islice(filled, _LOOKED_AT))
        at = find_header(rows)
        header, *others = map(len, rows[at or 0 :]) if rows else (0,)
        if header < 2:
            continue
        agreeing = Counter(others)[header] / len(others) if others else 1.0
        score = (at is not None, agreeing, header)
        if score > best_score or best_score[2] == 1:
            best, best_score = delimiter, score
    return best


def _rows(lines: list[str], begin: int, delimiter: str) -> Iterator[Row]:
    """The rows from that line on, numbered as lines of the whole.

    A quotation mark that does not match spoils its own line only: reading goes on below it.
    """
    at, broken = begin, 0
    while at < len(lines) and broken < _MAX_BROKEN:
        reader = csv.reader(
            _bounded(lines, at),
            delimiter=delimiter,
            strict=True,
            skipinitialspace=True,
        )
        first = at
        try:
            for cells in reader:
                yield Row(line=at + 1, cells=tuple(clean(cell) for cell in cells))
                at = first + reader.line_num
            return
        except csv.Error as error:
            broken += 1
            yield Row(
                line=at + 1,
                cells=_plain_split(lines[at], delimiter),
                problem=_words_for(error),
            )
            at += 1


def _bounded(lines: list[str], begin: int) -> Iterator[str]:
    """Raises csv.Error for a line that is longer than any row."""
    for index in range(begin, len(lines)):
        if len(lines[index]) > _MAX_LINE:
            raise csv.Error("line longer than the limit")
        yield lines[index]


def _plain_split(line: str, delimiter: str) -> tuple[str, ...]:
    """What can be shown of a line that cannot be told into cells."""
    if len(line) > _MAX_LINE:
        line = line[:200] + "..."
    return tuple(clean(cell) for cell in line.strip("\r\n").split(delimiter, MAX_COLUMNS))


def _words_for(error: csv.Error) -> str:
    if "line longer" in str(error):
        return (
            f"the line is longer than {_MAX_LINE:,} characters, or follows one with an open quote"
        )
    if "field larger" in str(error):
        return "a cell is longer than 131072 characters, or a quotation mark is never closed"
    if "unexpected end" in str(error):
        return "a quotation mark is never closed"
    if "expected after" in str(error):
        return "text follows a closing quotation mark: write a quotation mark within a cell twice"
    return "the line cannot be told into cells"
