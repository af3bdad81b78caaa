"""Answers of others, cut to what a model can read."""

from typing import Any

import orjson
import pytest

from bot.outside.cutting import MOST_BYTES, cut

DEEP: Any = "x" * 200
for _ in range(300):
    DEEP = [DEEP, "y" * 50]


@pytest.mark.parametrize(
    "answer",
    [
        {"rows": [{"n": n, "text": "x" * 100} for n in range(5000)]},
        {f"key{n}": "x" * 100 for n in range(5000)},
        {"text": "ü" * 500_000},
        [[["x" * 90] * 90] * 90],
        DEEP,
        {"n": 10**30},
    ],
    ids=["rows", "keys", "text", "lists", "deep", "big number"],
)
def test_whatever_comes_is_bounded(answer: Any) -> None:
    """And it says that there is more."""
    told = cut(answer)
    assert "left_out" in told
    assert len(orjson.dumps(told)) <= MOST_BYTES


@pytest.mark.parametrize("answer", [{"a": 1}, {"rows": list(range(100))}])
def test_what_is_short_is_told_as_it_stands(answer: dict[str, Any]) -> None:
    """Nothing is added."""
    assert cut(answer) == answer


def test_what_is_no_object_becomes_one() -> None:
    """A model reads one JSON object."""
    assert cut([1, 2]) == {"answer": [1, 2]}
    assert cut("hello") == {"answer": "hello"}
