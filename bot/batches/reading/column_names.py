"""What people call the columns we look for: config/column_names.toml, read once.

Names are as `normalised` writes them; the order is the order of preference.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import config

# A telephone number only where nothing else is one: elsewhere they number something else.
VAGUE_NUMBERS = frozenset({"number", "to", "nummer", "numero"})


def _read() -> Mapping[str, tuple[str, ...]]:
    path = Path(config.__file__).with_name("column_names.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({field: tuple(names) for field, names in content.items()})


NAMES = _read()
