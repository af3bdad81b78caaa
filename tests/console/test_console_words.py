"""How the console writes what an agent noted, and what decided about a contact."""

import pytest

from bot.console.words import decision_words, field_words, rule_words


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "yes"), (False, "no"), (None, "–"), (0, "0"), ("", ""), (["a", True], "a, yes")],
)
def test_a_field_is_written_for_people(value: object, written: str) -> None:
    assert field_words(value) == written


def test_a_rule_and_a_decision_are_written_for_people() -> None:
    """What has no words of its own is at least without its underscores."""
    assert rule_words("window") == "hours"
    assert rule_words("cap_per_day") == "cap per day"
    assert decision_words("never") == "not called"
