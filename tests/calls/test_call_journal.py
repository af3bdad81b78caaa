"""What a call leaves behind, written as it happens."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.calls import note_writer as journals
from bot.calls.admission import MAX_BACKLOG
from bot.calls.journal import Journal
from bot.calls.note_writer import MOST_COUNTED, MOST_WAITING
from bot.store import CallRecord, Dialled, Outcome, Store, Transfer
from tests.brains.some_brains import BRAINS
from tests.wire import openai_events

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DONE = Outcome(result="completed", reason="goodbye", summary="Booked.")


def at(secs: float) -> datetime:
    return NOON + timedelta(seconds=secs)


def a_journal(store: Store, *, opened: bool = True) -> Journal:
    journal = Journal(
        store=store,
        call_id="call_1",
        direction="inbound",
        meter=BRAINS["openai"].meter("gpt-realtime-2.1"),
    )
    if opened:
        journal.opened(
            CallRecord(
                id="call_1",
                direction="inbound",
                agent="reception",
                from_number="+15552223333",
                to_number="+15550001111",
                started_at=NOON,
                status="ringing",
            )
        )
    return journal


async def end(journal: Journal, *, talked_secs: float = 61.0) -> None:
    journal.ended(status="completed", outcome=DONE, ended_at=at(61), talked_secs=talked_secs)
    await journal.close()


async def stored(store: Store) -> CallRecord:
    record = await store.get_call("call_1")
    assert record is not None
    return record


def say(journal: Journal, who: str, key: str, secs: float, latency_ms: int | None = None) -> None:
    if who == "caller":
        journal.caller_said(key=key, text=key, started_at=at(secs), ended_at=at(secs + 1))
    else:
        journal.agent_said(
            key=key,
            text=key,
            started_at=at(secs),
            ended_at=at(secs + 1),
            interrupted=False,
            latency_ms=latency_ms,
        )


async def test_a_session_that_is_opened_anew_takes_no_source_away(store: Store) -> None:
    """What the agent was told stays known, here and where another process goes on."""

    async def sources() -> list[str]:
        return [each["source"] for each in (await stored(store)).knowledge or ()]

    journal = a_journal(store)
    journal.told_of([])
    await journal.written()
    assert (await stored(store)).knowledge == []  # it was looked for
    journal.told_of(["prices.md > Cleaning", "prices.md > Cleaning"])
    journal.told_of([])
    await journal.written()
    assert await sources() == ["prices.md > Cleaning"] * 2
    await journal.close()
    later = Journal(
        store=store,
        call_id="call_1",
        direction="inbound",
        meter=BRAINS["openai"].meter("gpt-realtime-2.1"),
        earlier=await stored(store),
    )
    later.told_of(["prices.md > Cleaning", "hours.md"])
    await later.written()
    assert await sources() == ["prices.md > Cleaning"] * 2 + ["hours.md"]
    await later.close()


async def test_a_whole_call_is_written_as_it_happens(store: Store) -> None:
    """Every note is there as soon as it is written, the ending after all others."""
    journal = a_journal(store)
    journal.changed(status="in-progress", answered_at=at(1))
    journal.first_words(120)
    say(journal, "agent", "Hello.", 1)
    say(journal, "caller", "When do you open?", 3)
    journal.tool_started(key="call_1", name="lookup_hours", arguments={"day": "2026-11-24"})
    journal.tool_finished(key="call_1", result={"open": "9"}, duration_ms=80, ok=True)
    say(journal, "agent", "At nine.", 5, latency_ms=640)
    await journal.written()
    record = await stored(store)
    assert [turn.text for turn in record.turns] == ["Hello.", "When do you open?", "At nine."]
    assert record.ended_at is None
    usd = journal.used(openai_events.USAGE)
    assert usd == pytest.approx(
        (50 * 4 + 200 * 0.4 + 20 * 24 + 50 * 32 + 100 * 0.4 + 50 * 64) / 1e6
    )
    assert journal.transcribed({"type": "duration", "seconds": 60}) == pytest.approx(usd + 0.0045)
    await end(journal)
    record = await stored(store)
    assert (record.status, record.outcome, record.ended_at) == ("completed", DONE, at(61))
    assert (record.first_words_ms, record.turn_latencies_ms) == (120, (640,))
    (tool_call,) = record.tool_calls
    assert (tool_call.result, tool_call.duration_ms, tool_call.ok) == ({"open": "9"}, 80, True)
    assert record.usage["audio_cached"] == 100
    assert record.cost is not None
    assert record.cost.model == Decimal("0.010100")
    assert record.cost.carrier == Decimal("0.025000")  # two begun minutes at 0.0085 + 0.004
    assert record.cost.total == record.cost.model + record.cost.carrier
    assert journal.turns == 3


async def test_a_store_that_fails_costs_notes_never_the_call(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after the failure is written again."""
    # How long it is tried is for test_journal_retries.py; here the store never comes back.
    monkeypatch.setattr("bot.calls.note_writer.RETRY_SECS", (0.01, 0.01))
    monkeypatch.setattr("bot.calls.note_writer.KEPT_SECS", 0.02)
    journal = a_journal(store)
    await journal.written()
    with closing(sqlite3.connect(tmp_path / "calls.db")) as database:
        database.execute("ALTER TABLE turns RENAME TO gone")
    say(journal, "caller", "lost", 1)
    await journal.written()
    with closing(sqlite3.connect(tmp_path / "calls.db")) as database:
        database.execute("ALTER TABLE gone RENAME TO turns")
    say(journal, "caller", "kept", 2)
    await end(journal)
    record = await stored(store)
    assert [turn.text for turn in record.turns] == ["kept"]
    assert record.outcome == DONE


