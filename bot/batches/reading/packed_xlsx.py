"""The sheets of an XLSX or XLSM, as Office Open XML (ECMA-376) has them: rows and columns that are
hidden, cells that are struck through or coloured, comments. Its reader tells of none of these.
"""

import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping

from bot.batches.reading.packed_survey import Survey
from bot.batches.reading.packed_xml import (
    MAX_INDEX_BYTES,
    column_number,
    holds,
    is_zero,
    number,
    parse,
)

_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_YES = ("1", "true")
_STRIKES = ("strike", "dstrike")
_PLAIN_FILLS = ("none", "gray125")
_WHITE = ("FFFFFFFF", "00FFFFFF", "FFFFFF")


def xlsx_sheets(archive: zipfile.ZipFile, names: set[str]) -> Mapping[str, Survey]:
    """By name; one that cannot be looked into is left out. Raises NoTable."""
    struck_texts: Collection[int] = ()
    if "xl/sharedStrings.xml" in names:
        struck_texts = _struck_texts(archive)
    styles = _Styles()
    if "xl/styles.xml" in names:
        parse(archive, "xl/styles.xml", styles.begin, plain=True)
    sheets: dict[str, str] = {}  # id of a relation -> name of the sheet
    targets: dict[str, str] = {}

    def sheet(name: str, given: Mapping[str, str]) -> None:
        if name == "sheet" and "id" in given:
            sheets[given["id"]] = given.get("name", "")

    def relation(name: str, given: Mapping[str, str]) -> None:
        if name == "Relationship":
            targets[given.get("Id", "")] = given.get("Target", "")

    parse(archive, "xl/workbook.xml", sheet, most=MAX_INDEX_BYTES)
    if "xl/_rels/workbook.xml.rels" in names:
        parse(archive, "xl/_rels/workbook.xml.rels", relation, most=MAX_INDEX_BYTES)
    found = {}
    for relation_id, name in sheets.items():
        part = _beside("xl", targets.get(relation_id, ""))
        if part in names:
            looking = _XlsxSheet(styles, struck_texts)
            shared = bool(struck_texts)
            parse(
                archive,
                part,
                looking.begin,
                plain=True,
                text=looking.text if shared else None,
                end=looking.end if shared else None,
            )
            found[name] = looking.seen
            for row, column, text in _comments(archive, part, names):
                looking.seen.comment(row, column, text)
    return found


def _beside(folder: str, target: str) -> str:
    """The name of a part that another one in that folder speaks of."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _struck_texts(archive: zipfile.ZipFile) -> Collection[int]:
    """Those of the texts that cells share of which some part is struck through."""
    part = "xl/sharedStrings.xml"
    if not holds(archive, part, b"strike"):
        parse(archive, part, None)
        return ()
    struck: set[int] = set()
    count = -1

    def begin(name: str, given: Mapping[str, str]) -> None:
        nonlocal count
        if name == "si":
            count += 1
        elif name in _STRIKES and _is_on(given):
            struck.add(count)

    parse(archive, part, begin, plain=True)
    return struck


def _comments(
    archive: zipfile.ZipFile, sheet: str, names: Collection[str]
) -> Iterator[tuple[int, int, str]]:
    """Row, column and text. Where people answered each other, what they wrote stands in a part of
    its own, and the old one only says that it does.
    """
    folder, base = posixpath.split(sheet)
    relations = posixpath.join(folder, "_rels", f"{base}.rels")
    if relations not in names:
        return
    parts: list[tuple[bool, str]] = []

    def relation(name: str, given: Mapping[str, str]) -> None:
        kind = given.get("Type", "").rpartition("/")[2]
        if name == "Relationship" and kind in ("comments", "threadedComment"):
            parts.append((kind == "comments", _beside(folder, given.get("Target", ""))))

    parse(archive, relations, relation, most=MAX_INDEX_BYTES)
    threads: set[tuple[int, int]] = set()
    for is_old, part in sorted(parts):
        if part not in names:
            continue
        looking = _Comments()
        parse(archive, part, looking.begin, plain=True, text=looking.text, end=looking.end)
        if not is_old:
            threads = {(row, column) for row, column, _ in looking.found}
        yield from (one for one in looking.found if not is_old or one[:2] not in threads)


class _Comments:
    """A part of comments, tag by tag: old ones, and those that people answer."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int, str]] = []
        self._place = (0, 0)
        self._pieces: list[str] = []
        self._in_text = False

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name in ("comment", "threadedComment"):
            written = _PLACE.fullmatch(given.get("ref", ""))
            self._place = (int(written[2]), column_number(written[1])) if written else (0, 0)
            self._pieces = []
        self._in_text = name in ("t", "text")  # a thread's "text" holds it, an old one's its "t"

    def text(self, piece: str) -> None:
        if self._in_text:
            self._pieces.append(piece)

    def end(self, name: str) -> None:
        self._in_text = False
        said = "".join(self._pieces).strip()
        if name in ("comment", "threadedComment") and said and self._place[0]:
            self.found.append((*self._place, said))


