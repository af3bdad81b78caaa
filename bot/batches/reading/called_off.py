"""Appointments of which a row says that no call is to be made: plain code."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.batches.reading.left_out import LeftOut
from bot.batches.visits import visits_of
from bot.same_number import canonical
from bot.store.batch_records import ContactRecord, Visit


@dataclass(frozen=True, kw_only=True)
class CalledOff:
    """An appointment that a row says needs no call."""

    contact_id: str  # of the one whom the row would have been
    which: tuple[str, ...]
    line: int
    why: str


def called_off(rows: Iterable[LeftOut]) -> Iterator[CalledOff]:
    """The appointments of such rows, as far as something tells them apart."""
    for row in rows:
        if row.contact is not None and row.contact.number:
            for which in sorted(which_appointments(row.contact)):
                yield CalledOff(
                    contact_id=row.contact.id, which=which, line=row.line, why=f"says {row.why}"
                )


def which_appointments(contact: ContactRecord) -> set[tuple[str, ...]]:
    """By their ids at the business, else by number, day and time; none where nothing tells one of
    them apart.
    """
    each = [_told_apart(canonical(contact.number), visit) for visit in visits_of(contact)]
    return set().union(*each) if all(each) else set()


def _told_apart(number: str, visit: Visit) -> set[tuple[str, ...]]:
    if visit.appointments:
        return {(number, which) for which in visit.appointments}
    when = [visit.variables.get(part, "") for part in ("day", "time")]
    return {(number, *when)} if number and when[0] else set()
