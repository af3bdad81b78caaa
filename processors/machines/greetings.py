"""What answering machines, call screeners and people who pick up say. Plain code.

All languages are looked for at once: a machine speaks that of its owner or of its maker.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum

from processors.words.languages import LANGUAGES, GreetingWords
from processors.words.phrases import compiled, plain


class Says(Enum):
    """What the other side's words tell about who, or what, has answered."""

    FULL = "full"  # a machine that takes no message
    SCREENING = "screening"  # an assistant wants to know who calls and why
    MACHINE = "machine"  # no person would say so
    WAIT = "wait"  # a person is being fetched
    PERSON = "person"  # a person picks up, or asks back
    HINT = "hint"  # machines say so, and some people
    ELSE = "else"  # words that tell nothing
    NOTHING = "nothing"  # no words


_FEW_WORDS = r"\b(?:[ ,.!?¿¡]+[\w']+){0,5}[ .!?]*$"


def _all(patterns: Callable[[GreetingWords], Iterable[str]]) -> tuple[re.Pattern[str], ...]:
    """Those of all languages."""
    every = [text for language in LANGUAGES.values() for text in patterns(language.greetings)]
    return compiled(every, kind="greeting")


def _of_a_person(words: GreetingWords) -> Iterable[str]:
    return (*(f"^{opener}{_FEW_WORDS}" for opener in words.openers), *words.person)


_IN_ORDER = (
    (Says.FULL, _all(lambda words: words.full)),
    (Says.SCREENING, _all(lambda words: words.screening)),
    (Says.MACHINE, _all(lambda words: words.machine)),
    (Says.WAIT, _all(lambda words: words.wait)),
    (Says.PERSON, _all(_of_a_person)),
    (Says.HINT, _all(lambda words: words.hint)),
)
# Voicemail asks for names and reasons too, but to have them left.
_LEAVES = _all(lambda words: words.leaves)


def what_is_said(text: str) -> Says:
    """What these words tell: the first match in the order of `Says`."""
    line = " ".join(plain(text).replace('"', " ").lower().split())
    if not line:
        return Says.NOTHING
    for says, patterns in _IN_ORDER:
        if any(pattern.search(line) for pattern in patterns):
            leaves = says is Says.SCREENING and any(pattern.search(line) for pattern in _LEAVES)
            return Says.MACHINE if leaves else says
    return Says.ELSE
