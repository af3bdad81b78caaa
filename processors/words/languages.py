"""What agents say and listen for in each language: data, read once from config/languages."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).parents[2] / "config" / "languages"
_PART = re.compile(r"<([a-z]+)>")


@dataclass(frozen=True, kw_only=True)
class BackchannelWords:
    """Plain words that leave the agent its turn."""

    nods: tuple[str, ...] = ()  # "I am listening", and nothing else
    yes: tuple[str, ...] = ()  # would also be an answer to a question


@dataclass(frozen=True, kw_only=True)
class HelloWords:
    """Plain words of who picks up; see `processors.words.hellos`."""

    words: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AssentWords:
    """Plain words that say yes to a question, and nothing else."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OptOutWords:
    """Patterns of words for no more calls."""

    leaving: tuple[str, ...] = ()  # off the list: whatever else is said, it counts
    calling: tuple[str, ...] = ()  # no more calls: it counts unless it is limited
    limits: tuple[str, ...] = ()  # in the same sentence: of some times or places only
    negations: tuple[str, ...] = ()  # right before those words: not that


@dataclass(frozen=True, kw_only=True)
class RefusalWords:
    """Patterns of how a caller refuses to be recorded; see `processors.words.refusals`."""

    recording: tuple[str, ...] = ()  # whenever it is said
    answers: tuple[str, ...] = ()  # as the first words after they were told


@dataclass(frozen=True, kw_only=True)
class PleaWords:
    """Patterns of how a caller asks for a person; see `processors.words.pleas`."""

    emergencies: tuple[str, ...] = ()  # somebody is in danger now
    happened: tuple[str, ...] = ()  # danger that has just come, unless another time is told
    asking: tuple[str, ...] = ()  # a person is wanted, whichever
    complaints: tuple[str, ...] = ()  # not understood, or angry
    negations: tuple[str, ...] = ()  # right before the first three: not that
    asides: tuple[str, ...] = ()  # beside them: said by a machine, or of a drill
    times: tuple[str, ...] = ()  # beside what has happened, or a wish: it is of another time
    joints: tuple[str, ...] = ()  # where something else begins in the same sentence


@dataclass(frozen=True, kw_only=True)
class ClaimWords:
    """Patterns of how the agent says that something is done; see `processors.words.claims`."""

    booked: tuple[str, ...] = ()
    held: tuple[str, ...] = ()  # or reserved
    standing: tuple[str, ...] = ()  # it is in the diary, since when is not said
    confirmed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    texted: tuple[str, ...] = ()
    mailed: tuple[str, ...] = ()
    message: tuple[str, ...] = ()  # somebody has been told, or it was taken down for them
    removed: tuple[str, ...] = ()  # from the list of those who are called
    negations: tuple[str, ...] = ()  # within such words, or right before them: not that
    conditions: tuple[str, ...] = ()  # before them in their sentence: not yet
    provisos: tuple[str, ...] = ()  # after them, before a comma: not yet
    corrections: tuple[str, ...] = ()  # the agent takes back what it said


@dataclass(frozen=True, kw_only=True)
class GreetingWords:
    """Patterns of what is heard when a call is answered; see `machines.greetings.Says`."""

    full: tuple[str, ...] = ()
    screening: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    wait: tuple[str, ...] = ()
    openers: tuple[str, ...] = ()  # a person's first words, with few others after them
    person: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()  # what seems to be screening is a machine


@dataclass(frozen=True, kw_only=True)
class HoldWords:
    """Patterns of how the other side says that we are to wait; see `processors.words.holds`."""

    waiting: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()  # they ask for something as well


@dataclass(frozen=True, kw_only=True)
class NuisanceWords:
    """Patterns of what nobody wants to be called for; see `processors.words.nuisance`."""

    robocalls: tuple[str, ...] = ()  # a machine, or a recording, calls
    pitches: tuple[str, ...] = ()  # somebody sells


