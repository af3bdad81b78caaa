"""What people say when they pick up, before they listen. Plain code.

Over the first line of a call that we have placed these words want nothing: they were said before
anybody was heard. "Who is this?" is none of them.
"""

import re

from processors.words.backchannels import Backchannels, backchannel_words
from processors.words.languages import language_of
from processors.words.phrases import plain

MOST_WORDS = 8  # of a name and a greeting

_EVERYWHERE = ("hello", "hi")  # whatever language is spoken, and as it is heard


class Hellos:
    """Those of one language; of one we do not know, the words that are said everywhere."""

    def __init__(self, language: str) -> None:
        told = language_of(language).hellos
        hellos = (*told.words, *_EVERYWHERE)
        self._hellos = tuple(_bare(hello) for hello in hellos)
        yes = told.yes
        more = (*yes, *backchannel_words(language))
        self._hello_or_more = Backchannels((*hellos, *more))
        self._only_more = Backchannels(more)
        self._only_yes = Backchannels(yes)

    def want_nothing(self, text: str) -> bool:
        """Whether nothing was heard yet: a greeting, or yes asked back ("Yes?"). A plain
        yes may be an answer."""
        words = _unasked(text)
        if not self._hello_or_more.cover(words):
            return False
        return not self._only_more.cover(words) or ("?" in text and self._only_yes.cover(words))

    def ask_nothing(self, text: str) -> bool:
        """Words to which who calls, and why, is the answer: none, a greeting, a nod or a yes."""
        words = _unasked(text)
        return not words.strip() or self._hello_or_more.cover(words)

    def answer_the_phone(self, text: str) -> bool:
        """A few words that end in a greeting and ask nothing: "Luigi's, good evening." """
        words = _bare(text)
        ends = any(words[-len(hello) :] == hello for hello in self._hellos)
        return ends and "?" not in text and len(words) <= MOST_WORDS


def _bare(text: str) -> list[str]:
    return re.findall(r"[\w']+", plain(text).casefold())


def _unasked(text: str) -> str:
    return text.replace("?", " ")
