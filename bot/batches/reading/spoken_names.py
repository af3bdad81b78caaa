"""Names as a person says them, out of the ways in which records keep them.

"SMITH, JANE Q" is Jane Smith. What is not certainly the name of one person stays as it is, and so
does what is not in Latin letters.
"""

import re
import unicodedata

from bot.batches.reading.name_words import (
    BODIES,
    DEGREES,
    LEGAL_FORMS,
    PARTICLES,
    SHORT_DEGREES,
    TITLES,
)

_GENERATIONS = {
    **{"jr": "Jr.", "junior": "Jr.", "sr": "Sr.", "senior": "Sr.", "2nd": "II", "3rd": "III"},
    **{numeral.lower(): numeral for numeral in ("II", "III", "IV")},
}
_NOTE = re.compile(r"\s?[(\[{][^)\]}]{0,200}[)\]}]|\*+")  # "(minor)", and stars
_AFTER_DASH = re.compile(r"(,[^,]*?)\s+[-\u2013\u2014]+\s[^,]*$")  # "LEE, ANN - CASH"
_FIRST_LETTER = re.compile(r"[^\W\d_]")
_INITIAL = re.compile(r"[^\W\d_]\.?")
_PART = re.compile(r"([-'\u2019\u02bc\u2010\u2011])")
_SCOTTISH = re.compile(r"(Mc)([a-z])(?=[a-z]{2})")
_HALF_CAPITALS = re.compile(r"(?:Mc|Mac|De|Di|Du|La|Le|Van|Fitz|O['\u2019])[A-Z]{2,}")


def spoken_names(
    first: str, last: str, whole: str, *, is_family_name: bool
) -> tuple[str, str, str]:
    """First name, last name and name of a row, out of the columns that it has.

    `is_family_name` says that the column of the whole name is called as family names are beside
    a column of first names: "Vorname" and "Name".
    """
    first, last = spoken_part(first, given=True), spoken_part(last, given=False)
    name = spoken_name(whole)
    if not name:
        return first, last, " ".join(part for part in (first, last) if part)
    alone = is_family_name or " " not in name
    if first and not last and alone and not _has_word_of(first, name):
        return first, name, f"{first} {name}"
    return first, last, name


def spoken_name(cell: str) -> str:
    """The name of a person as a whole: "O'BRIEN, PAT" is Pat O'Brien."""
    text = " ".join(cell.split())
    if re.fullmatch(r"[^^]*[^\W\d_][^^]*\^[^^]*[^\W\d_].*", text):
        # As medical systems send it: family^given^middle.
        text = ", ".join(part.strip() for part in text.split("^")[:2])
    bare = _AFTER_DASH.sub(r"\1", _NOTE.sub(" ", text)).strip(" ,")
    if not bare or not _may_be_turned(bare):
        return text
    family, *rest = (part.strip() for part in bare.split(","))
    others = _without_degrees(family, [part for part in rest if part])
    generations = [part for part in others if _key(part) in _GENERATIONS]
    given = [part for part in others if part not in generations]
    after = [_GENERATIONS[_key(part)] for part in generations]
    if not given:
        words = family.split()
        while len(words) > 2 and _key(words[-1]) in DEGREES:
            words.pop()
        return " ".join([_written(" ".join(words)), *after])
    wordless = not all(_FIRST_LETTER.search(part) for part in (family, given[0]))
    if len(given) > 1 or wordless or _shares_a_word(family, given[0]):
        return text
    return _turned(family.split(), given[0].split(), after)


def spoken_part(cell: str, *, given: bool) -> str:
    """A given name or a family name that stands alone in its column."""
    text = " ".join(cell.split())
    bare = _NOTE.sub(" ", text).strip(" ,")
    if not bare or "," in bare or not _may_be_turned(bare):
        return text
    first, *others = bare.split()
    kept = [first, *(word for word in others if not _INITIAL.fullmatch(word))]
    return _written(" ".join(kept), given=given)


