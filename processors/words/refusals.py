"""How callers say that they do not want to be recorded. Plain code.

A refusal protects the caller, so what is doubtful counts as one: a recording that is missing harms
nobody.
"""

from processors.words.languages import language_of
from processors.words.phrases import compiled, plain


class Refusals:
    """Tells words that refuse a recording, in one language. Of a language that there is no file
    for, the English words are listened for: somebody who is not understood is not protected."""

    def __init__(self, *, language: str) -> None:
        """`language` is a tag such as "de" or "de-AT"."""
        words = language_of(language).refusals
        if not words.recording:
            words = language_of("en").refusals
        self._recording = compiled(words.recording, kind="refusal")
        self._answers = compiled(words.answers, kind="refusal")

    def refuses(self, text: str, *, answers: bool = False) -> bool:
        """Whether these words refuse; `answers`: they are the first after the caller was told."""
        words = " ".join(plain(text).replace('"', " ").lower().split())
        patterns = (*self._recording, *self._answers) if answers else self._recording
        return any(pattern.search(words) for pattern in patterns)
