"""A silent model is asked, then waited for, then taken for dead."""

from bot.realtime.liveness import ASK_AFTER_SECS, ASK_AGAIN_SECS, DEAD_SECS, LATE_SECS, Liveness


def owing(since: float = 10.0) -> Liveness:
    liveness = Liveness()
    liveness.opened(0.0)
    liveness.owes(since)
    return liveness


def test_one_that_has_just_spoken_is_not_asked() -> None:
    """A word of late is proof enough."""
    liveness = owing()
    liveness.heard(10.1)
    assert liveness.look(10.1 + ASK_AFTER_SECS - 0.01) == "alive"
    assert liveness.look(10.1 + ASK_AFTER_SECS) == "ask"


def test_an_old_silence_does_not_count() -> None:
    """Nothing was due before: it is asked as soon as something is owed, and judged from there."""
    liveness = owing()
    assert liveness.look(9.99) == "alive"
    assert liveness.look_again_at() == 10.0
    assert liveness.look(10.0) == "ask"


def test_silence_is_late_once_and_then_death() -> None:
    """Each is said at its time: the question, the delay, the end."""
    liveness = owing()
    assert liveness.look(10.2) == "ask"
    assert liveness.look_again_at() == 10.2 + LATE_SECS
    assert liveness.look(10.2 + LATE_SECS) == "late"
    assert liveness.look(10.2 + LATE_SECS + 0.1) == "alive"
    assert liveness.look_again_at() == 10.2 + DEAD_SECS
    assert liveness.look(10.2 + DEAD_SECS) == "dead"


def test_an_answer_buys_time() -> None:
    """One that lives and waits is asked again, so that its death would be noticed in a second."""
    assert ASK_AGAIN_SECS + LATE_SECS < 1.0
    liveness = owing()
    assert liveness.look(10.2) == "ask"
    liveness.heard(10.3)
    assert liveness.look(10.3 + ASK_AGAIN_SECS - 0.01) == "alive"
    assert liveness.look(10.3 + ASK_AGAIN_SECS) == "ask"


def test_another_session_is_not_blamed_for_the_last() -> None:
    """It begins alive, and with nothing asked."""
    liveness = owing()
    liveness.look(10.2)
    liveness.opened(12.0)
    assert liveness.look(12.0 + ASK_AFTER_SECS - 0.01) == "alive"
    assert liveness.look(12.0 + ASK_AFTER_SECS) == "ask"
