"""Answers that fail: which may pass, and when they are asked for again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brains.openai.failed_answers import (
    FINAL,
    LEAST_SECS,
    MOST_FAILURES,
    WAITS_SECS,
    ErrorSaid,
    FailedAnswers,
    told_secs,
)

TOLD = [
    ("Rate limit reached for gpt-realtime on tokens per min. Please try again in 2.7s.", 2.7),
    ("Please try again in 350ms. Visit https://platform.openai.com to learn more.", 0.35),
    ("Please try again in 6m0s.", 360.0),
    ("Please try again in 1m2.5s.", 62.5),
    ("Please try again in 1h2m3s.", 3723.0),
    ("Please retry after 3 seconds.", 3.0),
    ("please wait 2 sec and go on", 2.0),
    ("Try again in 20 seconds, please", 20.0),
    ("Please wait for about 2 minutes", 120.0),
    ("try again in 500 milliseconds", 0.5),
    ("Try again in 0s.", 0.0),
    ("Limit 200000, Used 199000, Requested 4096. Try again in 1.2s", 1.2),
    ("Limit: 200000 / min. Please contact us.", None),
    ("Try again later.", None),
    ("try again in a moment", None),
    ("Try again in 2 days.", None),
    ("", None),
]


@pytest.mark.parametrize(("message", "secs"), TOLD)
def test_what_is_told_is_read(message: str, secs: float | None) -> None:
    """In the spellings the model's side has for it; what is not understood is not guessed."""
    assert told_secs(message) == (secs if secs is None else pytest.approx(secs))


@given(st.text(max_size=3000))
def test_any_message_is_read_in_no_time(message: str) -> None:
    """And nothing of it is ever negative."""
    assert (told_secs("try again in " + message) or 0.0) >= 0.0


def waits(*messages: str, code: str = "server_error") -> list[float]:
    """The waits until it is given up or the messages are over."""
    answers, found = FailedAnswers(), []
    for message in messages:
        wait = answers.failed(ErrorSaid(code=code, kind="server_error", message=message))
        if wait is None:
            break
        found.append(wait)
    return found


def test_what_may_pass_is_asked_for_with_longer_and_longer_waits() -> None:
    """Up to ten seconds in all."""
    assert waits(*[""] * 20) == list(WAITS_SECS)


def test_what_is_told_is_done() -> None:
    """As often as it is told, within the ten seconds."""
    assert waits("try again in 2.7s", "try again in 2.7s", "") == [2.7, 2.7, WAITS_SECS[2]]
    assert waits("try again in 0s") == [LEAST_SECS]
    assert waits("try again in 11s") == []
    assert len(waits(*["try again in 1ms"] * 99)) == MOST_FAILURES - 1


@pytest.mark.parametrize("code", sorted(FINAL))
def test_what_cannot_pass_is_final(code: str) -> None:
    """At once, be it told as code or as type, and whatever the message says."""
    assert waits("try again in 1s", code=code) == []
    assert FailedAnswers().failed(ErrorSaid(kind=code)) is None


def test_a_caller_who_speaks_waits_anew() -> None:
    """The ten seconds are the caller's; the number of failures is the model's."""
    answers = FailedAnswers()
    for _ in range(MOST_FAILURES - 1):
        assert answers.failed(ErrorSaid(code="server_error")) is not None
        answers.caller_speaks()
    assert answers.failed(ErrorSaid(code="server_error")) is None


def test_an_answer_that_comes_ends_the_row() -> None:
    """What fails next is a first failure."""
    answers = FailedAnswers()
    answers.failed(ErrorSaid(code="server_error"))
    assert answers.any
    answers.succeeded()
    assert not answers.any
    assert answers.failed(ErrorSaid(code="server_error")) == WAITS_SECS[0]
