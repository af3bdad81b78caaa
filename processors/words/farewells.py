"""How people say goodbye on the telephone, and whether a line does. Plain code."""

import re
from collections.abc import Sequence

from processors.words.languages import language_of
from processors.words.phrases import compiled, plain

# A farewell may be followed by a name or half a sentence of thanks, not by a new subject.
_CHARS_AFTER = 60
_TAIL_CHARS = 1000  # the last minute of a speech: what comes before it takes no leave


def farewell_patterns(language: str) -> tuple[str, ...]:
    """Patterns for a language tag such as "de" or "de-AT"; none for one we do not know."""
    return language_of(language).farewells


def compile_farewells(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """Regular expressions for normalised text. Raises ValueError naming one that is none."""
    return compiled(patterns, kind="farewell")


def is_farewell(text: str, farewells: Sequence[re.Pattern[str]]) -> bool:
    """Whether the line takes leave: a pattern matches near its end and it asks nothing back."""
    line = " ".join(plain(text[-_TAIL_CHARS:]).replace('"', " ").lower().split())
    if not line or line.rstrip(" '").endswith("?"):
        return False
    earliest_end = len(line) - _CHARS_AFTER
    return any(
        match.end() >= earliest_end for farewell in farewells for match in farewell.finditer(line)
    )
