"""Files as services have them, and as nobody should: what is read of them, and what is said."""

import contextlib
import io
import re
import zipfile
from collections.abc import Sequence

import pytest

from bot.batches.reading.packed import column_letters
from bot.batches.reading.sheets import Choices, NoTable, Sheet, read_sheet
from bot.batches.reading.tables import MAX_COLUMNS, MAX_ROWS, lines_of
from tests.batches.workbook_kit import Cell, ods, xlsx, zipped

TABLE = [["Patient", "Phone"], ["Ann", "1"], ["Bob", "2"], ["Cy", "3"]]
STRINGS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(content: bytes, **said: object) -> Sheet:
    return read_sheet(content, "people", choices=Choices(**said))  # type: ignore[arg-type]


def people(sheet: Sheet) -> list[str]:
    return [row.cells[0] for row in sheet.rows]


def csv_of(rows: Sequence[Sequence[Cell]], mark: str = ",") -> bytes:
    return "\n".join(mark.join(str(cell) for cell in row) for row in rows).encode()


# -- hidden rows -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        xlsx({"One": TABLE}, rows_given={3: 'hidden="1"'}),
        xlsx({"One": TABLE}, rows_given={3: 'hidden="true"'}),
        xlsx({"One": TABLE}, rows_given={3: 'ht="0" customHeight="1"'}),
        ods(TABLE, rows_given={3: 'table:visibility="filter"'}),
        ods(TABLE, rows_given={3: 'table:visibility="collapse"'}),
    ],
    ids=["hidden", "true", "no height", "ods filter", "ods hidden"],
)
def test_hidden_rows_are_left_out_unless_they_are_meant(content: bytes) -> None:
    """A filter hides rows too. Their lines are named, either way."""
    sheet = read(content)
    assert (people(sheet), [row.cells[0] for row in sheet.hidden]) == (["Ann", "Cy"], ["Bob"])
    assert sheet.notes[0].startswith("1 hidden row (line 3) was left out")
    sheet = read(content, hidden_rows=True)
    assert (people(sheet), sheet.hidden) == (["Ann", "Bob", "Cy"], ())
    assert sheet.notes == ("1 hidden row (line 3) was read too",)


def test_names_of_columns_count_though_they_are_hidden() -> None:
    """And rows that hold nothing are not counted."""
    content = xlsx({"One": [*TABLE, []]}, rows_given={1: 'hidden="1"', 5: 'hidden="1"'})
    assert (people(read(content)), read(content).notes) == (["Ann", "Bob", "Cy"], ())


def test_a_table_that_is_hidden_whole_is_refused() -> None:
    """With what to do."""
    content = xlsx({"One": TABLE}, rows_given={at: 'hidden="1"' for at in (2, 3, 4)})
    with pytest.raises(NoTable, match=r"are hidden \(lines 2 to 4\).*--hidden-rows"):
        read(content)


def test_hidden_columns_are_read_and_named() -> None:
    """A column that says no may be among them."""
    columns = (
        '<cols><col min="2" max="2" width="9" hidden="1"/><col min="9" max="99" width="0"/></cols>'
    )
    sheet = read(xlsx({"One": TABLE}, columns=columns))
    assert sheet.header == ("Patient", "Phone")
    assert sheet.notes == ("hidden column B was read too",)


def test_where_hidden_rows_cannot_be_seen_it_is_said() -> None:
    """As in the older kinds of spreadsheets, or one whose own list leads nowhere."""
    parts = unpacked(xlsx({"One": TABLE}, rows_given={3: 'hidden="1"'}))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("<sheets>", "<sheets>&nbsp;")
    sheet = read(zipped(parts))
    assert people(sheet) == ["Ann", "Bob", "Cy"]
    assert sheet.notes[0].startswith("files of this kind do not say which rows are hidden")


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# -- other sheets ------------------------------------------------------------------------------


def test_a_sheet_of_notes_in_front_stops_nobody() -> None:
    """The only sheet with names of columns is read; the notes are named."""
    content = xlsx({"Read me": [["For Jane:"], ["call them all"]], "Plan": TABLE})
    sheet = read(content)
    assert (sheet.worksheet, people(sheet)) == ("Plan", ["Ann", "Bob", "Cy"])
    assert 'nobody was read from "Read me" (2 lines)' in sheet.notes[0]


def test_of_several_tables_the_first_is_read_and_the_others_are_named() -> None:
    """Each can be asked for."""
    content = xlsx({"Mon": TABLE, "Tue": TABLE[:2]})
    sheet = read(content)
    assert (sheet.worksheet, sheet.unread) == ("Mon", ("Tue",))
    assert 'only the sheet "Mon" was read; nobody was read from "Tue" (2 lines)' in sheet.notes[0]
    assert people(read(content, worksheet="Tue")) == ["Ann"]


