"""The position heard: arithmetic over marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers.twilio.mark_delay import UNKNOWN_MS
from bot.carriers.twilio.marks import Playback


def playing(*, ms: float = 300.0, marks_every_ms: float = 100.0, at: float = 0.0) -> Playback:
    """Sound sent at once, with a mark after each piece."""
    playback = Playback()
    for _ in range(round(ms / marks_every_ms)):
        playback.sent(marks_every_ms, at)
        playback.mark(None, at)
    return playback


def test_nothing_sent_is_nothing_heard() -> None:
    """However late it is, silence does not count as heard sound."""
    playback = Playback()
    assert (playback.heard_ms(99.0), playback.ahead_ms(99.0), playback.idle) == (0, 0, True)


def test_heard_grows_with_time() -> None:
    """Between marks the position is extrapolated with the clock."""
    playback = playing()
    assert playback.heard_ms(0.06) == pytest.approx(60)
    assert playback.ahead_ms(0.06) == pytest.approx(240)


def test_extrapolation_stops_at_the_next_mark() -> None:
    """A mark that is missing for longer than marks take was not reached."""
    playback = playing()
    playback.mark_returned("1", 0.1)
    assert playback.heard_ms(0.15) == pytest.approx(150)
    assert playback.heard_ms(9.0) == 200


def test_before_any_mark_came_back_a_second_is_left_to_it() -> None:
    """Nobody knows yet how far the carrier is; one that is silent altogether plays nothing."""
    playback = playing(ms=3000.0)
    assert playback.heard_ms(0.9) == pytest.approx(900)
    assert playback.heard_ms(9.0) == 100 + UNKNOWN_MS


def far_away(distance_ms: float) -> Playback:
    """A minute of sound is under way to a carrier whose distance is known from a short line."""
    playback = playing(ms=100)
    playback.mark_returned("1", 0.1 + distance_ms / 1000)
    for _ in range(600):
        playback.sent(100, 10.0)
        playback.mark(None, 10.0)
    return playback


@pytest.mark.parametrize("distance_ms", [0, 100, 400, 1500])
def test_a_carrier_far_away_is_where_the_clock_is(distance_ms: float) -> None:
    """Its marks are late by the distance, and so is a clear: neither is sound not heard."""
    playback = far_away(distance_ms)
    for number in range(1, 60):
        now = 10.0 + number / 10
        if number * 100 > distance_ms:
            playback.mark_returned(str((number * 100 - distance_ms) // 100 + 1), now)
        assert playback.heard_ms(now) == pytest.approx(100 + number * 100)


def test_far_away_too_a_missing_mark_ends_what_was_heard() -> None:
    """As soon as it is missing for longer than the distance."""
    playback = far_away(400)
    playback.mark_returned("2", 10.5)
    assert playback.heard_ms(10.6) == pytest.approx(700)
    assert playback.heard_ms(99.0) == pytest.approx(300 + 400)


def test_sound_that_began_late_was_not_heard_by_the_clock() -> None:
    """Its first message was held up on the way: every mark of this run says so."""
    playback = far_away(100)
    for number in range(1, 20):
        now = 10.0 + (number * 100 + 100 + 250) / 1000
        playback.mark_returned(str(number + 1), now)
    assert playback.heard_ms(now) == pytest.approx(100 + 1900 + 100)


def test_what_is_ahead_is_told_by_the_clock_and_what_is_unproven_by_marks() -> None:
    """The cushion is the carrier's; its bound is what we know."""
    playback = far_away(400)
    playback.mark_returned("2", 10.5)
    assert playback.ahead_ms(10.5) == pytest.approx(60_000 - 500)
    assert playback.unproven_ms == 60_000 - 100


def test_a_mark_is_the_truth() -> None:
    """An early echo moves the position forward to the mark."""
    playback = playing()
    assert [mark.name for mark in playback.mark_returned("1", 0.02)] == ["1"]
    assert playback.heard_ms(0.02) == 100


