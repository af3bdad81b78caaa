"""What people say when they pick up, before they listen. Plain code.

Over the first line of a call that we have placed these words want nothing: they were said before
anybody was heard. "Who is this?" is none of them.
"""

import re

from processors.backchannels import Backchannels, backchannel_words

_HELLOS: dict[str, tuple[str, ...]] = {
    "en": (
        *("hello", "hullo", "hallo", "hi", "hi there", "hello there", "hey", "hey there"),
        *("good morning", "good afternoon", "good evening", "morning", "afternoon", "evening"),
    ),
    "de": (
        *("hallo", "hallöchen", "guten tag", "guten morgen", "guten abend", "tag", "morgen"),
        *("moin", "moin moin", "servus", "grüß gott", "grüezi", "grüß dich", "bitte", "hi"),
    ),
    "es": (
        *("hola", "aló", "diga", "dígame", "oiga", "mande", "buenas", "buenos días", "buen día"),
        *("buenas tardes", "buenas noches", "a ver"),
    ),
    "fr": ("allô", "allo", "bonjour", "bonsoir", "salut", "j'écoute", "je vous écoute"),
    "it": (
        "pronto",
        "ciao",
        "salve",
        "buongiorno",
        "buon giorno",
        "buonasera",
        "buona sera",
        "dica",
    ),
    "nl": ("hallo", "hoi", "dag", "goedemorgen", "goedemiddag", "goedenavond", "goedendag", "hé"),
    "pl": ("halo", "słucham", "dzień dobry", "dobry wieczór", "dobry", "cześć", "hej", "proszę"),
    "pt": (
        *("alô", "alo", "oi", "olá", "estou", "está", "está lá", "bom dia", "boa tarde"),
        *("boa noite", "pronto", "diga", "faz favor"),
    ),
    "tr": ("alo", "merhaba", "efendim", "buyurun", "buyrun", "selam", "günaydın", "iyi günler"),
}
_YES: dict[str, tuple[str, ...]] = {
    "en": ("yes", "yeah", "yep", "yup", "yes please"),
    "de": ("ja", "jawohl", "ja bitte"),
    "es": ("sí", "bueno"),
    "fr": ("oui", "ouais"),
    "it": ("sì", "si"),
    "nl": ("ja", "jawel"),
    "pl": ("tak", "no"),
    "pt": ("sim", "pois"),
    "tr": ("evet",),
}
_EVERYWHERE = ("hello", "hi")  # whatever language is spoken, and as it is heard


class Hellos:
    """Those of one language; of one we do not know, the words that are said everywhere."""

    def __init__(self, language: str) -> None:
        tag = re.split(r"[-_]", language.strip().lower(), maxsplit=1)[0]
        hellos = (*_HELLOS.get(tag, ()), *_EVERYWHERE)
        yes = _YES.get(tag, ())
        more = (*yes, *backchannel_words(language))
        self._hello_or_more = Backchannels((*hellos, *more))
        self._only_more = Backchannels(more)
        self._only_yes = Backchannels(yes)

    def want_nothing(self, text: str) -> bool:
        """Said by somebody who has heard nothing: a greeting, or yes asked back ("Yes?"). A plain
        yes may be an answer."""
        words = _unasked(text)
        if not self._hello_or_more.cover(words):
            return False
        return not self._only_more.cover(words) or ("?" in text and self._only_yes.cover(words))

    def ask_nothing(self, text: str) -> bool:
        """Words to which who calls, and why, is the answer: none, a greeting, a nod or a yes."""
        words = _unasked(text)
        return not words.strip() or self._hello_or_more.cover(words)


def _unasked(text: str) -> str:
    return text.replace("?", " ")
