"""The calls of this process, and which stream belongs to which."""

import asyncio

import pytest

from bot.calls import Admission, Registry
from bot.calls.call import Call
from bot.calls.events import (
    EndingDecided,
    FollowUpAsked,
    LegEnded,
    LetIn,
    SessionSettled,
    TurnedAway,
)
from bot.calls.outcome import Ending
from bot.calls.state import Stage
from bot.store import Store
from tests.calls.call_kit import SID, a_call, claims


@pytest.fixture
def registry() -> Registry:
    return Registry(admission=Admission(max_calls=2, inbound_reserve=1))


@pytest.fixture
async def call(store: Store, registry: Registry) -> Call:
    return enter(registry, a_call(store))


def enter(registry: Registry, call: Call, *, admitted: bool = True) -> Call:
    registry.add(call)
    if admitted:
        call.post(LetIn())
    return call


async def test_a_call_is_found_by_either_id(registry: Registry, call: Call) -> None:
    """Ours or the carrier's; nobody is found by nothing."""
    assert registry.find(call.id) is call
    assert registry.find(SID) is call
    assert registry.find("") is None
    assert registry.find("call_other") is None
    registry.remove(call)
    assert registry.find(call.id) is None
    registry.remove(call)


def states(registry: Registry) -> tuple[str, str]:
    """What an inbound and an outbound call meet at the door."""
    inbound, outbound = registry.refusal("inbound"), registry.refusal("outbound")
    return inbound.state if inbound else "open", outbound.state if outbound else "open"


async def test_there_is_room_until_there_is_none(registry: Registry, store: Store) -> None:
    """Or until the service stops; outbound calls leave a place free."""
    assert states(registry) == ("open", "open")
    enter(registry, a_call(store))
    assert states(registry) == ("open", "full")
    enter(registry, a_call(store))
    assert states(registry) == ("full", "full")
    for call in registry:
        registry.remove(call)
    assert states(registry) == ("open", "open")
    registry.closed = True
    assert states(registry) == ("draining", "draining")


async def test_who_waits_longer_comes_first(registry: Registry, store: Store) -> None:
    """A place that becomes free is not for somebody who has just come."""
    talking = [enter(registry, a_call(store)) for _ in range(2)]
    first = enter(registry, a_call(store), admitted=False)
    await asyncio.sleep(0.001)
    second = enter(registry, a_call(store), admitted=False)
    assert registry.waiting == 2
    assert registry.refusal("inbound", waiting=first)
    registry.remove(talking[0])
    assert registry.refusal("inbound")
    assert registry.refusal("inbound", waiting=second)
    assert registry.refusal("inbound", waiting=first) is None
    first.post(TurnedAway())  # they hung up
    assert registry.refusal("inbound", waiting=second) is None
    assert registry.waiting == 1


async def test_a_call_that_was_turned_away_takes_no_place(registry: Registry, store: Store) -> None:
    """Until its record is written it is still here."""
    for _ in range(3):
        enter(registry, a_call(store), admitted=False).post(TurnedAway())
    assert (len(registry), registry.load().calls) == (3, 0)


async def test_what_live_calls_take_is_counted(registry: Registry, call: Call) -> None:
    """Notes before the store, and sessions on their way."""
    call.journal.changed(status="ringing")
    call.journal.changed(status="in-progress")
    load = registry.load()
    assert (load.calls, load.backlog, load.opening) == (1, 2, 1)
    await call.journal.written()
    call.post(SessionSettled())
    assert (registry.load().backlog, registry.load().opening) == (0, 0)


async def test_a_call_that_waits_has_no_stream(registry: Registry, store: Store) -> None:
    """Its token has not been given to anybody."""
    call = enter(registry, a_call(store), admitted=False)
    assert not claims(registry, call.state.caller.token, SID)


async def test_a_token_claims_its_call_once(registry: Registry, call: Call) -> None:
    """A second stream with the same token is a replay."""
    assert claims(registry, call.state.caller.token, SID)
    assert call.state.stage is Stage.TALKING
    assert not claims(registry, call.state.caller.token, SID)


async def test_a_token_claims_no_other_callers_call(registry: Registry, call: Call) -> None:
    """It is bound to the carrier's id; a vain attempt does not use it up."""
    assert not claims(registry, call.state.caller.token, "CA" + "9" * 32)
    assert call.state.stage is Stage.EXPECTED
    assert claims(registry, call.state.caller.token, SID)


async def test_a_call_being_dialled_learns_its_id_from_the_stream(
    registry: Registry, store: Store
) -> None:
    """The callee may answer before the carrier has told us the id."""
    call = enter(registry, a_call(store, direction="outbound", call_sid=None))
    assert claims(registry, call.state.caller.token, SID)
    assert call.call_sid == SID


@pytest.mark.parametrize("token", ["", "guess"])
async def test_no_token_or_a_wrong_one_claims_nothing(
    registry: Registry, call: Call, token: str
) -> None:
    """Knowing the CallSid alone is not enough."""
    assert not claims(registry, token, SID)


async def test_a_call_that_is_ending_is_not_claimed(registry: Registry, call: Call) -> None:
    """Its stream comes too late."""
    call.post(EndingDecided(Ending.HUNG_UP_BY_API))
    assert not claims(registry, call.state.caller.token, SID)


async def test_a_call_ends_once(call: Call) -> None:
    """The first decision stands."""
    assert call.post(EndingDecided(Ending.GOODBYE))
    ended_at = call.state.ended_at
    assert not call.post(EndingDecided(Ending.STREAM_LOST))
    assert (call.ending, call.state.ended_at) == (Ending.GOODBYE, ended_at)
    assert call.state.stage is Stage.ENDING


async def test_tokens_and_numbers_do_not_show(call: Call) -> None:
    """A call in a log line tells no secrets and no personal data."""
    text = repr(call)
    assert call.state.caller.token not in text
    assert call.from_number not in text
    assert call.to_number not in text


async def test_a_lost_stream_may_be_replaced_once_by_each_token(
    registry: Registry, call: Call
) -> None:
    """The old token stays used; the new one is made when the carrier asks."""
    first = call.state.caller.token
    again = FollowUpAsked(None, "second")
    assert claims(registry, first, SID)
    call.post(LegEnded("lost"))
    assert call.state.caller.is_lost
    assert call.state.caller.token == ""
    call.post(again)
    assert (call.ending, call.state.caller.token) == (None, "second")
    assert not claims(registry, first, SID)
    assert claims(registry, "second", SID)
    assert not claims(registry, "second", SID)


async def test_a_call_that_is_ending_gets_no_new_stream(registry: Registry, call: Call) -> None:
    """However it is asked for."""
    claims(registry, call.state.caller.token, SID)
    call.post(LegEnded("lost"))
    call.post(FollowUpAsked(None, "second"))
    call.post(EndingDecided(Ending.CALLER_HUNG_UP))
    assert not claims(registry, "second", SID)
    call.post(FollowUpAsked(None, "third"))
    assert call.state.caller.token != "third"
    assert not claims(registry, "third", SID)
