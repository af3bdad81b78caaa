"""The people and departments that an agent can put callers through to: data, and who is called."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from processors.hours import Dialled, Hours
from processors.key_fault import KeyFault

MOST_CALLED = 3  # one after the other, for one caller
MOST_PEOPLE = 40  # the model reads them in each call
_STRICT = ConfigDict(extra="forbid")
PersonName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Person:
    """A person, or a department: where they are called, and when."""

    about: str = Field(default="", max_length=200)  # who that is and what for, told to the model
    number: Dialled = Field(repr=False)
    hours: Hours | None = None  # when they can be called; None: always
    then: str = ""  # who is called instead when they are not there, or do not answer
    # cold: the caller is put on their line; warm: they are asked first, while the agent stays
    transfer: Literal["cold", "warm"] = "cold"

    def is_there(self, now: dt.datetime) -> bool:
        """Whether they may be called at an aware moment."""
        return self.hours is None or self.hours.at(now).is_open


def _known(people: Mapping[str, Person]) -> Mapping[str, Person]:
    for name, person in people.items():
        if person.then and person.then not in people:
            raise KeyFault(f"{name}.then", f"{person.then!r} is none of the people")
    return people


People = Annotated[dict[PersonName, Person], AfterValidator(_known), Field(max_length=MOST_PEOPLE)]


def whom_to_call(people: Mapping[str, Person], name: str, now: dt.datetime) -> list[str]:
    """The names of those who are called in turn for somebody who wants `name`: who is there of them
    and of those who are called instead. One whose time has just ended is called all the same;
    nobody, for a name that none of them has.
    """
    chain = _in_turn(people, name)
    there = [each for each in chain if people[each].is_there(now)]
    return (there or chain[:1])[:MOST_CALLED]


def who_is_there(people: Mapping[str, Person], name: str, now: dt.datetime) -> Person | None:
    """Who is called for somebody who wants `name`: they, or the first after them who is there."""
    there = (people[each] for each in _in_turn(people, name) if people[each].is_there(now))
    return next(there, None)


def _in_turn(people: Mapping[str, Person], name: str) -> list[str]:
    """They, and who is called instead, each once."""
    chain: list[str] = []
    while name in people and name not in chain:
        chain.append(name)
        name = people[name].then
    return chain
