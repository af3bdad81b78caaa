"""Phrases of a language: regular expressions for text in its plainest form. Plain code."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

_ENDS = ".!?;"  # of a sentence
# Characters on either side of a match that are looked at for what denies or limits it. Without a
# bound a speech without a full stop would cost the square of its length.
AROUND = 300
_MARK = re.compile(r"[.!?;:,]")
_MOST_LEAD = 4  # words


def compiled(patterns: Sequence[str], *, kind: str) -> tuple[re.Pattern[str], ...]:
    """Regular expressions for plain text. Raises ValueError naming one that is none."""
    found = []
    for pattern in patterns:
        try:
            found.append(re.compile(plain(pattern), re.IGNORECASE))
        except re.error as error:
            raise ValueError(
                f"{kind} pattern {pattern!r} is not a regular expression: {error}"
            ) from error
    return tuple(found)


def matches_not_denied(
    words: str, patterns: Sequence[re.Pattern[str]], negations: Sequence[re.Pattern[str]]
) -> Iterator[re.Match[str]]:
    """Where one of the patterns is found, and no negation stands right before it."""
    for pattern in patterns:
        for match in pattern.finditer(words):
            before = words[max(0, match.start() - AROUND) : match.start()]
            if not any(negation.search(before) for negation in negations):
                yield match


def sentence_around(words: str, match: re.Match[str]) -> str:
    """The sentence, or the sentences, that the match stands in; of a long one what is near."""
    first, last = max(0, match.start() - AROUND), match.end() + AROUND
    begins = max(words.rfind(end, first, match.start()) for end in _ENDS) + 1 or first
    found = [at for end in _ENDS if (at := words.find(end, match.end(), last)) >= 0]
    return words[begins : min(found, default=last)]


def clause_around(words: str, match: re.Match[str], joints: Sequence[re.Pattern[str]]) -> str:
    """The part of a sentence that the match stands in: from one mark or one of the `joints` to the
    next. A few words before a comma ("last year, ...") belong to what follows them.
    """
    first, last = max(0, match.start() - AROUND), match.end() + AROUND
    before, after = words[first : match.start()], words[match.end() : last]
    ends = [found.span() for joint in (_MARK, *joints) for found in joint.finditer(before)]
    ends.sort(key=lambda span: span[1])
    begins = ends[-1][1] if ends else 0
    if ends and before[slice(*ends[-1])] == ",":
        lead = ends[-2][1] if len(ends) > 1 else 0
        if len(before[lead : ends[-1][0]].split()) <= _MOST_LEAD:
            begins = lead
    found = [hit.start() for joint in (_MARK, *joints) if (hit := joint.search(after))]
    return before[begins:] + match[0] + after[: min(found, default=None)]


def plain(text: str) -> str:
    """One code point for each letter, typewriter quotes, three dots for an ellipsis, and one i.

    The small and the capital letter of each Turkish i are others than Python takes them for.
    """
    return unicodedata.normalize("NFC", text).translate(_TYPEWRITER)


_TYPEWRITER = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4", "'"), **dict.fromkeys("“”„«»", '"')}
    | {"\u2026": "...", "\u00a0": " ", "\u202f": " ", "？": "?", "–": "-", "—": "-"}
    | {"İ": "I", "ı": "i", "\u0307": None}
)