@dataclass(frozen=True, kw_only=True)
class HourWords:
    """How moments and hours are spoken of, with {names} in them; see `processors.hours.spoken`."""

    weekdays: tuple[str, ...]  # from Monday, as in "opens on Monday"
    months: tuple[str, ...]  # from January, as in a date
    clock: str  # a time of day: {hour}, {hour12}, {half} (AM or PM), {minute}
    today: str  # {time}
    tomorrow: str
    soon: str  # within a week: {weekday}, {time}
    later: str  # {weekday}, {day}, {month}, {time}
    never: str  # a time that is not known
    open: str  # {when} it closes
    always: str
    closed: str  # {when} it opens
    note: str  # {note}: what is special about today
    on_call: str  # {who}


@dataclass(frozen=True, kw_only=True)
class TextWords:
    """Of text messages: words that ask for something, each a whole text, and what we write."""

    stop: tuple[str, ...]  # for no more of them
    start: tuple[str, ...]  # for them again
    help: tuple[str, ...]
    stopped: str  # our reply to each
    started: str
    helped: str
    hint: str  # how to end them


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language: how an agent speaks it unless its file says otherwise, and what it hears."""

    name: str  # in English
    locale: str  # as the carrier's own voices name it (BCP 47)
    lines: Mapping[str, Any]  # of the agent file's table of this name: what is said word for word
    silence: Mapping[str, Any]  # likewise
    disclosure: Mapping[str, Any]  # patterns of how it says that it is an AI
    hours: HourWords
    texts: TextWords
    farewells: tuple[str, ...] = ()  # patterns of how the agent takes leave
    backchannels: BackchannelWords = field(default_factory=BackchannelWords)
    hellos: HelloWords = field(default_factory=HelloWords)
    assent: AssentWords = field(default_factory=AssentWords)
    opt_outs: OptOutWords = field(default_factory=OptOutWords)
    pleas: PleaWords = field(default_factory=PleaWords)
    claims: ClaimWords = field(default_factory=ClaimWords)
    refusals: RefusalWords = field(default_factory=RefusalWords)
    greetings: GreetingWords = field(default_factory=GreetingWords)
    holds: HoldWords = field(default_factory=HoldWords)
    nuisance: NuisanceWords = field(default_factory=NuisanceWords)


def read_language(path: Path) -> Language:
    """That of one file. Raises KeyError or TypeError for what is missing or unknown."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    parts: Mapping[str, str] = content["parts"]
    hours: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in content["hours"].items()
    }

    def lists(table: str) -> dict[str, Any]:
        return {
            name: tuple(_PART.sub(lambda part: parts[part[1]], text) for text in texts)
            for name, texts in content[table].items()
        }

    # A list of keywords, or a line that we write.
    words: dict[str, Any] = {
        name: tuple(text) if isinstance(text, list) else text
        for name, text in content["texts"].items()
    }
    return Language(
        name=content["name"],
        locale=content["locale"],
        lines=content["lines"],
        silence=content["silence"],
        disclosure=content["disclosure"],
        hours=HourWords(**hours),
        texts=TextWords(**words),
        farewells=lists("farewells")["patterns"],
        backchannels=BackchannelWords(**lists("backchannels")),
        hellos=HelloWords(**lists("hellos")),
        assent=AssentWords(**lists("assent")),
        opt_outs=OptOutWords(**lists("opt_outs")),
        pleas=PleaWords(**lists("pleas")),
        claims=ClaimWords(**lists("claims")),
        refusals=RefusalWords(**lists("refusals")),
        greetings=GreetingWords(**lists("greetings")),
        holds=HoldWords(**lists("holds")),
        nuisance=NuisanceWords(**lists("nuisance")),
    )


# All at once, when the service starts: no call waits for a file. By two letters (ISO 639-1).
LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {path.stem: read_language(path) for path in sorted(FOLDER.glob("*.toml"))}
)


def language_of(tag: str) -> Language:
    """That of a tag such as "de" or "de-AT". One that there is no file for is spoken by the model
    alone: what is said word for word is English, nobody is asked to wait a second time, and no
    words are listened for.
    """
    code = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
    if code in LANGUAGES:
        return LANGUAGES[code]
    english = LANGUAGES["en"]
    return Language(
        name=f"the language with the code {code}",
        locale=code,
        lines={**english.lines, "waiting": ()},
        silence=english.silence,
        disclosure=english.disclosure,
        hours=english.hours,
        texts=english.texts,
    )
