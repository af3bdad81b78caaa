"""A recorded call is put through to a person: they are not recorded, and who comes back is."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from warm_kit import (
    AGENT,
    ASK,
    MOMENT,
    OFFER,
    TAKES,
    TOM,
    a_line,
    asks_for,
    begun,
    person,
    played,
)

from bot.simulator.caller import HangUp, Pause, Say, StayOn, WaitForAgent
from bot.simulator.carrier import Busy, SimCall
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN

TOLD = "This call is recorded. If you do not want that, say so or press star."
NO = "I do not want to be recorded."
RECORDED = AGENT.replace("people.maria", 'recording = { when = "on" }\npeople.maria')
WARM = {"desk": RECORDED}
COLD = {"desk": RECORDED.replace(', transfer = "warm"', "")}


def steps_of(record: dict[str, Any]) -> list[str]:
    return [step["what"] for step in record["recording"]["steps"]]


def scripts() -> Callable[[str], ModelScript]:
    """Of a session that puts the caller through, and of the one to which they come back."""
    call = Call(name="transfer_to_human", arguments={"reason": "A visit.", "to": "tom"})
    asks = Step(hears=ANYTHING, say=MOMENT, calls=(call,))
    greeting = f"{TOLD} Hello there."
    left = [
        ModelScript(greeting=greeting, steps=(asks,), expects=(ASK,)),
        ModelScript(
            steps=(Step(hears=ANYTHING, say=OFFER), Step(hears=ANYTHING, say="All right.")),
            expects=(NO,),
        ),
    ]
    return lambda instructions: left.pop(0)


async def back(tmp_path: Path, spoken: Voice, *actions: Any) -> tuple[SimCall, dict[str, Any]]:
    """A caller who comes back because the line is busy, and does this."""
    async with a_line(tmp_path, scripts(), agents=COLD, tom=Busy()) as line:
        return await played(line, spoken, WaitForAgent(2500), *actions, HangUp())


async def test_a_caller_who_comes_back_is_recorded_again(tmp_path: Path, spoken: Voice) -> None:
    """They were told and have not refused, in this very call: nothing is announced anew."""
    sim, record = await back(tmp_path, spoken, Pause(4000))
    told = ["announced", "heard", "consented", "started"]
    assert steps_of(record) == [*told, "stopped", "started"]
    first, second = sim.recordings
    assert first.status == second.status == "completed"
    assert second.duration_secs is not None and second.duration_secs > 5
    assert sum(TOLD in turn["text"] for turn in record["turns"]) == 1
    assert record["transfer"]["outcome"] == "busy"


async def test_who_comes_back_may_still_refuse(tmp_path: Path, spoken: Voice) -> None:
    """Nothing of the call is kept then."""
    sim, record = await back(tmp_path, spoken, Say(NO), Pause(9000))
    assert steps_of(record)[-4:] == ["stopped", "started", "refused", "stopped"]
    assert [recording.deleted for recording in sim.recordings] == [True, True]


async def test_who_takes_the_call_is_not_recorded(tmp_path: Path, spoken: Voice) -> None:
    """They were told of nothing: it ends when they say yes."""
    tom: Sequence[Any] = (*TAKES[:-2], Pause(20_000), HangUp())
    warm = asks_for()
    told = ModelScript(
        greeting=f"{TOLD} Hello there.", steps=warm.steps, by_words=True, expects=(ASK,)
    )
    async with a_line(tmp_path, told, agents=WARM, tom=person(spoken, *tom)) as line:
        sim, record = await played(line, spoken, StayOn())
        assert steps_of(record)[-2:] == ["started", "stopped"]
        (recording,) = sim.recordings
        assert sim.duration_secs is not None and recording.duration_secs is not None
        assert sim.duration_secs - recording.duration_secs > 20
        assert [leg.recordings for leg in line.carrier.calls.values() if leg.to_number == TOM] == [
            []
        ]


@pytest.mark.parametrize("parting", [pytest.param(False, marks=pytest.mark.thorough), True])
async def test_nor_is_who_is_called_from_outside(
    tmp_path: Path, spoken: Voice, parting: bool
) -> None:
    """The agent asked for nothing: the recording ends all the same, while the conversation waits
    and also where the call ends with it."""
    async with a_line(tmp_path, ModelScript(greeting=f"{TOLD} Hello there."), agents=WARM) as line:
        line.carrier.answer(HUMAN, person(spoken, Pause(3000), HangUp()))
        sim = await begun(line, spoken, StayOn())
        await line.until(sim.sid, lambda record: "started" in steps_of(record))
        if parting:
            await line.api.post(f"/calls/{sim.sid}/hangup", json={"farewell": True})
        answer = await line.api.post(f"/calls/{sim.sid}/transfer")
        assert answer.status_code == 202
        await sim.wait_ended()
        record = await line.ended(sim.sid)
        assert steps_of(record)[-2:] == ["started", "stopped"]
        assert record["outcome"]["reason"] == "transfer"
