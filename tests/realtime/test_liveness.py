"""A silent model is asked, then waited for, then taken for dead."""

from bot.realtime.liveness import (
    ANSWER,
    ASK_AFTER_SECS,
    ASK_AGAIN_SECS,
    DEAD_SECS,
    LATE_SECS,
    UNPROVEN_DEAD_SECS,
    Liveness,
)


def owing(since: float = 10.0) -> Liveness:
    liveness = Liveness()
    liveness.opened(0.0)
    liveness.owes(since)
    return liveness


def test_one_that_has_just_spoken_is_not_asked() -> None:
    """A word of late is proof enough."""
    liveness = owing()
    liveness.heard(10.1, "input_audio_buffer.committed")
    assert liveness.look(10.1 + ASK_AFTER_SECS - 0.01) == "alive"
    assert liveness.look(10.1 + ASK_AFTER_SECS) == "ask"


def test_an_old_silence_does_not_count() -> None:
    """Nothing was due before: it is asked as soon as something is owed, and judged from there."""
    liveness = owing()
    assert liveness.look(9.99) == "alive"
    assert liveness.look_again_at() == 10.0
    assert liveness.look(10.0) == "ask"


def proven() -> Liveness:
    """One that has shown that it answers at once."""
    liveness = owing(since=5.0)
    assert liveness.look(5.0) == "ask"
    liveness.heard(5.1, ANSWER)
    liveness.owes(10.0)
    return liveness


def thinking(liveness: Liveness) -> Liveness:
    """It has begun a response at 10.0, and no sound of it has come."""
    liveness.heard(10.0, "response.created")
    return liveness


def test_silence_is_late_once_and_then_death() -> None:
    """Each is said at its time: the question, the delay, the end."""
    liveness = proven()
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
    liveness.heard(10.3, ANSWER)
    assert liveness.look(10.3 + ASK_AGAIN_SECS - 0.01) == "alive"
    assert liveness.look(10.3 + ASK_AGAIN_SECS) == "ask"


def test_another_session_is_not_blamed_for_the_last() -> None:
    """It begins alive, and with nothing asked."""
    liveness = owing()
    liveness.look(10.2)
    liveness.opened(12.0)
    assert liveness.look(12.0 + ASK_AFTER_SECS - 0.01) == "alive"
    assert liveness.look(12.0 + ASK_AFTER_SECS) == "ask"


def test_one_that_never_answered_is_given_time_to_think() -> None:
    """It may be one that answers nothing while it does, and a session is not lost for that."""
    liveness = thinking(proven())
    assert liveness.look(10.5) == "ask"
    assert liveness.look(10.5 + LATE_SECS) == "late"
    assert liveness.look(10.5 + DEAD_SECS) == "alive"
    assert liveness.look_again_at() == 10.5 + UNPROVEN_DEAD_SECS
    assert liveness.look(10.5 + UNPROVEN_DEAD_SECS) == "dead"


def test_one_that_answers_while_it_thinks_is_missed_soon() -> None:
    """Having shown it once, it is expected to do so again."""
    liveness = thinking(proven())
    assert liveness.look(10.5) == "ask"
    liveness.heard(10.6, ANSWER)
    assert liveness.look(10.6 + ASK_AGAIN_SECS) == "ask"
    assert liveness.look(10.6 + ASK_AGAIN_SECS + DEAD_SECS) == "dead"


def test_one_that_went_on_without_an_answer_is_not_judged_by_it_any_more() -> None:
    """It was called late once, and spoke: nobody is asked to wait for its thinking again."""
    liveness = thinking(proven())
    assert liveness.look(10.5) == "ask"
    assert liveness.look(10.5 + LATE_SECS) == "late"
    liveness.heard(12.0, "response.output_audio.delta")
    liveness.heard(14.0, "response.done")
    liveness.owes(20.0)
    thinking_again = 20.2
    liveness.heard(thinking_again, "response.created")
    asked = thinking_again + ASK_AFTER_SECS
    assert liveness.look(asked) == "ask"
    assert liveness.look(asked + LATE_SECS) == "alive"
    assert liveness.look_again_at() == asked + UNPROVEN_DEAD_SECS
