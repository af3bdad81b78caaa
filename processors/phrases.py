"""Phrases of a language: regular expressions for text in its plainest form. Plain code."""

import re
import unicodedata
from collections.abc import Mapping, Sequence


def of_language(patterns: Mapping[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    """Those for a language tag such as "de" or "de-AT"; none for a language that has none."""
    return patterns.get(re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0], ())


def compiled(patterns: Sequence[str], *, kind: str) -> tuple[re.Pattern[str], ...]:
    """Regular expressions for plain text. Raises ValueError naming one that is none."""
    found = []
    for pattern in patterns:
        try:
            found.append(re.compile(plain(pattern), re.IGNORECASE))
        except re.error as error:
            raise ValueError(
                f"{kind} pattern {pattern!r} is not a regular expression: {error}"
            ) from error
    return tuple(found)


def plain(text: str) -> str:
    """One code point for each letter, typewriter quotes, three dots for an ellipsis."""
    return unicodedata.normalize("NFC", text).translate(_TYPEWRITER)


_TYPEWRITER = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4", "'"), **dict.fromkeys("“”„«»", '"')}
    | {"\u2026": "...", "\u00a0": " ", "\u202f": " ", "？": "?", "–": "-", "—": "-"}
)
