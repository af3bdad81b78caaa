"""Whether the agent asks something just now, and whether the caller says yes to it. Plain code."""

import re
import unicodedata
from collections.abc import Sequence

from bot.brains.realtime.speech import Utterance
from processors.words.languages import LANGUAGES

LAST_MS = 1500  # of a question: who says anything over these answers it
_NEAR = 12  # characters: the words heard are known only roughly

# In any language: what is spoken is not always the agent's own.
_YES = frozenset(
    word for told in LANGUAGES.values() for phrase in told.assent.words for word in phrase.split()
)


def ends_in_question(text: str) -> bool:
    """Whether the last thing in it is a question."""
    return text.rstrip(" \"'»”’)").endswith(("?", "？", "؟"))


def is_being_asked(utterances: Sequence[Utterance], unheard_ms: float) -> bool:
    """Whether the listener is in the question that the last of these ends in, with so much of them
    still to be heard."""
    last = utterances[-1] if utterances else None
    if last is None or not last.complete or not ends_in_question(last.text):
        return False
    if unheard_ms <= LAST_MS:
        return True
    heard_share = 1 - unheard_ms / max(last.received_ms, 1.0)
    body = last.text.rstrip(" \"'»”’)?？؟")
    begins = max((found.end() for found in re.finditer(r"[.!?。？！؟…]\s", body)), default=0)
    return len(last.text) * heard_share >= begins - _NEAR


def says_yes(text: str) -> bool:
    """Whether these few words say yes and nothing else."""
    plain = unicodedata.normalize("NFC", text).casefold().replace("’", "'")
    words = re.sub(r"[^\w\s']|_", " ", plain).split()
    return bool(words) and all(word in _YES for word in words)