def test_an_echo_proves_the_marks_before_it() -> None:
    """Lost echoes are made good by the next one that comes."""
    playback = playing()
    assert [mark.name for mark in playback.mark_returned("3", 0.3)] == ["1", "2", "3"]
    assert (playback.heard_ms(0.3), playback.idle) == (300, True)


@pytest.mark.parametrize("name", ["1", "4", "", "not ours"])
def test_repeated_and_unknown_echoes_say_nothing(name: str) -> None:
    """An echo of a mark that is not outstanding changes nothing."""
    playback = playing()
    playback.mark_returned("1", 0.1)
    assert playback.mark_returned(name, 0.15) == []
    assert playback.heard_ms(0.15) == pytest.approx(150)


def test_echoes_behind_a_clear_prove_nothing() -> None:
    """Twilio sends every outstanding mark back after a clear: none of them was played."""
    playback = playing()
    assert playback.cleared(0.05) == pytest.approx(50)
    assert [playback.mark_returned(str(number), 0.06) for number in (1, 2, 3)] == [[], [], []]
    assert (playback.heard_ms(9.0), playback.idle) == (pytest.approx(50), True)


def test_sound_behind_a_clear_starts_where_the_listener_was() -> None:
    """What was dropped counts neither as sent nor as heard."""
    playback = playing()
    playback.cleared(0.05)
    assert playback.sent_ms == pytest.approx(50)
    playback.sent(100, 2.0)
    mark = playback.mark("next", 2.0)
    assert mark.position_ms == pytest.approx(150)
    assert playback.heard_ms(2.04) == pytest.approx(90)
    assert playback.mark_returned(mark.name, 2.1) == [mark]


def test_a_pause_in_the_sound_is_not_heard() -> None:
    """When all sent was played, the clock starts anew with the next sound."""
    playback = playing(ms=100)
    playback.mark_returned("1", 0.1)
    playback.sent(100, 5.0)
    playback.mark(None, 5.0)
    assert playback.heard_ms(5.03) == pytest.approx(130)


def test_a_late_echo_does_not_turn_the_position_back() -> None:
    """The echo travels: by the time it comes more may have been sent after a dry buffer."""
    playback = playing(ms=100)
    playback.sent(100, 0.15)
    playback.mark(None, 0.15)
    before = playback.heard_ms(0.16)
    playback.mark_returned("1", 0.16)
    assert playback.heard_ms(0.16) >= before


def test_a_mark_names_the_utterance_it_ends() -> None:
    """Whoever sends sound learns which utterance was played to its end."""
    playback = Playback()
    playback.sent(40, 0.0)
    end = playback.mark("item_1", 0.0)
    assert (end.utterance_id, end.position_ms) == ("item_1", 40)


Step = tuple[str, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "mark", "echo", "echo_late", "clear", "wait"]),
        st.floats(min_value=0.0, max_value=500.0),
    ),
    max_size=60,
)


@given(STEPS)
def test_heard_never_exceeds_sent_and_never_goes_back(steps: list[Step]) -> None:
    """Whatever is sent, echoed, lost and cleared; a clear ends exactly where the listener was."""
    playback = Playback()
    names: list[str] = []
    now = heard = 0.0
    for action, amount in steps:
        now += amount / 1000
        before = playback.heard_ms(now)
        match action:
            case "send":
                playback.sent(amount, now)
            case "mark":
                names.append(playback.mark(None, now).name)
            case "echo" if names:
                playback.mark_returned(names.pop(0), now)
            case "echo_late" if names:
                playback.mark_returned(names[int(amount) % len(names)], now)
            case "clear":
                assert playback.cleared(now) == before
                assert playback.sent_ms == before
        heard, last = playback.heard_ms(now), heard
        assert heard >= min(last, before) - 1e-6
        assert heard >= before - 1e-6
        assert heard <= playback.sent_ms + 1e-6
        assert playback.ahead_ms(now) >= -1e-6
