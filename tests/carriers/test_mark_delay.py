"""The distance told from late marks, jitter and all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers.twilio.mark_delay import RUNS, UNKNOWN_MS, MarkDelay

LATE = st.lists(st.floats(min_value=-50, max_value=2000), min_size=1, max_size=40)


def told(*runs: list[float]) -> MarkDelay:
    """Marks of some stretches of sound, one after the other."""
    delay = MarkDelay()
    for run in runs:
        delay.run_begins()
        for late_ms in run:
            delay.came_back(late_ms)
    return delay


def test_nothing_is_known_at_first() -> None:
    """No distance, and patience with a carrier that may be far."""
    delay = MarkDelay()
    assert (delay.distance_ms, delay.behind_ms, delay.patience_ms) == (0.0, 0.0, UNKNOWN_MS)


@pytest.mark.parametrize("distance_ms", [0, 100, 250, 400, 600])
def test_chance_only_adds_to_the_distance(distance_ms: float) -> None:
    """The least is nearest to it; one mark that was held up says nothing."""
    delay = told([distance_ms + 80, distance_ms, distance_ms + 900, distance_ms + 20])
    assert delay.distance_ms == distance_ms
    assert delay.behind_ms == 0
    assert delay.patience_ms == distance_ms + 900


def test_a_mark_before_its_time_is_in_time() -> None:
    """Clocks differ a little."""
    assert told([-30.0]).distance_ms == 0


def test_a_run_that_is_late_as_a_whole_is_behind() -> None:
    """The way was not longer before, and is not taken to be longer now."""
    delay = told([100.0] * 5, [350.0] * 5)
    assert (delay.distance_ms, delay.behind_ms) == (100, 250)


def test_sound_that_falls_behind_is_noticed_within_a_second() -> None:
    """As soon as no mark of the last 0.64 s came in time; a mark that did says that it is not."""
    marks = 640 // 80  # ms of sound
    delay = told([100.0] * 50 + [350.0] * marks)
    assert (delay.distance_ms, delay.behind_ms, delay.patience_ms) == (100, 250, 100)
    delay = told([100.0] * 50 + [350.0] * (marks - 1))
    assert (delay.distance_ms, delay.behind_ms, delay.patience_ms) == (100, 0, 350)


def test_what_chance_explains_is_not_behind() -> None:
    """Marks that differ by 80 ms anyway are no sign of sound that began 60 ms late."""
    delay = told([100.0, 180.0, 140.0], [160.0])
    assert (delay.distance_ms, delay.behind_ms) == (100, 0)
    assert told([100.0, 180.0, 140.0], [400.0]).behind_ms == 220


def test_another_run_is_behind_no_more() -> None:
    """Before it there was nothing left to play."""
    delay = told([100.0], [350.0] * 5)
    delay.run_begins()
    assert delay.behind_ms == 0


def test_a_way_that_has_become_longer_is_believed_after_some_runs() -> None:
    """Once there is no other explanation. A shorter one is believed at once."""
    assert told([100.0], *([[400.0]] * (RUNS - 1))).distance_ms == 100
    assert told([100.0], *([[400.0]] * RUNS)).distance_ms == 400
    assert told([400.0], [100.0]).distance_ms == 100


@given(st.lists(LATE, min_size=1, max_size=8))
def test_no_figure_is_ever_negative_or_beyond_what_was_seen(runs: list[list[float]]) -> None:
    """Whatever comes."""
    delay = told(*runs)
    most = max(0.0, *(late for run in runs for late in run))
    for figure in (delay.distance_ms, delay.behind_ms):
        assert 0 <= figure <= most
    assert 0 <= delay.patience_ms <= 2 * most
