"""The words of a text as they are looked for: without case and accents. Plain code."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_MOST = 24  # words of a question


def plain_words(text: str) -> str:
    """The text without case, accents and signs."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return " ".join(_WORD.findall(bare))


def asked_words(question: str) -> list[str]:
    """The different words of a question; single letters are none."""
    words = (word for word in plain_words(question).split() if len(word) > 1 or word.isdigit())
    return list(dict.fromkeys(words))[:_MOST]
