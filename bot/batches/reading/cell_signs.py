"""Ticks, crosses and boxes: what the signs in a cell say beside its words."""

import re
import unicodedata

_YES = frozenset("☑✓✔✅👍🗸🆗")
_EMPTY = frozenset("☐□▢◻◽⬜")
_NO = frozenset("✗✘✕✖❌🚫⛔👎🔕📵")
_EMPTY_BOX = re.compile(r"\[\s*\]|\(\s*\)")
_PLAIN = frozenset("+=<>|$€£°§&")  # signs of prose, beside punctuation
_DOUBTFUL = frozenset("?¿*")
TELEPHONES = frozenset("📞☎📱\N{VARIATION SELECTOR-16}")  # and what makes them coloured
_SHOWN = frozenset("📞☎📱📵")
_DEATH = frozenset("†✝⚰🪦💀☠")
_BOX = re.compile(r"(?P<tick>[☑☒✅🗹✓✔]|[\[(]\s*[xX✓✔]\s*[\])])|[☐□▢◻◽⬜]|[\[(]\s*[\])]")


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


def ticked(cell: str) -> str | None:
    """What stands beside the one ticked box of several, all of them before their words or all
    after: "Yes" in "☑ Yes ☐ No". None: it is no such cell.
    """
    boxes = list(_BOX.finditer(cell))
    if len(boxes) < 2 or sum(box["tick"] is not None for box in boxes) != 1:
        return None
    edges = [0, *(edge for box in boxes for edge in box.span()), len(cell)]
    beside = [
        cell[begin:end].strip(" \t\n,;/|")
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    labels = beside[1:] if not beside[0] else beside[:-1]
    if not all(labels) or len(labels) != len(boxes) or beside[0] and beside[-1]:
        return None
    return next(label for label, box in zip(labels, boxes, strict=True) if box["tick"])


def shows_a_telephone(text: str) -> bool:
    """A sign for it, crossed out or not."""
    return not _SHOWN.isdisjoint(text)


def shows_a_death(text: str) -> bool:
    """A dagger, as beside names, or a sign like it."""
    return not _DEATH.isdisjoint(text)


def _is_odd(sign: str) -> bool:
    """A symbol that is neither a letter nor what stands between words."""
    return sign not in _PLAIN and unicodedata.category(sign) in ("So", "Sm", "Sc", "Co", "Cn")