def test_behind_notes_two_tables_are_asked_about() -> None:
    """Which of them is meant nobody can tell."""
    with pytest.raises(NoTable, match=r'"Notes", has no names.*"Mon", "Tue" have.*--sheet'):
        read(xlsx({"Notes": [["Hello"]], "Mon": TABLE, "Tue": TABLE}))


def test_columns_that_the_sender_names_are_known() -> None:
    """So a sheet in a language of their own is found."""
    content = xlsx({"Notes": [["Hello"]], "Plan": [["Kd", "Nr 7"], ["Ann", "1"]]})
    with pytest.raises(NoTable, match="no rows below"):
        read(content)
    assert read(content, named=("Nr 7",)).worksheet == "Plan"


def test_hidden_sheets_are_named() -> None:
    """They are read when they are asked for."""
    content = xlsx({"Mon": TABLE, "Old": TABLE}, hidden=["Old"])
    assert read(content).notes == ('hidden sheets were not read: "Old" (--sheet)',)
    assert read(content, worksheet="Old").worksheet == "Old"
    with pytest.raises(NoTable, match="it is text"):
        read(csv_of(TABLE), worksheet="Old")


# -- titles above the header -------------------------------------------------------------------

TITLES = [
    ["Hill Street Clinic"],
    ["Appointments", "11/24/2026"],
    ["Date", "11/23/2026", "Time", "9:12"],
]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_titles_above_the_names_of_columns_are_passed_over(mark: str) -> None:
    """As printed reports have them; they are quoted."""
    sheet = read(csv_of([*TITLES, [], *TABLE], mark))
    assert (sheet.header, people(sheet)) == (("Patient", "Phone"), ["Ann", "Bob", "Cy"])
    assert sheet.rows[0].line == 6
    assert sheet.notes[0].startswith("lines 1 to 3 stand above the names of the columns (line 5)")
    assert '"Hill Street Clinic"' in sheet.notes[0]


def test_titles_in_a_spreadsheet() -> None:
    """The same, with a header in two floors."""
    floors = [["Patient", None, "Appointment"], ["Name", "Phone", "Date"], ["Ann", "1", "2"]]
    sheet = read(xlsx({"One": [["Clinic"], [], *floors]}))
    names = ("Patient Name", "Patient Phone", "Appointment Date")
    assert (sheet.header, people(sheet)) == (names, ["Ann"])


def test_a_title_above_a_list_of_one_column() -> None:
    """A list of numbers, say."""
    assert people(read(csv_of([["Do not call"], ["Number"], ["2125550101"]]))) == ["2125550101"]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["2125550101"], ["Mobile"], ["2125550102"]], "2125550101"),
        ([["Kd", "Nr"], ["Phone", ""], ["1", "2"]], "Kd"),
        ([["Phone"], ["1"], ["Name", "Phone"]], "Phone"),
        ([["Phone", "Kd"], ["1", "Name"], ["Patient", "Date"]], "Phone"),
        ([["Kd", "Nr"], ["Ann", "1"]], "Kd"),
        ([["Kd", "Nr"], ["Name", "2125550101"], ["Mobile", "2026-11-24"]], "Kd"),
    ],
)
def test_no_row_of_the_table_is_taken_for_its_header(rows: list[list[str]], header: str) -> None:
    """The first line is the header unless another one clearly is."""
    assert read(csv_of(rows)).header[0] == header
    assert read(csv_of(rows)).notes == ()


def test_the_line_of_the_header_can_be_said() -> None:
    """As an editor numbers it; an empty one is refused."""
    sheet = read(csv_of([["x", "y"], [], ["Kd", "Nr"], ["Ann", "1"]]), header_line=3)
    assert (sheet.header, people(sheet)) == (("Kd", "Nr"), ["Ann"])
    assert sheet.notes[0].startswith("line 1 stands above")
    with pytest.raises(NoTable, match="Line 2 cannot hold the names"):
        read(csv_of([["x", "y"], [], ["Kd", "Nr"], ["Ann", "1"]]), header_line=2)


# -- bounds ------------------------------------------------------------------------------------


def stray(place: str) -> str:
    row = re.sub("[A-Z]", "", place)
    return f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'


@pytest.mark.parametrize("place", ["XFD1048576", "Z1048576", "XFD2000"])
def test_a_stray_cell_far_from_the_table_is_named(place: str) -> None:
    """What lies between would take more memory than there is."""
    row, letters = re.sub("[A-Z]", "", place), re.sub("[0-9]", "", place)
    with pytest.raises(NoTable, match=f"row {row}, column {letters}; delete"):
        read(xlsx({"One": TABLE}, strays=stray(place)))


@pytest.mark.parametrize("cell", ['<c r="XFD1048576" s="1"/>', '<c r="XFD1048576" s="1"></c>'])
def test_cells_that_are_only_coloured_are_no_strays(cell: str) -> None:
    """They hold nothing."""
    strays = f'<row r="1048576">{cell}</row>'
    assert people(read(xlsx({"One": TABLE}, strays=strays))) == ["Ann", "Bob", "Cy"]


