"""How people say that they want no more calls, and whether these words do. Plain code.

Who may not be called again is a matter of law: what can hardly mean anything else counts, in a
question or a curse as well. What bars calls for a time only ("not before nine") is left to the
model, and so is everything it takes more than the words to understand.
"""

import re
from collections.abc import Iterator, Sequence

from processors.words.languages import language_of
from processors.words.phrases import compiled, plain

_ENDS = ".!?;"  # of a sentence


class NoMoreCalls:
    """Tells words that bar all calls, in one language."""

    def __init__(self, *, language: str, more: Sequence[str] = ()) -> None:
        """`language` is a tag such as "de" or "de-AT"; `more` are regular expressions of whoever
        knows better. Raises ValueError naming one that is none.
        """
        words = language_of(language).opt_outs
        self._leaving = compiled((*words.leaving, *more), kind="opt-out")
        self._calling = compiled(words.calling, kind="opt-out")
        self._limits = compiled(words.limits, kind="limit")
        self._not_that = compiled([f"{text} ?$" for text in words.negations], kind="negation")

    def wanted(self, text: str) -> bool:
        """Whether these words ask for no more calls."""
        words = " ".join(plain(text).replace('"', " ").lower().split())
        return any(self._meant(words, self._leaving)) or any(
            not self._limited(words, match) for match in self._meant(words, self._calling)
        )

    def _meant(self, words: str, wishes: Sequence[re.Pattern[str]]) -> Iterator[re.Match[str]]:
        for wish in wishes:
            for match in wish.finditer(words):
                before = words[: match.start()]
                if not any(negation.search(before) for negation in self._not_that):
                    yield match

    def _limited(self, words: str, match: re.Match[str]) -> bool:
        begins = max(words.rfind(end, 0, match.start()) for end in _ENDS) + 1
        ends = min((at for end in _ENDS if (at := words.find(end, match.end())) >= 0), default=None)
        return any(limit.search(words[begins:ends]) for limit in self._limits)
