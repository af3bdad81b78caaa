"""The calls of this process, and which stream belongs to which."""

import pytest

from bot.calls import Registry
from bot.calls.call import Call
from bot.calls.outcome import Ending
from bot.calls.states import Stage
from bot.calls.stream import Stream
from bot.media import StreamStart
from bot.store import Store
from tests.calls.call_kit import SID, a_call
from tests.media.far_carrier import FarCarrier

START = StreamStart(stream_sid="MZ1", call_sid=SID, account_sid="AC1", parameters={})


@pytest.fixture
def registry() -> Registry:
    return Registry(max_calls=2)


@pytest.fixture
async def call(store: Store, registry: Registry) -> Call:
    call = a_call(store)
    registry.add(call)
    return call


async def test_a_call_is_found_by_either_id(registry: Registry, call: Call) -> None:
    """Ours or the carrier's; nobody is found by nothing."""
    assert registry.find(call.id) is call
    assert registry.find(SID) is call
    assert registry.find("") is None
    assert registry.find("call_other") is None
    call.call_sid = None
    assert registry.find("") is None
    registry.remove(call)
    assert registry.find(call.id) is None
    registry.remove(call)


async def test_there_is_room_until_there_is_none(registry: Registry, store: Store) -> None:
    """Or until the service stops."""
    registry.add(a_call(store))
    assert registry.has_room
    registry.add(a_call(store))
    assert (registry.has_room, len(registry)) == (False, 2)
    for call in registry:
        registry.remove(call)
    assert registry.has_room
    registry.closed = True
    assert not registry.has_room


async def test_a_token_claims_its_call_once(registry: Registry, call: Call) -> None:
    """A second stream with the same token is a replay."""
    assert registry.claim(call.token, SID) is call
    assert call.stage is Stage.TALKING
    assert registry.claim(call.token, SID) is None


async def test_a_token_claims_no_other_callers_call(registry: Registry, call: Call) -> None:
    """It is bound to the carrier's id; a vain attempt does not use it up."""
    assert registry.claim(call.token, "CA" + "9" * 32) is None
    assert call.stage is Stage.EXPECTED
    assert registry.claim(call.token, SID) is call


async def test_a_call_being_dialled_learns_its_id_from_the_stream(
    registry: Registry, store: Store
) -> None:
    """The callee may answer before the carrier has told us the id."""
    call = a_call(store, direction="outbound", call_sid=None)
    registry.add(call)
    assert registry.claim(call.token, SID) is call
    assert call.call_sid == SID


@pytest.mark.parametrize("token", ["", "guess"])
async def test_no_token_or_a_wrong_one_claims_nothing(
    registry: Registry, call: Call, token: str
) -> None:
    """Knowing the CallSid alone is not enough."""
    assert registry.claim(token, SID) is None


async def test_a_call_that_is_ending_is_not_claimed(registry: Registry, call: Call) -> None:
    """Its stream comes too late."""
    call.end(Ending.HUNG_UP_BY_API)
    assert registry.claim(call.token, SID) is None


async def test_a_call_ends_once(call: Call) -> None:
    """The first decision stands."""
    assert call.end(Ending.GOODBYE)
    ended_at = call.ended_at
    assert not call.end(Ending.STREAM_LOST)
    assert (call.ending.result(), call.ended_at) == (Ending.GOODBYE, ended_at)
    assert call.stage is Stage.ENDING


async def test_tokens_and_numbers_do_not_show(call: Call) -> None:
    """A call in a log line tells no secrets and no personal data."""
    text = repr(call)
    assert call.token not in text
    assert call.from_number not in text
    assert call.to_number not in text


async def test_a_lost_stream_may_be_replaced_once_by_each_token(
    registry: Registry, call: Call
) -> None:
    """The old token stays used; the new one is made when the carrier asks."""
    first = call.token
    assert not call.expect_new_stream()  # the first has not come
    registry.claim(first, SID)
    call.stream.set_result(Stream(socket=FarCarrier(), start=START))
    assert not call.expect_new_stream()  # it is there
    call.lose_stream()
    call.lose_stream()
    assert call.stream_lost.is_set() and not call.stream.done()
    assert call.expect_new_stream()
    assert call.token not in ("", first)
    assert registry.claim(first, SID) is None
    second = call.token
    assert registry.claim(second, SID) is call
    assert registry.claim(second, SID) is None


async def test_a_call_that_is_ending_gets_no_new_stream(registry: Registry, call: Call) -> None:
    """However it is asked for."""
    registry.claim(call.token, SID)
    call.stream.set_result(Stream(socket=FarCarrier(), start=START))
    call.lose_stream()
    assert call.expect_new_stream()
    call.end(Ending.CALLER_HUNG_UP)
    assert registry.claim(call.token, SID) is None
    assert not call.expect_new_stream()
