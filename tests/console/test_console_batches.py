"""Batches in the console: looking a file through, a dry run, moves, and what is left to do."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from console_kit import Desk, open_desk, signed_in

from bot.clock import utcnow
from bot.console.batches import PAGE
from bot.store import BatchRecord, ContactRecord

pytestmark = pytest.mark.asyncio(loop_scope="module")

IN_A_WEEK = (utcnow() + timedelta(days=7)).date().isoformat()
HEADER = "Patient,Telephone,Reachable,Consent,Appointment day,At,Status"
ROWS = (
    f"Ann <b>Miller</b>,+12125550101,+12125550190,intake form,{IN_A_WEEK},10:00,Booked",
    f"Bob Jones,not a number,,intake form,{IN_A_WEEK},10:30,Booked",
    f"Cid Park,+12125550103,,declined,{IN_A_WEEK},11:00,Booked",
    f"Dee Ross,+12125550104,,intake form,{IN_A_WEEK},11:30,Cancelled",
)
FILE = "\n".join((HEADER, *ROWS)).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path_factory.mktemp("batches"), owner_timezone="Etc/UTC") as desk:
        yield desk


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    filled = {"agent": "reminder", "zone": "America/New_York", "concurrency": "3", **fields}
    files = {"file": ("people.csv", FILE, "text/csv")}
    return await client.post(f"/console/batches/{path}", data=filled, files=files)


async def test_a_file_is_looked_through_and_nothing_is_stored(desk: Desk) -> None:
    """What each column is, whom nobody calls and why, and what cannot be used, by line."""
    async with signed_in(desk, "operator") as client:
        form = await client.get("/console/batches/new")
        looked = await send(client, "new/look")
    assert "<option selected>reminder</option>" in form.text
    assert looked.status_code == 200
    assert "1 to be called; not: 1 refused, 1 cancelled, 1 handed back" in looked.text
    assert re.search(r"3</td><td class=\"wide\">[^<]*Telephone", looked.text), looked.text
    assert re.search(r'Telephone <select[^>]*>.*?value="number" selected', looked.text, re.DOTALL)
    assert "data:text/csv;base64," in looked.text
    assert await desk.store.batches.list() == []


async def test_columns_are_put_right_in_place(tmp_path: Path) -> None:
    """What the sender says of a column holds for the next look and for the batch: nobody is called
    at the number of the column that was taken at first.
    """
    known = {"header": HEADER.split(","), "fields": {"number": ["Telephone"]}}
    put_right = {"known_columns": json.dumps(known), "column.2": "number"}
    async with open_desk(tmp_path) as desk, signed_in(desk, "operator") as client:
        again = _shown((await send(client, "new/look", **put_right)).text)
        assert (again["column.1"], again["column.2"]) == ("", "number")
        nonsense = await send(client, "new/look", **{**again, "known_columns": "[1]"})
        assert nonsense.status_code == 422
        assert (await send(client, "new", **again)).status_code == 204
        (batch,) = await desk.store.batches.list()
        contacts = await desk.store.batches.find_contacts(batch.id)
    assert {contact.number for contact in contacts} == {"+12125550190"}


def _shown(looked: str) -> dict[str, str]:
    """What the form of this page would send of its columns."""
    known = re.search(r'name="known_columns" value="([^"]*)"', looked)
    assert known is not None
    selects = re.findall(r'<select name="(column\.\d+)">(.*?)</select>', looked, re.DOTALL)
    chosen = (
        (name, re.search(r'value="([a-z_]+)" selected', options)) for name, options in selects
    )
    columns = {name: found[1] if found else "" for name, found in chosen}
    return {"known_columns": known[1].replace("&#34;", '"'), **columns}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"agent": "reception"}, "agent reception calls nobody"),
        ({"concurrency": "many"}, "concurrency"),
        ({"variables": "business Riverside"}, "name = value"),
        ({"header_line": "x"}, "Header line"),
        ({"zone": "Mars/Base"}, "Mars/Base"),
    ],
)
async def test_what_cannot_be_read_is_said(desk: Desk, fields: dict[str, str], says: str) -> None:
    async with signed_in(desk, "operator") as client:
        answer = await send(client, "new", **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert await desk.store.batches.list() == []


async def test_a_batch_from_file_to_start(desk: Desk) -> None:
    """Made, looked at dry, paced, started, paused and cancelled; each act is written down."""
    async with signed_in(desk, "operator") as client:
        made = await send(
            client, "new", name="Week <3>", canary="1", variables="business = Riverside"
        )
        assert made.status_code == 204, made.text
        address = made.headers["HX-Redirect"]
        page = (await client.get(address)).text
        assert "Week &lt;3&gt;" in page
        assert "Ann &lt;b&gt;Miller&lt;/b&gt;" in page
        assert "1 refused, 1 cancelled, 1 handed back" in page
        mended = ROWS[1].replace("not a number", "+12125550102")
        files = {"file": ("mended.csv", f"{HEADER}\n{mended}".encode(), "text/csv")}
        added = (await client.post(f"{address}/add", files=files)).text
        assert "1 more in the batch" in added
        assert "Make the batch" not in added
        dry = (await client.get(f"{address}/plan")).text
        assert "<dt>Would be called</dt><dd>2</dd>" in dry
        assert "<rect" in dry
        whole = await client.get(f"{address}/plan.csv")
        assert whole.text.startswith("\ufeffline,number")
        set_pace = {"calls_per_second": "2,5", "concurrency": "7", "budget_usd": "12.50"}
        assert (await client.post(f"{address}/pace", data=set_pace)).status_code == 303
        assert (await client.post(f"{address}/pace", data={"concurrency": "x"})).status_code == 422
        assert (await client.post(f"{address}/approve")).status_code == 409
        for move in ("start", "pause", "resume"):
            assert (await client.post(f"{address}/{move}")).status_code == 303, move
        running = (await client.get(f"{address}/progress")).text
        assert "every 2s" in running
        assert "No dialler is running" in running
        assert (await client.post(f"{address}/cancel")).status_code == 303
        over = (await client.get(f"{address}/progress")).text
        assert "every 2s" not in over
        assert (await client.post(f"{address}/fly")).status_code == 404
        results = await client.get(f"{address}/results.csv")
        assert "+12125550101" in results.text
    batch_id = address.rpartition("/")[2]
    batch = await desk.store.batches.get(batch_id)
    assert batch is not None
    assert (batch.settings["concurrency"], batch.settings["budget_usd"]) == (7, "12.50")
    acts = [entry.act for entry in await desk.store.audit.find(subject=batch_id, limit=20)]
    for act in ("batch_made", "batch_pace_set", "batch_start", "batch_cancel", "results_exported"):
        assert act in acts


async def test_who_looks_starts_nothing(desk: Desk) -> None:
    async with signed_in(desk, "viewer") as client:
        assert (await send(client, "new")).status_code == 403
        assert (await client.post("/console/batches/batch_x/start")).status_code == 403
        assert (await client.get("/console/batches/batch_x")).status_code == 404
        assert "New batch" not in (await client.get("/console/batches")).text


async def test_contacts_follow_the_batch(desk: Desk) -> None:
    """With how far it is comes the page of contacts that is shown, as they are by now: the same
    part of the list, and as long as anything goes on.
    """
    people = [
        ContactRecord(
            id=f"f_{n:03}", batch_id="batch_follows", line=n, number="+12125550200", name=f"N{n}"
        )
        for n in range(PAGE + 3)
    ]
    batch = BatchRecord(
        id="batch_follows",
        name="Follows",
        agent="reminder",
        settings={},
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        state="running",
    )
    await desk.store.batches.add(batch, people)
    waiting, second = "state=waiting&disposition=", f"after=f_{PAGE - 1:03}"
    async with signed_in(desk, "viewer") as client:
        page = (await client.get(f"/console/batches/batch_follows?{waiting}")).text
        first = (await client.get(f"/console/batches/batch_follows/progress?{waiting}")).text
        await desk.store.batches.refuse("f_000", decision={}, at=utcnow())  # waits no more
        after = (await client.get(f"/console/batches/batch_follows/progress?{waiting}")).text
        rest = (await client.get(f"/console/batches/batch_follows/progress?{second}")).text
        bad = await client.get("/console/batches/batch_follows/progress?state=lost")
    assert "<hx-partial" not in page
    assert f"/progress?{waiting}&after=".replace("&", "&amp;") in page
    told = re.compile(r'<hx-partial hx-target="#contact-list".*</hx-partial>', re.DOTALL)
    names = [
        re.findall(r">(N\d+)</a>", found[0])
        for t in (first, after, rest)
        if (found := told.search(t))
    ]
    assert names == [
        [f"N{n}" for n in range(PAGE)],
        [f"N{n}" for n in range(1, PAGE + 1)],
        [f"N{n}" for n in range(PAGE, PAGE + 3)],
    ]
    assert bad.status_code == 422


async def test_contacts_and_what_is_left_for_people(desk: Desk) -> None:
    """By state and outcome, a page at a time; each with the reasons of the gate."""
    reason = {"rule": "hours", "says": "refuse", "why": "It is <late> there."}
    whole = ContactRecord(
        id="c_000",
        batch_id="batch_kinds",
        line=2,
        number="+12125550200",
        name="Ann",
        state="done",
        disposition="person_wanted",
        detail={"reason": "asked twice"},
    )
    kinds = [
        whole,
        replace(whole, id="c_001", line=3, name="Bob", disposition="language_needed"),
        replace(whole, id="c_002", line=4, name="Cid", disposition="undecided"),
        replace(
            whole,
            id="c_003",
            line=5,
            name="Dee",
            state="skipped",
            disposition="",
            decision={"word": "refuse", "reasons": [reason]},
        ),
        *(
            replace(whole, id=f"d_{n:03}", line=10 + n, name=f"N{n}", disposition="confirmed")
            for n in range(PAGE + 3)
        ),
    ]
    batch = BatchRecord(
        id="batch_kinds",
        name="Kinds",
        agent="reminder",
        settings={},
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        state="done",
    )
    await desk.store.batches.add(batch, kinds)
    async with signed_in(desk, "viewer") as client:
        first = (await client.get("/console/batches/batch_kinds?disposition=confirmed")).text
        after = re.search(r"after=([a-z0-9_]+)", first)
        assert after is not None
        rest = f"/console/batches/batch_kinds?disposition=confirmed&after={after[1]}"
        second = (await client.get(rest)).text
        to_do = (await client.get("/console/batches/batch_kinds/to-do")).text
        one = (await client.get("/console/batches/batch_kinds/contacts/c_003")).text
        wrong = await client.get("/console/batches/batch_kinds?state=asleep")
    assert (len(re.findall(r">N\d+<", first)), len(re.findall(r">N\d+<", second))) == (PAGE, 3)
    titles = re.findall(r"<h2>([^<(]+) \(1\)</h2>", to_do)
    assert titles == ["Want a person", "Another language", "Unclear", "Not called"]
    assert "asked twice" in to_do
    assert "It is &lt;late&gt; there." in to_do
    assert "It is &lt;late&gt; there." in one
    assert wrong.status_code == 422
