"""The sheets of an ODS, as OpenDocument 1.3 has them: what is hidden, struck through, coloured or
commented on, of which its reader does not tell.
"""

import zipfile
from collections.abc import Mapping

from bot.batches.reading.packed_survey import Survey
from bot.batches.reading.packed_xml import number, parse

_NO_LINE = ("", "none")
_MOST_ALIKE = 100_000  # rows that are written once


def ods_sheets(archive: zipfile.ZipFile) -> Mapping[str, Survey]:
    """By name. Raises NoTable."""
    looking = _OdsSheets()
    if "styles.xml" in archive.namelist():
        parse(archive, "styles.xml", looking.styles.begin)
    parse(archive, "content.xml", looking.begin, text=looking.text, end=looking.end)
    return looking.found


class _Styles:
    """Which styles strike through, and which colour, tag by tag; they may follow another one."""

    def __init__(self) -> None:
        self.striking: set[str] = set()
        self.colouring: set[str] = set()
        self._name = ""

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name == "style":
            self._name, parent = given.get("name", ""), given.get("parent-style-name", "")
            if parent in self.striking:
                self.striking.add(self._name)
            if parent in self.colouring:
                self.colouring.add(self._name)
        elif name == "text-properties":
            lines = [given.get(f"text-line-through-{what}") for what in ("style", "type")]
            if any(line not in (None, *_NO_LINE) for line in lines):
                self.striking.add(self._name)
            elif any(line is not None for line in lines):
                self.striking.discard(self._name)
        elif name == "table-cell-properties" and (colour := given.get("background-color")):
            if colour in ("transparent", "#ffffff"):
                self.colouring.discard(self._name)
            else:
                self.colouring.add(self._name)


class _OdsSheets:
    """All sheets, tag by tag. Rows and cells that are alike are written once, with a count."""

    def __init__(self) -> None:
        self.found: dict[str, Survey] = {}
        self.styles = _Styles()
        self._seen = Survey()
        self._row, self._rows = 0, 1  # the first of the rows that are written here; how many
        self._column, self._columns = 0, 1
        self._in_columns = 0
        self._usual: list[tuple[int, str]] = []  # last column of some, and the style of their cells
        self._row_style = ""
        self._comment: list[str] | None = None  # what is read of one
        self._in_comment = False

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name == "table":
            self._seen = self.found.setdefault(given.get("name", ""), Survey())
            self._row, self._rows, self._in_columns = 0, 1, 0
            self._usual = []
        elif name == "table-column":
            count = number(given.get("number-columns-repeated"), 1)
            if given.get("visibility") in ("collapse", "filter"):
                last = min(self._in_columns + count, 16_384)
                self._seen.hidden_columns.update(range(self._in_columns + 1, last + 1))
            self._in_columns += count
            self._usual.append((self._in_columns, given.get("default-cell-style-name", "")))
        elif name == "table-row":
            self._row += self._rows if self._row else 1
            self._rows = number(given.get("number-rows-repeated"), 1)
            self._column, self._columns = 0, 1
            self._row_style = given.get("default-cell-style-name", "")
            if given.get("visibility") in ("collapse", "filter"):
                last = min(self._row + self._rows, 1_048_577)
                self._seen.hidden_rows.update(range(self._row, last))
        elif name in ("table-cell", "covered-table-cell"):
            self._column += self._columns if self._column else 1
            self._columns = number(given.get("number-columns-repeated"), 1)
            style = given.get("style-name") or self._row_style or self._usual_style()
            self._look(style, is_filled="value-type" in given)
            if given.get("value-type"):
                self._fill()
        elif name == "annotation":
            self._comment = []
        elif name == "p" and self._column:
            if self._comment is not None:
                self._in_comment = True
            else:
                self._fill()
        elif name == "span" and self._comment is None and self._column:
            self._look(given.get("style-name", ""), is_filled=True)
        else:
            self.styles.begin(name, given)

    def text(self, piece: str) -> None:
        if self._in_comment and self._comment is not None:
            self._comment.append(piece)

    def end(self, name: str) -> None:
        if name == "annotation" and self._comment is not None:
            if (said := "".join(self._comment).strip()) and self._rows <= _MOST_ALIKE:
                for row in range(self._row, self._row + self._rows):
                    self._seen.comment(row, self._column, said)
            self._comment = None
        elif name == "p" and self._in_comment and self._comment is not None:
            self._in_comment = False
            self._comment.append("\n")

    def _usual_style(self) -> str:
        return next((style for last, style in self._usual if self._column <= last), "")

    def _look(self, style: str, *, is_filled: bool) -> None:
        if is_filled and style in self.styles.striking:
            here = {"rows": self._rows, "columns": self._columns}
            self._seen.strike(self._row, self._column, **here)
        if is_filled and style in self.styles.colouring and self._rows <= _MOST_ALIKE:
            self._seen.coloured.update(range(self._row, self._row + self._rows))

    def _fill(self) -> None:
        self._seen.fill(self._row, self._column, rows=self._rows, columns=self._columns)
