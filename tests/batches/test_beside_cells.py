"""What stands beside the values of a spreadsheet's cells: lines through them, comments, colours;
and names of columns in two lines. What may mean "no longer" or "no" leads to no call.
"""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from batch_kit import opened_store
from workbook_kit import RED, STRUCK, ods, xlsx, zipped

from bot.batches.intake import Intake
from bot.batches.reading.columns import guess_columns
from bot.batches.reading.sheets import read_sheet
from bot.batches.taken_in import TakenIn
from bot.store import Store
from config import SHIPPED, read_agents
from config.calling_rules import load_rules

NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)
AGENTS = dict(read_agents(SHIPPED))
RULES = load_rules()
HEAD = ["Patient", "Phone", "State", "Date", "Time", "Consent", "Notes"]
ANN = ["Ann", "212-555-0101", "NY", "2027-06-01", "10:00", "signed form", "x"]
BOB = ["Bob", "212-555-0102", "NY", "2027-06-01", "11:00", "signed form", "x"]
TABLE = [HEAD, ANN, BOB]


class Desk:
    """Imports files of any kind."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._intake = Intake(
            store=store,
            agents=AGENTS,
            now=lambda: NOON,
            can_tell=False,
            rules=RULES,
        )

    async def open(self, content: bytes, name: str = "t.xlsx", **said: object) -> TakenIn:
        settings = {"times_in": "America/New_York", "consent": "form"}
        return await self._intake.open_batch(
            content, name, agent="reminder", settings=settings, **said
        )

    async def lines(self, taken: TakenIn) -> list[int]:
        """Of those who would be called."""
        if taken.batch is None:
            return []
        return [one.line for one in await self._store.batches.find_contacts(taken.batch.id)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened_store(tmp_path) as store:
        yield Desk(store)


STRUCK_ODS = (
    '<style:style style:name="gone" style:family="table-cell"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style><style:style style:name="son" '
    'style:family="table-cell" style:parent-style-name="gone"/><style:style style:name="back" '
    'style:family="table-cell" style:parent-style-name="gone"><style:text-properties '
    'style:text-line-through-style="none"/></style:style>'
)


def _shared(struck: str) -> bytes:
    """A workbook whose texts are shared, the second with runs, one of which has that property."""
    packed = xlsx({"One": [HEAD, [None, *ANN[1:]], BOB]})
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = (
        f'<sst xmlns="{space}"><si><t>none</t></si><si><r><t>Ann</t></r><r><rPr>{struck}</rPr>'
        "<t> Lee</t></r></si></sst>"
    )
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(
        "</Relationships>",
        '<Relationship Id="ss" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    )
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(
        '<row r="2" >', '<row r="2" ><c r="A2" t="s"><v>1</v></c>', 1
    )
    return zipped(parts)


@pytest.mark.parametrize(
    "content",
    [
        xlsx({"One": TABLE}, styled={(1, 0): STRUCK}),
        xlsx({"One": TABLE}, styled={(1, at): STRUCK for at in range(7)}),
        xlsx({"One": TABLE}, styled={(1, 3): STRUCK}),
        _shared("<strike/>"),
        ods(TABLE, styles=STRUCK_ODS, cells_given={(1, 0): 'table:style-name="gone"'}),
        ods(TABLE, styles=STRUCK_ODS, cells_given={(1, 1): 'table:style-name="son"'}),
        ods(
            TABLE,
            styles=STRUCK_ODS,
            rows_given={2: 'table:default-cell-style-name="gone"'},
        ),
        "\n".join(",".join(row) for row in [HEAD, ["~~Ann~~", *ANN[1:]], BOB]).encode(),
    ],
)
async def test_who_is_struck_through_is_not_called(desk: Desk, content: bytes) -> None:
    """A name, a day or a whole row, and in shared texts a part: the row comes back and says so."""
    taken = await desk.open(content)
    assert await desk.lines(taken) == [3]
    (row,) = taken.bad_rows
    assert (row.line, "struck through" in row.why) == (2, True)


@pytest.mark.parametrize(
    "content",
    [
        xlsx({"One": TABLE}, styled={(1, 0): RED}),
        xlsx({"One": TABLE}, dates=[(5, 5)]),
        _shared('<strike val="0"/>'),
        _shared("<b/>"),
        ods(TABLE, styles=STRUCK_ODS, cells_given={(1, 0): 'table:style-name="back"'}),
    ],
)
async def test_what_is_not_struck_through_is_called(desk: Desk, content: bytes) -> None:
    """A line that a style takes back is none."""
    assert await desk.lines(await desk.open(content)) == [2, 3]


async def test_a_line_through_an_ignored_column_means_nothing(desk: Desk) -> None:
    """Its sender has said so."""
    content = xlsx({"One": TABLE}, styled={(1, 6): STRUCK})
    assert await desk.lines(await desk.open(content, columns={"ignored": "Notes"})) == [2, 3]


async def test_a_struck_row_that_is_handed_back_stays_struck(desk: Desk) -> None:
    """In a file of text too, until its sender takes the marks out; a comment likewise."""
    content = xlsx({"One": TABLE}, styled={(1, 0): STRUCK}, comments={"B3": "please stop calling"})
    taken = await desk.open(content)
    rows = list(csv.reader(io.StringIO(taken.problems_csv)))
    assert rows[1][0] == "~~Ann~~"
    assert "[comment: Kim:\nplease stop calling]" in rows[2][1]
    again = await desk.open(taken.problems_csv.encode(), "p.csv")
    assert await desk.lines(again) == []
    mended = taken.problems_csv.replace("~~", "")
    assert len(await desk.lines(await desk.open(mended.encode(), "p.csv"))) == 1


async def test_colours_say_nothing_and_that_is_said(desk: Desk) -> None:
    """Red may mean anything; where all rows are alike it means nothing."""
    taken = await desk.open(xlsx({"One": TABLE}, styled={(1, 0): RED}))
    (note,) = [note for note in taken.notes if "colour" in note]
    assert "line 2 " in note
    everywhere = {(1, 0): RED, (2, 0): RED}
    taken = await desk.open(xlsx({"One": TABLE}, styled=everywhere))
    assert not [note for note in taken.notes if "colour" in note]


COMMENT = (
    "<office:annotation><dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Stop Calling"
    "</dc:creator><text:p>{}</text:p></office:annotation>"
)
AGAINST = [
    "do not call",
    "asked to be taken off the list",
    "cancelled 5/3",
    "passed away in March",
    "wrong number",
    "new number 212 555 0199",
    "bitte nicht anrufen",
    "no llamar",
    "ne plus appeler",
    "text only",
]


@pytest.mark.parametrize("text", AGAINST)
@pytest.mark.parametrize("kind", ["old", "thread", "ods", "text"])
async def test_a_comment_against_a_call_is_read(desk: Desk, text: str, kind: str) -> None:
    """Whoever wrote it beside which cell, in all kinds of files."""
    content = {
        "old": xlsx({"One": TABLE}, comments={"A2": text}),
        "thread": xlsx({"One": TABLE}, threads={"E2": text}),
        "ods": ods(TABLE, beside={(1, 0): COMMENT.format(text)}),
        "text": "\n".join(
            ",".join(row) for row in [HEAD, [f"Ann [comment: {text}]", *ANN[1:]], BOB]
        ).encode(),
    }[kind]
    taken = await desk.open(content)
    assert await desk.lines(taken) == [3]
    assert text in taken.bad_rows[0].why
    assert "comment on" in taken.bad_rows[0].why


@pytest.mark.parametrize(
    "content",
    [
        xlsx({"One": TABLE}, comments={"A2": "wheelchair", "A1": "ask before: do not call"}),
        xlsx({"One": TABLE}, threads={"A2": "bring insurance card"}),
        ods(TABLE, beside={(1, 0): COMMENT.format("called, no answer")}),
    ],
)
async def test_a_harmless_comment_stops_nobody(desk: Desk, content: bytes) -> None:
    """Neither who wrote it nor what a spreadsheet says of its own threads is read; a comment on
    the names of columns is about nobody.
    """
    taken = await desk.open(content)
    assert await desk.lines(taken) == [2, 3]
    assert [note for note in taken.notes if "comments on cells were read" in note]


async def test_a_comment_on_a_consent_may_take_it_back(desk: Desk) -> None:
    """With the words that refuse in its own cells."""
    taken = await desk.open(xlsx({"One": TABLE}, comments={"F2": "revoked 5/2"}))
    assert await desk.lines(taken) == [3]


async def test_comments_in_hidden_rows_count(desk: Desk) -> None:
    """As what their cells say does."""
    table = [HEAD, ANN, [*BOB[:1], ANN[1], *BOB[2:]]]
    content = xlsx({"One": table}, comments={"A3": "do not call"}, rows_given={3: 'hidden="1"'})
    assert await desk.lines(await desk.open(content)) == []


# -- names of columns in two lines ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "below", "fields"),
    [
        (
            "Patient,,,Appointment,",
            "First,Last,Phone,Date,Time",
            {"number": 2, "first_name": 0, "last_name": 1, "day": 3, "time": 4},
        ),
        (
            "Patient,Patient,Patient,Appointment,Appointment",
            "First,Last,Phone,Date,Time",
            {"number": 2, "first_name": 0, "last_name": 1, "day": 3, "time": 4},
        ),
        ("Name,,Phone,,Appointment", "First,Last,Home,Cell,Date", {"number": 3, "day": 4}),
        ("Patient,Phone,Appt,Appt,", "Name,,Date,Time,", {"name": 0, "number": 1, "day": 2}),
        ("Patient,,Do not,", "Name,Phone,Call,Text", {"number": 1, "do_not_call": 2}),
        ("Patient,,Consent,", "Name,Phone,Call,Email", {"number": 1, "consent_source": 2}),
        ("Emergency contact,,Patient,", "Name,Phone,Name,Phone", {"name": 2, "number": 3}),
        ("Patientendaten,,,Termin,", "Vorname,Nachname,Telefon,Datum,Uhrzeit", {"number": 2}),
        ("Paciente,,,Cita,", "Nombre,Apellidos,Teléfono,Fecha,Hora", {"number": 2, "day": 3}),
        ("Patient,,,Rendez-vous,", "Prénom,Nom,Téléphone,Date,Heure", {"number": 2, "day": 3}),
    ],
)
@pytest.mark.parametrize("title", ["", "Report of the day\n"])
def test_names_in_two_lines_are_read_together(
    above: str, below: str, fields: dict[str, int], title: str
) -> None:
    """Merged cells come as a title and empty cells, or repeated."""
    row = "Ann,Lee,212-555-0101,2027-06-01,10:00"
    sheet = read_sheet(f"{title}{above}\n{below}\n{row}\n".encode())
    assert [one.cells[0] for one in sheet.rows] == ["Ann"]
    found = guess_columns(sheet.header).fields
    for field, at in fields.items():
        assert found[field][0] == sheet.header[at], field  # type: ignore[index]
    assert not sheet.notes if not title else "Report of the day" in sheet.notes[0]


@pytest.mark.parametrize(
    "above", ["Clinic,Hill Street,,,", "Printed by,Kim,,,", "Daily report,,,,"]
)
def test_titles_are_no_names_of_columns(above: str) -> None:
    """They are passed over, as ever."""
    sheet = read_sheet(f"{above}\nFirst,Last,Phone,Date,Time\nAnn,Lee,2125550101,,\n".encode())
    assert sheet.header == ("First", "Last", "Phone", "Date", "Time")
    assert len(sheet.notes) == 1


def test_a_spreadsheet_with_two_lines_of_names() -> None:
    """As merged cells are stored there."""
    rows = [["Patient", None, "Phone", None], ["First", "Last", "Home", "Cell"]]
    sheet = read_sheet(xlsx({"One": [*rows, ["Ann", "Lee", "1", "2"]]}))
    assert sheet.header == ("Patient First", "Patient Last", "Phone Home", "Phone Cell")
