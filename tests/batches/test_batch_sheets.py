"""Whatever table a sender has becomes a header and rows, or one sentence why it is none."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.delimited import clean
from bot.batches.reading.packed_xlsb import cells_of
from bot.batches.reading.sheets import NoTable, read_sheet
from tests.batches.workbook_kit import ods, xlsx, zipped

TABLE = "Name,Téléphone\nZoë Müller,+33612345678\n"
HEADER = ("Name", "Téléphone")
CELLS = [("Zoë Müller", "+33612345678")]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
    ],
)
def test_letters_are_read_in_the_encoding_they_were_written_in(encoding: str, said: str) -> None:
    """With a mark at the beginning or without one."""
    sheet = read_sheet(TABLE.encode(encoding))
    assert sheet.header == HEADER
    assert [row.cells for row in sheet.rows] == CELLS
    assert sheet.encoding == said


def test_another_encoding_can_be_named() -> None:
    """One that cannot be told from cp1252, such as that of Polish."""
    content = "Imię,Telefon\nWłodzimierz,600100200\n".encode("cp1250")
    assert read_sheet(content).rows[0].cells[0] != "Włodzimierz"
    assert read_sheet(content, encoding="cp1250").rows[0].cells[0] == "Włodzimierz"
    with pytest.raises(NoTable, match="no encoding named"):
        read_sheet(content, encoding="klingon")
    with pytest.raises(NoTable, match="is not ascii"):
        read_sheet(content, encoding="ascii")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(delimiter: str) -> None:
    """The one that gives all rows as many cells as the header, whatever else stands in cells."""
    rows = [
        ["Name, first", "Phone; mobile", "Note|s"],
        ["Lee, Ann", "1;2", "a|b"],
        ["Wu, Bo", "3;4", "c\td"],
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    sheet = read_sheet(out.getvalue().encode())
    assert sheet.delimiter == delimiter
    assert [list(row.cells) for row in sheet.rows] == rows[1:]


def test_a_separator_may_be_named_in_the_first_line() -> None:
    """As Excel writes and reads it; the lines are counted all the same."""
    sheet = read_sheet(b"sep=;\r\nName;Phone\r\nAnn;1,2\r\n")
    assert sheet.header == ("Name", "Phone")
    assert (sheet.rows[0].line, sheet.rows[0].cells) == (3, ("Ann", "1,2"))


def test_one_column_is_a_table() -> None:
    """Of numbers alone."""
    sheet = read_sheet(b"phone\n+14155552671\n\n+14155552672\n")
    assert [(row.line, row.cells) for row in sheet.rows] == [
        (2, ("+14155552671",)),
        (4, ("+14155552672",)),
    ]


def test_rows_are_numbered_as_an_editor_shows_them() -> None:
    """Lines within quotation marks and empty ones count, and a row has the number of its first."""
    content = b'\nName,Note\r\n"Ann","two\r\nlines"\r\n\r\n ,\t\r\nBo,x\r\n'
    sheet = read_sheet(content)
    assert [(row.line, row.cells) for row in sheet.rows] == [
        (3, ("Ann", "two\r\nlines")),
        (7, ("Bo", "x")),
    ]


def test_ragged_rows_are_kept_as_they_are() -> None:
    """Short ones are filled up; long ones keep what is too much, for whoever judges them."""
    sheet = read_sheet(b"a,b,,\n1\n1,2,3\n1,2,,,,\n1,2,3,4,5,6\n")
    assert sheet.header == ("a", "b", "")
    assert [row.cells for row in sheet.rows] == [
        ("1", "", ""),
        ("1", "2", "3"),
        ("1", "2", ""),
        ("1", "2", "3", "4", "5", "6"),
    ]


def test_stray_nuls_and_invisible_signs_are_dropped() -> None:
    """They come from old systems and from copying out of messengers."""
    content = "Name,Phone\nA\0nn,\u202a+14155552671\u202c\n".encode()
    assert read_sheet(content).rows[0].cells == ("Ann", "+14155552671")


@pytest.mark.parametrize(
    "mark",
    [
        *"\u061c\u200b\u200e\u200f\u2060\ufeff",
        *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    ],
)
def test_marks_that_cannot_be_seen_are_taken_off_everywhere(mark: str) -> None:
    """Those of the direction of writing stand around a name, and between its words."""
    sheet = read_sheet(f"Name,Phone\n{mark}Ann{mark} Lee{mark},2125550101\n".encode(), "a.csv")
    assert sheet.rows[0].cells[0] == "Ann Lee"


def test_what_joins_and_parts_letters_stays_within_a_word() -> None:
    """Persian and Indian names are written with it."""
    sheet = read_sheet("Name,Phone\n\u200cمی\u200cخواهم\u200d,2125550101\n".encode(), "a.csv")
    assert sheet.rows[0].cells[0] == "می\u200cخواهم"


def test_a_bad_quotation_mark_spoils_its_own_line_only() -> None:
    """Nothing below it is swallowed, neither by one left open nor by text after one closed."""
    content = b'Name,Phone\n"Ann,1\n"Bo"x,2\nCy,3\n"Dee,4\n"Eve",5\n'
    rows = read_sheet(content).rows
    assert [(row.line, row.cells, bool(row.problem)) for row in rows] == [
        (2, ('"Ann', "1"), True),
        (3, ('"Bo"x', "2"), True),
        (4, ("Cy", "3"), False),
        (5, ('"Dee', "4"), True),
        (6, ("Eve", "5"), False),
    ]


def test_a_huge_cell_is_a_bad_row() -> None:
    """And the rows around it are read."""
    content = b"Name,Note\nAnn," + b"x" * 200_000 + b"\nBo,y\n"
    rows = read_sheet(content).rows
    assert [(row.line, bool(row.problem)) for row in rows] == [(2, True), (3, False)]


def test_quotation_marks_that_never_match_are_given_up() -> None:
    """A sentence, after a bounded time."""
    content = b"Name,Phone\n" + b'"Ann,1\n' * 2000
    with pytest.raises(NoTable, match="quotation marks"):
        read_sheet(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"\xef\xbb\xbf", "no table"),
        (b",,,\n,,\n", "no table"),
        (b"Name,Phone\n", "no rows"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><table>", "web page"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", "web page"),
        (b"<?xml version='1.0'?>", "XML"),
        (b'[{"phone": 1}]', "JSON"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (bytes(range(256)) * 20, "not text"),
        (b"\xff\xfea", "says it is utf-16"),
        (b"PK\x03\x04 broken", "damaged"),
        (zipped({"word/document.xml": "<w/>"}), "cannot be read as one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "cannot be read as one"),
        (xlsx({"One": []}), "empty"),
        (xlsx({"One": [["Name", "Phone"]]}), "no rows"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(content: bytes, words: str) -> None:
    """For the person who sent it."""
    with pytest.raises(NoTable, match=words) as refusal:
        read_sheet(content)
    assert str(refusal.value).endswith(".")
    assert "\n" not in str(refusal.value)


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    """Its name stays with the sheet; one that is not there is a sentence."""
    path = tmp_path / "monday.csv"
    path.write_text(TABLE, encoding="utf-8")
    assert read_sheet(path).name == "monday.csv"
    with pytest.raises(NoTable, match="cannot be read"):
        read_sheet(tmp_path / "none.csv")


def test_cells_of_a_spreadsheet_become_what_people_would_write() -> None:
    """Numbers without a fraction lose none of their digits; dates are ISO, numbered as shown."""
    rows = [
        ["Phone", "When", "Share", "Name"],
        [4155552671, 46350.604166666664, 0.1, " Ann "],
        [None, None, None, None],
        [491711234567.0, 46350, 1.5, None],
    ]
    sheet = read_sheet(xlsx({"One": rows}, dates=[(1, 1), (3, 1)]), "people.xlsx")
    assert sheet.header == ("Phone", "When", "Share", "Name")
    assert [(row.line, row.cells) for row in sheet.rows] == [
        (2, ("4155552671", "2026-11-24 14:30", "0.1", "Ann")),
        (4, ("491711234567", "2026-11-24", "1.5", "")),
    ]


def test_of_several_sheets_the_first_visible_one_that_is_filled_is_read() -> None:
    """The others are named, and can be asked for, hidden ones too."""
    table = [["Phone"], ["1"]]
    content = xlsx(
        {"Old": [["Phone"], ["0"]], "Empty": [], "Today": table, "Later": table}, hidden=["Old"]
    )
    sheet = read_sheet(content)
    assert (sheet.worksheet, sheet.unread, sheet.rows[0].cells) == ("Today", ("Later",), ("1",))
    assert read_sheet(content, worksheet="Old").rows[0].cells == ("0",)
    with pytest.raises(NoTable, match='no sheet "Nope".*"Today"'):
        read_sheet(content, worksheet="Nope")


def test_an_open_document_is_read() -> None:
    """ODS, as LibreOffice saves it."""
    sheet = read_sheet(ods([["Name", "Phone"], ["Ann", "+1 415 555 2671"]]))
    assert sheet.rows[0].cells == ("Ann", "+1 415 555 2671")


def test_our_column_of_problems_is_ignored() -> None:
    """But only the last one: a column of that name among others is the sender's own."""
    sheet = read_sheet(b"phone,problem\n1,line 2: bad\n,line 3: empty but for this\n")
    assert (sheet.header, [row.cells for row in sheet.rows]) == (("phone",), [("1",)])
    assert read_sheet(b"problem,phone\nknee,1\n").header == ("problem", "phone")


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from('\n\t",;')


