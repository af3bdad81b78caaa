"""Past calls in the console: finding them, reading one, taking them along."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from console_kit import Desk, open_desk, signed_in

from bot.console.past import PAGE, read_search
from bot.store import CallRecord, Cost, Outcome, RecordingRecord, ToolCallRecord, TurnRecord

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
CALL = CallRecord(
    id="call_whole",
    direction="inbound",
    agent="reception",
    from_number="+15552223333",
    to_number="+15550001111",
    started_at=NOON,
    answered_at=NOON,
    ended_at=NOON + timedelta(seconds=95),
    status="completed",
    outcome=Outcome(
        result="completed",
        reason="end_call",
        summary="Wants <b>bread</b>.",
        fields={"order": "=SUM(A1)"},
    ),
    turns=(
        TurnRecord(key="a", role="agent", text="Hello.", started_at=NOON, interrupted=True),
        TurnRecord(
            key="b", role="caller", text='=HYPERLINK("x")', started_at=NOON + timedelta(seconds=3)
        ),
        TurnRecord(
            key="c",
            role="agent",
            text="<script>alert(1)</script>",
            started_at=NOON + timedelta(seconds=5),
            latency_ms=640,
        ),
    ),
    tool_calls=(
        ToolCallRecord(
            key="t",
            name="lookup_order",
            arguments={"number": "<i>7</i>"},
            started_at=NOON,
            result={"error": "none such"},
            duration_ms=12,
            ok=False,
        ),
    ),
    first_words_ms=410,
    knowledge=[{"source": "<u>.md > Prices"}, {"source": "hours.md"}, {"source": "hours.md"}],
    cost=Cost(
        currency="USD", model=Decimal("0.02"), carrier=Decimal("0.0125"), total=Decimal("0.0325")
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("past")
    async with open_desk(folder, owner_timezone="Pacific/Auckland") as desk:
        await desk.store.add_call(CALL)
        for number in range(PAGE + 5):
            other = replace(
                CALL,
                id=f"call_{number:03}",
                turns=(),
                tool_calls=(),
                from_number=f"+1555777{number:04}",
                started_at=NOON - timedelta(days=2, minutes=number),
            )
            await desk.store.add_call(other)
        yield desk


async def test_one_call(desk: Desk) -> None:
    """All of it, in the owner's time; what people said is text, whatever it looks like."""
    async with signed_in(desk, "viewer") as client:
        page = (await client.get("/console/calls/call_whole")).text
    for shown in (
        "Hello.",
        "interrupted",
        "=HYPERLINK(&#34;x&#34;)",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "after 640 ms",
        "&lt;i&gt;7&lt;/i&gt;",
        "failed in 12 ms",
        "Wants &lt;b&gt;bread&lt;/b&gt;.",
        "410 ms",
        "&lt;u&gt;.md &gt; Prices; hours.md</dd>",
        "$0.032",
        "1:35",
        "2026-12-01 01:00:00",
        "agent ended the call",
    ):
        assert shown in page, shown
    for unsafe in ("<script>alert", "<b>bread", "<i>7"):
        assert unsafe not in page
    assert "hx-sse:connect" not in page


async def test_searching(desk: Desk) -> None:
    """What was typed stays in the form, and in the addresses of the pages; a page at a time."""
    async with signed_in(desk, "viewer") as client:
        found = (await client.get("/console/calls?number=555+222&text=hyperlink")).text
        assert "call_whole" in found
        assert found.count("/console/calls/call_") == 1
        assert 'value="555 222"' in found
        assert "calls.csv?number=555+222&amp;text=hyperlink" in found
        none = await client.get("/console/calls?text=never+said")
        assert "No call fits." in none.text
        first = (await client.get("/console/calls?number=555777")).text
        assert first.count("/console/calls/call_") == PAGE
        older = f"/console/calls?number=555777&before=call_{PAGE - 1:03}"
        assert older.replace("&", "&amp;") in first
        second = (await client.get(older)).text
        assert second.count("/console/calls/call_") == 5
        assert "Older" not in second
        wrong = await client.get("/console/calls?since=yesterday")
        assert (wrong.status_code, "Write days like" in wrong.text) == (422, True)


async def test_days_are_the_owners() -> None:
    """From the midnight of the first to that after the last."""
    auckland = ZoneInfo("Pacific/Auckland")
    wanted = read_search({"since": "2026-11-30", "until": "2026-11-30"}, auckland).wanted
    assert wanted.since == datetime(2026, 11, 29, 11, tzinfo=UTC)
    assert wanted.until == datetime(2026, 11, 30, 11, tzinfo=UTC)
    assert read_search({"until": "9999-12-31"}, auckland).problem
    assert read_search({"direction": "sideways"}, auckland).wanted.direction is None


async def test_a_call_is_taken_along(desk: Desk) -> None:
    """As text, JSON and CSV; what a spreadsheet would run is made harmless. Who did is noted."""
    async with signed_in(desk, "viewer") as client:
        path = "/console/calls/call_whole"
        text = await client.get(f"{path}/transcript.txt")
        assert "Agent   Hello.  [cut off]" in text.text
        assert text.headers["content-type"] == "text/plain; charset=utf-8"
        assert "attachment" in text.headers["content-disposition"]
        whole = (await client.get(f"{path}/call.json")).json()
        assert (whole["from"], len(whole["turns"])) == ("+15552223333", 3)
        rows = list(csv.DictReader(io.StringIO((await client.get(f"{path}/turns.csv")).text[1:])))
        assert [row["text"] for row in rows] == [
            "Hello.",
            '\'=HYPERLINK("x")',
            "<script>alert(1)</script>",
        ]
        assert (await client.get(f"{path}/call.exe")).status_code == 404
        assert (await client.get("/console/calls/call_none/call.json")).status_code == 404
    acts = [(entry.who, entry.act) for entry in await desk.store.audit.find(subject="call_whole")]
    assert acts == [("viewer", "call_exported")] * 3


async def test_a_list_is_taken_along(desk: Desk) -> None:
    """All that fit, not only those of one page."""
    async with signed_in(desk, "viewer") as client:
        answer = await client.get("/console/calls.csv?number=555777")
        rows = list(csv.DictReader(io.StringIO(answer.text[1:])))
        assert len(rows) == PAGE + 5
        assert rows[0] | {"id": "call_000", "secs": rows[0]["secs"]} == rows[0]
        assert (rows[0]["from"], rows[0]["cost"]) == ("+15557770000", "0.0325")
        assert (await client.get("/console/calls.csv?since=x")).status_code == 422


async def test_the_page_says_that_there_is_an_earlier_recording(desk: Desk) -> None:
    """The newest that is kept is played; others are spoken of, not those that are going on."""
    kept = desk.store.recordings
    await desk.store.add_call(replace(CALL, id="call_twice"))
    for secs, is_kept in enumerate((True, True, False)):
        at = NOON + timedelta(seconds=secs)
        await kept.add(RecordingRecord(id=f"rec_{secs}", call_id="call_twice", made_at=at))
        if is_kept:
            await kept.kept(f"rec_{secs}", size=1, at=at, leave_carrier=False)
        async with signed_in(desk, "viewer") as viewer:
            page = (await viewer.get("/console/calls/call_twice")).text
        assert 'id="player"' in page
        assert ("newest of 2 recordings" in page) == (secs > 0)
