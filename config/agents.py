"""Agent files: read, checked and made into agents. Agents are data."""

import hashlib
import math
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_jsonable_python

from config.places import line_of
from processors.agent import PLACEHOLDER, Agent
from processors.key_fault import KeyFault

SHIPPED = Path(__file__).with_name("agents")
HOURS = "hours"  # the folder, beside agent files, of files of hours
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_OF_NO_FILE = {
    "given",
    "on_machine",
    "voicemail",
    "human_available",
    "recorded",
    "announcement",
    "version",
}
_UNKNOWN = "unexpected_keyword_argument"  # in pydantic's words
_NO_SUCH_KEY = "there is no such key"


class AgentError(Exception):
    """Agent files, or what a call asks of an agent, are wrong: a sentence for each fault."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


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

    return PLACEHOLDER.sub(value, text)


@dataclass(frozen=True, kw_only=True)
class AgentFile:
    """An agent's file, and the file of hours that it names, as they are written."""

    path: Path
    text: str
    hours_path: Path | None = None  # None: it names none
    hours_text: str = ""

    @property
    def hash(self) -> str:
        """12 hex digits: the same for the same content."""
        content = "\0".join((self.text, self.hours_text))
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def agent(self) -> Agent:
        """Raises AgentError, naming the file, the line and the field of each fault."""
        content = _parsed(self.path, self.text)
        if self.hours_path is not None:
            content["hours"] = _parsed(self.hours_path, self.hours_text)
        try:
            return make_agent({"name": self.path.stem, **content})
        except _Unfit as unfit:
            placed = sorted(map(self._placed, unfit.wrongs), key=lambda each: each[:2])
            raise AgentError(*(told for *_, told in placed)) from None

    def _placed(self, wrong: "_Wrong") -> tuple[bool, float, str]:
        """Whether it is in the other file, the line (the last where there is none), a sentence."""
        path, text, key = self.path, self.text, wrong.key
        if self.hours_path is not None and key.startswith("hours."):
            path, text, key = self.hours_path, self.hours_text, key.removeprefix("hours.")
        line = line_of(text, key)
        told = f"{path}{f':{line}' if line else ''}: {wrong}"
        return path != self.path, line or math.inf, told


def read_file(path: Path) -> AgentFile:
    """One agent file with its hours. Raises AgentError: one of them is not there, or no TOML."""
    text = _text(path)
    hours_path = _hours_path(path, text)
    if hours_path is not None and not hours_path.exists():
        line = line_of(text, HOURS)
        raise AgentError(f"{path}:{line}: hours: there is no file {hours_path}")
    hours_text = _text(hours_path) if hours_path else ""
    return AgentFile(path=path, text=text, hours_path=hours_path, hours_text=hours_text)


def as_written(path: Path, text: str, hours_text: str) -> AgentFile:
    """The file as it was with these texts, whatever it holds now. Raises AgentError: no TOML."""
    hours_path = _hours_path(path, text)
    return AgentFile(path=path, text=text, hours_path=hours_path, hours_text=hours_text)


def _hours_path(path: Path, text: str) -> Path | None:
    """The file of hours that this text of an agent's file names, if it names one."""
    named = _parsed(path, text).get("hours")
    if not isinstance(named, str):
        return None
    if not _NAME.fullmatch(named):
        line = line_of(text, "hours")
        raise AgentError(f"{path}:{line}: hours: {named!r} is no name of a file, without .toml")
    return path.parent / HOURS / f"{named}.toml"


def read_agent(path: Path) -> Agent:
    """The agent of one file. Raises AgentError, naming the file, the line and the field."""
    return read_file(path).agent()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"{path}: {error}") from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AgentError(f"{path}: {error}") from error


def make_agent(content: Mapping[str, Any]) -> Agent:
    """The agent that a file with this content describes. Raises AgentError, naming the fields."""
    wrongs = [_Wrong(key, _NO_SUCH_KEY) for key in sorted(content.keys() & _OF_NO_FILE)]
    known = {key: value for key, value in content.items() if key not in _OF_NO_FILE}
    try:
        agent = Agent(**known, given=frozenset(_keys(content)))
    except ValidationError as error:
        wrongs += map(_wrong, error.errors())
    else:
        if not wrongs:
            return agent
    raise _Unfit(wrongs) from None


def _wrong(error: ErrorDetails) -> "_Wrong":
    """What pydantic says of one field, or of one within what it looked at as a whole."""
    places = [str(part) for part in error["loc"] if part != "[key]"]
    if error["type"] == _UNKNOWN:
        return _Wrong(".".join(places), _NO_SUCH_KEY)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, KeyFault):
        return _Wrong(".".join((*places, cause.key)), cause.why)
    return _Wrong(".".join(places), error["msg"].removeprefix("Value error, "))


def file_content(agent: Agent) -> dict[str, Any]:
    """What a file of this agent that leaves out nothing says, as plain JSON values."""
    content: dict[str, Any] = to_jsonable_python(agent)
    return {key: value for key, value in content.items() if key not in _OF_NO_FILE}


@dataclass(frozen=True)
class _Wrong:
    """What is wrong with one key, those of tables with a dot, or with the whole (an empty key)."""

    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.key}: {self.why}" if self.key else self.why


class _Unfit(AgentError):
    """What is wrong with an agent, by the keys of its file."""

    def __init__(self, wrongs: Sequence[_Wrong]) -> None:
        super().__init__(*map(str, wrongs))
        self.wrongs = wrongs


def _keys(content: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from (f"{key}.{name}" for name in value)
        else:
            yield key


@dataclass(frozen=True, kw_only=True)
class FoundAgents:
    """The agents of some folders, as far as their files can be read."""

    agents: Mapping[str, Agent]
    unread: Mapping[str, tuple[str, ...]]  # files that are no agents, without .toml, and why
    clashes: tuple[str, ...]  # what does not go together, or is no folder

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with any of them."""
        return (*(fault for faults in self.unread.values() for fault in faults), *self.clashes)


def read_agents(*folders: Path) -> Mapping[str, Agent]:
    """All agents by name; a later folder's agent replaces one of the same name.

    Two agents may not answer the same number. Raises AgentError: what is wrong with each file.
    """
    found = find_agents(*folders)
    if found.faults:
        raise AgentError(*found.faults)
    return found.agents


def find_agents(*folders: Path) -> FoundAgents:
    """The same, with the faults beside the agents that have none."""
    agents: dict[str, Agent] = {}
    unread: dict[str, tuple[str, ...]] = {}
    clashes: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            clashes.append(f"{folder} is not a folder of agent files")
        here: dict[str, Agent] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                agent = read_agent(path)
            except AgentError as error:
                unread[path.stem] = (*unread.get(path.stem, ()), *error.faults)
                continue
            if agent.name in here:
                clashes.append(f'{path}: another file in {folder} is "{agent.name}" already')
            here[agent.name] = agent
        agents |= here
    try:
        refuse_shared_numbers(agents.values())
    except AgentError as error:
        clashes += error.faults
    return FoundAgents(agents=agents, unread=unread, clashes=tuple(clashes))


def refuse_shared_numbers(agents: Iterable[Agent]) -> None:
    """Raises AgentError: two of these agents answer the same number."""
    owners: dict[str, str] = {}
    for agent in agents:
        for number in agent.numbers:
            if number in owners:
                raise AgentError(f"both {owners[number]} and {agent.name} answer {number}")
            owners[number] = agent.name
