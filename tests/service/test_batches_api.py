"""The API of batches over real sockets: what a sender's own program would do."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.batches.reading import delimited, file_top, importing, workbooks
from bot.server.entrance import MAX_UPLOAD_BYTES
from bot.simulator.loopback_client import loopback_client
from bot.store import Store, Suppression
from bot.testing.line import HASTY, Line, agent_file
from tests.batches.workbook_kit import xlsx
from tests.service.line_kit import ToneVoice, open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = """Patient,Phone,State,Appointment ID,Doctor
Ada,(212) 555-0101,NY,apt_1,Grey
Bob,12,NY,apt_2,Grey
Cy,212 555 0103,NY,apt_3,Hopper
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("batches"),
        manner=HASTY,
        voice=ToneVoice(),
        agents={"clinic": agent_file(pipeline="reminder", first_line="Hi {name}.")},
    ) as line:
        yield line


async def send(
    line: Line, content: str = FILE, *, settings: str = "{}", **fields: str
) -> httpx.Response:
    """POST /batches with this file, which says nothing of days."""
    if settings.endswith("}"):
        settings = json.dumps({"without_day": True, **json.loads(settings)})
    return await line.api.post(
        "/batches",
        files={"file": ("tuesday.csv", content.encode(), "text/csv")},
        data={"agent": "clinic", "settings": settings, **fields},
    )


async def new_batch(line: Line, **fields: str) -> str:
    """The id of a batch of its own."""
    answer = await send(line, **fields)
    assert answer.status_code == 201, answer.text
    batch_id: str = answer.json()["batch"]["id"]
    return batch_id


async def post(line: Line, path: str, **body: Any) -> tuple[int, Any]:
    answer = await line.api.post(path, json=body or None)
    return answer.status_code, answer.json()


async def test_a_file_becomes_a_batch(line: Line) -> None:
    """Good rows are contacts, bad ones come back to be put right and sent again."""
    answer = await send(line, name="Tuesday", settings='{"concurrency": 2}')
    assert answer.status_code == 201
    taken = answer.json()
    assert (taken["contacts"], taken["batch"]["name"]) == (2, "Tuesday")
    assert (taken["batch"]["state"], taken["batch"]["settings"]["concurrency"]) == ("planned", 2)
    assert [row["line"] for row in taken["bad_rows"]] == [3]

    batch_id = taken["batch"]["id"]
    mended = taken["problems_csv"].replace(",12,", ",2125550102,")
    more = await line.api.post(
        f"/batches/{batch_id}/contacts", files={"file": ("mended.csv", mended.encode())}
    )
    assert (more.status_code, more.json()["contacts"]) == (200, 1)
    listed = (await line.api.get("/batches")).json()["batches"]
    assert batch_id in [batch["id"] for batch in listed]


async def test_a_batch_is_moved(line: Line) -> None:
    """Each move answers with the batch; a wrong one is a 409 that says how it stands."""
    path = f"/batches/{await new_batch(line)}"
    assert (await post(line, f"{path}/approve"))[0] == 409
    status, batch = await post(line, f"{path}/start")
    assert (status, batch["state"]) == (200, "running")
    status, refused = await post(line, f"{path}/start")
    assert (status, refused["detail"]) == (409, f"{path[9:]} cannot be started: it is running")
    assert (await post(line, f"{path}/pause"))[1]["state"] == "paused"
    assert (await post(line, f"{path}/resume"))[1]["state"] == "running"
    status, batch = await post(line, f"{path}/pace", calls_per_second=0.5)
    assert (status, batch["settings"]["calls_per_second"]) == (200, 0.5)
    assert (await post(line, f"{path}/pace", concurrency=0))[0] == 422
    assert (await post(line, f"{path}/pace", speed=3))[0] == 422
    status, batch = await post(line, f"{path}/budget", budget_usd=60.5)
    assert (status, batch["settings"]["budget_usd"]) == (200, "60.5")
    status, batch = await post(line, f"{path}/budget", budget_usd=None)
    assert (status, batch["settings"]["budget_usd"]) == (200, None)
    assert (await post(line, f"{path}/budget", budget_usd=0))[0] == 422
    assert (await post(line, f"{path}/cancel", live="end"))[1]["state"] == "cancelled"
    assert (await post(line, f"{path}/resume"))[0] == 409


