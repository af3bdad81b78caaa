"""How often a call whose stream breaks gets a new one."""

from bot.calls.reconnections import Reconnections


def allowed(*at_secs: float) -> list[bool]:
    reconnections = Reconnections()
    return [reconnections.allow(at) for at in at_secs]


def test_three_times_in_a_call() -> None:
    """However long it lasts."""
    assert allowed(0, 100, 200, 300, 4000) == [True, True, True, False, False]


def test_twice_within_two_seconds() -> None:
    """A third break at once tells that the line will not hold."""
    assert allowed(0, 0.5, 1.9) == [True, True, False]
    assert allowed(0, 0.5, 2.1) == [True, True, True]
    assert allowed(0, 1.9, 3.8) == [True, True, True]
