"""How people say that they want no more calls, and whether these words do. Plain code.

Who may not be called again is a matter of law: what can hardly mean anything else counts, in a
question or a curse as well. What bars calls for a time only ("not before nine") is left to the
model, and so is everything it takes more than the words to understand.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from processors.words.languages import language_of
from processors.words.phrases import compiled, matches_not_denied, plain, sentence_around


class NoMoreCalls:
    """Tells words that bar all calls, in one language."""

    def __init__(self, *, language: str, more: Sequence[str] = (), only: bool = False) -> None:
        """`language` is a tag such as "de" or "de-AT"; `more` are regular expressions of whoever
        knows better, and the `only` ones if so asked. Raises ValueError naming one that is none.
        """
        words = language_of(language).opt_outs
        if only:
            words = replace(words, leaving=(), calling=())
        self._leaving = compiled((*words.leaving, *more), kind="opt-out")
        self._calling = compiled(words.calling, kind="opt-out")
        self._limits = compiled(words.limits, kind="limit")
        self._not_that = compiled([f"{text} ?$" for text in words.negations], kind="negation")

    def wanted(self, text: str) -> bool:
        """Whether these words ask for no more calls."""
        words = " ".join(plain(text).replace('"', " ").lower().split())
        leaving = matches_not_denied(words, self._leaving, self._not_that)
        calling = matches_not_denied(words, self._calling, self._not_that)
        return any(leaving) or any(not self._limited(words, match) for match in calling)

    def _limited(self, words: str, match: re.Match[str]) -> bool:
        sentence = sentence_around(words, match)
        return any(limit.search(sentence) for limit in self._limits)
