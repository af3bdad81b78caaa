"""How the other side of a call says that it puts us on hold. Plain code.

What asks for something as well (a key, a choice) is left to the model, which hears it too.
"""

from processors.words.languages import language_of
from processors.words.phrases import compiled, plain


class Holds:
    """Tells words that put a caller on hold, in one language."""

    def __init__(self, language: str) -> None:
        """`language` is a tag such as "de" or "de-AT"."""
        words = language_of(language).holds
        self._waiting = compiled(words.waiting, kind="hold")
        self._asides = compiled(words.asides, kind="hold")

    def told(self, text: str) -> bool:
        """We are to wait, and for nothing else."""
        words = " ".join(plain(text).lower().split())
        if any(aside.search(words) for aside in self._asides):
            return False
        return any(pattern.search(words) for pattern in self._waiting)