def _turned(family: list[str], given: list[str], after: list[str]) -> str:
    titles = [word for word in (*family, *given) if _key(word) in TITLES]
    family = [word for word in family if word not in titles] or family
    given = [word for word in given if word not in titles] or given
    for words in (family, given):
        while len(words) > 1 and (_key(words[-1]) in DEGREES or _key(words[-1]) in _GENERATIONS):
            last = _key(words.pop())
            after = [*after, _GENERATIONS[last]] if last in _GENERATIONS else after
    if not _INITIAL.fullmatch(given[0]):
        given = [given[0], *(word for word in given[1:] if not _INITIAL.fullmatch(word))]
    parts = [" ".join(titles), _written(" ".join(given), given=True), _written(" ".join(family))]
    parts[0] = " ".join(f"{_title(word.rstrip('.'))}." for word in titles)
    return " ".join(part for part in (*parts, *after) if part)


def _may_be_turned(text: str) -> bool:
    """Whether it is the name of a person, in Latin letters."""
    letters = [sign for sign in text if sign.isalpha()]
    if len(letters) < 2 or re.search(r"\d(?!nd|rd)|[/;@|^\\]", text):
        return False
    if not text.isascii() and not all(
        "LATIN" in unicodedata.name(sign, "") or sign == "ʼ" for sign in letters
    ):
        return False
    parts = [part.split() for part in text.split(",")]
    words = [_key(word) for part in parts for word in part]
    if any(word in LEGAL_FORMS for word in words[1:]) or "&" in parts[0] or "+" in text:
        return False
    if re.search(r"\b(?:S\.\s?A\.|e\.\s?V\.|S\.\s?p\.\s?A\.)", text):
        return False
    return not any(_key(word) in BODIES for part in parts if len(part) > 1 for word in part)


def _written(name: str, *, given: bool = False) -> str:
    """Capitals made into ordinary writing; what has small letters already stays."""
    words = name.split()
    longer = [word for word in words if len(word) > 1 and word[0].isalpha()]
    shouted = bool(longer) and all(word.isupper() for word in longer)
    if not (shouted or name.islower()):
        return " ".join(
            _HALF_CAPITALS.sub(lambda half: _half(half[0]), word)
            if not (word.isupper() and len(word) > 3)
            else _title(word)
            for word in words
        )
    written = []
    for at, word in enumerate(words):
        last = at == len(words) - 1
        if last and at and _key(word) in _GENERATIONS:
            written.append(_GENERATIONS[_key(word)])
        elif _key(word) in PARTICLES and not last and not given:
            written.append(word.lower())
        elif given and len(word) == 2 and not set(word.lower()) & set("aeiouyäöü"):
            written.append(word)  # "JT" are initials
        else:
            written.append(_title(word))
    return " ".join(written)


def _title(word: str) -> str:
    parts = _PART.split(word.lower().replace("i\u0307", "i"))
    parts = [
        _FIRST_LETTER.sub(lambda letter: letter[0].title(), part, count=1)
        if at == 0 or len(part) > 1 or "-" in parts[at - 1]
        else part
        for at, part in enumerate(parts)
    ]
    return "".join(_SCOTTISH.sub(lambda mc: mc[1] + mc[2].upper(), part) for part in parts)


def _half(word: str) -> str:
    """ "McDONALD" and "DeLUCA": the capital in the middle stays."""
    head = re.match(r"(?:Mc|Mac|De|Di|Du|La|Le|Van|Fitz|O['\u2019])", word)
    return head[0] + word[head.end() :].capitalize() if head else word


def _without_degrees(family: str, parts: list[str]) -> list[str]:
    """Without MD and the like. "NGUYEN, DO" has no degree: nothing else is the given name."""
    sure = [part for part in parts if not all(_key(word) in DEGREES for word in part.split())]
    known = DEGREES | SHORT_DEGREES
    left = [part for part in sure if not all(_key(word) in known for word in part.split())]
    return left if left or len(family.split()) > 1 else sure


def _shares_a_word(family: str, given: str) -> bool:
    """ "Ann Lee, Bob Lee" are two people."""
    one, two = family.casefold().split(), given.casefold().split()
    return len(one) > 1 and len(two) > 1 and bool(set(one) & set(two))


def _has_word_of(given: str, name: str) -> bool:
    """Whether a name holds a given name already."""
    words = {word.casefold() for word in re.findall(r"\w+", name)}
    return any(word.casefold() in words for word in re.findall(r"\w+", given))


def _key(word: str) -> str:
    return re.sub(r"[.\-]", "", word).casefold()
