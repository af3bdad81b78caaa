"""What is done at the carrier when a call ends."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.calls import CarrierTeardown
from bot.calls.events import EndingDecided, HangUpAsked
from bot.calls.outcome import MEANING, Ending
from bot.calls.state import Stage
from bot.carriers import Answer
from bot.store import Store
from tests.calls.call_kit import AGENTS, CALLER, HUMAN, LINE, SID, a_call, told
from tests.calls.memory_carrier import DOWN, GONE, MemoryCarrier

LINES = AGENTS["reception"].lines
PUT_THROUGH = [
    ("Say", {"language": "en-US"}, LINES.hold),
    (
        "Dial",
        {
            "action": "https://line.example/twilio/dialled?call=call_1",
            "timeout": "25",
            "callerId": LINE,
            "answerOnBridge": "true",
        },
        HUMAN,
    ),
    ("Say", {"language": "en-US"}, LINES.nobody),
    ("Hangup", {}, ""),
]


def closing(carrier: MemoryCarrier, human: str | None = HUMAN) -> CarrierTeardown:
    return CarrierTeardown(carrier=carrier, human=human)


def verbs(answer: Answer) -> list[tuple[str, dict[str, str], str]]:
    """Each verb with its attributes and the words in it."""
    return [
        (verb.tag, dict(verb.attrib), "".join(verb.itertext()))
        for verb in ET.fromstring(told(answer))
    ]


@pytest.mark.parametrize("ending", Ending)
async def test_an_ending_is_carried_out_as_it_means(store: Store, ending: Ending) -> None:
    """Left alone, hung up, or given new instructions: once."""
    carrier = MemoryCarrier()
    call = a_call(store)
    assert await closing(carrier).carry_out(call, ending)
    what = {"leave": [], "hang_up": [("end", SID)]}
    assert carrier.did == what.get(MEANING[ending].action, [("redirect", SID)])


@pytest.mark.parametrize("ending", [*Ending, None])
async def test_what_a_caller_hears_whose_stream_is_gone(store: Store, ending: Any) -> None:
    """Nothing, sorry and the human, or the human."""
    said = verbs(closing(MemoryCarrier()).afterwards(a_call(store, id="call_1"), ending))
    farewell = "apologise" if ending is None else MEANING[ending].action
    if farewell == "put_through":
        assert said == PUT_THROUGH
    elif farewell == "apologise":
        assert [verb for verb, _, _ in said] == ["Say", "Dial", "Hangup"]
        assert said[0][2] == LINES.sorry
        assert said[1][1]["callerId"] == LINE
        assert said[1][2] == HUMAN
    else:
        assert said == [("Hangup", {}, "")]


async def test_behind_the_agents_own_last_line_nothing_is_said(store: Store) -> None:
    """An agent that has taken its leave needs no apology, and nobody is put through."""
    carrier, call = MemoryCarrier(), a_call(store, stage=Stage.TALKING)
    call.post(HangUpAsked(Ending.SHUTDOWN, farewell=True))
    assert verbs(closing(carrier).afterwards(call, Ending.SHUTDOWN))[0][2] == LINES.sorry
    call.post(EndingDecided(Ending.SHUTDOWN))  # after that line
    assert verbs(closing(carrier).afterwards(call, Ending.SHUTDOWN)) == [("Hangup", {}, "")]
    assert await closing(carrier).carry_out(call, Ending.SHUTDOWN)
    assert carrier.did == [("end", SID)]


async def test_a_call_takes_its_leave_once(store: Store) -> None:
    """Who first asked for a last line has decided how the call ends after it."""
    call = a_call(store, stage=Stage.TALKING)
    call.post(HangUpAsked(Ending.HUNG_UP_BY_API, farewell=True))
    call.post(HangUpAsked(Ending.SHUTDOWN, farewell=True))
    assert call.state.farewell is Ending.HUNG_UP_BY_API


async def test_without_a_human_there_is_nobody_to_dial(store: Store) -> None:
    """Sorry, and that is all."""
    desk = closing(MemoryCarrier(), human=None)
    call = a_call(store)
    assert verbs(desk.afterwards(call, Ending.TRANSFER)) == [("Hangup", {}, "")]
    assert [verb for verb, _, _ in verbs(desk.afterwards(call, None))] == ["Say", "Hangup"]


async def test_someone_we_called_is_not_put_through_to_our_human(store: Store) -> None:
    """When something breaks the caller hears that we are sorry."""
    call = a_call(store, direction="outbound", from_number=LINE, to_number=CALLER)
    said = verbs(closing(MemoryCarrier()).afterwards(call, Ending.MODEL_LOST))
    assert [verb for verb, _, _ in said] == ["Say", "Hangup"]


@pytest.mark.parametrize("called", ["sip:line@pbx.example", "anonymous", ""])
async def test_only_a_number_of_ours_is_shown(store: Store, called: str) -> None:
    """A call that came by SIP has none; the carrier then shows its own."""
    call = a_call(store, to_number=called)
    said = verbs(closing(MemoryCarrier()).afterwards(call, Ending.TRANSFER))
    assert "callerId" not in said[1][1]


async def test_a_human_behind_a_sip_address(store: Store) -> None:
    """Is dialled by it."""
    answer = closing(MemoryCarrier(), "sip:desk@pbx.example").afterwards(
        a_call(store), Ending.TRANSFER
    )
    assert ET.fromstring(told(answer)).find("Dial/Sip") is not None


async def test_a_call_that_was_never_placed_needs_nothing(store: Store) -> None:
    """There is no call at the carrier."""
    carrier = MemoryCarrier()
    assert await closing(carrier).carry_out(a_call(store, call_sid=None), Ending.GOODBYE)
    assert carrier.did == []


@pytest.mark.parametrize(
    ("what", "ending"), [("end", Ending.GOODBYE), ("redirect", Ending.TRANSFER)]
)
async def test_a_carrier_that_would_not(store: Store, what: str, ending: Ending) -> None:
    """Is told of, so that the stream is closed instead; a call that is over is done."""
    carrier = MemoryCarrier()
    carrier.fails[what] = DOWN
    assert not await closing(carrier).carry_out(a_call(store), ending)
    carrier.fails[what] = GONE
    assert await closing(carrier).carry_out(a_call(store), ending)


async def test_lines_are_spoken_in_the_agents_language(store: Store) -> None:
    """As the carrier's own voice names it."""
    agent = replace(AGENTS["reception"], language="de")
    said = verbs(closing(MemoryCarrier()).afterwards(a_call(store, agent=agent), None))
    assert said[0][1] == {"language": "de-DE"}


@pytest.mark.parametrize(
    ("ending", "changes", "human", "dials"),
    [
        (Ending.TRANSFER, {}, HUMAN, True),
        (Ending.TRANSFER, {}, None, False),
        (Ending.MODEL_LOST, {}, HUMAN, True),
        (Ending.MODEL_LOST, {"direction": "outbound"}, HUMAN, False),
        (Ending.MODEL_LOST, {"said_farewell": True}, HUMAN, False),
        (Ending.GOODBYE, {}, HUMAN, False),
        (Ending.CALLER_HUNG_UP, {}, HUMAN, False),
    ],
)
async def test_which_endings_bring_a_person(
    store: Store, ending: Ending, changes: Mapping[str, Any], human: str | None, dials: bool
) -> None:
    """Those after which nothing of the call may be recorded any more."""
    assert closing(MemoryCarrier(), human).dials(a_call(store, **changes), ending) is dials
