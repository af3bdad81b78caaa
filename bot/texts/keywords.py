"""What a text message asks for that is nothing but a keyword. Plain code.

The words are those that carriers and regulators know (CTIA, STOP of Twilio's list), and those of
the languages that ship: config/languages, [texts].
"""

import re
from collections.abc import Mapping
from functools import cache

from bot.carriers.texts import OptOutWish
from processors.words.languages import LANGUAGES, Language
from tools.accents import without_accents

_ORDER: tuple[OptOutWish, ...] = ("stop", "start", "help")  # in doubt: no more
_NOT_LETTERS = re.compile(r"[\W_]+")


def wish_of(body: str) -> OptOutWish:
    """What the text asks for; empty unless it is one keyword and nothing else."""
    return _wishes().get(plain(body), "")


def language_of_keyword(body: str) -> str:
    """The language whose keyword this is, English first; "en" where it is none."""
    word = plain(body)
    for code in ("en", *LANGUAGES):
        if any(word == plain(each) for wish in _ORDER for each in _words(LANGUAGES[code], wish)):
            return code
    return "en"


def plain(text: str) -> str:
    """Lower case, without accents, blanks and signs: "Arrêt !" is "arret"."""
    lowered = text.replace("İ", "i").replace("I", "i").casefold().replace("ı", "i")
    return _NOT_LETTERS.sub("", without_accents(lowered))


@cache
def _wishes() -> Mapping[str, OptOutWish]:
    wishes: dict[str, OptOutWish] = {}
    for wish in reversed(_ORDER):
        for language in LANGUAGES.values():
            wishes.update(dict.fromkeys(map(plain, _words(language, wish)), wish))
    return wishes


def _words(language: Language, wish: OptOutWish) -> tuple[str, ...]:
    texts = language.texts
    return {"stop": texts.stop, "start": texts.start, "help": texts.help, "": ()}[wish]
