"""Answers of others, cut to what a model can read while a caller waits. Plain code."""

from typing import Any

import orjson

MOST_BYTES = 16 * 1024  # of JSON, as much as a business of our own may answer
_STEPS = ((200, 4000), (50, 1000), (20, 400), (8, 200), (3, 100), (1, 60))  # items, characters
_DEEPEST = 8


def cut(answer: Any) -> dict[str, Any]:
    """The answer as one JSON object of `MOST_BYTES` at most, the beginnings of long lists and
    texts kept; it says so where something was left out.
    """
    told = answer if isinstance(answer, dict) and answer else {"answer": answer}
    if _length(told) <= MOST_BYTES:
        return told
    for items, characters in _STEPS:
        shorter: dict[str, Any] = _cut(told, items, characters, _DEEPEST)
        shorter["left_out"] = "Long lists and texts are cut; there is more than is told here."
        if _length(shorter) <= MOST_BYTES:
            return shorter
    return {"left_out": "The answer is too long to be told. Make no guess at it."}


def _length(value: Any) -> int:
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError:  # a number of more than 64 bits
        return MOST_BYTES + 1


def _cut(value: Any, items: int, characters: int, deeper: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= characters else value[:characters] + "..."
    if isinstance(value, dict | list) and not deeper:
        return "..."
    if isinstance(value, dict):
        kept = list(value.items())[: max(items, 12)]
        return {key[:100]: _cut(part, items, characters, deeper - 1) for key, part in kept}
    if isinstance(value, list):
        kept_parts = [_cut(part, items, characters, deeper - 1) for part in value[:items]]
        more = len(value) - items
        return [*kept_parts, f"... and {more} more"] if more > 0 else kept_parts
    return value
