"""The people of an agent: who is called for a name, and what a file may say."""

from datetime import UTC, datetime

import pytest

from config import AgentError, make_agent
from processors.people import who_is_there, whom_to_call

NINE_TO_FIVE = {"timezone": "America/New_York", "week": {"mon-fri": ["09:00-17:00"]}}
PEOPLE = {
    "billing": {"number": "+15550000001", "hours": NINE_TO_FIVE, "then": "owner"},
    "owner": {"number": "sip:owner@clinic.example"},
    "lab": {"number": "+15550000003", "hours": NINE_TO_FIVE, "then": "night"},
    "night": {"number": "+15550000004", "hours": NINE_TO_FIVE, "then": "lab"},
}
OPEN, CLOSED = datetime(2026, 11, 30, 15, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)


def an_agent(people: object) -> object:
    return make_agent(
        {"name": "desk", "pipeline": "reception", "instructions": "Hi.", "people": people}
    )


@pytest.mark.parametrize(
    ("name", "now", "number"),
    [
        ("billing", OPEN, "+15550000001"),
        ("billing", CLOSED, "sip:owner@clinic.example"),
        ("lab", OPEN, "+15550000003"),
        ("lab", CLOSED, None),  # each names the other
        ("roof", OPEN, None),
    ],
)
def test_who_is_called_for_a_name(name: str, now: datetime, number: str | None) -> None:
    """They, or the first after them who is there."""
    person = who_is_there(an_agent(PEOPLE).people, name, now)  # type: ignore[attr-defined]
    assert (person and person.number) == number


@pytest.mark.parametrize(
    ("name", "now", "called"),
    [
        ("billing", OPEN, ["billing", "owner"]),
        ("billing", CLOSED, ["owner"]),
        ("lab", OPEN, ["lab", "night"]),
        ("lab", CLOSED, ["lab"]),  # whose time has just ended
        ("roof", OPEN, []),
    ],
)
def test_who_is_called_in_turn(name: str, now: datetime, called: list[str]) -> None:
    """Each once, however they name each other."""
    people = an_agent(PEOPLE).people  # type: ignore[attr-defined]
    assert whom_to_call(people, name, now) == called


def test_no_more_than_three_are_called() -> None:
    """A caller is not kept waiting for all of them."""
    people = {f"p{n}": {"number": "+15550000001", "then": f"p{n + 1}"} for n in range(5)}
    last = {"p5": {"number": "+15550000001"}}
    agent = an_agent(people | last)
    assert whom_to_call(agent.people, "p0", OPEN) == ["p0", "p1", "p2"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"number": "5550000001"}, "people.a.number"),
        ({"number": "+15550000001", "then": "b"}, "'b' is none of the people"),
        ({"number": "+15550000001", "tel": 1}, "people.a.tel"),
        ({"number": "+15550000001", "transfer": "hot"}, "people.a.transfer"),
    ],
)
def test_a_mistake_is_named(person: dict[str, object], why: str) -> None:
    """With the key that it stands in."""
    with pytest.raises(AgentError) as raised:
        an_agent({"a": person})
    assert why in str(raised.value)
