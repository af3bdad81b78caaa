"""An agent: who speaks, how, with which tools. Its fields are the keys of its file."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core.core_schema import ValidationInfo

from processors.agent_tables import (
    NOTHING,
    STRICT,
    AfterHours,
    BargeIn,
    ByLaw,
    Emergency,
    Goodbye,
    Limits,
    Lines,
    NumberKind,
    OnHold,
    OnMachine,
    OptOutWays,
    Questions,
    Recording,
    Silence,
    Source,
    WhenBusy,
)
from processors.callers import CallerRules
from processors.desk import MessageRules, TextRules
from processors.hours import Hours
from processors.key_fault import KeyFault
from processors.people import People
from processors.shield_rules import ShieldRules
from processors.words.backchannels import backchannel_words
from processors.words.farewells import farewell_patterns
from processors.words.languages import language_of

# What the hours of its business give to the texts of an agent, beside the variables of a call.
OF_HOURS = frozenset({"next_opening"})
PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
MOST_WORDS = 200  # of a vocabulary: the model reads them in each call
Word = Annotated[str, Field(min_length=1, max_length=80)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
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
    # Who goes on with a call when that brain is lost for good, with a model and a voice of its own.
    fallback_brain: str = ""  # empty: nobody; the caller hears an apology
    fallback_model: str = ""
    fallback_voice: str = ""
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")  # ISO 639-1
    timezone: str = ""  # IANA, of the business; empty: this machine's
    first_line: str = ""  # empty: the model finds its own first words
    disclosure: str = ""  # said before all else, word for word: that it is an AI, or records
    ai_disclosure: ByLaw = "off"  # `lines.ai` is said first, unless the first words say so anyway
    # Of its business: in its file, or the name of a file in the folder hours beside it.
    hours: Hours | None = None
    after_hours: AfterHours = AfterHours()
    # To whom callers can be put through, by the names that the model chooses from.
    people: People = Field(default=NOTHING)
    # Names, streets, drugs that callers say; and how the agent is to say such words.
    vocabulary: tuple[Word, ...] = Field(default=(), max_length=MOST_WORDS)
    pronounce: Mapping[Word, str] = Field(default=NOTHING, max_length=MOST_WORDS)
    # Who decides that the caller cuts in and that their turn is over: the local ear the first and
    # the model the second, the model both, or the local ear both.
    turns: Literal["hybrid", "server", "local"] = "hybrid"
    numbers: tuple[str, ...] = ()  # called numbers this agent answers
    variables: Mapping[str, str] = Field(default=NOTHING)  # values used when a call gives none
    private: tuple[str, ...] = ()  # variables that only tools may tell the model, and no text
    # Names of tools of the pipeline, and where other tools are: "openapi:...", "mcp:...".
    tools: tuple[str, ...] | None = None
    # The folder of its client's documents: what it answers from. Empty: it has none.
    knowledge: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9_-]{0,39})?$")
    # Other agents that may go on with its calls, and what each is for.
    hand_over_to: Mapping[str, str] = Field(default=NOTHING)
    sources: Mapping[str, Source] = Field(default=NOTHING)  # of the latter, how they are reached
    lines: Lines = Field(default=NOTHING, validate_default=True)
    busy: WhenBusy = WhenBusy()
    silence: Silence = Field(default=NOTHING, validate_default=True)
    limits: Limits = Limits()
    hold: OnHold = OnHold()
    barge_in: BargeIn = Field(default=NOTHING, validate_default=True)
    goodbye: Goodbye = Field(default=NOTHING, validate_default=True)
    opt_out: OptOutWays = OptOutWays()
    emergency: Emergency = Emergency()
    recording: Recording = Recording()
    keypad_numbers: tuple[NumberKind, ...] = ()  # that it may ask for; it never learns them
    outcome: Questions = Questions()
    caller: CallerRules = CallerRules()
    shield: ShieldRules = ShieldRules()
    messages: MessageRules = MessageRules()
    texts: TextRules = TextRules()

    # What no file gives: it belongs to the file itself, or to one call.
    given: frozenset[str] = frozenset()  # keys of its file, those of its tables with a dot
    on_machine: OnMachine = "ignore"  # when an answering machine takes this call
    voicemail: str = ""  # said after the beep, word for word; empty: no message is to be left
    human_available: bool = False  # there is a person to whom calls can be put through
    recorded: bool = False  # this call is to be recorded
    announcement: str = ""  # that it is; empty: nothing has to be said, or it was
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
        if after != AfterHours() and info.data.get("hours", after) is None:
            raise ValueError("this agent has no hours: name them first, hours = ...")
        return after

    @model_validator(mode="after")
    def _keeps_private_things(self) -> Self:
        if told := sorted(self.placeholders & set(self.private)):
            raise KeyFault("private", f"a text of this agent holds {{{told[0]}}}")
        return self

    @model_validator(mode="after")
    def _reaches_what_is_in_tools(self) -> Self:
        if idle := sorted(self.sources.keys() - set(self.tools or ())):
            raise KeyFault("sources", f'"{idle[0]}" is not in tools')
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
