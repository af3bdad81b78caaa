"""Rows of the same number become one contact: one call for all appointments of a household.

The rules. A row that stands in the file twice counts once. Rows that differ are put together: the
name and the variables are those of the first row, what differs in a later one is added as
`time_2`, `time_3`; appointments come in the order of the file; the earliest deadline counts, and
the newest consent. Appointments that are over drop out where the number has another row. Where one
row refuses consent that number is not called. Rows that place the number in different states or
zones, and numbers that stand in more rows than a household has people, are handed back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.batches.reading.drafts import BadRow, Draft, Problem
from bot.batches.reading.row_reading import MAX_VARIABLES
from bot.batches.visits import about, as_of, in_words, visits_of
from bot.same_number import canonical
from bot.store.batch_records import ContactRecord

MAX_ROWS = 8  # of one number; beyond that it stands in for one that was not known

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class MergedRow:
    """A good row that became part of the contact of another line, as a rule of an earlier one."""

    line: int
    into_line: int
    exact: bool  # it is the same row once more
    over: bool = False  # its appointment is over: the contact is about the others of its number


def merge(
    drafts: Iterable[Draft], *, now: datetime
) -> tuple[list[ContactRecord], list[MergedRow], list[BadRow]]:
    """The contacts, the rows that went into them beside the first, and those that fit nowhere."""
    by_number: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_number.setdefault(canonical(draft.contact.number), []).append(draft)
    contacts: list[ContactRecord] = []
    merged: list[MergedRow] = []
    bad: list[BadRow] = []
    for group in by_number.values():
        to_come = [draft for draft in group if not _is_over(draft.contact, now)] or group
        if reason := _refusal(group, to_come):
            bad += [_bad(draft, reason) for draft in group]
            continue
        contact, rows, misfits = _household(to_come)
        contacts.append(_with_newest_consent(contact, [draft.contact for draft in group]))
        merged += rows
        merged += [
            MergedRow(line=draft.row.line, into_line=contact.line, exact=False, over=True)
            for draft in group
            if draft not in to_come
        ]
        bad += misfits
    return contacts, sorted(merged, key=lambda row: row.line), bad


def absorb(known: ContactRecord, new: ContactRecord, *, now: datetime) -> ContactRecord | None:
    """A stored contact with what a later file of the same batch adds; None when that is nothing.

    For a contact that has not been called yet: one that has needs a batch of its own. See also
    `misfit`.
    """
    if _is_over(new, now) and not _is_over(known, now):
        return None
    if new.appointments:
        is_known = set(new.appointments) <= set(known.appointments)
    else:
        is_known = set(in_words(new)) <= set(in_words(known))
    if is_known:
        return None
    return as_of(_together([known, new]), now)


def _is_over(contact: ContactRecord, now: datetime) -> bool:
    return contact.last_deadline is not None and contact.last_deadline <= now


def _refusal(group: Sequence[Draft], to_come: Sequence[Draft]) -> str:
    for draft in group:
        if draft.refusal:
            return f"line {draft.row.line} says that this number must not be called"
    if len({draft.row.cells for draft in to_come}) > MAX_ROWS:
        return (
            f"this number stands in {len(group)} rows, the first in line {group[0].row.line}: "
            "is it the person's own?"
        )
    return ""


def _household(group: Sequence[Draft]) -> tuple[ContactRecord, list[MergedRow], list[BadRow]]:
    first = group[0]
    kept: list[ContactRecord] = []
    seen: set[tuple[str, ...]] = set()
    merged: list[MergedRow] = []
    bad: list[BadRow] = []
    for draft in group:
        again = draft.row.cells in seen
        if not again:
            if reason := misfit(kept, draft.contact):
                bad.append(_bad(draft, f"line {first.row.line} has the same number {reason}"))
                continue
            seen.add(draft.row.cells)
            kept.append(draft.contact)
        if draft is not first:
            merged.append(MergedRow(line=draft.row.line, into_line=first.row.line, exact=again))
    return _together(kept), merged, bad


def misfit(kept: Sequence[ContactRecord], new: ContactRecord) -> str:
    """Why a further contact of the same number cannot be put together with these; or empty."""
    regions = {contact.region for contact in [*kept, new] if contact.region}
    broad = {region.partition("-")[0] for region in regions}
    if len(broad) > 1 or len({region for region in regions if "-" in region}) > 1:
        return "in another state or country"
    if len({contact.zone for contact in [*kept, new] if contact.zone}) > 1:
        return "in another time zone"
    if kept and len(_together([*kept, new]).variables) > MAX_VARIABLES:
        return f"and together they have more than {MAX_VARIABLES} values to tell the agent"
    return ""


def _together(contacts: Sequence[ContactRecord]) -> ContactRecord:
    together = replace(
        contacts[0],
        zone=next((contact.zone for contact in contacts if contact.zone), ""),
        region=max((contact.region for contact in contacts), key=len),
    )
    visits = [visit for contact in contacts for visit in visits_of(contact)]
    return _with_newest_consent(about(together, visits), contacts)


def _with_newest_consent(
    contact: ContactRecord, contacts: Sequence[ContactRecord]
) -> ContactRecord:
    consent = max(contacts, key=_age_of_consent)
    return replace(contact, consent_source=consent.consent_source, consent_at=consent.consent_at)


def _age_of_consent(contact: ContactRecord) -> tuple[bool, datetime]:
    """The newest one with a source wins; between equals `max` takes the first."""
    return bool(contact.consent_source), contact.consent_at or _LONG_AGO


def _bad(draft: Draft, why: str) -> BadRow:
    problem = Problem(column="", why=why)
    return BadRow(line=draft.row.line, cells=draft.row.handed_back, problems=(problem,))
