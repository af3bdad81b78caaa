"""An agent: who speaks, how, with which tools. Its fields are the keys of its file."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core.core_schema import ValidationInfo

from processors.desk import MessageRules, TextRules
from processors.hours import Hours
from processors.words.backchannels import backchannel_words
from processors.words.farewells import farewell_patterns
from processors.words.languages import language_of

OnMachine = Literal["ignore", "hang_up", "leave_message"]
"""What is done when an answering machine takes an outbound call; ignore: talk as to a person."""
OnEmergency = Literal["human", "hang_up", "off"]
"""What is done when a caller says that somebody is in danger; off: the model is left to it."""

_STRICT = ConfigDict(extra="forbid")
# What the hours of its business give to the texts of an agent, beside the variables of a call.
OF_HOURS = frozenset({"next_opening"})
_NOTHING: Any = {}  # copied by pydantic wherever it is a default
PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _regular_expressions(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return patterns


MOST_WORDS = 200  # of a vocabulary: the model reads them in each call
Word = Annotated[str, Field(min_length=1, max_length=80)]
Patterns = Annotated[tuple[str, ...], AfterValidator(_regular_expressions)]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Lines:
    """The lines said word for word in every call; `screening` with the call's variables."""

    filler: str  # while a tool takes long, and the model is away
    waiting: tuple[str, ...]  # after it, if the model stays away
    farewell: str  # when the model hangs up without a word
    time_limit: str  # when time or money is used up
    hold: str  # before the human is dialled
    nobody: str  # when no human answers
    emergency: str  # to a caller who says that somebody is in danger
    offer: str  # asks whether a person is wanted, when the caller is not understood
    sorry: str  # when the line to us breaks
    busy: str  # when there is no room
    queue: str  # to a caller who waits for a place
    # To an assistant that asks who calls and why; empty: the first line, or what voicemail says.
    screening: str = ""


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class WhenBusy:
    """What a caller gets for whom there is no room."""

    then: Literal["line", "human", "queue"] = "line"
    wait_secs: float = Field(default=120.0, gt=0, le=3600)  # in the queue


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Silence:
    """What happens when the caller is silent."""

    wait_secs: float = Field(default=8.0, gt=0)  # before each prompt and the goodbye
    prompts: tuple[str, ...]  # asked in this order
    goodbye: str  # the last line when no prompt was answered


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Limits:
    """The limits of one call: time, money, functions, ringing."""

    secs: float = Field(default=900.0, gt=0, le=14_000)  # the carrier ends calls at 4 hours
    # What the model may cost: 15 minutes of talk cost less, a model that runs in circles does not.
    usd: float = Field(default=5.0, gt=0)
    functions: int = Field(default=60, ge=1, le=1000)  # that the model may call
    ring_secs: int = Field(default=30, ge=5, le=600)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class BargeIn:
    """What happens when the caller speaks over the agent."""

    # "hold": it falls silent, and goes on where it was heard if that was a noise or a nod;
    # "cut": any sound takes the turn at once.
    style: Literal["hold", "cut"] = "hold"
    hold_ms: int = Field(default=800, ge=200, le=5000)  # longer speech always takes the turn
    backchannels: tuple[str, ...] = ()  # words that leave the agent its turn


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Goodbye:
    """How a goodbye of the agent is recognised, and how long the caller may still speak."""

    patterns: Patterns = ()  # of lines that end the call
    grace_secs: float = Field(default=2.0, ge=0)  # for one more thing after the farewell


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class OptOutWays:
    """How the person called asks for no more calls, whatever the model makes of it."""

    key: str = Field(default="9", pattern=r"^[1-9*#]?$")  # empty: none
    patterns: Patterns = ()  # beside those of the language


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Emergency:
    """When a caller says that somebody is in danger, whatever the model makes of it."""

    # "human": `lines.emergency`, then the human; "hang_up": that line, then the call ends.
    then: OnEmergency = "human"
    patterns: Patterns = ()  # beside those of the language


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Questions:
    """What is asked about a call once it is over."""

    summary: bool = True
    fields: Mapping[str, str] = Field(default=_NOTHING)  # name -> what it should hold


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class AfterHours:
    """What is otherwise for somebody who calls while the business is closed."""

    first_line: str = ""  # empty: the usual one
    instructions: str = ""  # in addition to the usual ones


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Source:
    """How the tools of a document or a server are reached (docs/business.md).

    Texts may hold ${NAME}, which stands for that variable of the environment or of .env.
    """

    only: tuple[str, ...] = ()  # names of operations or tools; empty: all of them
    address: str = ""  # of an OpenAPI service; empty: the first server that the document names
    headers: Mapping[str, str] = Field(default=_NOTHING)  # of each request
    query: Mapping[str, str] = Field(default=_NOTHING)  # of each request to an OpenAPI service
    environment: Mapping[str, str] = Field(default=_NOTHING)  # of a program that is an MCP server
    repeatable: bool = False  # a write that may have been done may be asked for again


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Agent:
    """One agent, and in a call what this call has made of it.

    What is said and listened for word for word is that of its language unless it is given: lines,
    silence, farewells, backchannels. Raises pydantic.ValidationError.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    pipeline: str
    instructions: str = Field(min_length=1)
    persona: str = ""
    brain: str = "openai"  # who thinks and speaks (bot/brains)
    model: str = ""  # of the brain; empty: the one it suggests
    # How long a model that thinks does so before it speaks; the least is the quickest answer.
    reasoning: Literal["minimal", "low", "medium", "high"] = "minimal"
    voice: str = ""  # of the brain; empty: the one it suggests
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")  # ISO 639-1
    timezone: str = ""  # IANA, of the business; empty: this machine's
    first_line: str = ""  # empty: the model finds its own first words
    disclosure: str = ""  # said before all else, word for word: that it is an AI, or records
    # Of its business: in its file, or the name of a file in the folder hours beside it.
    hours: Hours | None = None
    after_hours: AfterHours = AfterHours()
    # Names, streets, drugs that callers say; and how the agent is to say such words.
    vocabulary: tuple[Word, ...] = Field(default=(), max_length=MOST_WORDS)
    pronounce: Mapping[Word, str] = Field(default=_NOTHING, max_length=MOST_WORDS)
    # Who decides that the caller cuts in and that their turn is over: the local ear the first and
    # the model the second, the model both, or the local ear both.
    turns: Literal["hybrid", "server", "local"] = "hybrid"
    numbers: tuple[str, ...] = ()  # called numbers this agent answers
    variables: Mapping[str, str] = Field(default=_NOTHING)  # values used when a call gives none
    private: tuple[str, ...] = ()  # variables that only tools may tell the model, and no text
    # Names of tools of the pipeline, and where other tools are: "openapi:...", "mcp:...".
    tools: tuple[str, ...] | None = None
    sources: Mapping[str, Source] = Field(default=_NOTHING)  # of the latter, how they are reached
    lines: Lines = Field(default=_NOTHING, validate_default=True)
    busy: WhenBusy = WhenBusy()
    silence: Silence = Field(default=_NOTHING, validate_default=True)
    limits: Limits = Limits()
    barge_in: BargeIn = Field(default=_NOTHING, validate_default=True)
    goodbye: Goodbye = Field(default=_NOTHING, validate_default=True)
    opt_out: OptOutWays = OptOutWays()
    emergency: Emergency = Emergency()
    outcome: Questions = Questions()
    messages: MessageRules = MessageRules()
    texts: TextRules = TextRules()

    # What no file gives: it belongs to the file itself, or to one call.
    given: frozenset[str] = frozenset()  # keys of its file, those of its tables with a dot
    on_machine: OnMachine = "ignore"  # when an answering machine takes this call
    voicemail: str = ""  # said after the beep, word for word; empty: no message is to be left
    human_available: bool = False  # there is a person to whom calls can be put through
    version: tuple[str, datetime] | None = None  # hash of its files, and since when in force

    @field_validator("lines", "silence", "barge_in", "goodbye", mode="before")
    @classmethod
    def _in_its_language(cls, part: Any, info: ValidationInfo) -> Any:
        """What its file leaves out of this part, or gives as an empty list of words, is that of its
        language."""
        if not isinstance(part, Mapping):
            return part
        code = info.data.get("language", "en")
        language = language_of(code)
        of_language = {
            "lines": language.lines,
            "silence": language.silence,
            "barge_in": {"backchannels": backchannel_words(code)},
            "goodbye": {"patterns": farewell_patterns(code)},
        }[info.field_name or ""]
        own = dict(part)
        for words in ("waiting", "backchannels", "patterns"):
            if words in own and not own[words]:
                del own[words]
        return {**of_language, **own}

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key if name else name
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is no time zone like Europe/Berlin") from error

    @field_validator("after_hours")
    @classmethod
    def _knows_its_hours(cls, after: AfterHours, info: ValidationInfo) -> AfterHours:
        if after != AfterHours() and info.data.get("hours") is None:
            raise ValueError("this agent has no hours: name them first, hours = ...")
        return after

    @model_validator(mode="after")
    def _keeps_private_things(self) -> Self:
        if told := sorted(self.placeholders & set(self.private)):
            raise ValueError(f"private: a text of this agent holds {{{told[0]}}}")
        return self

    @model_validator(mode="after")
    def _reaches_what_is_in_tools(self) -> Self:
        if idle := sorted(self.sources.keys() - set(self.tools or ())):
            raise ValueError(f'sources: "{idle[0]}" is not in tools')
        return self

    @property
    def own_tools(self) -> tuple[str, ...] | None:
        """The names of the pipeline's tools that the model may call; None: all of them."""
        named = tuple(name for name in self.tools or () if ":" not in name)
        return named if named or self.tools == () else None

    @property
    def outside_tools(self) -> tuple[str, ...]:
        """The entries that name tools from elsewhere."""
        return tuple(name for name in self.tools or () if ":" in name)

    @property
    def locale(self) -> str:
        """The language as the carrier's own voice names it (BCP 47), for the lines it speaks."""
        return language_of(self.language).locale

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in braces that its texts contain, and that its hours do not give."""
        texts = (
            *(self.instructions, self.persona, self.first_line, self.lines.screening),
            *(self.disclosure, self.after_hours.first_line, self.after_hours.instructions),
        )
        names = frozenset(name for text in texts for name in names_in(text))
        return names - OF_HOURS if self.hours else names


def names_in(text: str) -> frozenset[str]:
    """The variables that a text needs: names in braces."""
    return frozenset(PLACEHOLDER.findall(text))
