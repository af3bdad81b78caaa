"""What people call the columns we look for: config/column_names.toml, read once.

Names are as `normalised` writes them; the order is the order of preference.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import config
from bot.batches.reading.spelling import normalised

# A telephone number only where nothing else is one: elsewhere they number something else.
VAGUE_NUMBERS = frozenset({"number", "to", "nummer", "numero"})


def _read() -> Mapping[str, tuple[str, ...]]:
    path = Path(config.__file__).with_name("column_names.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({field: tuple(names) for field, names in content.items()})


NAMES = _read()
_FIELDS = {name: field for field, names in NAMES.items() for name in names}
_NUMBERED = re.compile(r"\s*\d{1,3}[.)]\s+")
_BETWEEN_PARTS = re.compile(r"[/|\n()\[\]{}]|\s[-\u2010-\u2015]\s")
# What forms write beside the name of a column.
_ASIDE = frozenset(
    {
        "required",
        "mandatory",
        "optional",
        "pflicht",
        "pflichtfeld",
        "obligatorio",
        "opcional",
        "obligatoire",
        "facultatif",
        "optionnel",
        "obbligatorio",
        "facoltativo",
        "verplicht",
        "optioneel",
        "obrigatorio",
        "wymagane",
        "opcjonalne",
        "zorunlu",
    }
)


def spelled(written: str) -> str:
    """The name of a column as NAMES has it, where nothing stands beside it but a number, that it is
    required, or the same in another language: "1. Phone", "Phone (required)", "Phone / Teléfono".
    Else the whole as `normalised` writes it.
    """
    whole = normalised(written)
    if whole in _FIELDS:
        return whole
    parts = map(normalised, _BETWEEN_PARTS.split(_NUMBERED.sub("", written, count=1)))
    said = [part for part in parts if part and part not in _ASIDE]
    fields = {_FIELDS.get(part) for part in said}
    return said[0] if len(fields) == 1 and None not in fields else whole
