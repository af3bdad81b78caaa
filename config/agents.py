"""The shape of an agent file: who speaks, how, with which tools. Agents are data."""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from config.languages import language_of
from config.places import line_of

SHIPPED = Path(__file__).with_name("agents")
# Those that the realtime models speak with; any other is refused in the middle of a call.
VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral"),
    *("echo", "marin", "sage", "shimmer", "verse"),
)
_ENGLISH = language_of("en")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class AgentError(Exception):
    """An agent file, or what a call asks of an agent, is wrong: one sentence says what."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lines(_Part):
    """What is said word for word, whoever calls; `screening` with the call's variables.

    What a file leaves out is that of its language (config/languages).
    """

    filler: str = _ENGLISH.lines["filler"]  # while a tool takes long, and the model is away
    waiting: tuple[str, ...] = ()  # after it, if the model stays away; empty: by the language
    farewell: str = _ENGLISH.lines["farewell"]  # when the model hangs up without a word
    time_limit: str = _ENGLISH.lines["time_limit"]  # when time or money is used up
    hold: str = _ENGLISH.lines["hold"]  # before the human is dialled
    nobody: str = _ENGLISH.lines["nobody"]  # when no human answers
    sorry: str = _ENGLISH.lines["sorry"]  # when the line to us breaks
    busy: str = _ENGLISH.lines["busy"]  # when there is no room
    queue: str = _ENGLISH.lines["queue"]  # to a caller who waits for a place
    # To an assistant that asks who calls and why; empty: the first line, or what voicemail says.
    screening: str = ""


class Busy(_Part):
    """What a caller gets for whom there is no room."""

    then: Literal["line", "human", "queue"] = "line"
    wait_secs: float = Field(default=120.0, gt=0, le=3600)  # in the queue


class Silence(_Part):
    """What happens when nobody speaks. What a file leaves out is said as its language does."""

    wait_secs: float = Field(default=8.0, gt=0)
    prompts: tuple[str, ...] = tuple(_ENGLISH.silence["prompts"])
    goodbye: str = _ENGLISH.silence["goodbye"]


class Limits(_Part):
    """What a call may take."""

    secs: float = Field(default=900.0, gt=0, le=14_000)  # the carrier ends calls at 4 hours
    # What the model may cost: 15 minutes of talk cost less, a model that runs in circles does not.
    usd: float = Field(default=5.0, gt=0)
    functions: int = Field(default=60, ge=1, le=1000)  # that the model may call
    ring_secs: int = Field(default=30, ge=5, le=600)


class BargeIn(_Part):
    """What happens when the caller speaks over the agent."""

    # "hold": it falls silent, and goes on where it was heard if that was a noise or a nod;
    # "cut": any sound takes the turn at once.
    style: Literal["hold", "cut"] = "hold"
    hold_ms: int = Field(default=800, ge=200, le=5000)  # longer speech always takes the turn
    backchannels: tuple[str, ...] = ()  # words that leave the turn; empty: those of the language


class Goodbye(_Part):
    """When the agent has said goodbye."""

    patterns: tuple[str, ...] = ()  # regular expressions; empty: those of the language
    grace_secs: float = Field(default=2.0, ge=0)

    @field_validator("patterns")
    @classmethod
    def _readable(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _regular_expressions(patterns)


class OptOut(_Part):
    """How whoever is called asks for no more calls, whatever the model makes of it."""

    key: str = Field(default="9", pattern=r"^[1-9*#]?$")  # empty: none
    patterns: tuple[str, ...] = ()  # regular expressions, beside those of the language

    @field_validator("patterns")
    @classmethod
    def _readable(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _regular_expressions(patterns)


def _regular_expressions(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return patterns


class Outcome(_Part):
    """What is asked about a call once it is over."""

    summary: bool = True
    fields: Mapping[str, str] = {}  # name -> what it should hold


class Source(_Part):
    """How the tools of a document or a server are reached (docs/business.md).

    Texts may hold ${NAME}, which stands for that variable of the environment or of .env.
    """

    only: tuple[str, ...] = ()  # names of operations or tools; empty: all of them
    address: str = ""  # of an OpenAPI service; empty: the first server that the document names
    headers: Mapping[str, str] = {}  # of each request
    query: Mapping[str, str] = {}  # of each request to an OpenAPI service
    environment: Mapping[str, str] = {}  # of the program that is an MCP server
    repeatable: bool = False  # a write that may have been done may be asked for again


class Agent(_Part):
    """One agent."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")
    pipeline: str
    instructions: str = Field(min_length=1)
    persona: str = ""
    model: str = "gpt-realtime-2.1"
    # How long gpt-realtime-2 models think before they speak; the least is the quickest answer.
    reasoning: Literal["minimal", "low", "medium", "high"] = "minimal"
    voice: str = "marin"
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")  # ISO 639-1
    timezone: str = ""  # IANA, of the business; empty: this machine's
    first_line: str = ""  # empty: the model finds its own first words
    turns: Literal["hybrid", "server", "local"] = "hybrid"
    numbers: tuple[str, ...] = ()  # called numbers this agent answers
    variables: Mapping[str, str] = {}  # values used when a call gives none
    private: tuple[str, ...] = ()  # variables that only tools may tell the model, and no text
    # Names of tools of the pipeline, and where other tools are: "openapi:...", "mcp:...".
    tools: tuple[str, ...] | None = None
    sources: Mapping[str, Source] = {}  # of the latter, how they are reached
    lines: Lines = Field(default=Lines(), validate_default=True)
    busy: Busy = Busy()
    silence: Silence = Field(default=Silence(), validate_default=True)
    limits: Limits = Limits()
    barge_in: BargeIn = BargeIn()
    goodbye: Goodbye = Goodbye()
    opt_out: OptOut = OptOut()
    outcome: Outcome = Outcome()

    @field_validator("lines", "silence")
    @classmethod
    def _in_its_language(cls, part: _Part, info: ValidationInfo) -> _Part:
        """What the file leaves out is said in its language, and does not count as set by it."""
        language = language_of(info.data.get("language", "en"))
        spoken = language.silence if isinstance(part, Silence) else language.lines
        own = {name: getattr(part, name) for name in part.model_fields_set}
        if not own.get("waiting"):
            own.pop("waiting", None)
        whole = type(part).model_validate({**spoken, **own})
        return type(part).model_construct(part.model_fields_set, **vars(whole))

    @field_validator("voice")
    @classmethod
    def _known_voice(cls, name: str) -> str:
        if name not in VOICES:
            raise ValueError(no_such_voice(name))
        return name

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key if name else name
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is no time zone like Europe/Berlin") from error

    @field_validator("sources")
    @classmethod
    def _of_its_tools(
        cls, sources: Mapping[str, Source], info: ValidationInfo
    ) -> Mapping[str, Source]:
        for name in sources:
            if name not in (info.data.get("tools") or ()):
                raise ValueError(f'"{name}" is not in tools')
        return sources

    @model_validator(mode="after")
    def _keeps_private_things(self) -> Self:
        if told := sorted(self.placeholders & set(self.private)):
            raise ValueError(f"private: a text of this agent holds {{{told[0]}}}")
        return self

    @property
    def own_tools(self) -> tuple[str, ...] | None:
        """The names of the pipeline's tools that the model may call; None: all of them."""
        named = tuple(name for name in self.tools or () if ":" not in name)
        return named if named or self.tools == () else None

    @property
    def outside_tools(self) -> tuple[str, ...]:
        """Where other tools are."""
        return tuple(name for name in self.tools or () if ":" in name)

    @property
    def locale(self) -> str:
        """The language as the carrier's own voice names it (BCP 47), for the lines it speaks."""
        return language_of(self.language).locale

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in braces that its texts contain."""
        texts = (self.instructions, self.persona, self.first_line, self.lines.screening)
        return frozenset(name for text in texts for name in names_in(text))


def names_in(text: str) -> frozenset[str]:
    """The variables that `fill` needs for this text."""
    return frozenset(_PLACEHOLDER.findall(text))


def no_such_voice(name: str) -> str:
    """A sentence that says which voices there are."""
    return f'there is no voice "{name}"; choose one of: {", ".join(VOICES)}'


def fill(text: str, variables: Mapping[str, str], private: Collection[str] = ()) -> str:
    """The text with `{name}` replaced by the variable of that name.

    Raises:
        AgentError: a variable is missing, or one of those that are `private`. Braces around
            anything but a name stay as they are.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in private:
            raise AgentError(
                f'the variable "{name}" is private: a tool may tell it to the model, but no text '
                "may hold it"
            )
        if name not in variables:
            raise AgentError(f'the variable "{name}" is needed and not given')
        return str(variables[name])

    return _PLACEHOLDER.sub(value, text)


def read_agent(path: Path) -> Agent:
    """One agent file. Raises AgentError, naming the file and the field."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
        return Agent.model_validate({"name": path.stem, **content})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AgentError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        line = line_of(text, field)
        raise AgentError(f"{path}{f':{line}' if line else ''}: {field}: {first['msg']}") from None


def read_agents(*folders: Path) -> Mapping[str, Agent]:
    """All agents by name; a later folder's agent replaces one of the same name. Raises AgentError.

    Two agents may not answer the same number.
    """
    agents: dict[str, Agent] = {}
    for folder in folders:
        if not folder.is_dir():
            raise AgentError(f"{folder} is not a folder of agent files")
        here: dict[str, Agent] = {}
        for path in sorted(folder.glob("*.toml")):
            agent = read_agent(path)
            if agent.name in here:
                raise AgentError(f'{path}: another file in {folder} is "{agent.name}" already')
            here[agent.name] = agent
        agents |= here
    owners: dict[str, str] = {}
    for agent in agents.values():
        for number in agent.numbers:
            if number in owners:
                raise AgentError(f"both {owners[number]} and {agent.name} answer {number}")
            owners[number] = agent.name
    return agents
