"""Whom a note wants to be spoken with, who cannot be by telephone, and who wants no messages on a
machine. The words are those of `cell_words`, under [notes].
"""

from collections.abc import Sequence
from functools import lru_cache

from bot.batches.reading.cell_attempts import tells_of_attempts
from bot.batches.reading.cell_consent import plain_answer
from bot.batches.reading.cell_words import clauses, is_a_whole_clause, phrases, words_of

_NEAR = 4  # words from "speak" to the mother, from "no" to the message
_BESIDE = 2  # words from "only" to the mother


@lru_cache(maxsize=4096)
def cannot_be_heard(cell: str, header: str = "") -> bool:
    """ "deaf - use relay", "TTY only", a yes in a column "Hearing impaired": a voice on the
    telephone is not understood, or not answered.
    """
    if _is_named(header, "notes.unhearing"):
        return plain_answer(cell) not in ("no", "nothing")
    if phrases("notes.about_others").are_in(words_of(header)):
        return False  # a doctor may have such a name, and HOH be the head of a household
    words = words_of(cell)
    in_languages = phrases("notes.about_languages").are_in(words_of(header))
    if in_languages and is_a_whole_clause(cell, "notes.signing"):
        return True  # elsewhere ASL is a health authority too, and libras are pounds
    if is_a_whole_clause(cell, "notes.unhearing_alone"):
        return True
    return any(_is_unhearing(words, place) for place in range(len(words)))


def _is_unhearing(words: Sequence[str], place: int) -> bool:
    """Neither "not deaf" nor "Dr. Taub"."""
    if not (count := phrases("notes.unhearing").at(words, place)):
        return False
    before, after = words[max(0, place - 1) : place], words[place + count :][:1]
    if any(
        len(word) > 1 and phrases("answers.no", "consent.refusals").at([word], 0) for word in before
    ):
        return False
    return not phrases("notes.titles").are_in((*before, *after))


@lru_cache(maxsize=4096)
def wants_another_person(cell: str, header: str = "") -> bool:
    """ "speak to mother only", "ask for daughter", "do not talk to the patient"; a name in a column
    "Speak to".
    """
    if asks_for_a_person(header):
        return plain_answer(cell) is None and not _are_themselves(words_of(cell))
    return any(
        _wants_another(_without_attempts(words_of(clause), "notes.asking", "notes.asked"))
        for clause in clauses(cell)
    )


def _wants_another(words: Sequence[str]) -> bool:
    others, asking, asked = (phrases(f"notes.{name}") for name in ("others", "asking", "asked"))
    only, refusing = phrases("consent.only"), phrases("answers.no", "consent.refusals")
    if phrases("notes.emergencies").are_in(words):
        return False
    for place in range(len(words)):
        if not (count := others.at(words, place)):
            continue
        before, after = words[max(0, place - _NEAR) : place], words[place + count :]
        if asking.are_in(before) or any(asked.at(after, at) for at in range(_BESIDE)):
            return True
        if only.are_in(before[-_BESIDE:]) or only.are_in(after[:_BESIDE]):
            return True
    return any(
        len(word) > 1
        and refusing.at(words, place)
        and _speaks_with_them(words[place + 1 : place + 1 + _NEAR + _BESIDE])
        for place, word in enumerate(words)
    )


def _without_attempts(words: Sequence[str], *doing: str) -> Sequence[str]:
    """Without what tells of calls that came to nothing: "unable to reach", "could not leave"."""
    failing, unanswered = phrases("notes.failing"), phrases("notes.unanswered")
    left, place = list[str](), 0
    while place < len(words):
        count = unanswered.at(words, place)
        if failed := failing.at(words, place):
            done = phrases(*doing).at(words, place + failed)
            count = max(count, failed + done if done else 0)
        left += words[place : place + 1] if not count else ()
        place += max(count, 1)
    return left


def _speaks_with_them(words: Sequence[str]) -> bool:
    speaking = phrases("notes.asking", "notes.asked").are_in(words)
    return speaking and phrases("notes.themselves").are_in(words)


@lru_cache(maxsize=4096)
def wants_no_messages(cell: str, header: str = "") -> bool:
    """ "no voicemail", "do not leave a message"; a yes in a column "No VM", a no in "OK to leave
    message".
    """
    named = words_of(header)
    if phrases("notes.machine_messages").are_in(named) and (answer := plain_answer(cell)):
        if phrases("notes.messages_told", "do_not_call.told").are_in(named):
            return False  # whether one was left before
        denied = phrases("answers.no", "consent.refusals").are_in(named)
        return answer == ("yes" if denied else "no")
    if tells_of_attempts(cell) and phrases("notes.machine_troubles").are_in(words_of(cell)):
        return False
    return any(
        _wants_no_messages(_without_attempts(words_of(clause), "notes.leaving"))
        for clause in clauses(cell)
    )


def _wants_no_messages(words: Sequence[str]) -> bool:
    """Where a machine is full, or did not answer, only "do not leave" is a wish."""
    if phrases("notes.no_messages").are_in(words):
        return True
    messages, leaving = phrases("notes.machine_messages"), phrases("notes.leaving")
    refusing = phrases("answers.no", "consent.refusals")
    in_trouble = phrases("notes.machine_troubles").are_in(words)
    return any(
        len(word) > 1
        and (count := refusing.at(words, place))
        and messages.are_in(words[place + count : place + count + _NEAR])
        and (not in_trouble or leaving.at(words, place + count))
        for place, word in enumerate(words)
    )


def names_the_same(cell: str, names: Sequence[str]) -> bool:
    """Whether it names the person whose names these are: "Jane" of "SMITH, JANE Q"."""
    words = set(words_of(cell)) - {"mr", "mrs", "ms", "dr"}
    return bool(words) and words <= {word for name in names for word in words_of(name)}


def is_about_contact_persons(column: str) -> bool:
    """Whether a column names somebody to turn to: "Preferred Contact Name", "Ansprechpartner"."""
    return _is_named(column, "notes.contact_headers")


@lru_cache(maxsize=4096)
def asks_for_a_person(column: str) -> bool:
    """Whether it names whom to ask for: "Speak to"."""
    return _is_named(column, "notes.person_headers")


def _are_themselves(words: Sequence[str]) -> bool:
    return not words or phrases("notes.themselves", "consent.only").cover(words)


def _is_named(header: str, names: str) -> bool:
    """Whether a column is called so, with no more than whose it is beside: "Patient is deaf"."""
    words = words_of(header)
    beside = phrases(names, "status.qualifiers", "status.marks")
    return phrases(names).are_in(words) and beside.cover(words)
