"""A person may be being called or not, for the carrier's answer was lost: it is asked."""

from collections.abc import Sequence

import pytest
from asking_kit import ANN, TOM

from bot.calls.call import Call
from bot.calls.consulting import RINGS_SECS
from bot.calls.events import HangUpAsked
from bot.calls.lost_legs import EVERY_SECS, LOOKS, look_for_leg
from bot.calls.outcome import Ending
from bot.calls.person_events import ConsultAsked, PersonSaid, PersonUnclear
from bot.calls.state import Stage
from bot.carriers import CallStatus, CarrierCall, CarrierError
from bot.store import Store
from tests.calls.call_kit import a_call
from tests.calls.memory_carrier import DOWN, MemoryCarrier

RINGS, ANSWERED, BUSY = (CallStatus(word) for word in ("ringing", "in-progress", "busy"))


class Lists(MemoryCarrier):
    """What it lists of Ann's telephone, look after look; the last goes on."""

    def __init__(self, *looks: Sequence[CallStatus] | CarrierError) -> None:
        super().__init__()
        self._looks = list(looks)

    async def find(self, **wanted: object) -> Sequence[CarrierCall]:
        assert wanted["to"] == ANN.number
        listed = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        self._do("find", "")
        if isinstance(listed, CarrierError):
            raise listed
        return [CarrierCall(call_sid=f"CA{at}", status=each) for at, each in enumerate(listed)]


async def looked(carrier: Lists, call: Call, *, then: object = None) -> int:
    """How often it was looked, with `then` happening to the call before."""
    call.post(ConsultAsked("A bill.", "Maria", ANN, (TOM,)))
    asked = call.state.consultation
    assert asked is not None
    call.post(PersonUnclear(asked.attempt))
    if then is not None:
        call.post(then)  # type: ignore[arg-type]
    await look_for_leg(call, asked, carrier=carrier)
    return [what for what, _ in carrier.did].count("find")


def talking(store: Store) -> Call:
    return a_call(store, stage=Stage.TALKING, admitted=True)


def is_asked(call: Call) -> str:
    assert call.state.consultation is not None
    return call.state.consultation.target.name


@pytest.mark.parametrize(
    ("looks", "looked_at"),
    [
        (((),), 2),  # it was never placed; once is too little, for it may not be listed yet
        ((DOWN, (), ()), 3),
        (((RINGS,), (BUSY,)), 2),
        (((BUSY, BUSY),), 2),  # whichever was hers: no telephone of hers rings
    ],
)
async def test_the_next_one_is_asked_as_soon_as_no_phone_rings(
    store: Store, looks: Sequence[Sequence[CallStatus] | CarrierError], looked_at: int
) -> None:
    call = talking(store)
    assert await looked(Lists(*looks), call) == looked_at
    assert is_asked(call) == "tom"


@pytest.mark.parametrize("looks", [((RINGS, RINGS),), (DOWN,)])
async def test_what_cannot_be_told_apart_rings_out(
    store: Store, looks: Sequence[Sequence[CallStatus] | CarrierError]
) -> None:
    """Nor is anything told where the carrier cannot be asked: then the call's own timer decides."""
    call = talking(store)
    assert await looked(Lists(*looks), call) == LOOKS
    assert is_asked(call) == "ann"
    assert call.state.consultation is not None and call.state.consultation.call_sid is None


def test_it_is_looked_for_as_long_as_the_phone_may_ring() -> None:
    assert EVERY_SECS * LOOKS >= RINGS_SECS


async def test_a_leg_that_is_found_counts_as_any(store: Store) -> None:
    """It has a name from then on, so that it can be ended, and an answer is waited for."""
    call = talking(store)
    await looked(Lists((RINGS,), (ANSWERED,)), call)
    assert call.state.consultation is not None
    assert (call.state.consultation.call_sid, call.state.consultation.answered) == ("CA0", True)


async def test_one_that_rings_goes_before_those_that_are_over(store: Store) -> None:
    call = talking(store)
    await looked(Lists((BUSY, RINGS), (BUSY, ANSWERED)), call)
    assert call.state.consultation is not None
    assert call.state.consultation.call_sid == "CA1"


@pytest.mark.parametrize(
    ("status", "did"), [(RINGS, ["find", "cancel"]), (ANSWERED, ["find"]), (BUSY, ["find"])]
)
async def test_a_caller_who_has_gone_leaves_nobody_ringing(
    store: Store, status: CallStatus, did: list[str]
) -> None:
    """Who has answered hears at their yes that nobody waits."""
    call, carrier = talking(store), Lists((status,))
    await looked(carrier, call, then=HangUpAsked(Ending.HUNG_UP_BY_API))
    assert [what for what, _ in carrier.did] == did


async def test_who_has_taken_the_call_is_left_alone(store: Store) -> None:
    """Whether the two meet is the carrier's to say, when they do."""
    call, carrier = talking(store), Lists((RINGS,), (BUSY,))
    await looked(carrier, call, then=PersonSaid(1, "yes"))
    assert {what for what, _ in carrier.did} == {"find"}
    assert call.state.consultation is not None and call.state.consultation.taken
