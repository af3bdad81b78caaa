"""How several processes stand together."""

from bot.calls import HealthStatus


def test_what_several_have_is_added_up() -> None:
    """Calls, notes, sessions and room; of the lags the worst counts."""
    one = HealthStatus(live_calls=1, waiting_calls=2, lag_ms=3.0, notes_waiting=4, room=5)
    other = HealthStatus(live_calls=10, waiting_calls=20, lag_ms=1.0, sessions_opening=7, room=50)
    assert HealthStatus.merge([one, other]) == HealthStatus(
        live_calls=11,
        waiting_calls=22,
        lag_ms=3.0,
        notes_waiting=4,
        sessions_opening=7,
        room=55,
    )


def test_there_is_room_where_one_has_room() -> None:
    """Only when none has: one of them says why."""
    full = HealthStatus(state="full", why="2 calls are under way")
    late = HealthStatus(state="overloaded", why="the event loop is late")
    assert HealthStatus.merge([full, HealthStatus(room=1)]).state == "ready"
    assert HealthStatus.merge([full, HealthStatus(room=1)]).why == ""
    assert HealthStatus.merge([late, full]) == late
