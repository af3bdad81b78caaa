"""Urgent messages reach who is on call when they are sent."""

import datetime as dt
from typing import Any

import pytest

from bot.clock import utcnow
from bot.front_desk import rules_of_now
from config import make_agent

OFFICE, ANA = "office@clinic.example", "+12125550100"


def rules(number: str, begin: dt.timedelta) -> tuple[str, ...]:
    """Who gets urgent ones, with this number on call for an hour from then."""
    since = (utcnow() + begin).replace(tzinfo=None)
    turn = {"who": "Ana", "number": number, "begin": since, "end": since + dt.timedelta(hours=1)}
    values: dict[str, Any] = {
        "name": "desk",
        "pipeline": "reception",
        "instructions": "-",
        "hours": {"timezone": "UTC", "week": {"mon": "08:00-09:00"}, "on_call": [turn]},
        "messages": {"urgent_to": [OFFICE]},
    }
    return rules_of_now({"desk": make_agent(values)}, "desk").urgent_to


@pytest.mark.parametrize(
    ("number", "begin_mins", "to"),
    [
        (ANA, -30, (OFFICE, ANA)),
        (ANA, 30, (OFFICE,)),
        ("sip:ana@pbx.example", -30, (OFFICE,)),
    ],
)
def test_urgent_ones_go_to_who_is_on_call(
    number: str, begin_mins: int, to: tuple[str, ...]
) -> None:
    """Beside those of the agent's file; a text reaches numbers only."""
    assert rules(number, dt.timedelta(minutes=begin_mins)) == to


def test_an_agent_that_is_gone_has_no_rules() -> None:
    """Its messages go to the owner."""
    assert rules_of_now({}, "desk").urgent_to == ()
