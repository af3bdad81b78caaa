"""What is kept for a time only: emptied by its age, kind by kind, and counted before."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from store_samples import CALLER, LINE, NOON, a_call, a_full_call

from bot.cli.retention import retention
from bot.retention import DailyRetention, carry_out, cutoffs, due
from bot.store import Kept, MessageRecord, RecordingRecord, Store, TextRecord
from tests.databases import sqlite_copy

YEAR_ON = NOON + timedelta(days=365)
KINDS: tuple[Kept, ...] = ("calls", "recordings", "messages", "texts")


async def filled(store: Store) -> None:
    await store.add_call(a_full_call())
    await store.add_call(a_call("call_open"))  # goes on: no age of its own
    message = MessageRecord(
        id="msg_1",
        call_id="call_full",
        agent="reception",
        taken_at=NOON,
        name="Ada",
        number=CALLER,
        caller_number=CALLER,
        reason="Call back.",
    )
    await store.messages.add(message, to=())
    text = TextRecord(
        id="txt_1",
        direction="in",
        our_number=LINE,
        number=CALLER,
        body="See you.",
        purpose="what",
        made_at=NOON,
        status="received",
    )
    await store.texts.receive(text)
    await store.recordings.add(
        RecordingRecord(id="rec_1", call_id="call_full", made_at=NOON, sid="RE1", move="done")
    )
    await store.recordings.add(
        RecordingRecord(id="rec_2", call_id="call_open", made_at=NOON, sid="RE2")
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_has_an_age_of_its_own(store: Store, kind: Kept) -> None:
    """What is too old of one kind is counted and emptied; the others stay, and so does what goes
    on. A second time there is nothing to do."""
    await filled(store)
    days: dict[Kept, int] = {kind: 30}
    assert await due(store, days, now=NOON + timedelta(days=29)) == {kind: 0}
    assert await due(store, days, now=YEAR_ON) == {kind: 1}
    assert await carry_out(store, days, now=YEAR_ON) == {kind: 1}
    assert await due(store, dict.fromkeys(KINDS, 30), now=YEAR_ON) == {
        each: 0 if each == kind else 1 for each in ("recordings", "calls", "messages", "texts")
    }
    assert await carry_out(store, days, now=YEAR_ON) == {kind: 0}


async def test_of_a_call_what_can_be_counted_stays(store: Store) -> None:
    """Times, costs and our own number; no words, and no number of theirs."""
    await filled(store)
    await carry_out(store, {"calls": 30}, now=YEAR_ON)
    call = await store.get_call("call_full")
    assert call is not None and call.outcome is not None
    assert (call.to_number, call.request, call.machine) == ("", {}, None)
    assert call.from_number != ""
    assert {turn.text for turn in call.turns} == {""}
    assert {str(each.arguments) for each in call.tool_calls} == {"{}"}
    assert (call.outcome.summary, call.outcome.fields) == ("", {})
    assert call.cost == a_full_call().cost and call.ended_at is not None


async def test_an_old_recording_is_to_be_deleted(store: Store) -> None:
    """By a delivery of the outbox; one that goes on is not old."""
    await filled(store)
    await carry_out(store, {"recordings": 30}, now=YEAR_ON)
    recording = await store.recordings.get("rec_1")
    assert recording is not None and not recording.wanted
    (delivery,) = await store.outbox.find(channel="recording")
    assert (delivery.event, delivery.subject) == ("recording.unwanted", "rec_1")


def test_what_is_kept_for_good_has_no_cutoff() -> None:
    assert cutoffs({"calls": 0, "texts": 2}, NOON) == {"texts": NOON - timedelta(days=2)}
    assert cutoffs({}, NOON) == {}


def test_the_command_counts_and_empties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --now nothing is changed; without a setting it says so."""
    url = sqlite_copy(tmp_path / "calls.db")

    async def fill() -> None:
        store = await Store.open(url)
        await filled(store)
        await store.close()

    asyncio.run(fill())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    retention(now=False)
    monkeypatch.setenv("RETENTION_CALLS_DAYS", "1")
    retention(now=False)
    retention(now=True)
    retention(now=False)
    kept_for_good, *told = capsys.readouterr().out.splitlines()
    assert kept_for_good.startswith("everything is kept for good")
    assert told == [
        "calls: 1 to be emptied (kept for 1 days)",
        "calls: 1 emptied (kept for 1 days)",
        "calls: 0 to be emptied (kept for 1 days)",
    ]


async def test_the_work_of_a_day_is_done_once(store: Store) -> None:
    """Any number of processes look; one row of the outbox is the day's."""
    await filled(store)
    works = [DailyRetention(store=store, days={"messages": 1}) for _ in range(3)]
    for work in (*works, *works):
        await work.look(YEAR_ON)
    (day,) = await store.outbox.find(channel="retention")
    assert day.subject == YEAR_ON.date().isoformat()
    await works[0].send(day)
    message = await store.messages.get("msg_1")
    assert message is not None and message.is_erased
