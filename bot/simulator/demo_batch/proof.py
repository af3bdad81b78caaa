"""Whether everything came as it had to: each contact, and the whole. Plain code."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.simulator.demo_batch.people import BAD_ROWS, DemoPerson


@dataclass(frozen=True, kw_only=True)
class ProvenCall:
    """A call in the carrier's own log."""

    number: str
    begun_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProvenOutcome:
    """What became of everybody, as each of the sides has it."""

    contacts: Mapping[str, Mapping[str, Any]]  # of the service, by number
    dialled: Sequence[ProvenCall]  # by the carrier's log
    results: Sequence[Mapping[str, str]]  # rows of the results CSV
    evidence: Mapping[str, Mapping[str, Any]]  # of each contact, by number
    bad_rows: Sequence[Mapping[str, str]]  # handed back by the import
    appointments: Mapping[str, str]  # at the business: id -> state
    written_back: Sequence[Mapping[str, Any]]  # what the business was told
    told: Sequence[Mapping[str, Any]]  # what results_url was told


def differences(person: DemoPerson, outcome: ProvenOutcome) -> Sequence[str]:
    """How a contact ended otherwise than expected; empty if as expected."""
    contact = outcome.contacts.get(person.number)
    if contact is None:
        return ["is in no batch"]
    return list(_differences(person, contact, outcome))


def _differences(
    person: DemoPerson, contact: Mapping[str, Any], outcome: ProvenOutcome
) -> Iterator[str]:
    expects = person.expects
    if contact["state"] != expects.state:
        yield f"is {contact['state']}, not {expects.state}"
    if contact["disposition"] != expects.disposition:
        yield f"{contact['disposition'] or 'nothing'}, not {expects.disposition or 'nothing'}"
    if contact["attempts"] != expects.calls:
        yield f"{contact['attempts']} calls counted, not {expects.calls}"
    dialled = sum(call.number == person.number for call in outcome.dialled)
    if dialled != expects.calls:
        yield f"the carrier dialled {dialled} times, not {expects.calls}"
    never = [r["rule"] for r in contact["decision"].get("reasons", ()) if r["says"] == "never"]
    if expects.rule and never != [expects.rule]:
        yield f"kept back by {', '.join(never) or 'nothing'}, not by {expects.rule}"
    told = [
        one
        for one in outcome.written_back
        if set(contact["appointments"]) & set(one["appointments"])
    ]
    last = told[-1]["disposition"] if told else ""
    if last != expects.disposition:
        yield f"the business was told {last or 'nothing'}"


def nothing_lost(people: Sequence[DemoPerson], outcome: ProvenOutcome) -> Iterator[str]:
    """Every row of the file is a contact, part of one, or handed back, and all are settled."""
    listed = Counter(row["number"] for row in outcome.results)
    for person in people:
        if listed[person.number] != 1:
            yield f"{person.name} stands {listed[person.number]} times in the results"
    if strangers := listed.keys() - {person.number for person in people}:
        yield f"{len(strangers)} in the results were not in the file"
    handed_back = [row["Patient"] for row in outcome.bad_rows]
    if handed_back != [name for name, *_ in BAD_ROWS]:
        yield f"handed back: {', '.join(handed_back) or 'nothing'}"
    open_ones = [row["name"] for row in outcome.results if row["state"] in ("waiting", "dialling")]
    if open_ones:
        yield f"nothing became of {', '.join(open_ones)}"
    heard_of = {one["data"]["number"] for one in outcome.told if one["type"] == "contact.concluded"}
    if unheard := {person.number for person in people} - heard_of:
        yield f"results_url did not hear of {len(unheard)} contacts"


def nothing_twice(people: Sequence[DemoPerson], outcome: ProvenOutcome) -> Iterator[str]:
    """The carrier's log has a call for each attempt of the ledger and no other, and no number had
    two calls at a time.
    """
    by_number: dict[str, list[ProvenCall]] = {}
    for call in outcome.dialled:
        by_number.setdefault(call.number, []).append(call)
    for person in people:
        attempts = outcome.evidence[person.number]["attempts"]
        placed = [attempt["call"]["id"] for attempt in attempts if attempt["placed_at"]]
        calls = by_number.pop(person.number, [])
        if len(calls) != len(set(placed)):
            yield f"{person.name}: {len(calls)} calls for {len(set(placed))} attempts"
        for earlier, later in zip(calls, calls[1:], strict=False):
            if earlier.ended_at is None or later.begun_at < earlier.ended_at:
                yield f"{person.name} was dialled while a call was under way"
    for number in by_number:
        yield f"somebody was dialled who is not in the file: {number}"


def only_when_allowed(people: Sequence[DemoPerson], outcome: ProvenOutcome) -> Iterator[str]:
    """Before each call stands a decision that allowed it."""
    for person in people:
        for attempt in outcome.evidence[person.number]["attempts"]:
            if attempt["placed_at"] and attempt["decision"].get("word") != "allow":
                yield f"{person.name} was called against a decision"


def business_agrees(
    people: Sequence[DemoPerson], booked: Mapping[str, tuple[str, str, str]], outcome: ProvenOutcome
) -> Iterator[str]:
    """What people said on the phone is what stands in the diary."""
    says = {"confirmed": "confirmed", "cancelled": "cancelled"}
    for person in people:
        names = [name for name in (person.name, person.household) if name]
        wanted = (
            "cancelled"
            if person.cancelled_before
            else says.get(person.expects.disposition, "booked")
        )
        for name in names:
            state = outcome.appointments[booked[name][0]]
            if state != wanted:
                yield f"the appointment of {name} is {state}, not {wanted}"
