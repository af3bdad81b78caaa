"""What a cell about consent says: yes, no, or where the consent comes from."""

from bot.campaigns.reading.columns import normalised

_YES_WORDS = "yes y true t 1 x ok ja j oui o si s sim tak evet given granted erteilt"
_NO_WORDS = (
    "no n false f 0 nein non nao nee nie hayir declined refused denied withdrawn revoked optout "
    "abgelehnt widerrufen verweigert"
)
_YES = frozenset(_YES_WORDS.split(" "))
_NO = frozenset(_NO_WORDS.split(" ")) | {"opt out", "opted out", "do not call", "dnc"}
NOTHING = frozenset({"", "none", "n a", "na", "null", "unknown", "keine", "nan"})


def read_consent(cell: str, column: str) -> str | None:
    """The source of consent; empty when there is none, None when consent is refused.

    A bare yes names no source: the column that says so is taken for it.
    """
    plain = normalised(cell)
    if plain in _NO:
        return None
    if plain in NOTHING:
        return ""
    return f"{column}: {cell}" if plain in _YES else cell
