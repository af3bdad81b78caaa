"""The tables of an agent's file. Their fields are its keys."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

OnMachine = Literal["ignore", "hang_up", "leave_message"]
"""What is done when an answering machine takes an outbound call; ignore: talk as to a person."""
OnEmergency = Literal["human", "hang_up", "off"]
"""What is done when a caller says that somebody is in danger; off: the model is left to it."""

ByLaw = Literal["off", "on", "by_law"]
"""Whether something is done that the law of some places asks for; by_law: where it does."""
NumberKind = Literal["card", "id"]
"""What a number is of that is typed and that nobody may hear: a card, or an identity document."""

STRICT = ConfigDict(extra="forbid")
NOTHING: Any = {}  # copied by pydantic wherever it is a default


def _regular_expressions(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return patterns


Patterns = Annotated[tuple[str, ...], AfterValidator(_regular_expressions)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Lines:
    """The lines said word for word in every call; `screening` with the call's variables."""

    filler: str  # while a tool takes long, and the model is away
    waiting: tuple[str, ...]  # after it, if the model stays away
    farewell: str  # when the model hangs up without a word
    time_limit: str  # when time or money is used up
    hold: str  # before the human is dialled
    nobody: str  # when no human answers
    take_call: str  # asks a person whether they take a caller, who is put for {brief}
    caller_left: str  # to that person, when the caller is gone
    emergency: str  # to a caller who says that somebody is in danger
    offer: str  # asks whether a person is wanted, when the caller is not understood
    recording: str  # that the call is recorded, and how to refuse that
    not_recorded: str  # to a caller who refused by key
    ai: str  # that it is an AI
    type_card: str  # asks for the number of a card by keypad
    type_id: str  # asks for the number of a document by keypad
    type_again: str  # that number was not complete
    turned_away: str  # to a caller whom the shield does not let in, where they hear a line
    nuisance: str  # to somebody who sells: what else they need
    no_person: str  # to what seems to be a machine
    sorry: str  # when the line to us breaks
    resumed: str  # first words to a caller whose last call broke
    busy: str  # when there is no room
    queue: str  # to a caller who waits for a place
    # To an assistant that asks who calls and why; empty: the first line, or what voicemail says.
    screening: str = ""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class WhenBusy:
    """What a caller gets for whom there is no room."""

    then: Literal["line", "human", "queue"] = "line"
    wait_secs: float = Field(default=120.0, gt=0, le=3600)  # in the queue


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Silence:
    """What happens when the caller is silent."""

    wait_secs: float = Field(default=8.0, gt=0)  # before each prompt and the goodbye
    prompts: tuple[str, ...]  # asked in this order
    goodbye: str  # the last line when no prompt was answered


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Limits:
    """The limits of one call: time, money, functions, ringing."""

    secs: float = Field(default=900.0, gt=0, le=14_000)  # the carrier ends calls at 4 hours
    # What the model may cost: 15 minutes of talk cost less, a model that runs in circles does not.
    usd: float = Field(default=5.0, gt=0)
    functions: int = Field(default=60, ge=1, le=1000)  # that the model may call
    ring_secs: int = Field(default=30, ge=5, le=600)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OnHold:
    """When the other side lets us wait."""

    max_secs: float = Field(default=1800.0, gt=0, le=7200)  # all together; the line costs money
    music_secs: float = Field(default=8.0, ge=0, le=60)  # of music that put us on hold; 0: never


@dataclass(frozen=True, kw_only=True, config=STRICT)
class BargeIn:
    """What happens when the caller speaks over the agent."""

    # "hold": it falls silent, and goes on where it was heard if that was a noise or a nod;
    # "cut": any sound takes the turn at once.
    style: Literal["hold", "cut"] = "hold"
    hold_ms: int = Field(default=800, ge=200, le=5000)  # longer speech always takes the turn
    backchannels: tuple[str, ...] = ()  # words that leave the agent its turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Goodbye:
    """How a goodbye of the agent is recognised, and how long the caller may still speak."""

    patterns: Patterns = ()  # of lines that end the call
    grace_secs: float = Field(default=2.0, ge=0)  # for one more thing after the farewell


@dataclass(frozen=True, kw_only=True, config=STRICT)
class OptOutWays:
    """How the person called asks for no more calls, whatever the model makes of it."""

    key: str = Field(default="9", pattern=r"^[1-9*#]?$")  # empty: none
    patterns: Patterns = ()  # beside those of the language


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Emergency:
    """When a caller says that somebody is in danger, whatever the model makes of it."""

    # "human": `lines.emergency`, then the human; "hang_up": that line, then the call ends.
    then: OnEmergency = "human"
    patterns: Patterns = ()  # beside those of the language


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Recording:
    """Whether calls are recorded. Whoever refuses is not."""

    # "on": after `lines.recording` was heard; "by_law": that line is left out where the law of no
    # place that either side may be in asks for it.
    when: ByLaw = "off"
    refuse_key: str = Field(default="*", pattern=r"^[1-9*#]?$")  # empty: none


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Questions:
    """What is asked about a call once it is over."""

    summary: bool = True
    fields: Mapping[str, str] = Field(default=NOTHING)  # name -> what it should hold


@dataclass(frozen=True, kw_only=True, config=STRICT)
class AfterHours:
    """What is otherwise for somebody who calls while the business is closed."""

    first_line: str = ""  # empty: the usual one
    instructions: str = ""  # in addition to the usual ones


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Source:
    """How the tools of a document or a server are reached (docs/business.md).

    Texts may hold ${NAME}, which stands for that variable of the environment or of .env.
    """

    only: tuple[str, ...] = ()  # names of operations or tools; empty: all of them
    address: str = ""  # of an OpenAPI service; empty: the first server that the document names
    headers: Mapping[str, str] = Field(default=NOTHING)  # of each request
    query: Mapping[str, str] = Field(default=NOTHING)  # of each request to an OpenAPI service
    environment: Mapping[str, str] = Field(default=NOTHING)  # of a program that is an MCP server
    repeatable: bool = False  # a write that may have been done may be asked for again
