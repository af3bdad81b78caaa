"""What the agent generates and how much of it was heard: plain bookkeeping, no I/O."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_ALONE = 6  # letters of a word that tells by itself; "no" and "yes" are anybody's


@dataclass(kw_only=True, slots=True)
class Utterance:
    """One message item of the model, or one prepared clip."""

    id: str
    response_id: str | None  # None for a clip
    in_conversation: bool = True  # False for lines spoken beside the conversation
    received_ms: float = 0.0
    transcript: list[str] = field(default_factory=list)
    complete: bool = False
    broken_off: bool = False  # the model did not say it to its end
    # After each piece of sound: how far the sound had come, and how many characters of words.
    _come: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def prepared(
        cls, utterance_id: str, text: str, duration_ms: float, *, in_conversation: bool = True
    ) -> "Utterance":
        """A clip: all of its sound and words are there."""
        return cls(
            id=utterance_id,
            response_id=None,
            in_conversation=in_conversation,
            received_ms=duration_ms,
            transcript=[text],
            complete=True,
        )

    @property
    def text(self) -> str:
        """All words received so far."""
        return "".join(self.transcript).strip()

    @property
    def chars(self) -> int:
        """How many characters of words have come."""
        return sum(map(len, self.transcript))

    def sound_came(self, duration_ms: float) -> None:
        """So much more of its sound, after the words received so far."""
        self.received_ms += duration_ms
        self._come.append((self.received_ms, self.chars))

    def heard_text(self, heard_ms: int) -> str:
        """The words heard after this much sound: whole words, in proportion to the sound.

        The model's words run ahead of its sound: while both still come, words that had not come
        with the sound heard cannot have been heard in it.
        """
        if heard_ms <= 0 or not self.received_ms:
            return ""
        words = self.text.split()
        share = min(1.0, heard_ms / self.received_ms)
        count = round(len(words) * share)
        return " ".join(words[: count if self.complete else min(count, self._known(heard_ms))])

    def _known(self, heard_ms: int) -> int:
        """How many words had come with the sound up to there; all, if the words lag behind it."""
        text = "".join(self.transcript)
        known = next((length for ms, length in self._come if ms >= heard_ms), 0)
        return len(text[: known or None].split())


class Speech:
    """The utterances of one session that are generated or on their way to the listener."""

    def __init__(self) -> None:
        self._utterances: dict[str, Utterance] = {}
        self._last: Utterance | None = None  # that has ended: its echo may still be written down

    def begin(self, utterance: Utterance) -> Utterance:
        """From here on its sound and words may come."""
        return self._utterances.setdefault(utterance.id, utterance)

    def get(self, utterance_id: str) -> Utterance | None:
        """The utterance, unless it has ended or never began."""
        return self._utterances.get(utterance_id)

    @property
    def any_in_conversation(self) -> bool:
        """Something the agent says to the caller has not been heard to its end, nor been cut."""
        return any(utterance.in_conversation for utterance in self._utterances.values())

    @property
    def ahead_ms(self) -> float:
        """How long all of it lasts together."""
        return sum(utterance.received_ms for utterance in self._utterances.values())

    def of_response(self, response_id: str) -> list[Utterance]:
        """Those of one response, in order."""
        return [u for u in self._utterances.values() if u.response_id == response_id]

    def under_way(self) -> list[Utterance]:
        """All of them, in order."""
        return list(self._utterances.values())

    def end(self, utterance_id: str) -> Utterance | None:
        """It was played or cut: nothing more will be asked of it."""
        ended = self._utterances.pop(utterance_id, None)
        self._last = ended or self._last
        return ended

    def is_own(self, text: str) -> bool:
        """Whether it is a stretch of what the agent says, or has just said."""
        told = [*self._utterances.values(), *([self._last] if self._last else [])]
        return are_own(text, [utterance.text for utterance in told])


def are_own(text: str, said: Iterable[str]) -> bool:
    """Whether all of the text is one stretch of what the agent says. A question is the caller's.

    The first and the last word may be half heard.
    """
    words = _words(text)
    if "?" in text or not words or (len(words) == 1 and len(words[0]) < _ALONE):
        return False
    return any(_is_stretch(words, _words(line)) for line in said)


def _is_stretch(words: list[str], line: list[str]) -> bool:
    return any(
        _alike(words, line[at : at + len(words)]) for at in range(len(line) - len(words) + 1)
    )


def _alike(words: list[str], stretch: list[str]) -> bool:
    if len(words) < 3:
        return words == stretch
    inner = slice(1, -1)
    ends = stretch[0].endswith(words[0]) and stretch[-1].startswith(words[-1])
    return words[inner] == stretch[inner] and ends


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[^\w\s]|_", "", plain).split()
