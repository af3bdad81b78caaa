"""Whether two names, one said on the telephone and one written down, may be one person's. Plain
code.
"""

import re
from difflib import SequenceMatcher

from tools.accents import without_accents

_LEAST_LETTERS = 2
_LONGEST = 40  # letters: of longer ones only the very same is, for all others cost too much
_ALIKE = 0.75  # Meyer and Meier, Jon and John; not Miller and Milton


def may_be_one(said: str, written: str) -> bool:
    """Whether what was said fits what is written: the last names are alike, or the only names.

    A recogniser spells by ear, and a diary may hold "Ann Miller", "Miller, Ann" or "Mrs Miller".
    """
    theirs, ours = _words(said), _words(written)
    if not theirs or not ours:
        return False
    told = theirs[-1]
    last = {ours[-1], ours[0]} if "," in written else {ours[-1]}
    if len(theirs) == 1:
        last |= set(ours)
    return any(_alike(told, each) for each in last)


def _alike(one: str, other: str) -> bool:
    if one == other or max(len(one), len(other)) > _LONGEST:
        return one == other
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _words(name: str) -> list[str]:
    letters = without_accents(name.casefold().replace("ß", "ss"))
    return [word for word in re.findall(r"[^\W\d_]+", letters) if len(word) >= _LEAST_LETTERS]
