"""Words that say "I am listening" and ask for nothing, by language. Plain code."""

import re
from collections.abc import Collection

from processors.words.languages import language_of
from processors.words.phrases import plain


def backchannel_words(language: str) -> tuple[str, ...]:
    """Those of a language tag such as "de" or "de-AT"; none for a language we do not know."""
    words = language_of(language).backchannels
    return (*words.nods, *words.yes)


class Backchannels:
    """Tells words that leave the agent its turn from words that want an answer."""

    def __init__(self, words: Collection[str]) -> None:
        known = sorted({_plain(word) for word in words} - {""}, key=len, reverse=True)
        either = "|".join(re.escape(word) for word in known)
        self._only = re.compile(rf"(?:(?:{either})(?: |$))+") if known else None

    def cover(self, text: str) -> bool:
        """Whether all of the text is made of them; a question ("Right?") never is."""
        if "?" in text or self._only is None:
            return False
        return self._only.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    """Lower case, no punctuation, and "Mmm-hmm" as short as "m-hm"."""
    words = re.sub(r"[^\w]|_", " ", plain(text).lower()).split()
    return re.sub(r"(.)\1+", r"\1", " ".join(words))