@given(st.lists(st.lists(st.text(LETTERS), min_size=2, max_size=4), min_size=1, max_size=8))
def test_any_table_that_a_program_writes_is_read_whole(rows: list[list[str]]) -> None:
    """Each row that has something visible in it comes out once, cell by cell."""
    out = io.StringIO()
    csv.writer(out).writerows([["name", "phone"], *rows])
    wanted = [_trimmed(row) for row in rows]
    try:
        read = [_trimmed(row.cells) for row in read_sheet(out.getvalue().encode()).rows]
    except NoTable:
        read = []
    assert read == [row for row in wanted if row]


def _trimmed(cells: Sequence[str]) -> list[str]:
    cleaned = [clean(cell) for cell in cells]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    return cleaned


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    """Nothing else is ever raised."""
    try:
        read_sheet(content)
    except NoTable as error:
        assert str(error)


def test_a_binary_workbook_that_reaches_far_is_refused() -> None:
    """Before its reader takes memory for all that lies between two cells."""

    def record(kind: int, data: bytes) -> bytes:
        return bytes([kind, len(data)]) + data

    def cell(row: int, column: int) -> bytes:
        header = record(0, row.to_bytes(4, "little") + bytes(13))
        return header + record(5, column.to_bytes(4, "little") + bytes(12))

    long = bytes([0x83, 0x01, 0x84, 0x01]) + bytes(132)  # a record with two bytes for each number
    parts = {"xl/workbook.bin": "", "xl/worksheets/sheet1.bin": long + cell(0, 0) + cell(9, 4)}
    assert list(cells_of(long + cell(0, 0) + cell(9, 4))) == [(1, 1), (10, 5)]
    with pytest.raises(NoTable, match="open it and save it"):  # it is no whole workbook
        read_sheet(zipped(parts), "t.xlsb")
    parts["xl/worksheets/sheet1.bin"] = cell(0, 0) + cell(1_048_575, 16_383)
    with pytest.raises(NoTable, match="as far out as row 1048576, column XFD"):
        read_sheet(zipped(parts), "t.xlsb")


def test_a_formula_whose_value_is_not_in_the_file_spoils_its_row() -> None:
    """Programs write such files: what the cell says may be that somebody must not be called."""
    cells = (
        '<row r="3"><c r="A3" t="inlineStr"><is><t>Bob</t></is></c>'
        '<c r="B3"><v>2125550102</v></c><c r="C3"><f>1=2</f><v></v></c></row>'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>Cy</t></is></c>'
        '<c r="B4"><v>2125550103</v></c><c r="C4" t="str"><f>""</f><v></v></c></row>'
        '<row r="5"><c r="A5" t="inlineStr"><is><t>Di</t></is></c>'
        '<c r="B5"><f>2125550104</f><v>2125550104</v></c></row>'
    )
    content = xlsx(
        {"One": [["Name", "Phone", "Consent"], ["Ann", 2125550101, "yes"]]}, strays=cells
    )
    rows = read_sheet(content, "t.xlsx").rows
    assert [bool(row.problem) for row in rows] == [False, True, False, False]
    assert rows[1].problem.startswith("cell C3 is a formula")
