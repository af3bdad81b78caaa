"""A call as text: `trunkline calls show`."""

from dataclasses import replace
from datetime import timedelta

from bot.server.call_text import transcript
from bot.store import CallRecord, TurnRecord
from tests.desk.desk_kit import NOON, a_call


def step(secs: float, what: str, to: str = "") -> dict[str, str]:
    return {"at": (NOON + timedelta(seconds=secs)).isoformat(), "step": what, "to": to}


def test_each_step_of_a_transfer_stands_in_its_place() -> None:
    """Who was called, and what came of it, between what was said before and after."""
    asks = TurnRecord(key="1", role="caller", text="Billing, please.", started_at=NOON)
    thanks = replace(asks, key="2", text="Then not.", started_at=NOON + timedelta(seconds=30))
    call: CallRecord = a_call(
        answered_at=NOON,
        turns=(asks, thanks),
        transfer_steps=[
            step(2, "called", "billing"),
            step(4, "no_answer", "billing"),
            step(4, "called"),
            step(9, "declined"),
            step(9, "back"),
        ],
    )
    lines = transcript(call).splitlines()
    begin = lines.index("00:00.0  Caller  Billing, please.")
    assert lines[begin : begin + 7] == [
        "00:00.0  Caller  Billing, please.",
        "00:02.0    step  billing: called",
        "00:04.0    step  billing: no answer",
        "00:04.0    step  the human: called",
        "00:09.0    step  the human: declined",
        "00:09.0    step  the caller is back with the agent",
        "00:30.0  Caller  Then not.",
    ]