class _Styles:
    """Which styles of cells strike through, and which colour, tag by tag."""

    def __init__(self) -> None:
        self.striking: set[int] = set()
        self.colouring: set[int] = set()
        self._part = ""
        self._font = self._fill = self._style = -1
        self._fonts: set[int] = set()
        self._fills: set[int] = set()
        self._filled = False

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name in ("fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
            self._part = name
        elif self._part == "fonts" and name == "font":
            self._font += 1
        elif self._part == "fonts" and name in _STRIKES and _is_on(given):
            self._fonts.add(self._font)
        elif self._part == "fills" and name == "fill":
            self._fill += 1
        elif self._part == "fills" and name == "patternFill":
            self._filled = given.get("patternType", "none") not in _PLAIN_FILLS
        elif self._part == "fills" and name == "fgColor" and self._filled:
            if given.get("rgb", "").upper() not in _WHITE and given.get("theme") != "0":
                self._fills.add(self._fill)
        elif self._part == "cellXfs" and name == "xf":
            self._style += 1
            if number(given.get("fontId"), 0) in self._fonts:
                self.striking.add(self._style)
            if number(given.get("fillId"), 0) in self._fills:
                self.colouring.add(self._style)


def _is_on(given: Mapping[str, str]) -> bool:
    return given.get("val", "1") not in ("0", "false")


class _XlsxSheet:
    """One sheet, tag by tag."""

    def __init__(self, styles: _Styles, struck_texts: Collection[int]) -> None:
        self.seen = Survey()
        self._styles = styles
        self._struck_texts = struck_texts
        self._is_shared = False  # the cell's value is the number of a text
        self._value: str | None = None
        self._row = 0
        self._place = (0, 0)
        self._is_text = False  # the cell's formula has a text for its value, which may be empty
        self._columns: dict[str, int] = {}

    def begin(self, name: str, given: Mapping[str, str]) -> None:
        if name == "v" or name == "is":
            self._fill()
            self._value = "" if name == "v" and self._is_shared else None
        elif name == "f":
            if not self._is_text:
                self.seen.formulas.setdefault(self._place[0], []).append(self._place[1])
        elif name == "c":
            self._is_text = given.get("t") == "str"
            self._is_shared = given.get("t") == "s"
            self._cell(given.get("r", ""))
            if style := given.get("s"):
                self._look(number(style, 0))
        elif name == "row":
            self._row = number(given.get("r"), self._row + 1)
            self._place = (self._row, 0)
            if given.get("hidden") in _YES or is_zero(given.get("ht")):
                self.seen.hidden_rows.add(self._row)
        elif name == "col" and (given.get("hidden") in _YES or is_zero(given.get("width"))):
            first = number(given.get("min"), 1)
            last = min(number(given.get("max"), first), 16_384)
            self.seen.hidden_columns.update(range(first, last + 1))
        elif name in _STRIKES and _is_on(given):  # a part of the text
            self.seen.strike(*self._place)

    def text(self, piece: str) -> None:
        if self._value is not None:
            self._value += piece

    def end(self, name: str) -> None:
        if name == "v" and self._value is not None:
            if number(self._value.strip(), -1) in self._struck_texts:
                self.seen.strike(*self._place)
            self._value = None

    def _look(self, style: int) -> None:
        if style in self._styles.striking:
            self.seen.strike(*self._place)
        if style in self._styles.colouring:
            self.seen.coloured.add(self._place[0])

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
            column = self._columns[letters] = column_number(letters)
        self._place = (int(row), column)
