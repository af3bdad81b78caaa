"""Passes to the sound of a call: once, for one call, for a moment, and none but ours."""

from datetime import timedelta
from typing import Any

import pytest

from bot import clock
from bot.server.passes import GOOD_SECS, Passes

CALL, SECRET = "call_1", "secret of the service"


def test_a_pass_is_good_once_in_any_process_of_the_service() -> None:
    token = Passes(SECRET).give(CALL, "take_over", "Anna Ö.")
    here = Passes(SECRET)
    taken = here.take(CALL, token)
    assert taken is not None
    assert (taken.purpose, taken.who) == ("take_over", "Anna Ö.")
    assert here.take(CALL, token) is None
    assert taken.session == ""
    from_page = here.take(CALL, here.give(CALL, "listen", "anna", session="5e55"))
    assert from_page is not None
    assert from_page.session == "5e55"
    listens = here.take(CALL, here.give(CALL, "listen", "anna"))
    assert listens is not None
    assert listens.purpose == "listen"
    assert listens.seat != taken.seat


@pytest.mark.parametrize(
    "spoilt",
    [
        "",
        ".",
        "....",
        "ä.ö",
        "l.1.a.b.\ud800",
        "\ud800.b",
        lambda token: token[:-1],
        lambda token: "t" + token[1:],  # more than was given
        lambda token: token.replace(".", "", 1),
    ],
)
def test_what_is_no_pass(spoilt: Any) -> None:
    passes = Passes(SECRET)
    token = passes.give(CALL, "listen", "anna")
    made = spoilt(token) if callable(spoilt) else spoilt
    assert passes.take(CALL, made) is None
    assert passes.take("call_2", token) is None
    assert Passes("another secret").take(CALL, token) is None
    assert passes.take(CALL, token) is not None


def test_a_pass_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = Passes(SECRET)
    early, late = passes.give(CALL, "listen", "a"), passes.give(CALL, "listen", "a")
    now = clock.utcnow()
    monkeypatch.setattr("bot.server.passes.utcnow", lambda: now + timedelta(seconds=GOOD_SECS - 2))
    assert passes.take(CALL, early) is not None
    monkeypatch.setattr("bot.server.passes.utcnow", lambda: now + timedelta(seconds=GOOD_SECS + 2))
    assert passes.take(CALL, late) is None