def test_a_row_far_below_is_read() -> None:
    """A narrow table takes no memory to speak of."""
    sheet = read(xlsx({"One": TABLE}, strays=stray("B1048576")))
    assert sheet.rows[-1].line == 1048576


def test_repeated_cells_of_an_open_document_count_only_if_they_hold_something() -> None:
    """LibreOffice ends each sheet with a million empty rows."""
    row = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384">{}</table:table-cell>'
        "</table:table-row>"
    )
    assert people(read(ods(TABLE, strays=row.format("")))) == ["Ann", "Bob", "Cy"]
    full = row.format("<text:p>x</text:p>")
    with pytest.raises(NoTable, match="row 1048004, column XFD"):
        read(ods(TABLE, strays=full))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_cell_of_many_megabytes_is_refused(part: str) -> None:
    """Before it is read: it is a few kilobytes while it is packed."""
    parts = unpacked(xlsx({"One": TABLE}))
    parts.setdefault(part, f'<sst xmlns="{STRINGS}"><si><t>Ann</t></si></sst>')
    parts[part] = parts[part].replace("Ann", "x" * 5_000_000)
    with pytest.raises(NoTable, match="more than a million characters"):
        read(zipped(parts))


def test_a_bomb_is_refused_by_what_it_says_of_itself() -> None:
    """Without unpacking it."""
    with pytest.raises(NoTable, match="unpacks to 420 MB"):
        read(zipped({"content.xml": "<x/>", "bomb": "\0" * (420 * 1024 * 1024)}))


def test_entities_that_grow_are_no_table() -> None:
    """A billion laughs, one level of each."""
    levels = '<!ENTITY l0 "ha">' + "".join(
        f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10)
    )
    parts = unpacked(xlsx({"One": TABLE}))
    sheet = parts["xl/worksheets/sheet1.xml"].replace("Ann", "&l9;")
    parts["xl/worksheets/sheet1.xml"] = f"<!DOCTYPE w [{levels}]>{sheet}"
    with contextlib.suppress(NoTable):
        assert all(len(cell) < 1000 for row in read(zipped(parts)).rows for cell in row.cells)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Phone\n" + b"1\n" * (MAX_ROWS + 1), "more than 100000 rows"),
        (b"Phone\n" + b"1\n" * (MAX_ROWS + 500), "more than 100000 rows"),
        (b"Phone" + b",x" * MAX_COLUMNS + b"\n1\n", "1001 columns"),
    ],
)
def test_a_file_that_is_too_long_or_wide_is_refused(content: bytes, says: str) -> None:
    """With its limit."""
    with pytest.raises(NoTable, match=says):
        read(content)


def test_as_many_rows_as_may_be() -> None:
    """Titles and empty lines do not count."""
    rows = b"Name,Phone\n" + b"\n" * 900 + b"A,1\n" * MAX_ROWS
    assert len(read(b"Hill Clinic\n" + rows).rows) == MAX_ROWS


@pytest.mark.parametrize(
    "line",
    [b"x" * 2_000_000, b"," * 2_000_000 + b"x", b'"' + b"x" * 2_000_000 + b'",1'],
    ids=["long", "wide", "quoted"],
)
def test_an_endless_line_spoils_itself_alone(line: bytes) -> None:
    """It is named, and what stands around it is read."""
    sheet = read(b"Name,Phone\nAnn,1\n" + line + b"\nBob,2\n")
    good = [row for row in sheet.rows if not row.problem]
    [bad] = [row for row in sheet.rows if row.problem]
    assert ([row.cells for row in good], bad.line) == ([("Ann", "1"), ("Bob", "2")], 3)
    assert "longer than 1,000,000 characters" in bad.problem
    assert sum(map(len, bad.cells)) < 1000


def test_a_file_of_one_endless_line_is_refused() -> None:
    """It has no header that could be read."""
    with pytest.raises(NoTable, match="Line 1 should hold the names of columns"):
        read(b"x,1" * 10_000_000)


def test_stray_nuls_are_accidents() -> None:
    """As some exports fill fields with."""
    assert people(read(b"Name,Phone\nA\0nn\0,1\0\n")) == ["Ann"]


# -- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([3], "line 3"),
        ([4, 3], "lines 3 and 4"),
        ([3, 4, 5], "lines 3 to 5"),
        ([1, 3, 4, 7, 8, 9], "lines 1, 3, 4 and 7 to 9"),
        (range(1, 99, 2), "lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 and so on"),
    ],
)
def test_lines_in_words(lines: Sequence[int], words: str) -> None:
    """Runs are put together."""
    assert lines_of(lines) == words


@pytest.mark.parametrize(("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_columns_have_letters(column: int, letters: str) -> None:
    """As in a spreadsheet."""
    assert column_letters(column) == letters
