"""Whether words are the agent's own, come back by the line. Plain code."""

import re
import unicodedata
from collections.abc import Iterable

_ALONE = 6  # letters of a word that tells by itself; "no" and "yes" are anybody's


def are_own(text: str, said: Iterable[str]) -> bool:
    """Whether all of the text is one stretch of what the agent says. A question is the caller's.

    The first and the last word may be half heard.
    """
    words = _words(text)
    if "?" in text or not words or (len(words) == 1 and len(words[0]) < _ALONE):
        return False
    return any(_is_stretch(words, _words(line)) for line in said)


def _is_stretch(words: list[str], line: list[str]) -> bool:
    return any(
        _alike(words, line[at : at + len(words)]) for at in range(len(line) - len(words) + 1)
    )


def _alike(words: list[str], stretch: list[str]) -> bool:
    if len(words) < 3:
        return words == stretch
    inner = slice(1, -1)
    ends = stretch[0].endswith(words[0]) and stretch[-1].startswith(words[-1])
    return words[inner] == stretch[inner] and ends


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[^\w\s]|_", "", plain).split()
