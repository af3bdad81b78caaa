"""Phrases of a language: regular expressions for text in its plainest form. Plain code."""

import re
import unicodedata
from collections.abc import Sequence


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
    """One code point for each letter, typewriter quotes, three dots for an ellipsis, and one i.

    The small and the capital letter of each Turkish i are others than Python takes them for.
    """
    return unicodedata.normalize("NFC", text).translate(_TYPEWRITER)


_TYPEWRITER = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4", "'"), **dict.fromkeys("“”„«»", '"')}
    | {"\u2026": "...", "\u00a0": " ", "\u202f": " ", "？": "?", "–": "-", "—": "-"}
    | {"İ": "I", "ı": "i", "\u0307": None}
)
