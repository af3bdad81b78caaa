"""Agent files: read, checked and made into agents. Agents are data."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from config.places import line_of
from processors.agent import PLACEHOLDER, Agent

SHIPPED = Path(__file__).with_name("agents")
_OF_NO_FILE = {"given", "on_machine", "voicemail", "human_available"}
_NO_SUCH_KEY = "there is no such key"


class AgentError(Exception):
    """An agent file, or what a call asks of an agent, is wrong: one sentence says what."""


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


def read_agent(path: Path) -> Agent:
    """One agent file. Raises AgentError, naming the file and the field."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AgentError(f"{path}: {error}") from error
    try:
        return make_agent({"name": path.stem, **content})
    except _Wrong as wrong:
        line = line_of(text, wrong.key)
        raise AgentError(f"{path}{f':{line}' if line else ''}: {wrong}") from None


def make_agent(content: Mapping[str, Any]) -> Agent:
    """The agent that a file with this content describes. Raises AgentError, naming the field."""
    if strange := sorted(content.keys() & _OF_NO_FILE):
        raise _Wrong(strange[0], _NO_SUCH_KEY)
    try:
        return Agent(**content, given=frozenset(_keys(content)))
    except ValidationError as error:
        first = error.errors()[0]
        unknown = first["type"] == "unexpected_keyword_argument"
        key = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise _Wrong(key, _NO_SUCH_KEY if unknown else said) from None


def file_content(agent: Agent) -> dict[str, Any]:
    """What a file of this agent that leaves out nothing says, as plain JSON values."""
    content: dict[str, Any] = to_jsonable_python(agent)
    return {key: value for key, value in content.items() if key not in _OF_NO_FILE}


class _Wrong(AgentError):
    """What is wrong with one key, those of tables with a dot, or with the whole (an empty key)."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}" if key else why)
        self.key = key


def _keys(content: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from (f"{key}.{name}" for name in value)
        else:
            yield key


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
