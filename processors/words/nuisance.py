"""What machines say that call to sell, and people who do; and who says the same again and again.

Plain code. What is found here may end a call, so what is doubtful is not found.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Literal

from processors.words.languages import LANGUAGES, NuisanceWords
from processors.words.phrases import compiled, plain

Nuisance = Literal["robocall", "sales_pitch"]

LOOKED_BACK = 12  # utterances of a caller, among which the same ones are counted
_MOST_CHARS = 3000  # three minutes without a pause: longer pitches are not looked through
_LEAST_WORDS = 4  # "hello?" and "yes, please" are said again by people
_WORDS_PER_SLIP = 10  # in so many words, one may be heard otherwise than before


def nuisance_in(text: str) -> Nuisance | None:
    """What is said there, in whatever language; None: nothing of the kind, or too much of it."""
    if len(text) > _MOST_CHARS:
        return None
    words = " ".join(plain(text).lower().split())
    if any(pattern.search(words) for pattern in _ROBOCALLS):
        return "robocall"
    return "sales_pitch" if any(pattern.search(words) for pattern in _PITCHES) else None


class Repetitions:
    """Counts how often a caller has said the same, or nearly the same."""

    def __init__(self) -> None:
        self._said: deque[list[str]] = deque(maxlen=LOOKED_BACK)

    def add(self, text: str) -> int:
        """How often this has been said by now, of late; 0 for what is too short to tell."""
        words = re.findall(r"\w+", plain(text).casefold())
        if len(words) < _LEAST_WORDS:
            return 0
        self._said.append(words)
        return sum(_nearly_same(words, before) for before in self._said)


def _nearly_same(one: list[str], other: list[str]) -> bool:
    """But for slips of the ear: who asks for one hour after the other says other numbers."""
    if len(one) != len(other):
        return False
    unlike = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    if any(character.isdigit() for pair in unlike for word in pair for character in word):
        return False
    return len(unlike) <= len(one) // _WORDS_PER_SLIP


def _of_all(kind: Callable[[NuisanceWords], tuple[str, ...]]) -> tuple[re.Pattern[str], ...]:
    return tuple(
        pattern
        for language in LANGUAGES.values()
        for pattern in compiled(kind(language.nuisance), kind="nuisance")
    )


# Made when the service starts: it takes longer than calls may wait.
_ROBOCALLS = _of_all(lambda words: words.robocalls)
_PITCHES = _of_all(lambda words: words.pitches)
