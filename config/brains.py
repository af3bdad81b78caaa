"""Brains' files: what agents may name as their `brain` beside those that are built in.

What stands in a file is for the vendor's own folder of `bot/brains` to read; here it is found,
joined with the file that it is `like`, and told apart by its `protocol`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from config.environment import needed_by
from config.places import line_of
from config.settings import SettingsError

SHIPPED = Path(__file__).with_name("brains")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_Kind = TypeVar("_Kind")
_UNKNOWN = "unexpected_keyword_argument"  # in pydantic's words


class BrainError(SettingsError):
    """A brain's file is wrong: one sentence says what, with the file, the line and the key."""


@dataclass(frozen=True, kw_only=True)
class BrainFile:
    """One brain as its file describes it."""

    path: Path
    protocol: str  # which folder of `bot/brains` can read the rest
    content: Mapping[str, Any]  # the rest, with what the file that it is like says
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        """By which agents' files choose it."""
        return self.path.stem

    def read(self, kind: type[_Kind]) -> _Kind:
        """The content as this dataclass of pydantic's. Raises BrainError."""
        try:
            return TypeAdapter(kind).validate_python(dict(self.content))
        except ValidationError as error:
            # A key that is misspelt is told before the one that is missing for it.
            first = min(error.errors(), key=lambda each: each["type"] != _UNKNOWN)
            key = ".".join(str(part) for part in first["loc"] if part != "[key]")
            said = first["msg"].removeprefix("Value error, ")
            unknown = first["type"] == _UNKNOWN
            raise self.wrong(key, "there is no such key" if unknown else said) from None

    def wrong(self, key: str, why: str) -> BrainError:
        """What is to be raised where this key says what cannot be."""
        return _wrong(self.path, self.text, key, why)


def variables_of(*folders: Path) -> frozenset[str]:
    """The variables of the environment that these folders' files speak of: keys and parts of
    addresses. Files that cannot be read name none."""
    try:
        files = read_brains(*folders).values()
    except BrainError:
        return frozenset()
    named = (needed_by(f"{file.content.get('url', '')}") for file in files)
    keys = {str(file.content["key"]) for file in files if file.content.get("key")}
    return frozenset(keys.union(*named))


def read_brains(*folders: Path) -> Mapping[str, BrainFile]:
    """All of these folders by name; a later folder's file replaces one of the same name.

    Raises:
        BrainError: a folder is not there, or what a file says cannot be read.
    """
    found: dict[str, BrainFile] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BrainError(f"{folder} is not a folder of brains' files")
        before = dict(found)
        for path in sorted(folder.glob("*.toml")):
            found[path.stem] = _read(path, before)
    return found


def _read(path: Path, known: Mapping[str, BrainFile]) -> BrainFile:
    if not _NAME.fullmatch(path.stem):
        raise BrainError(f"{path}: {path.stem!r} is no name for a brain: use a-z, 0-9, _ and -")
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BrainError(f"{path}: {error}") from error
    if (like := content.pop("like", None)) is not None:
        if not isinstance(like, str) or like not in known:
            there = ", ".join(sorted(known)) or "none"
            raise _wrong(path, text, "like", f"there is no brain {like!r}; choose one of: {there}")
        content = _joined({"protocol": known[like].protocol, **known[like].content}, content)
    protocol = content.pop("protocol", "")
    if not isinstance(protocol, str) or not protocol:
        raise _wrong(path, text, "protocol", 'say which one, or what it is like (like = "xai")')
    return BrainFile(path=path, protocol=protocol, content=content, text=text)


def _joined(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The one with the other's keys in place of its own; tables are joined likewise."""
    both = {**base}
    for key, value in own.items():
        under = base.get(key)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            value = _joined(under, value)
        both[key] = value
    return both


def _wrong(path: Path, text: str, key: str, why: str) -> BrainError:
    line = line_of(text, key) if key else None
    place = f"{path}{f':{line}' if line else ''}"
    return BrainError(f"{place}: {f'{key}: ' if key else ''}{why}")
