"""Words that are the agent's own, come back by the line."""

import pytest

from bot.brains.realtime.speech import are_own

SAYS = "We are open from Monday to Friday, from eight to six. Don't you want to come on Thursday?"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("We are", True),
        ("we are open from Monday", True),
        ("e are open from Mon", True),  # the ends are half heard
        ("from eight to six.", True),
        ("Dont you want", True),
        ("Thursday", True),
        ("Thursday?", False),  # they ask
        ("to", False),
        ("open", False),  # too short to tell by itself
        ("We are not open", False),
        ("Wait", False),
        ("Yes, from eight to six", False),
        ("from six to eight", False),
        ("", False),
        ("...", False),
    ],
)
def test_a_stretch_of_what_is_said_is_the_agents_own(text: str, own: bool) -> None:
    """Word for word, in order; anything more is the caller's."""
    assert are_own(text, ["Hello.", SAYS]) is own


def test_nothing_is_own_where_nothing_is_said() -> None:
    """A silent agent has no echo."""
    assert not are_own("We are open", [])
