"""A tool: an async function that the model may call.

    async def lookup_hours(call: ToolCall, *, day: Annotated[Day, "..."]) -> ToolAnswer: ...

The first paragraph of its docstring and the text beside each parameter are what the model reads.
Parameters after `call` are keyword-only and have types that pydantic can read from JSON.
"""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tools.ports import (
    Business,
    CallControl,
    Contacts,
    HoursOf,
    Knowledge,
    Messages,
    Numbers,
    Texts,
)
from tools.reading_back import ReadBack


@dataclass(kw_only=True)
class Theirs:
    """Which appointments the other party of one call may change, beside those it is about."""

    ids: list[str] = field(default_factory=list)  # at the business, in the order they were told
    misses: int = 0  # how often they named what is not theirs
    searched: bool = False  # something was found or booked in this call: `ids` are all there are

    def add(self, which: str) -> None:
        self.searched = True
        if which not in self.ids:
            self.ids.append(which)


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """What a tool is given beside the model's arguments."""

    business: Business
    control: CallControl
    contacts: Contacts
    variables: Mapping[str, str]  # of the call, private ones too, which no text of the agent holds
    idempotency_key: str  # 32 hex digits; the same for every attempt at the same write
    language: str  # of the call, two letters (ISO 639-1), like "en"
    hours: HoursOf | None = None  # None: the business is asked
    caller: str = ""  # the number of the other party, E.164; empty: they withhold it
    holder: str = ""  # 32 hex digits; the same for all of one phone call, see `Business.hold_slot`
    theirs: Theirs = field(default_factory=Theirs)
    messages: Messages | None = None  # None: none are taken
    texts: Texts | None = None  # None: none are sent
    numbers: Numbers | None = None  # None: nobody takes them
    knowledge: Knowledge | None = None  # None: there are no documents
    # What the caller has typed in sensitive passages, by kind: for tools, and never for the model.
    typed: dict[str, str] = field(default_factory=dict, repr=False)
    read_back: ReadBack = field(default_factory=ReadBack)  # one for all tools of a phone call


@dataclass(frozen=True, kw_only=True)
class ToolAnswer:
    """What the model is told. Raises ValueError unless `output` is a non-empty JSON object."""

    output: dict[str, Any]
    ok: bool = True  # the tool did what it was asked
    speak: bool = True  # False: the model must not speak after it, the call goes elsewhere

    def __post_init__(self) -> None:
        if not self.output:
            raise ValueError("A tool answered with nothing; the model needs at least one fact.")
        try:
            json.dumps(self.output)
        except (TypeError, RecursionError) as error:
            raise ValueError(f"A tool's answer is not JSON: {error}") from error

    @classmethod
    def failure(cls, error: str, say: str) -> "ToolAnswer":
        """`error` is a slug; `say` tells the model what to do now."""
        return cls(output={"error": error, "say": say}, ok=False)


Tool = Callable[..., Coroutine[Any, Any, ToolAnswer]]
AnyTool = TypeVar("AnyTool", bound=Tool)


def records(
    *identity: str, about: str = "", undoes: Sequence[Tool] = ()
) -> Callable[[AnyTool], AnyTool]:
    """Marks a tool that writes something which must be neither lost nor written twice.

    Two calls of it within one phone call are the same write when the arguments named in
    `identity` are equal. The toolbox does not cancel such a tool, not even past its deadline.
    Writes `about` the same thing take each other's place: once one has succeeded, an earlier
    one that is asked for again is done again, as when somebody cancels and then comes after all.
    So are writes of the tools that it `undoes`: what was booked and cancelled can be booked again.
    """

    def mark(tool: AnyTool) -> AnyTool:
        tool.__dict__["identity"] = identity
        tool.__dict__["about"] = about
        tool.__dict__["undoes"] = tuple(each.__name__ for each in undoes)
        return tool

    return mark


def covers(*claims: str) -> Callable[[AnyTool], AnyTool]:
    """Marks a tool whose success makes these claims of the agent true, such as "you're booked".

    The kinds are those of `processors.words.claims`; a tool without this mark is judged by its
    name (`tools.claims`).
    """

    def mark(tool: AnyTool) -> AnyTool:
        tool.__dict__["covers"] = claims
        return tool

    return mark


def needs(*first: Tool) -> Callable[[AnyTool], AnyTool]:
    """Marks a tool that is refused until one of these has succeeded in the same phone call."""

    def mark(tool: AnyTool) -> AnyTool:
        tool.__dict__["needs"] = tuple(each.__name__ for each in first)
        return tool

    return mark
