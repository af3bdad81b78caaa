"""Words that say "I am listening" and ask for nothing, by language. Plain code."""

import re
import unicodedata
from collections.abc import Collection

_BACKCHANNELS: dict[str, tuple[str, ...]] = {
    "en": (
        *("uh-huh", "mhm", "mm-hmm", "hm", "hmm", "mm", "ah", "aha", "oh", "okay", "ok", "yeah"),
        *("yep", "yup", "right", "sure", "alright", "all right", "i see", "got it", "oh okay"),
    ),
    "de": (
        *("mhm", "hm", "aha", "ah", "ach so", "achso", "oh", "okay", "ok", "ja", "jaja", "genau"),
        *("gut", "alles klar", "klar", "verstehe", "ich verstehe", "stimmt", "richtig", "schön"),
    ),
    "es": (
        *("ajá", "mhm", "hm", "ah", "oh", "okay", "ok", "okey", "sí", "ya", "claro", "vale"),
        *("bueno", "bien", "de acuerdo", "entiendo", "ya veo", "perfecto"),
    ),
    "fr": (
        *("mhm", "hm", "hum", "ah", "oh", "okay", "ok", "oui", "ouais", "d'accord", "bien"),
        *("très bien", "je vois", "voilà", "c'est ça", "entendu", "ah oui", "ah bon"),
    ),
    "it": (
        *("mhm", "hm", "ah", "oh", "aha", "okay", "ok", "sì", "già", "certo", "bene", "va bene"),
        *("capito", "ho capito", "esatto", "d'accordo", "perfetto"),
    ),
    "nl": (
        *("mhm", "hm", "aha", "ah", "oh", "oké", "okay", "ok", "ja", "jaja", "ja hoor", "precies"),
        *("goed", "prima", "juist", "snap ik", "ik snap het", "begrijp ik", "duidelijk"),
    ),
    "pl": (
        *("mhm", "hm", "aha", "ah", "och", "okej", "okay", "ok", "tak", "no", "no tak", "jasne"),
        *("dobrze", "dobra", "rozumiem", "właśnie", "zgadza się"),
    ),
    "pt": (
        *("aham", "uhum", "mhm", "hm", "ah", "oh", "okay", "ok", "sim", "tá", "tá bom", "certo"),
        *("claro", "pois", "pois é", "entendo", "entendi", "está bem", "beleza", "perfeito"),
    ),
}


def backchannel_words(language: str) -> tuple[str, ...]:
    """Those of a language tag such as "de" or "de-AT"; none for a language we do not know."""
    return _BACKCHANNELS.get(re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0], ())


class Backchannels:
    """Tells words that leave the agent its turn from words that want an answer."""

    def __init__(self, words: Collection[str]) -> None:
        known = sorted({_plain(word) for word in words} - {""}, key=len, reverse=True)
        either = "|".join(re.escape(word) for word in known)
        self._only = re.compile(rf"(?:(?:{either})(?: |$))+") if known else None

    def cover(self, text: str) -> bool:
        """Whether all of the text is made of them; a question ("Right?") never is."""
        if "?" in text or self._only is None:
            return False
        return self._only.fullmatch(_plain(text)) is not None


def _plain(text: str) -> str:
    """Lower case, no punctuation, and "Mmm-hmm" as short as "m-hm"."""
    words = re.sub(r"[^\w]|_", " ", unicodedata.normalize("NFC", text).lower()).split()
    return re.sub(r"(.)\1+", r"\1", " ".join(words))