async def test_of_two_who_start_one_does(line: Line) -> None:
    """The others are told."""
    path = f"/batches/{await new_batch(line)}"
    answers = await asyncio.gather(*(post(line, f"{path}/start") for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409]


async def test_how_a_batch_stands(line: Line) -> None:
    """Counts, pace, and who is in it, page by page."""
    batch_id = await new_batch(line)
    status = (await line.api.get(f"/batches/{batch_id}")).json()
    assert (status["contacts"], status["concluded"], status["states"]) == (2, 0, {"waiting": 2})
    assert (status["calls"], status["spent_usd"], status["live"]) == (0, 0.0, [])
    page = (await line.api.get(f"/batches/{batch_id}/contacts", params={"limit": 1})).json()
    [ada] = page["contacts"]
    assert (ada["name"], ada["number"], ada["appointments"]) == ("Ada", "+12125550101", ["apt_1"])
    after = {"limit": 1, "after": page["next_after"]}
    page = (await line.api.get(f"/batches/{batch_id}/contacts", params=after)).json()
    assert [contact["name"] for contact in page["contacts"]] == ["Cy"]
    after = {"limit": 1, "after": page["next_after"]}
    page = (await line.api.get(f"/batches/{batch_id}/contacts", params=after)).json()
    assert page == {"contacts": [], "next_after": None}
    none = {"state": "done"}
    assert (await line.api.get(f"/batches/{batch_id}/contacts", params=none)).json()[
        "contacts"
    ] == []


async def test_a_plan(line: Line) -> None:
    """Who would be called when, as if it began at a given time, and who not and why."""
    batch_id = await new_batch(line, settings='{"consent": "intake form"}')
    noon = {"at": "2026-11-24T12:00:00-05:00"}
    plan = (await line.api.get(f"/batches/{batch_id}/plan", params=noon)).json()
    assert [call["line"] for call in plan["calls"]] == [2, 4]
    assert plan["begins_at"] == "2026-11-24T17:00:00+00:00"
    assert [greeting["text"] for greeting in plan["greetings"]] == ["Hi Ada.", "Hi Cy."]
    as_csv = await line.api.get(f"/batches/{batch_id}/plan.csv", params=noon)
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert "Tue 2026-11-24 12:00 EST,America/New_York,2026-11-24T17:00:00Z" in as_csv.text
    night = {"at": "2026-11-24T23:00:00-05:00"}
    plan = (await line.api.get(f"/batches/{batch_id}/plan", params=night)).json()
    assert plan["begins_at"] == "2026-11-25T14:00:00+00:00"
    plan = (await line.api.get(f"/batches/{await new_batch(line)}/plan", params=noon)).json()
    assert plan["skipped_by_rule"] == {"consent": 2}
    assert (
        await line.api.get(f"/batches/{batch_id}/plan", params={"at": "noon"})
    ).status_code == 422


async def test_results_and_evidence(line: Line) -> None:
    """One row for each contact; all that is known of one, by id or line."""
    batch_id = await new_batch(line)
    results = await line.api.get(f"/batches/{batch_id}/results")
    assert results.headers["content-type"].startswith("text/csv")
    header, ada, _ = results.text.splitlines()
    assert header.startswith("line,number,name,")
    assert ada.startswith("2,+12125550101,Ada,apt_1,waiting,")
    page = (await line.api.get(f"/batches/{batch_id}/contacts")).json()
    for who in (page["contacts"][0]["id"], "2"):
        evidence = (await line.api.get(f"/batches/{batch_id}/contacts/{who}/evidence")).json()
        assert evidence["contact"]["name"] == "Ada"
        assert evidence["batch"]["settings"]["consent_required"] is True
    nobody = await line.api.get(f"/batches/{batch_id}/contacts/99/evidence")
    assert nobody.status_code == 404


async def test_what_is_not_there(line: Line) -> None:
    """404 with a sentence."""
    below = ("", "/contacts", "/plan", "/results", "/contacts/2/evidence")
    for path in (f"/batches/batch_x{rest}" for rest in below):
        answer = await line.api.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is no batch batch_x")
    assert (await post(line, "/batches/batch_x/start"))[0] == 404


@pytest.mark.parametrize(
    ("content", "fields", "says"),
    [
        (FILE, {"agent": "nobody"}, "there is no agent"),
        (FILE, {"settings": '{"caps": {"per_day": 0}}'}, "settings: caps.per_day"),
        (FILE, {"settings": "{"}, "settings: write it as JSON"),
        (FILE, {"columns": '{"phone": "Fax"}'}, 'has no column "Fax"'),
        ("town\nx\n", {}, "No column is known to hold the telephone numbers"),
        ("phone,name\n12,Ada\n", {}, "no row of the file can be used; line 2:"),
        ("", {}, "The file is empty."),
    ],
)
async def test_a_file_that_is_refused(
    line: Line, content: str, fields: dict[str, str], says: str
) -> None:
    """422 with a sentence; and rows that could not be used are still handed back."""
    before = (await line.api.get("/batches", params={"limit": 500})).json()
    answer = await send(line, content, **fields)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    if "no row" in says:
        assert "12,Ada" in answer.json()["problems_csv"]
    assert (await line.api.get("/batches", params={"limit": 500})).json() == before


TABLE = [["Patient", "Phone"], ["Ada", "2125550101"], ["Cy", "2125550103"]]


def spreadsheet(**more: str) -> bytes:
    """Notes, a title above the table, a row that a filter hides, and another day."""
    day = [["Tuesday"], *TABLE]
    return xlsx({"Read me": [["x"]], "Tue": day, "Wed": day}, rows_given={4: 'hidden="1"'}, **more)


async def test_the_sender_says_what_a_file_does_not_show(line: Line) -> None:
    """Which sheet, which line holds the names, whether hidden rows count; and is told."""
    form = {"agent": "clinic", "sheet": "Wed", "settings": '{"without_day": true}'}
    answer = await line.api.post("/batches", data=form, files={"file": spreadsheet()})
    told = " ".join(answer.json()["notes"])
    assert (answer.json()["contacts"], answer.status_code) == (1, 201), answer.text
    for words in ('"Tue" (4 lines)', "1 hidden row (line 4) was left out", "line 1 stands above"):
        assert words in told
    form |= {"hidden_rows": "true", "header_line": "2"}
    answer = await line.api.post("/batches", data=form, files={"file": spreadsheet()})
    assert answer.json()["contacts"] == 2
    answer = await line.api.post("/batches", data=form | {"header_line": "3"})
    assert answer.status_code == 422


async def test_no_file_is_read_in_the_process_that_carries_calls(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could not, here; a child can."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a file is read in the service")

    for module in (delimited, workbooks, importing, file_top):
        for name in ("read_delimited", "read_workbook", "import_contacts", "read_sheet"):
            monkeypatch.setattr(module, name, never, raising=False)
    assert (await send(line)).status_code == 201
    numbers = {"file": b"number\n2125550188\n12\n"}
    listed = await line.api.post("/suppressions/import", files=numbers, data={"country": "US"})
    assert (listed.json()["added"], listed.json()["unread"]) == (1, 1), listed.text
    await line.api.delete("/suppressions/+12125550188")


@pytest.mark.parametrize("place", ["XFD1048576", "Z1048576"])
async def test_a_stray_cell_ends_no_service(line: Line, place: str) -> None:
    """The file is refused with a sentence."""
    cell = f'<row r="1048576"><c r="{place}"><v>1</v></c></row>'
    form = {"agent": "clinic", "sheet": "Tue"}
    for path in ("/batches", "/suppressions/import"):
        form = form if path == "/batches" else {"sheet": "Tue"}
        answer = await line.api.post(path, data=form, files={"file": spreadsheet(strays=cell)})
        assert answer.status_code == 422
        assert "row 1048576, column" in answer.json()["detail"]


async def test_forms_that_are_none(line: Line) -> None:
    """No file, fields nobody knows, and more than anybody could need."""
    for form in ({"data": {"agent": "clinic"}}, {"json": {"agent": "clinic"}}):
        answer = await line.api.post("/batches", **form)  # type: ignore[arg-type]
        assert answer.status_code == 422, answer.text
    unknown = await send(line, colour="blue")
    assert unknown.status_code == 422
    assert unknown.json()["detail"][0]["loc"] == ["colour"]
    too_much = b"x" * (MAX_UPLOAD_BYTES + 1)
    large = await line.api.post("/batches", files={"file": ("l.csv", too_much)})
    assert large.status_code == 413


async def test_nobody_without_the_key(line: Line) -> None:
    """Every route below /batches and /suppressions needs it, and a file is not even read."""
    async with loopback_client(base_url=line.url) as stranger:
        routes = [
            (method.upper(), path)
            for path, methods in (await line.api.get("/openapi.json")).json()["paths"].items()
            for method in methods
            if path.startswith(("/batches", "/suppressions"))
        ]
        assert len(routes) >= 12
        for method, path in routes:
            asked = path.replace("{batch_id}", "batch_x").replace("{who}", "2")
            answer = await stranger.request(method, asked)
            assert answer.status_code == 401, (method, path)
        files = {"file": ("t.csv", FILE.encode())}
        assert (await stranger.post("/batches", files=files)).status_code == 401


async def test_what_an_import_left_out_is_told(line: Line) -> None:
    """Rows that lead to no call by kind, who asked for no calls, and what the model is told."""
    rows = (
        "Patient,Phone,SSN,Date,Status,DNC\nAnn,2125550101,1,2027-06-01,Booked,\n"
        "Bob,2125550102,2,2027-06-01,Cancelled,\nCy,2125550103,3,2027-06-01,Booked,X\n"
    )
    zone = '{"times_in": "America/New_York"}'
    taken = (await send(line, rows, settings=zone)).json()
    assert (taken["contacts"], taken["not_called"]) == (1, {"cancelled": 1, "refused": 1})
    assert taken["left_out"] == [{"line": 3, "kind": "cancelled", "why": 'Status: "Cancelled"'}]
    assert (taken["told"], taken["unread"]) == (["name", "day", "time"], ["SSN"])
    assert "+12125550103" in taken["no_calls_csv"]
    batch_id = taken["batch"]["id"]
    assert (await line.api.get(f"/batches/{batch_id}")).json()["not_called"] == taken["not_called"]
    plan = (await line.api.get(f"/batches/{batch_id}/plan")).json()
    assert plan["left_out"] == taken["not_called"]

    off = rows.replace("Booked", "No Show").replace(",X", ",")
    answer = await send(line, off, settings=zone)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "no row of the file leads to a call: 1 cancelled, 2 no-show"


async def test_suppressions(line: Line) -> None:
    """Added once, listed, exported; a word that is no number is refused."""
    added = await line.api.post("/suppressions", json={"number": "+12125550177", "note": "rang"})
    assert (added.status_code, added.json()) == (201, {"added": True})
    again = await line.api.post("/suppressions", json={"number": "+12125550177"})
    assert (again.status_code, again.json()) == (200, {"added": False})
    assert (await line.api.post("/suppressions", json={"number": "x"})).status_code == 422
    page = (await line.api.get("/suppressions")).json()
    [entry] = page["suppressions"]
    assert (entry["number"], entry["source"], entry["note"]) == ("+12125550177", "api", "rang")
    exported = await line.api.get("/suppressions/export")
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.text.splitlines()[1].startswith("+12125550177,")


async def test_an_opt_out_is_taken_back_with_consent(line: Line) -> None:
    """Without it 409, as ever; with it, who did so and by what is kept."""
    entry = Suppression(number="+12125550181", at=datetime.now(UTC), source="call", note="stop")
    store = await Store.open(line.settings.database_url)
    await store.suppressions.add(entry)
    await store.close()
    path = "/suppressions/+12125550181"
    assert (await line.api.delete(path)).status_code == 409
    blank = await line.api.request("DELETE", path, json={"consent": " "})
    assert blank.status_code == 409
    said = {"consent": "She wrote on 2026-11-25: please call", "by": "ann"}
    removed = await line.api.request("DELETE", path, json=said)
    assert (removed.status_code, removed.json()) == (200, {"removed": True})
    [kept] = (await line.api.get("/suppressions/taken-back")).json()[:1]
    assert {name: kept[name] for name in ("source", "note", "by", "consent")} == {
        "source": "call",
        "note": "stop",
        **said,
    }


async def test_a_file_of_suppressions(line: Line) -> None:
    """Its numbers are on the list, rows without one are told of, and a mistake can be undone."""
    file = {"file": ("list.csv", b"number\n212 555 0178\nx\n2125550179\n", "text/csv")}
    said = {"country": "US", "note": "old list"}
    listed = await line.api.post("/suppressions/import", files=file, data=said)
    assert listed.status_code == 200, listed.text
    assert (listed.json()["added"], listed.json()["known"]) == (2, 0)
    assert [row["line"] for row in listed.json()["problems"]] == [3]
    empty = {"file": ("list.csv", b"", "text/csv")}
    assert (await line.api.post("/suppressions/import", files=empty)).status_code == 422
    removed = await line.api.delete("/suppressions/+12125550178")
    assert (removed.status_code, removed.json()) == (200, {"removed": True})
    assert (await line.api.delete("/suppressions/+12125550178")).status_code == 404
    assert (await line.api.delete("/suppressions/nobody")).status_code == 422
    taken = await line.api.get("/suppressions/taken-back", params={"number": "+12125550178"})
    assert [(one["note"], one["by"], one["consent"]) for one in taken.json()] == [
        ("old list", "api", "")
    ]
    numbers = [e["number"] for e in (await line.api.get("/suppressions")).json()["suppressions"]]
    assert "+12125550179" in numbers
    assert "+12125550178" not in numbers
