"""A silent model behind a socket that lives is asked once, then waited for."""

import math

from bot.brains.openai.liveness import (
    ANSWER,
    ASK_AFTER_SECS,
    DEAD_SECS,
    LATE_SECS,
    UNPROVEN_DEAD_SECS,
    Liveness,
)

ASKED = 10.0 + ASK_AFTER_SECS


def owing(since: float = 10.0) -> Liveness:
    liveness = Liveness()
    liveness.opened(0.0)
    liveness.owes(since)
    return liveness


def test_one_that_has_just_spoken_is_not_asked() -> None:
    """A word of late is proof enough."""
    liveness = owing()
    liveness.heard(10.1, {"type": "input_audio_buffer.committed"})
    assert liveness.look(ASKED + 0.09) == "alive"
    assert liveness.look(ASKED + 0.1) == "ask"


def test_an_old_silence_does_not_count() -> None:
    """Nothing was due before: it has its time from when something is owed."""
    liveness = owing()
    assert liveness.look(ASKED - 0.01) == "alive"
    assert liveness.look_again_at() == ASKED
    assert liveness.look(ASKED) == "ask"


def test_it_is_asked_once_for_what_it_owes() -> None:
    """However long it thinks; for another answer once more."""
    liveness = owing()
    assert liveness.look(ASKED) == "ask"
    liveness.heard(ASKED + 0.1, {"type": ANSWER})
    assert liveness.look(ASKED + 60) == "alive"
    assert liveness.look_again_at() == math.inf
    liveness.owes(100.0)
    assert liveness.look(100.0 + ASK_AFTER_SECS) == "ask"


def proven() -> Liveness:
    """One that has shown that it answers at once."""
    liveness = owing(since=5.0)
    assert liveness.look(5.0 + ASK_AFTER_SECS) == "ask"
    liveness.heard(5.1 + ASK_AFTER_SECS, {"type": ANSWER})
    liveness.owes(10.0)
    return liveness


def thinking(liveness: Liveness) -> Liveness:
    """It has begun a response at 10.0, and no sound of it has come."""
    liveness.heard(10.0, {"type": "response.created"})
    return liveness


def test_silence_is_late_once_and_then_death() -> None:
    """Each is said at its time: the question, the delay, the end."""
    liveness = proven()
    assert liveness.look(ASKED) == "ask"
    assert liveness.look_again_at() == ASKED + LATE_SECS
    assert liveness.look(ASKED + LATE_SECS) == "late"
    assert liveness.look(ASKED + LATE_SECS + 0.1) == "alive"
    assert liveness.look_again_at() == ASKED + DEAD_SECS
    assert liveness.look(ASKED + DEAD_SECS) == "dead"


def test_another_session_is_not_blamed_for_the_last() -> None:
    """It begins alive, and with nothing asked."""
    liveness = owing()
    liveness.look(ASKED)
    liveness.opened(12.0)
    assert liveness.look(12.0 + ASK_AFTER_SECS - 0.01) == "alive"
    assert liveness.look(12.0 + ASK_AFTER_SECS) == "ask"


def test_the_time_in_which_the_wire_stood_still_does_not_count() -> None:
    """The question was on its way all the while."""
    liveness = proven()
    assert liveness.look(ASKED) == "ask"
    liveness.excused(ASKED + 3.0)
    assert liveness.look(ASKED + 3.0) == "alive"
    assert liveness.look(ASKED + 3.0 + DEAD_SECS) == "dead"


def test_one_that_never_answered_is_given_time_to_think() -> None:
    """It may be one that answers nothing while it does, and a session is not lost for that."""
    liveness = thinking(proven())
    assert liveness.look(ASKED) == "ask"
    assert liveness.look(ASKED + LATE_SECS) == "late"
    assert liveness.look(ASKED + DEAD_SECS) == "alive"
    assert liveness.look_again_at() == ASKED + UNPROVEN_DEAD_SECS
    assert liveness.look(ASKED + UNPROVEN_DEAD_SECS) == "dead"


def test_one_that_answers_while_it_thinks_is_missed_soon() -> None:
    """Having shown it once, it is expected to do so again."""
    liveness = thinking(proven())
    assert liveness.look(ASKED) == "ask"
    liveness.heard(ASKED + 0.1, {"type": ANSWER})
    liveness.owes(20.0)
    assert liveness.look(20.0 + ASK_AFTER_SECS) == "ask"
    assert liveness.look(20.0 + ASK_AFTER_SECS + DEAD_SECS) == "dead"


def test_one_that_went_on_without_an_answer_is_not_judged_by_it_any_more() -> None:
    """It was called late once, and spoke: nobody is asked to wait for its thinking again."""
    liveness = thinking(proven())
    assert liveness.look(ASKED) == "ask"
    assert liveness.look(ASKED + LATE_SECS) == "late"
    liveness.heard(12.0, {"type": "response.output_audio.delta"})
    liveness.heard(14.0, {"type": "response.done"})
    liveness.owes(20.0)
    thinking_again = 20.2
    liveness.heard(thinking_again, {"type": "response.created"})
    asked = thinking_again + ASK_AFTER_SECS
    assert liveness.look(asked) == "ask"
    assert liveness.look(asked + LATE_SECS) == "alive"
    assert liveness.look_again_at() == asked + UNPROVEN_DEAD_SECS
