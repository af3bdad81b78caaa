"""Numbers out of what a vendor or a record says of use. What is none counts as 0: taking a note
never fails. Plain code.
"""

import math
from collections.abc import Mapping
from typing import Any


def section(usage: Any, name: str) -> Any:
    """The part of this name; None: there is none."""
    return usage.get(name) if isinstance(usage, Mapping) else None


def number(usage: Any, name: str) -> float:
    """A finite number from 0 on."""
    found = section(usage, name)
    readable = isinstance(found, int | float) and math.isfinite(found)
    return max(0.0, found) if readable else 0.0


def count(usage: Any, name: str) -> int:
    """The same, whole."""
    return int(number(usage, name))
