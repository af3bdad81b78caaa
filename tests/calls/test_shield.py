"""Who is let in while it rings: the rules, and what stands in a block list."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.calls.outcome import Ending
from bot.calls.shield import blocked_pattern, look_up_caller, why_kept_out
from bot.carriers import IncomingCall
from bot.store.block_list import CallerFacts
from config import Agent, AgentError, make_agent

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CALLER = "+15552223333"
WITHHELD = "+266696687"  # "anonymous" on a keypad


def an_agent(**shield: Any) -> Agent:
    content = {"name": "front", "pipeline": "reception", "instructions": "-"}
    return make_agent(content | {"shield": shield})


def incoming(from_: str = CALLER, agent: str = "") -> IncomingCall:
    return IncomingCall(call_sid="CA1", from_=from_, to="+15550001111", agent=agent)


RULES: list[tuple[dict[str, Any], str, CallerFacts, Ending | None]] = [
    ({}, CALLER, CallerFacts(), None),
    ({"blocked": [CALLER]}, CALLER, CallerFacts(), Ending.BLOCKED),
    ({"blocked": [CALLER]}, "+15552223334", CallerFacts(), None),
    ({"blocked": ["+1555*"]}, CALLER, CallerFacts(), Ending.BLOCKED),
    ({"blocked": ["+1555*"]}, "+15562223333", CallerFacts(), None),
    ({"blocked": ["+15552223333*"]}, CALLER, CallerFacts(), Ending.BLOCKED),
    # One number in two spellings, and a beginning of the older one.
    ({"blocked": ["+5215512345678"]}, "+525512345678", CallerFacts(), Ending.BLOCKED),
    ({"blocked": ["+521*"]}, "+525512345678", CallerFacts(), Ending.BLOCKED),
    ({"blocked": ["+525*"]}, "+5215512345678", CallerFacts(), Ending.BLOCKED),
    ({"blocked": ["sip:spam@pbx.example"]}, "sip:spam@PBX.example", CallerFacts(), Ending.BLOCKED),
    ({}, CALLER, CallerFacts(blocked_for=frozenset({""})), Ending.BLOCKED),
    ({}, CALLER, CallerFacts(blocked_for=frozenset({"front"})), Ending.BLOCKED),
    ({}, CALLER, CallerFacts(blocked_for=frozenset({"other"})), None),
    ({}, WITHHELD, CallerFacts(), None),
    ({"withheld": "turn_away"}, WITHHELD, CallerFacts(), Ending.WITHHELD),
    ({"withheld": "turn_away"}, "anonymous", CallerFacts(), Ending.WITHHELD),
    ({"withheld": "turn_away"}, CALLER, CallerFacts(), None),
    ({"calls_per_hour": 3}, CALLER, CallerFacts(calls=2), None),
    ({"calls_per_hour": 3}, CALLER, CallerFacts(calls=3), Ending.TOO_MANY_CALLS),
    ({"calls_per_hour": 3}, WITHHELD, CallerFacts(calls=3), None),
    ({"calls_per_hour": 0}, CALLER, CallerFacts(calls=9999), None),
    ({}, CALLER, CallerFacts(calls=119), None),
    ({}, CALLER, CallerFacts(calls=120), Ending.TOO_MANY_CALLS),
]


@pytest.mark.parametrize(("shield", "number", "facts", "ending"), RULES)
def test_who_is_kept_out(
    shield: dict[str, Any], number: str, facts: CallerFacts, ending: Ending | None
) -> None:
    """The file's list, the kept list, withheld numbers and the limit, each by itself."""
    assert why_kept_out(an_agent(**shield), incoming(number), facts) is ending


def test_who_signed_in_is_let_in() -> None:
    """A browser phone asks for an agent by name, and has no number."""
    strict = an_agent(withheld="turn_away", calls_per_hour=1)
    told = CallerFacts(calls=5)
    assert why_kept_out(strict, incoming("anonymous", agent="front"), told) is None


PATTERNS = [
    ("+15551234567", None, "+15551234567"),
    (" +1 (555) 123-4567 ", None, "+15551234567"),
    ("(202) 555-0143", "US", "+12025550143"),
    ("+1900*", None, "+1900*"),
    ("+1 900 *", None, "+1900*"),
    ("+5215512345678", None, "+525512345678"),
    ("+19005550143", None, "+19005550143"),  # one that we would never dial
    ("sip:spam@PBX.example", None, "sip:spam@pbx.example"),
]


@pytest.mark.parametrize(("text", "country", "pattern"), PATTERNS)
def test_what_is_blocked_is_written_in_one_way(
    text: str, country: str | None, pattern: str
) -> None:
    """However its owner writes it."""
    assert blocked_pattern(text, country) == pattern


@pytest.mark.parametrize("text", ["", "*", "+*", "1900*", "+1900**", "555", "bob", WITHHELD, "+0*"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """In a sentence; nothing is blocked by accident."""
    with pytest.raises(ValueError, match=r"\w"):
        blocked_pattern(text)


@pytest.mark.parametrize(
    ("shield", "key"),
    [
        ({"blocked": ["5551234"]}, "shield.blocked"),
        ({"blocked": ["*"]}, "shield.blocked"),
        ({"withheld": "perhaps"}, "shield.withheld"),
        ({"calls_per_hour": -1}, "shield.calls_per_hour"),
        ({"repeat": 3}, "shield.repeat"),
    ],
)
def test_a_wrong_setting_is_named(shield: dict[str, Any], key: str) -> None:
    """With the key, by which the file's line is found."""
    with pytest.raises(AgentError, match=key.replace(".", r"\.")):
        an_agent(**shield)


class SlowList:
    """A database that says nothing for so long, then fails or answers."""

    def __init__(self, secs: float, error: Exception | None = None) -> None:
        self._secs, self._error = secs, error
        self.since: datetime | None = None

    async def look_up(self, number: str, *, since: datetime) -> CallerFacts:
        self.since = since
        await asyncio.sleep(self._secs)
        if self._error:
            raise self._error
        return CallerFacts(calls=7)


async def test_the_last_hour_is_asked_for() -> None:
    listed = SlowList(0.1)
    assert (await look_up_caller(listed, incoming(), NOON)).calls == 7
    assert listed.since == NOON - timedelta(hours=1)


@pytest.mark.parametrize("listed", [SlowList(60), SlowList(0, RuntimeError("away"))])
async def test_the_phone_is_answered_without_the_database(listed: SlowList) -> None:
    """In time, and whatever is wrong with it."""
    async with asyncio.timeout(1):
        assert await look_up_caller(listed, incoming(), NOON) == CallerFacts()


async def test_nobody_is_looked_up_who_has_no_number() -> None:
    listed = SlowList(0)
    for call in (incoming("anonymous"), incoming(agent="front")):
        assert await look_up_caller(listed, call, NOON) == CallerFacts()
    assert listed.since is None
