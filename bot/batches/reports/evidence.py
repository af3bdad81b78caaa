"""What can be shown later about one contact: by what right, when, and what was said.

Everything is taken from the records as they stand; nothing is concluded but where a sentence in
which the agent calls itself an AI was said.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.store.batch_records import AttemptRecord, ContactRecord, Suppression, TakenBack
from bot.store.records import CallRecord, TurnRecord
from config import LANGUAGES, language_of

# How an agent says that it is one: in whatever language, it counts.
_SAYS_AI = re.compile(
    "|".join(text for code in LANGUAGES for text in language_of(code).disclosure["ai"]),
    re.IGNORECASE,
)


def evidence_of(
    contact: ContactRecord,
    attempts: Iterable[AttemptRecord],
    calls: Iterable[CallRecord],
    suppression: Suppression | None,
    taken_back: Iterable[TakenBack] = (),
) -> dict[str, Any]:
    """All of one contact, as JSON values; times in UTC. Calls are found by their attempts."""
    by_id = {call.id: call for call in calls}
    in_order = sorted(attempts, key=lambda each: each.ordinal)
    return {
        "contact": {
            "id": contact.id,
            "batch": contact.batch_id,
            "line": contact.line,
            "number": contact.number,
            "name": contact.name,
            "appointments": list(contact.appointments),
            "zone": contact.zone,
            "region": contact.region,
            "deadline": _utc(contact.deadline),
        },
        "consent": {"source": contact.consent_source, "at": _utc(contact.consent_at)},
        "outcome": {
            "state": contact.state,
            "disposition": contact.disposition,
            "detail": contact.detail,
            "told_the_business": contact.written_back,
        },
        "last_decision": contact.decision,
        "attempts": [_attempt(each, by_id.get(each.call_id or "")) for each in in_order],
        "suppression": None if suppression is None else _suppression(suppression),
        "suppressions_taken_back": [_taken_back(each) for each in taken_back],
    }


def _attempt(attempt: AttemptRecord, call: CallRecord | None) -> dict[str, Any]:
    """The decision is the gate's own, with the arithmetic of each rule in its reasons."""
    return {
        "id": attempt.id,
        "ordinal": attempt.ordinal,
        "state": attempt.state,
        "decision": attempt.decision,
        "planned_at": _utc(attempt.planned_at),
        "placing_at": _utc(attempt.placing_at),
        "placed_at": _utc(attempt.placed_at),
        "ended_at": _utc(attempt.ended_at),
        "disposition": attempt.disposition,
        "detail": attempt.detail,
        "call": None if call is None else _call(call),
    }


def _call(call: CallRecord) -> dict[str, Any]:
    return {
        "id": call.id,
        "sid": call.call_sid,
        "from": call.from_number,
        "to": call.to_number,
        "started_at": _utc(call.started_at),
        "answered_at": _utc(call.answered_at),
        "ended_at": _utc(call.ended_at),
        "status": call.status,
        "ended_by": call.outcome.reason if call.outcome else "",
        "disclosures": _disclosures(call.turns),
        "voicemail": _voicemail(call),
        "machine": call.machine,
        "tools": [
            {
                "name": each.name,
                "arguments": each.arguments,
                "at": _utc(each.started_at),
                "ok": each.ok,
            }
            for each in call.tool_calls
        ],
    }


def _disclosures(turns: Sequence[TurnRecord]) -> dict[str, Any]:
    """What the agent said first, and where it called itself an AI.

    A turn of the agent holds what was heard of it: what an interruption cut off is not there.
    """
    agents = [turn for turn in turns if turn.role == "agent"]
    said_ai = next((turn for turn in agents if _SAYS_AI.search(turn.text)), None)
    return {
        "first_words": _said(agents[0]) if agents else None,
        "says_it_is_an_ai": _said(said_ai) if said_ai else None,
    }


def _said(turn: TurnRecord) -> dict[str, Any]:
    return {"at": _utc(turn.started_at), "text": turn.text, "cut_off": turn.interrupted}


def _voicemail(call: CallRecord) -> dict[str, Any] | None:
    machine = call.machine or {}
    if machine.get("is") != "machine":
        return None
    return {
        "delivered_after_beep": bool(machine.get("delivered_after_beep")),
        "beep_after_ms": machine.get("beep_after_ms"),
        "message_played_ms": machine.get("message_played_ms"),
    }


def _suppression(suppression: Suppression) -> dict[str, Any]:
    return {
        "at": _utc(suppression.at),
        "source": suppression.source,
        "call": suppression.call_id,
        "note": suppression.note,
    }


def _taken_back(entry: TakenBack) -> dict[str, Any]:
    return {
        "suppressed_at": _utc(entry.suppressed_at),
        "source": entry.source,
        "call": entry.call_id,
        "note": entry.note,
        "at": _utc(entry.at),
        "by": entry.by,
        "consent": entry.consent,
    }


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