async def test_a_note_the_store_does_not_take_is_lost_alone(store: Store) -> None:
    """Our own mistake too."""
    journal = a_journal(store)
    journal.changed(status="no such status")
    journal.changed(nonsense=1)
    say(journal, "caller", "kept", 2)
    await end(journal)
    assert [turn.text for turn in (await stored(store)).turns] == ["kept"]


async def test_the_ending_waits_for_the_notes_and_nobody_waits_behind_it(store: Store) -> None:
    """Also who asks for all notes once the journal is closed, or while it closes."""
    journal = a_journal(store)
    for number in range(50):
        say(journal, "caller", f"turn {number:02d}", number)
    async with asyncio.timeout(10):
        await asyncio.gather(end(journal), journal.written(), journal.written())
        await journal.written()
    assert len((await stored(store)).turns) == 50


async def test_an_ending_that_is_interrupted_is_written_all_the_same(store: Store) -> None:
    """The write that records a result is shielded from cancellation."""
    journal = a_journal(store)
    for number in range(20):
        say(journal, "caller", f"turn {number}", number)
    ending = asyncio.create_task(end(journal))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    async with asyncio.timeout(10):
        await journal.written()
    assert (await stored(store)).outcome == DONE


async def test_a_note_behind_the_ending_hurts_nobody(store: Store) -> None:
    """A booking that ended after its call: nothing waits for ever."""
    journal = a_journal(store)
    await end(journal)
    say(journal, "caller", "too late", 70)
    async with asyncio.timeout(5):
        await journal.written()


async def test_a_tool_that_ends_behind_its_deadline_has_its_real_duration(store: Store) -> None:
    """Told without one, it is counted from the start; told of an unknown call, nothing is noted."""
    journal = a_journal(store)
    journal.tool_started(key="call_1", name="book_appointment", arguments={"name": "Ada"})
    journal.tool_finished(key="call_1", result={"error": "unconfirmed"}, duration_ms=2500, ok=False)
    journal.tool_finished(key="call_1", result={"booked": True}, duration_ms=None, ok=True)
    journal.tool_finished(key="nobody", result={"booked": True}, duration_ms=5, ok=True)
    await end(journal)
    (tool_call,) = (await stored(store)).tool_calls
    assert (tool_call.result, tool_call.ok) == ({"booked": True}, True)
    assert tool_call.duration_ms is not None
    assert 0 <= tool_call.duration_ms < 5000
    assert tool_call.arguments == {"name": "Ada"}


async def test_what_the_model_said_when_it_hung_up_is_a_summary(store: Store) -> None:
    """That of its last end_call; none where it called none."""
    journal = a_journal(store)
    assert journal.said_at_the_end() == ""
    journal.tool_started(key="1", name="end_call", arguments={"summary": "First."})
    journal.tool_started(key="2", name="end_call", arguments={"summary": "Last."})
    journal.tool_started(key="3", name="lookup_hours", arguments={})
    assert journal.said_at_the_end() == "Last."
    journal.tool_started(key="4", name="end_call", arguments={"unreadable": "{"})
    assert journal.said_at_the_end() == ""
    await end(journal)


async def test_a_transfer_is_noted(store: Store) -> None:
    """Reason, time and target."""
    journal = a_journal(store)
    transfer = Transfer(reason="Asked for a person.", at=at(9), target="sip:desk@example.com")
    journal.transferred(transfer)
    await end(journal, talked_secs=0)
    record = await stored(store)
    assert record.transfer == transfer
    assert record.cost is not None
    assert record.cost.carrier == 0


