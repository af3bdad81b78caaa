"""What a cell about consent says: yes, no, or where the consent comes from.

A word of refusal, withdrawal, expiry or of another channel refuses, wherever it stands and in
whatever language. Consent is only what consists of nothing but known words, of which one says yes
or names a source; the lists are those of `cell_words`. Anything else says neither.
"""

from functools import lru_cache
from typing import Literal

from bot.batches.reading.cell_attempts import tells_of_attempts
from bot.batches.reading.cell_signs import signs_of, ticked
from bot.batches.reading.cell_words import is_number, phrases, without_days, words_of
from bot.batches.reading.tables import BadCell

Answer = Literal["yes", "no", "nothing", "unclear"]

# Without a word for it; of days and times "unknown" is as good as an empty cell.
NOTHING = frozenset({"", "none", "n a", "na", "null", "unknown", "keine", "nan"})


class BadConsent(BadCell):
    """A cell that says neither yes nor no to calls."""


def read_consent(cell: str, column: str) -> str | None:
    """The source of consent; empty when there is none, None when consent is refused.

    A bare yes names no source: the column that says so is taken for it.

    Raises:
        BadConsent: it is neither clearly yes nor clearly no.
    """
    match consent_in(cell):
        case "yes":
            bare = phrases("answers.yes", "answers.fine").cover(words_of(cell))
            return f"{column}: {cell}" if bare else cell
        case "no":
            return None
        case "nothing":
            return ""
        case "unclear":
            raise BadConsent(
                f'"{cell}" is neither clearly yes nor clearly no: write yes, no, or how they '
                f"consented, like: signed form 2026-01-05{_of_days(cell, column)}"
            )


def _of_days(cell: str, column: str) -> str:
    words = words_of(cell)
    if len(words) < 2 or without_days(words):
        return ""
    return f'; if it is the day on which they did, import with --map consent_at="{column}"'


@lru_cache(maxsize=4096)
def consent_in(cell: str) -> Answer:
    """What the cell says of consent to calls."""
    if (answer := plain_answer(cell)) is not None:
        return answer
    if tells_of_attempts(cell):
        return "unclear"
    words, signs = words_of(cell), signs_of(cell)
    said = without_days(words)
    if signs & {"no", "empty"} or refuses(said):
        return "no"
    if phrases("consent.only", "consent.channels").are_in(said):
        return "unclear" if phrases("consent.calls").are_in(said) else "no"
    # A form that a contact was given is not one that they gave back.
    if "doubtful" in signs or "0" in words or phrases("consent.doubts").are_in(said):
        return "unclear"
    positive = _positive(said)
    if positive is None:
        return "unclear"
    return "yes" if positive or "yes" in signs else "unclear"


@lru_cache(maxsize=4096)
def is_none(cell: str) -> bool:
    """Whether it says "none" in words, which may mean that nothing is wanted, or nothing known."""
    words = words_of(cell)
    return phrases("answers.nothing").are_all(words) and phrases("consent.refusals").are_in(words)


def plain_answer(cell: str) -> Answer | None:
    """Of a cell that holds one bare answer, a bare number, or nothing; else None."""
    words = words_of(cell)
    if (choice := ticked(cell)) is not None:
        return plain_answer(choice)
    if not words:
        signs = signs_of(cell)
        if len(signs) != 1 or "doubtful" in signs:
            return (
                "unclear" if signs or cell.strip(" -\N{EN DASH}\N{EM DASH}._/\t\"'") else "nothing"
            )
        return "yes" if "yes" in signs else "no"
    if signs_of(cell):
        return None
    if phrases("answers.nothing").are_all(words):
        return "nothing"
    if phrases("answers.no").are_all(words):
        return "no"
    if phrases("answers.yes", "answers.fine").are_all(words):
        return "yes"
    if all(map(is_number, words)):
        try:
            return {0.0: "no", 1.0: "yes"}.get(float(cell.replace(",", ".")), "unclear")  # type: ignore[return-value]
        except ValueError:
            return "unclear"
    return None


def refuses(words: list[str]) -> bool:
    """Whether there is a word of refusal among them; a letter alone is one at the beginning."""
    if words and phrases("answers.no").at(words, 0):
        return True
    long = [word if len(word) > 1 else "" for word in words]
    return phrases("answers.no").are_in(long) or phrases(
        "consent.refusals", "do_not_call.stop", "status.deceased"
    ).are_in(words)


def _positive(words: list[str]) -> bool | None:
    """Whether they say yes or name a source; None when there is a word that is not known."""
    agreeing = phrases("answers.yes", "answers.fine", "consent.sources")
    beside = phrases("consent.beside", "consent.calls")
    positive, place = False, 0
    while place < len(words):
        agreed, known = agreeing.at(words, place), beside.at(words, place)
        if agreed == 1 and len(words[place]) == 1 and place:
            agreed = 0  # a letter alone answers only at the beginning
        if not (agreed or known):
            return None
        positive = positive or agreed >= known and agreed > 0
        place += max(agreed, known)
    return positive
