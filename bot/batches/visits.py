"""What a contact with several appointments is about: those that are not over yet. Plain code."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.store.batch_records import ContactRecord, Visit


def visits_of(contact: ContactRecord) -> tuple[Visit, ...]:
    """Each of its appointments; one for a contact that has a single one, or none."""
    if contact.visits:
        return contact.visits
    return (
        Visit(
            deadline=contact.deadline,
            name=contact.name,
            variables=contact.variables,
            appointments=contact.appointments,
        ),
    )


def about(contact: ContactRecord, visits: Sequence[Visit]) -> ContactRecord:
    """The contact, about these appointments.

    Its name and variables are those of the first; what differs in a later one is added as
    `time_2`, `time_3`. The earliest deadline counts.
    """
    deadlines = [visit.deadline for visit in visits if visit.deadline]
    return replace(
        contact,
        name=" / ".join(dict.fromkeys(visit.name for visit in visits if visit.name)),
        variables=_variables(visits),
        appointments=tuple(dict.fromkeys(id for visit in visits for id in visit.appointments)),
        deadline=min(deadlines, default=None),
        visits=tuple(visits) if len(visits) > 1 else (),
    )


def as_of(contact: ContactRecord, now: datetime) -> ContactRecord:
    """The contact, about those appointments alone that are not over; as it is where all are."""
    to_come = [v for v in contact.visits if v.deadline is None or v.deadline > now]
    if not to_come or len(to_come) == len(contact.visits):
        return contact
    return about(contact, to_come)


def in_words(about: Visit | ContactRecord) -> list[str]:
    """ "Ann Lee: 2026-11-24 14:30", or what there is of it; those of a merged one as they are."""
    if "all_appointments" in about.variables:
        return about.variables["all_appointments"].split("; ")
    when = " ".join(about.variables[part] for part in ("day", "time") if part in about.variables)
    if not when:
        return []
    return [f"{about.name}: {when}" if about.name else when]


def _variables(visits: Sequence[Visit]) -> dict[str, str]:
    """Those of the first, what differs in the others, and `all_appointments`: each in words."""
    first = visits[0].variables
    together = dict(first)
    for count, visit in enumerate(visits[1:], 2):
        for name, text in visit.variables.items():
            if name == "all_appointments" or first.get(name) == text:
                continue
            numbered = f"{name}_{count}"
            while numbered in together:
                numbered += f"_{count}"
            together[numbered] = text
    said = dict.fromkeys(part for visit in visits for part in in_words(visit))
    if said:
        together["all_appointments"] = "; ".join(said)
    return together