async def test_a_record_is_continued(store: Store) -> None:
    """The same ids of another session are other turns; usage and waits add up; words stay first."""
    first = a_journal(store)
    say(first, "agent", "item_1", 1, latency_ms=300)
    first.first_words(500)
    first.tool_started(key="call_1", name="lookup_hours", arguments={})
    first.used(openai_events.USAGE)
    await first.written()
    earlier = await stored(store)

    second = Journal(
        store=store,
        call_id="call_1",
        direction="inbound",
        meter=BRAINS["openai"].meter("gpt-realtime-2.1"),
        earlier=earlier,
    )
    assert second.turns == 1
    say(second, "agent", "item_1", 20, latency_ms=700)
    second.first_words(900)
    second.tool_started(key="call_1", name="lookup_hours", arguments={})
    second.tool_finished(key="call_1", result={"open": "9"}, duration_ms=10, ok=True)
    second.used(openai_events.USAGE)
    await end(second)
    await end(first)
    record = await stored(store)
    assert len(record.turns) == len(record.tool_calls) == 2
    assert [tool_call.ok for tool_call in record.tool_calls] == [None, True]
    assert record.turn_latencies_ms == (300, 700)
    assert record.first_words_ms == 500
    assert record.usage["responses"] == 2
    assert record.usage["audio_out"] == 2 * earlier.usage["audio_out"] > 0


async def test_a_call_whose_model_runs_wild_turns_nobody_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its notes count for a few, and beyond a bound they are lost; its ending never is."""
    most = MOST_COUNTED + 10
    monkeypatch.setattr(journals, "MOST_WAITING", most)
    journal = a_journal(store)
    for number in range(most * 3):
        journal.tool_started(key=f"call_{number}", name="lookup_hours", arguments={})
        journal.used(openai_events.USAGE)
    assert journal.backlog == MOST_COUNTED < MAX_BACKLOG / 10
    await end(journal)
    record = await stored(store)
    assert most - 5 < len(record.tool_calls) <= most < MOST_WAITING
    assert record.usage["responses"] == most * 3
    assert (record.status, record.outcome) == ("completed", DONE)


async def test_usage_is_noted_as_often_as_it_is_written(store: Store) -> None:
    """And what is written last is all of it."""
    journal = a_journal(store)
    for _ in range(100):
        journal.used(openai_events.USAGE)
    assert journal.backlog == 2
    await journal.written()
    assert (await stored(store)).usage["responses"] == 100
    journal.used(openai_events.USAGE)
    await journal.written()
    assert (await stored(store)).usage["responses"] == 101
    await journal.close()


UNTOLD = Outcome(result="completed", reason="goodbye", summary=None)


async def test_an_ending_is_there_before_the_summary(store: Store) -> None:
    """With its cost; what the summing up costs is added with the summary."""
    journal = a_journal(store)
    journal.used(openai_events.USAGE)
    journal.ended(status="completed", outcome=UNTOLD, ended_at=at(61), talked_secs=61)
    await journal.written()
    record = await stored(store)
    assert (record.status, record.outcome, record.ended_at) == ("completed", UNTOLD, at(61))
    assert record.cost is not None
    assert not record.is_whole(at(62))
    assert record.is_whole(at(61 + 31))  # whoever was to sum it up has died
    journal.used(openai_events.USAGE)
    journal.summed_up(summary="Booked.", fields={"topic": "table"}, talked_secs=61)
    await journal.close()
    whole = await stored(store)
    assert whole.outcome == replace(UNTOLD, summary="Booked.", fields={"topic": "table"})
    assert whole.is_whole(at(62))
    assert whole.cost is not None
    assert whole.cost.model == 2 * record.cost.model


async def test_a_call_that_another_process_has_ended_is_not_summed_up(store: Store) -> None:
    """The first ending stands, in all its parts."""
    journal = a_journal(store)
    await journal.written()
    await store.end_call("call_1", status="failed", outcome=DONE, ended_at=at(50))
    journal.ended(status="completed", outcome=UNTOLD, ended_at=at(61), talked_secs=61)
    journal.summed_up(summary="Another.", fields={}, talked_secs=61)
    await journal.close()
    record = await stored(store)
    assert (record.status, record.outcome, record.ended_at) == ("failed", DONE, at(50))


TRANSFERRED = Outcome(result="transferred", reason="transfer")


@pytest.mark.parametrize(
    ("outcome", "ended_as", "result"),
    [
        ("answered", TRANSFERRED, "transferred"),
        ("busy", TRANSFERRED, "completed"),
        ("no_answer", TRANSFERRED, "completed"),
        ("declined", TRANSFERRED, "completed"),
        ("busy", Outcome(result="turned_away", reason="at_capacity"), "turned_away"),
    ],
)
async def test_a_call_is_transferred_only_to_a_person_who_answered(
    store: Store, outcome: str, ended_as: Outcome, result: str
) -> None:
    """Why it ended stays, and what became of the person stands beside it."""
    journal = a_journal(store)
    dialled = Dialled(outcome=outcome, status="completed" if outcome == "answered" else "busy")
    journal.ended(status="completed", outcome=ended_as, ended_at=at(61), talked_secs=61)
    assert journal.transfer_ended(dialled)
    await journal.close()
    assert not journal.transfer_ended(dialled)
    record = await stored(store)
    assert record.outcome == replace(ended_as, result=result)
    assert record.dialled == dialled
