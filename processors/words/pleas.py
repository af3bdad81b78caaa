"""How callers ask for a person, say that they are in danger, or that they are not understood.

Plain code. A call is put through on these words alone, so what is doubtful is left to the model,
which hears it too: what is denied or asked ("do I need an ambulance?"), told of another time ("he
collapsed last year") or said by a machine ("for an operator, press zero"). Danger in the present
tense is now, whatever time stands beside it, and nothing drowns it that is said in another part of
the sentence: "my mother fell yesterday and now she can't breathe".
"""

import re
from collections.abc import Sequence

from processors.words.languages import LANGUAGES, language_of
from processors.words.phrases import (
    clause_around,
    compiled,
    matches_not_denied,
    plain,
    sentence_around,
)

DANGER = "Emergency: the caller said so."  # the reason of a transfer for these words alone
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
        self._happened = compiled(words.happened, kind="happened")
        self._asking = compiled(words.asking, kind="asking")
        self._complaints = compiled(words.complaints, kind="complaint")
        self._asides = compiled(words.asides, kind="aside")
        self._times = compiled(words.times, kind="time")
        self._asides_and_times = (*self._asides, *self._times)
        self._joints = compiled(words.joints, kind="joint")
        self._not_that = compiled([f"{text} ?$" for text in words.negations], kind="negation")
        assent = (word for phrase in told.assent.words for word in phrase.split())
        self._assent = frozenset(plain(word) for word in assent)

    def emergency(self, text: str) -> bool:
        """Somebody is in danger now."""
        words = _lowered(text)
        return self._is_said(words, self._emergencies, beside=self._asides) or self._is_said(
            words, self._happened, beside=self._asides_and_times
        )

    def person(self, text: str) -> bool:
        """A person is wanted, whichever."""
        words = _lowered(text)
        return any(
            not _found(self._asides, sentence_around(words, match))
            and not _found(self._times, clause_around(words, match, self._joints))
            for match in matches_not_denied(words, self._asking, self._not_that)
        )

    def complaint(self, text: str) -> bool:
        """The caller is not understood, does not understand, or is angry."""
        return _found(self._complaints, _lowered(text))

    def assent(self, text: str) -> bool:
        """Yes to what was asked, and nothing else."""
        words = re.findall(r"\w+", _lowered(text))
        return 0 < len(words) <= _MOST_ASSENT and self._assent.issuperset(words)

    def _is_said(
        self, words: str, patterns: Sequence[re.Pattern[str]], *, beside: Sequence[re.Pattern[str]]
    ) -> bool:
        """One of these, not denied, and with none of those in the same clause."""
        return any(
            not _found(beside, clause_around(words, match, self._joints))
            for match in matches_not_denied(words, patterns, self._not_that)
        )


def mentions_emergency(text: str, own: Sequence[re.Pattern[str]] = ()) -> bool:
    """Whether there is a word of danger in it, in any of the languages or by patterns of one's
    own, denied or not; of a very long speech it is assumed. For what must never be done after such
    words.
    """
    if len(text) > _MOST_IN_ALL_LANGUAGES:
        return True
    return _found((*_EMERGENCIES, *own), _lowered(text))


def _found(patterns: Sequence[re.Pattern[str]], words: str) -> bool:
    return any(pattern.search(words) for pattern in patterns)


def _lowered(text: str) -> str:
    return " ".join(plain(text).replace('"', " ").lower().split())


# Made when the service starts: it takes longer than calls may wait.
_EMERGENCIES = tuple(
    pattern
    for language in LANGUAGES.values()
    for pattern in compiled(
        (*language.pleas.emergencies, *language.pleas.happened), kind="emergency"
    )
)
