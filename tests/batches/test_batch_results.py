"""What is handed out afterwards: results for the sender, evidence for whoever asks."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.delimited import clean
from bot.batches.reports.evidence import evidence_of
from bot.batches.reports.formulas import guarded
from bot.batches.reports.results import COLUMNS, results_csv
from bot.store import (
    AttemptRecord,
    CallRecord,
    ContactRecord,
    Outcome,
    Suppression,
    ToolCallRecord,
    TurnRecord,
)

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # in New York


def contact(**changes: Any) -> ContactRecord:
    values: dict[str, Any] = {
        "id": "con_1",
        "batch_id": "bat_1",
        "line": 2,
        "number": "+12125550123",
        "name": "Ann",
        "zone": "America/New_York",
    }
    return ContactRecord(**(values | changes))


def attempt(ordinal: int = 1, **changes: Any) -> AttemptRecord:
    values: dict[str, Any] = {
        "id": f"con_1-{ordinal}",
        "batch_id": "bat_1",
        "contact_id": "con_1",
        "number": "+12125550123",
        "ordinal": ordinal,
        "planned_at": NOON,
        "placed_at": NOON + timedelta(hours=ordinal),
        "call_id": f"call_{ordinal}",
    }
    return AttemptRecord(**(values | changes))


def call(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "id": "call_1",
        "direction": "outbound",
        "agent": "reminder",
        "from_number": "+15559990000",
        "to_number": "+12125550123",
        "started_at": NOON,
        "answered_at": NOON + timedelta(seconds=10),
        "ended_at": NOON + timedelta(seconds=71.4),
        "status": "completed",
        "outcome": Outcome(result="completed", reason="goodbye"),
    }
    return CallRecord(**(values | changes))


def rows(*contacts: ContactRecord, attempts: Any = (), calls: Any = (), **options: Any) -> Any:
    text = results_csv(contacts, attempts, calls, **options)
    return list(csv.DictReader(io.StringIO(text)))


def test_each_contact_has_one_row_with_all_that_came_of_it() -> None:
    """Of several attempts the last one that led to a call."""
    done = contact(
        state="done",
        disposition="rescheduled",
        detail={"slot": {"day": "2026-11-26", "time": "10:00"}},
        appointments=("A1", "A2"),
        attempts=2,
    )
    last = attempt(3, call_id=None, placed_at=None)
    (row,) = rows(done, attempts=[last, attempt(2), attempt(1)], calls=[call(id="call_2")])
    assert tuple(row) == COLUMNS
    assert row == dict.fromkeys(COLUMNS, "") | {
        "line": "2",
        "number": "+12125550123",
        "name": "Ann",
        "appointments": "A1 A2",
        "state": "done",
        "disposition": "rescheduled",
        "slot": "2026-11-26 10:00",
        "attempts": "2",
        "last_call_id": "call_2",
        "last_call_utc": "2026-11-24T19:00:00Z",
        "last_call_local": "2026-11-24 14:00:00 EST",
        "talked_secs": "61",
        "business": "untold",
        "contact": "con_1",
    }


@pytest.mark.parametrize(
    ("written_back", "appointments", "business"),
    [
        ("", ("A1",), "untold"),
        ("no_answer", ("A1",), "untold"),
        ("confirmed", ("A1",), "told"),
        ("refused:confirmed", ("A1",), "refused"),
        ("refused:no_answer", ("A1",), "untold"),
        ("confirmed", (), ""),
    ],
)
def test_a_row_says_whether_the_business_has_heard(
    written_back: str, appointments: tuple[str, ...], business: str
) -> None:
    """Of this outcome, and not of the one before; without appointments there is nothing to tell."""
    done = contact(
        state="done",
        disposition="confirmed",
        written_back=written_back,
        appointments=appointments,
    )
    (row,) = rows(done)
    assert row["business"] == business


def test_who_waits_has_a_next_time_and_who_is_skipped_a_reason() -> None:
    """On their own clock where it is known for certain, else in UTC alone."""
    toll_free, new_york = "+18005550100", "+12125550101"
    reasons = [
        {"rule": "window", "says": "wait", "why": "It is night."},
        {"rule": "consent", "says": "never", "why": "There is no consent."},
    ]
    waiting, skipped, nowhere = rows(
        contact(due_at=NOON, decision={"word": "wait", "reasons": reasons[:1]}),
        contact(state="skipped", decision={"word": "never", "reasons": reasons}, due_at=NOON),
        contact(zone="", number=toll_free, due_at=NOON),
    )
    assert (waiting["next_utc"], waiting["why_not"]) == ("2026-11-24T17:00:00Z", "It is night.")
    assert waiting["next_local"] == "2026-11-24 12:00:00 EST"
    assert (skipped["why_not"], skipped["next_utc"]) == ("There is no consent.", "")
    assert (nowhere["next_utc"], nowhere["next_local"]) == ("2026-11-24T17:00:00Z", "")
    (by_number,) = rows(contact(zone="", number=new_york, due_at=NOON))
    assert by_number["next_local"] == "2026-11-24 12:00:00 EST"
    (by_batch,) = rows(contact(zone="", number=toll_free, due_at=NOON), zone="Europe/Berlin")
    assert by_batch["next_local"] == "2026-11-24 18:00:00 CET"
    (either,) = rows(contact(zone="", number=new_york, due_at=NOON), zone="America/Chicago")
    assert either["next_local"] == ""


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("+1+1|cmd", "'+1+1|cmd"),
        ("\t=1", "'\t=1"),
        ("+14155552671", "+14155552671"),
        ("-5.5", "-5.5"),
        ("Ann", "Ann"),
        ("", ""),
    ],
)
def test_no_cell_is_run_as_a_formula(cell: str, written: str) -> None:
    """In the results as in the bad rows; numbers stay numbers."""
    assert guarded(cell) == written
    assert rows(contact(name=cell))[0]["name"] == written


@given(st.text(max_size=20))
def test_a_guarded_cell_comes_back_as_it_was(text: str) -> None:
    """When such a file is read again."""
    assert clean(guarded(clean(text))) == clean(text)


def test_evidence_holds_right_decision_words_and_outcome() -> None:
    """As JSON, in the order of the attempts."""
    decided = {"word": "allow", "reasons": [{"rule": "window", "why": "09:00-20:00, it is 12:00"}]}
    record = call(
        turns=(
            TurnRecord(
                key="1",
                role="agent",
                text="Hello, this is the AI assistant of Dr. Wu.",
                started_at=NOON,
            ),
            TurnRecord(key="2", role="caller", text="Stop calling.", started_at=NOON),
        ),
        tool_calls=(
            ToolCallRecord(key="1", name="opt_out", arguments={}, started_at=NOON, ok=True),
        ),
        machine={"is": "machine", "delivered_after_beep": True, "beep_after_ms": 4100},
    )
    evidence = evidence_of(
        contact(consent_source="form", consent_at=NOON, disposition="opt_out", state="done"),
        [attempt(2, call_id=None), attempt(1, decision=decided)],
        [record],
        Suppression(number="+12125550123", at=NOON, source="call", call_id="call_1"),
    )
    assert json.loads(json.dumps(evidence)) == evidence
    first, second = evidence["attempts"]
    assert (first["ordinal"], second["call"]) == (1, None)
    assert evidence["consent"] == {"source": "form", "at": "2026-11-24T17:00:00+00:00"}
    assert first["decision"] == decided
    words = {"at": NOON.isoformat(), "text": record.turns[0].text, "cut_off": False}
    assert first["call"]["disclosures"] == {"first_words": words, "says_it_is_an_ai": words}
    assert first["call"]["voicemail"] == {
        "delivered_after_beep": True,
        "beep_after_ms": 4100,
        "message_played_ms": None,
    }
    assert first["call"]["tools"][0]["name"] == "opt_out"
    assert evidence["suppression"]["call"] == "call_1"
    assert evidence["outcome"]["disposition"] == "opt_out"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I am an AI assistant.", True),
        ("This is an automated call.", True),
        ("Ich bin ein KI-Assistent.", True),
        ("Soy una asistente de inteligencia artificial.", True),
        ("Bonjour, je suis une IA.", True),
        ("J'ai une question.", False),
        ("He said it again on the main line.", False),
        ("", False),
    ],
)
def test_a_sentence_that_says_it_is_an_ai_is_found(text: str, says: bool) -> None:
    """Only the agent's own."""
    for role in ("agent", "caller"):
        turn = TurnRecord(key="1", role=role, text=text, started_at=NOON)
        evidence = evidence_of(contact(), [attempt()], [call(turns=(turn,))], None)
        found = evidence["attempts"][0]["call"]["disclosures"]["says_it_is_an_ai"]
        assert (found is not None) is (says and role == "agent")


def test_nothing_is_made_up_where_there_is_no_call() -> None:
    """A contact that was never called has consent and a decision, and that is all."""
    evidence = evidence_of(contact(decision={"word": "never"}), [], [], None)
    assert evidence["attempts"] == []
    assert evidence["suppression"] is None
    assert evidence["last_decision"] == {"word": "never"}
