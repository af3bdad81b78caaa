"""What agents say in each language, and how the language is named: data, read once.

The same files hold the words that are listened for: see `processors.words`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("languages")
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))  # ISO 639-1


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language, as an agent speaks it unless its file says otherwise."""

    name: str  # in English
    locale: str  # as the carrier's own voices name it (BCP 47)
    lines: Mapping[str, Any]  # of the agent file's table of this name: what is said word for word
    silence: Mapping[str, Any]  # likewise
    disclosure: Mapping[str, Any]  # patterns of how it says that it is an AI


@cache
def language_of(code: str) -> Language:
    """That of two letters (ISO 639-1). One that there is no file for is spoken by the model alone:
    what is said word for word is English, and nobody is asked to wait a second time.
    """
    if code in LANGUAGES:
        content = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
        return Language(**{name: content[name] for name in Language.__dataclass_fields__})
    english = language_of("en")
    name = f"the language with the code {code}"
    return replace(english, name=name, locale=code, lines={**english.lines, "waiting": ()})
