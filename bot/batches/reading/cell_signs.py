"""Ticks, crosses and boxes: what the signs in a cell say beside its words."""

import re
import unicodedata

_YES = frozenset("☑✓✔✅👍🗸🆗")
_EMPTY = frozenset("☐□▢◻◽⬜")
_NO = frozenset("✗✘✕✖❌🚫⛔👎🔕📵")
_EMPTY_BOX = re.compile(r"\[\s*\]|\(\s*\)")
_PLAIN = frozenset("+=<>|$€£°§&")  # signs of prose, beside punctuation
_DOUBTFUL = frozenset("?¿*")


def signs_of(cell: str) -> frozenset[str]:
    """Some of "yes", "no", "empty" (a box without a tick), and "doubtful": a question mark, or a
    sign that may mean anything.
    """
    said = {"empty"} if _EMPTY_BOX.search(cell) else set()
    for sign in cell:
        if sign in _YES:
            said.add("yes")
        elif sign in _EMPTY:
            said.add("empty")
        elif sign in _NO:
            said.add("no")
        elif sign in _DOUBTFUL or _is_odd(sign):
            said.add("doubtful")
    return frozenset(said)


def _is_odd(sign: str) -> bool:
    """A symbol that is neither a letter nor what stands between words."""
    return sign not in _PLAIN and unicodedata.category(sign) in ("So", "Sm", "Sc", "Co", "Cn")
