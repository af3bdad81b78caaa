"""How callers ask for a person, say that they are in danger, or that they are not understood.

Plain code. A call is put through on these words alone, so what is doubtful is left to the model,
which hears it too: what is denied ("I don't need a person"), told of another time ("he had a
stroke last year") or said by a machine ("for an operator, press zero").
"""

import re
from collections.abc import Sequence

from processors.words.languages import LANGUAGES, language_of
from processors.words.phrases import compiled, matches_not_denied, plain, sentence_around

_MOST_ASSENT = 4  # words; more of them say something else
# Characters, two minutes of speech, that are looked through for danger in all languages; who says
# more without a pause may be in it.
_MOST_IN_ALL_LANGUAGES = 2000


class Pleas:
    """Tells the pleas of a caller, in one language."""

    def __init__(self, *, language: str, emergencies: Sequence[str] = ()) -> None:
        """`language` is a tag such as "de" or "de-AT"; `emergencies` are regular expressions
        beside those of the language. Raises ValueError naming one that is none.
        """
        told = language_of(language)
        words = told.pleas
        self._emergencies = compiled((*words.emergencies, *emergencies), kind="emergency")
        self._asking = compiled(words.asking, kind="asking")
        self._complaints = compiled(words.complaints, kind="complaint")
        self._asides = compiled(words.asides, kind="aside")
        self._not_that = compiled([f"{text} ?$" for text in words.negations], kind="negation")
        assent = (word for phrase in told.assent.words for word in phrase.split())
        self._assent = frozenset(plain(word) for word in assent)

    def emergency(self, text: str) -> bool:
        """Somebody is in danger now."""
        return self._meant(_lowered(text), self._emergencies)

    def person(self, text: str) -> bool:
        """A person is wanted, whichever."""
        return self._meant(_lowered(text), self._asking)

    def complaint(self, text: str) -> bool:
        """The caller is not understood, does not understand, or is angry."""
        words = _lowered(text)
        return any(pattern.search(words) for pattern in self._complaints)

    def assent(self, text: str) -> bool:
        """Yes to what was asked, and nothing else."""
        words = re.findall(r"\w+", _lowered(text))
        return 0 < len(words) <= _MOST_ASSENT and self._assent.issuperset(words)

    def _meant(self, words: str, wishes: Sequence[re.Pattern[str]]) -> bool:
        return any(
            not any(aside.search(sentence_around(words, match)) for aside in self._asides)
            for match in matches_not_denied(words, wishes, self._not_that)
        )


def mentions_emergency(text: str, own: Sequence[re.Pattern[str]] = ()) -> bool:
    """Whether there is a word of danger in it, in any of the languages or by patterns of one's
    own, denied or not; of a very long speech it is assumed. For what must never be done after such
    words.
    """
    if len(text) > _MOST_IN_ALL_LANGUAGES:
        return True
    words = _lowered(text)
    return any(pattern.search(words) for pattern in (*_EMERGENCIES, *own))


def _lowered(text: str) -> str:
    return " ".join(plain(text).replace('"', " ").lower().split())


# Made when the service starts: it takes longer than calls may wait.
_EMERGENCIES = tuple(
    pattern
    for language in LANGUAGES.values()
    for pattern in compiled(language.pleas.emergencies, kind="emergency")
)
