"""Stories: whole calls as data, played by the demo against the real service.

A story says who calls whom, what the caller does, what the model makes of it, and how it has to
end. To write one, build a `Story` and hand it to `bot.simulator.demo.play`.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.simulator.business.seed import CLINIC, HOLIDAYS
from bot.simulator.caller import CallerScript, InterruptAfter, Say, StayOn, WaitForAgent
from bot.simulator.model import Call, ModelScript, Step

TUESDAY, WEDNESDAY, THURSDAY = 1, 2, 3
PICKED_UP_MS = 2500  # who picks up says a word first, and is let finish


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """How a story has to end. Whatever is left out may be anything."""

    result: str = "completed"
    reasons: Sequence[str] = ()  # the outcome's reason is one of these
    first_line: str = ""  # the agent's first words that were heard to their end
    first_words_ms: int = 500  # from the stream's start to the agent's first sound, at most
    interruptions: int = 0  # turns of the agent that were cut off, at least
    tools: Sequence[str] = ()  # called with success, in this order
    bookings: Sequence[Mapping[str, object]] = ()  # all that is new in the diary, field by field
    fields: Mapping[str, str] = field(default_factory=dict)  # of the outcome


@dataclass(frozen=True, kw_only=True)
class Story:
    """One call.

    The model hears the caller's lines as `caller` says them, in that order; a `model` without
    `expects` of its own takes them from there.
    """

    name: str  # a slug; files are named after it
    title: str
    agent: str  # the agent's file
    direction: Literal["inbound", "outbound"]
    number: str  # of the other side, E.164
    variables: Mapping[str, str] = field(default_factory=dict)  # of an outbound call
    ring_secs: float = 1.0  # before the other side of an outbound call picks up
    caller: CallerScript  # the other side, whoever called; the voice is the player's business
    model: ModelScript
    expects: Expectations = field(default_factory=Expectations)

    def __post_init__(self) -> None:
        """Raises ValueError for a story that cannot be told."""
        if not self.name.replace("-", "").isalnum():
            raise ValueError(f"{self.name!r} is no name for a file: use letters, digits, hyphens.")
        if self.direction == "inbound" and self.variables:
            raise ValueError("Variables are given with an outbound call; nobody calls in with any.")

    @property
    def script(self) -> ModelScript:
        """The model's script, with the caller's lines for a model without ears."""
        return replace(self.model, expects=self.model.expects or spoken(self.caller))


def spoken(caller: CallerScript) -> tuple[str, ...]:
    """The caller's lines, in order."""
    return tuple(a.text for a in caller.actions if isinstance(a, Say | InterruptAfter))


def shipped(today: dt.date) -> tuple[Story, ...]:
    """The stories of `trunkline demo`."""
    return an_appointment(today), a_table_for_four()


def next_weekday(today: dt.date) -> dt.date:
    """The day people mean by "next Tuesday": 2 to 8 days ahead; on a holiday, a day later."""
    closed = {date for date, _ in HOLIDAYS}
    days = [today + dt.timedelta(days=ahead) for ahead in range(2, 9)]
    for weekday in (TUESDAY, WEDNESDAY, THURSDAY):
        day = next(day for day in days if day.weekday() == weekday)
        if f"{day:%m-%d}" not in closed:
            return day
    raise ValueError("The clinic is closed on three days in a row.")


