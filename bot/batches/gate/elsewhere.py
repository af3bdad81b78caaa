"""What other batches have done about the same appointments of a number: plain code.

An appointment is the same when it has the same id at the business, or the same day and time. One
whose id is known with another day or time was moved, and may be reminded of anew.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.batches.dispositions import SETTLED, Disposition
from bot.store.batch_records import ContactRecord, OtherContact

LOOK_AGAIN = timedelta(minutes=5)  # where the other batch does not say when it calls next

_WHEN = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?")
_DAY = len("2026-11-24")
_NOT_BEGUN = datetime.max.replace(tzinfo=UTC)
# Who is not at a number is not there whenever the appointment may be.
_WHENEVER = frozenset({Disposition.WRONG_PERSON})
# Who opted out is on the list of suppressions, which counts in all batches for as long as it does.
_SETTLED = SETTLED - {Disposition.OPT_OUT}


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What is known of a contact's appointments from other batches."""

    settled: str = ""  # how and where all of them are settled; empty: they are not
    calling: str = ""  # the running batch, begun earlier, that calls about one of them
    until: datetime | None = None  # when to look again at what became of that


NOTHING = Elsewhere()


def elsewhere(
    contact: ContactRecord,
    others: Sequence[OtherContact],
    *,
    started_at: datetime | None,
    now: datetime,
) -> Elsewhere:
    """What others of the same number mean for this contact, whose batch began at `started_at`;
    None: it has not begun.
    """
    settled = _settled(contact, others)
    if settled:
        return Elsewhere(settled=settled)
    for other in others:
        goes_on = other.batch_state == "running" and other.contact.state in ("waiting", "dialling")
        first = _began_first(other, started_at, contact.batch_id)
        if goes_on and first and is_about_the_same(contact, other.contact):
            due = other.contact.due_at
            until = due if due is not None and due > now + LOOK_AGAIN else now + LOOK_AGAIN
            return Elsewhere(calling=other.batch, until=until)
    return NOTHING


def is_about_the_same(contact: ContactRecord, other: ContactRecord) -> bool:
    """Whether the two, of the same number, have an appointment in common."""
    if set(contact.appointments) & set(other.appointments):
        return not _was_moved(contact, other)
    return any(_is_among(when, whens(other)) for when in whens(contact))


def whens(contact: ContactRecord) -> tuple[str, ...]:
    """Day and time of each appointment, on the clock of the business, as they are told; of one
    that has none of them, the moment from which on no call makes sense.
    """
    told = contact.variables
    written = told.get("all_appointments") or f"{told.get('day', '')} {told.get('time', '')}"
    found = tuple(dict.fromkeys(_WHEN.findall(written)))
    if found or contact.deadline is None:
        return found
    return (f"@{contact.deadline.timestamp():.0f}",)


def _settled(contact: ContactRecord, known: Iterable[OtherContact]) -> str:
    ids: set[str] = set()
    times: list[str] = []
    said = ""
    for each in known:
        other = each.contact
        if other.disposition not in _SETTLED:
            continue
        about, at = _what_was_settled(other)
        moved = other.disposition not in _WHENEVER and _was_moved(contact, other)
        before = len(ids), len(times)
        ids.update(set(about) & set(contact.appointments) if not moved else ())
        times += [when for when in whens(contact) if _is_among(when, at) and when not in times]
        if (len(ids), len(times)) != before:
            said = f"{other.disposition} in {each.batch}, line {other.line}"
    mine = whens(contact)
    all_ids = bool(contact.appointments) and ids >= set(contact.appointments)
    return said if all_ids or (mine and len(times) == len(mine)) else ""


def _what_was_settled(other: ContactRecord) -> tuple[Sequence[str], Sequence[str]]:
    """The ids, and the days and times, of those of its appointments that were settled."""
    which, times = other.detail.get("which"), whens(other)
    if not isinstance(which, int) or len(other.appointments) < 2:
        return other.appointments, times
    place = slice(which - 1, which)
    aligned = len(times) == len(other.appointments)
    return other.appointments[place], times[place] if aligned else ()


def _was_moved(contact: ContactRecord, other: ContactRecord) -> bool:
    """Whether both say when their appointments are, and not one of them is then for both."""
    mine, theirs = whens(contact), whens(other)
    comparable = mine and theirs and mine[0].startswith("@") == theirs[0].startswith("@")
    return bool(comparable) and not any(_is_among(when, theirs) for when in mine)


def _is_among(when: str, times: Sequence[str]) -> bool:
    """A day without a time is that day at any time."""
    return any(
        when == other or (when[:_DAY] == other[:_DAY] and _DAY in (len(when), len(other)))
        for other in times
    )


def _began_first(other: OtherContact, started_at: datetime | None, batch_id: str) -> bool:
    """Whether its batch began before the one of that id; of two at once, the lesser id counts."""
    theirs, mine = other.started_at or _NOT_BEGUN, started_at or _NOT_BEGUN
    return (theirs, other.contact.batch_id) < (mine, batch_id)
