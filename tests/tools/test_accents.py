"""Letters without their accents."""

import pytest

from tools.accents import without_accents


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("José Núñez", "Jose Nunez"),
        ("Jose\u0301", "Jose"),  # the accent as a character of its own
        ("São Paulo", "Sao Paulo"),
        ("Straße, Łódź, København", "Straße, Łodz, København"),
        ("ﬁn", "fin"),
        ("", ""),
    ],
)
def test_letters_lose_their_marks_and_stay_letters(text: str, plain: str) -> None:
    """However they were written; small and capital letters stay what they are."""
    assert without_accents(text) == plain