def an_appointment(today: dt.date) -> Story:
    """Inbound: a caller books an appointment and interrupts the agent's list of times."""
    day = next_weekday(today)
    booking = {"name": "Anna Baker", "day": day.isoformat(), "time": "10:00"}
    summary = f"Anna Baker booked an appointment for {day:%A} at ten in the morning."
    booked = f"{day:%A} {day.isoformat()}, 10:00"
    return Story(
        name="appointment",
        title="Somebody calls the clinic for an appointment",
        agent="reception",
        direction="inbound",
        number="+15552223333",
        caller=CallerScript(
            actions=(
                WaitForAgent(silence_ms=500),
                Say(f"Hi, I'd like to book an appointment for next {day:%A}, please."),
                InterruptAfter(6600, "Sorry, ten in the morning would be perfect."),
                WaitForAgent(),
                Say("My name is Anna Baker."),
                WaitForAgent(silence_ms=1000),
                Say("No, that is all, thank you, goodbye."),
                StayOn(),
            )
        ),
        model=ModelScript(
            steps=(
                Step(
                    hears=("appointment|book|doctor|next|day",),
                    say=f"Sure, let me look at {day:%A}.",
                    calls=(Call(name="lookup_hours", arguments={"day": day.isoformat()}),),
                ),
                Step(
                    after_tool="lookup_hours",
                    say=f"On {day:%A} we are open from nine in the morning until five in the "
                    "afternoon. Appointments begin every half hour, so you could come at nine, at "
                    "half past nine, at ten, or, if the afternoon suits you better, at two or at "
                    "three.",
                ),
                Step(
                    hears=("ten|10|morning|perfect",),
                    say="Ten it is. May I have your name, please?",
                ),
                Step(
                    hears=("name|anna|hannah|ana|baker",),
                    say="Thank you, Anna. I will put that in the diary.",
                    calls=(Call(name="book_appointment", arguments=booking),),
                ),
                Step(
                    after_tool="book_appointment",
                    result_has='"booked":true',
                    say=f"You are booked for {day:%A} at ten. Is there anything else?",
                ),
                Step(after_tool="book_appointment", say="I am sorry, that time has just gone."),
                Step(
                    hears=("all|thank|thanks|goodbye|bye|no",),
                    say="Thank you for calling Riverside Clinic. Goodbye.",
                ),
            ),
            summary=json.dumps({"summary": summary, "booked": booked}),
        ),
        expects=Expectations(
            reasons=("goodbye",),
            interruptions=1,
            tools=("lookup_hours", "book_appointment"),
            bookings=({"desk": CLINIC, **booking},),
            fields={"booked": booked},
        ),
    )


def a_table_for_four() -> Story:
    """Outbound: the agent reserves a table; seven is full, a quarter to eight is not."""
    first_line = "Hi, I'd like to make a reservation please."
    summary = "A table for four was reserved for tonight at 7:45 pm under Alex Morgan."
    return Story(
        name="table",
        title="The agent calls a restaurant for a table",
        agent="table",
        direction="outbound",
        number="+15554445555",
        variables={"party": "4", "time": "7 pm"},
        caller=CallerScript(
            actions=(
                Say("Luigi's, good evening."),
                WaitForAgent(),
                Say("Sure, for how many people, and what time?"),
                WaitForAgent(),
                Say("I'm sorry, we are full at seven."),
                WaitForAgent(),
                Say("We have a table at seven forty five."),
                WaitForAgent(),
                Say("Great, and what is the name, please?"),
                WaitForAgent(),
                Say("Perfect, we will see you tonight, goodbye."),
                StayOn(),
            )
        ),
        model=ModelScript(
            steps=(
                Step(
                    hears=("how many|people|what time|when",),
                    say="For four people, tonight at seven.",
                ),
                Step(
                    hears=("full|sorry|afraid|nothing",),
                    say="I see. Do you have anything else between seven and nine?",
                ),
                Step(
                    hears=("forty|745|table at|quarter",),
                    say="Seven forty-five is perfect, I will take it.",
                ),
                Step(hears=("name|under|who",), say="The name is Alex Morgan."),
                Step(
                    hears=("perfect|tonight|to night|goodbye|see you|bye",),
                    say="Thank you very much. Goodbye.",
                    calls=(Call(name="end_call", arguments={"summary": summary}),),
                ),
            ),
            summary=json.dumps({"summary": summary, "reserved_for": "7:45 pm"}),
        ),
        expects=Expectations(
            reasons=("end_call", "goodbye"),
            first_line=first_line,
            first_words_ms=PICKED_UP_MS,
            tools=("end_call",),
            fields={"reserved_for": "7:45 pm"},
        ),
    )
