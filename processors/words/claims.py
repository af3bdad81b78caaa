"""What the agent says that it has done: "you're booked", "I've cancelled it". Plain code.

What is asked ("shall I book it?"), meant for later ("I'll book it") or only under a condition
("once it's booked") is no claim. What is doubtful is none either: an agent that is told that it
lied when it did not would confuse the caller.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from processors.words.languages import ClaimWords, language_of
from processors.words.phrases import AROUND, compiled, plain

KINDS = (
    "booked",
    "held",
    "standing",
    "confirmed",
    "cancelled",
    "moved",
    "texted",
    "mailed",
    "message",
    "removed",
)
_TITLES = ("dr", "mr", "mrs", "ms", "prof", "sr", "sra", "hr", "fr", "st", "dra", "mme")
# What may end a sentence: not the dot of "Dr." or within a number.
_END = re.compile(
    r"(?:[!?;]|" + "".join(rf"(?<!\b{title})" for title in _TITLES) + r"\.)+(?=\s|$)",
    re.IGNORECASE,
)
_MOST_CHARS = 3000  # three minutes of one turn: what it claimed before that, nobody remembers
_SHORT = re.compile(r"(?:^|[ .])[^\W\d_]$|\d$")  # before a dot: "p.m.", and "3." of a date


class Claims:
    """Tells the claims of an agent, in one language."""

    def __init__(self, language: str) -> None:
        """`language` is a tag such as "de" or "de-AT"; of one we do not know, none are told."""
        told = language_of(language)
        words: ClaimWords = told.claims
        self._patterns = {kind: compiled(getattr(words, kind), kind="claim") for kind in KINDS}
        self._negations = compiled(words.negations, kind="negation")
        self._denied = compiled([f"(?:{text}) ?$" for text in words.negations], kind="negation")
        self._conditions = compiled(words.conditions, kind="condition")
        self._provisos = compiled(words.provisos, kind="proviso")
        self._corrections = compiled(words.corrections, kind="correction")
        days = (plain(name).split()[-1] for name in (*told.hours.months, *told.hours.weekdays))
        self._days = frozenset(each.lower() for each in days)

    def made(self, text: str) -> tuple[str, ...]:
        """The kinds of what these words of the agent claim to be done, each once."""
        sentences = list(self._sentences(text[-_MOST_CHARS:]))
        return tuple(
            kind
            for kind, patterns in self._patterns.items()
            if any(
                self._meant(sentence, match)
                for sentence in sentences
                for pattern in patterns
                for match in pattern.finditer(sentence)
            )
        )

    def taken_back(self, text: str) -> bool:
        """Whether the agent, told that it claimed too much, now says so."""
        words = _lowered(text)
        return any(pattern.search(words) for pattern in self._corrections)

    def _sentences(self, text: str) -> Iterator[str]:
        """Those that ask nothing."""
        words = " ".join(plain(text).replace('"', " ").split())
        begins = 0
        for end in _END.finditer(words):
            if end[0] == "." and self._goes_on(words, end):
                continue
            if "?" not in end[0]:
                yield words[begins : end.start()].strip().lower()
            begins = end.end()
        yield words[begins:].strip().lower()

    def _goes_on(self, words: str, dot: re.Match[str]) -> bool:
        """Whether a dot is that of a short word or of a date, in the middle of a sentence."""
        before = words[max(0, dot.start() - 3) : dot.start()]
        following = words[dot.end() : dot.end() + AROUND].split(maxsplit=1)
        if not following or not _SHORT.search(before):
            return False
        word = following[0].strip(",.;:!?")
        return not word[:1].isupper() or word.lower() in self._days

    def _meant(self, sentence: str, match: re.Match[str]) -> bool:
        before = sentence[max(0, match.start() - AROUND) : match.start()].rstrip()
        after = sentence[match.end() : match.end() + AROUND]
        rest = re.split(r"[,:]", after, maxsplit=1)[0]
        return not (
            any(pattern.search(match[0]) for pattern in self._negations)
            or any(pattern.search(before) for pattern in self._denied)
            or any(pattern.search(before) for pattern in self._conditions)
            or any(pattern.search(rest) for pattern in self._provisos)
        )


@lru_cache(maxsize=32)
def claims_in(language: str) -> Claims:
    """Those of a language tag, made once for all calls: their patterns take 30 ms."""
    return Claims(language)


def _lowered(text: str) -> str:
    return " ".join(plain(text).replace('"', " ").lower().split())
