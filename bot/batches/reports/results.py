"""What became of a batch, as CSV: one row for each contact, for the person who sent it."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.batches.gate.places import place_of
from bot.batches.reports.formulas import guarded
from bot.store.batch_records import AttemptRecord, ContactRecord
from bot.store.records import CallRecord

COLUMNS = (
    "line",
    "number",
    "name",
    "appointments",
    "state",
    "disposition",
    "slot",
    "callback_at",
    "language",
    "reason",
    "transfer",
    "why_not",
    "attempts",
    "last_call_id",
    "last_call_utc",
    "last_call_local",
    "talked_secs",
    "next_utc",
    "next_local",
    "business",
    "contact",
)


def results_csv(
    contacts: Iterable[ContactRecord],
    attempts: Iterable[AttemptRecord],
    calls: Iterable[CallRecord],
    *,
    zone: str = "",
    header: bool = True,
) -> str:
    """One row for each contact, in their order; without `header` for a further part of the same.
    Encode it as `utf-8-sig`, for Excel's sake.

    `calls` may be those of the last attempts alone, or none: only how long they took is theirs.
    `zone` is that of contacts whose place nothing else tells, for the local times, which are left
    out where the callee's clock is not known for certain.
    """
    by_contact: dict[str, list[AttemptRecord]] = {}
    for attempt in attempts:
        by_contact.setdefault(attempt.contact_id, []).append(attempt)
    by_id = {call.id: call for call in calls}
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    if header:
        writer.writeheader()
    for contact in contacts:
        row = _row(contact, by_contact.get(contact.id, ()), by_id, _zones(contact, zone))
        writer.writerow({column: guarded(text) for column, text in row.items()})
    return out.getvalue()


def why_not(contact: ContactRecord) -> str:
    """Why a contact was not called, or is not yet: by the gate's last decision."""
    if contact.state not in ("waiting", "skipped"):
        return ""
    reasons = contact.decision.get("reasons", ())
    against = [reason for reason in reasons if reason.get("says") in ("wait", "never")]
    never = [reason for reason in against if reason.get("says") == "never"]
    return " ".join(str(reason.get("why", "")) for reason in never or against).strip()


def _row(
    contact: ContactRecord,
    attempts: Sequence[AttemptRecord],
    calls: Mapping[str, CallRecord],
    zones: frozenset[str],
) -> dict[str, str]:
    made = sorted((each for each in attempts if each.call_id), key=lambda each: each.ordinal)
    last = made[-1] if made else None
    call = calls.get(last.call_id or "") if last else None
    called_at = (last.placed_at or last.placing_at) if last else None
    next_at = contact.due_at if contact.state == "waiting" else None
    detail = contact.detail
    return {
        "line": str(contact.line),
        "number": contact.number,
        "name": contact.name,
        "appointments": " ".join(contact.appointments),
        "state": contact.state,
        "disposition": contact.disposition,
        "slot": _text(detail.get("slot")),
        "callback_at": _text(detail.get("at") or detail.get("local") or detail.get("said")),
        "language": _text(detail.get("language")),
        "reason": _text(detail.get("reason")),
        "transfer": _text(detail.get("transfer")),
        "why_not": why_not(contact),
        "attempts": str(contact.attempts),
        "last_call_id": (last.call_id or "") if last else "",
        "last_call_utc": _utc(called_at),
        "last_call_local": _local(called_at, zones),
        "talked_secs": _talked_secs(call),
        "next_utc": _utc(next_at),
        "next_local": _local(next_at, zones),
        "business": contact.business,
        "contact": contact.id,
    }


def _text(value: Any) -> str:
    if isinstance(value, Mapping):  # {"day": ..., "time": ...}
        return " ".join(str(part) for part in value.values())
    return "" if value is None else str(value)


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _zones(contact: ContactRecord, batch_zone: str) -> frozenset[str]:
    """Every zone in which the contact may be."""
    place = place_of(
        number=contact.number, zone=contact.zone, region=contact.region, batch_zone=batch_zone
    )
    return place.zones


def _local(moment: datetime | None, zones: frozenset[str]) -> str:
    """ "2026-11-24 09:05:12 EST"; empty where their zones disagree, or none is known."""
    if moment is None:
        return ""
    clocks = {f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}" for zone in zones}
    return clocks.pop() if len(clocks) == 1 else ""


def _talked_secs(call: CallRecord | None) -> str:
    if call is None or call.answered_at is None or call.ended_at is None:
        return ""
    return str(max(0, round((call.ended_at - call.answered_at).total_seconds())))
