"""What the simulated Gemini makes of bad messages, and how much of a conversation it keeps."""

import json
from typing import Any

import pytest

from bot.simulator.gemini.session import HANDLES_KEPT, GeminiSimSession
from bot.simulator.gemini.state import INVALID, Saved
from bot.simulator.model import Manner, ModelScript
from bot.simulator.model.manner import Faults
from bot.simulator.model.state import HangUpFault, Render

SETUP = {
    "model": "models/gemini-3.8-live",
    "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
}
ASK = {"clientContent": {"turns": [], "turnComplete": True}}
NUDGE = {"realtimeInput": {"text": " "}}


def opened(handles: dict[str, Saved]) -> GeminiSimSession:
    session = GeminiSimSession(
        script=ModelScript(),
        manner=Manner(),
        faults=Faults(),
        has_ears=False,
        key_is_right=True,
        without_models=set(),
        handles=handles,
    )
    session.open(0.0)
    return session


def ends(session: GeminiSimSession) -> list[int | None]:
    """The codes that it has closed with."""
    return [each.code for each in session.outbox if isinstance(each, HangUpFault)]


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[1]",
        b"\xff",
        '{"toolResponse": {}}',
        '{"toolResponse": {"functionResponses": [{"name": "book"}]}}',
        '{"realtimeInput": {"audio": "AAAA"}}',
        '{"clientContent": {"turns": [{"role": "user"}]}}',
    ],
)
def test_what_has_no_shape_ends_the_session_as_the_service_ends_it(message: str | bytes) -> None:
    session = opened({})
    session.receive(json.dumps({"setup": SETUP}), 0.0)
    session.receive(message, 1.0)
    assert ends(session) == [INVALID]


@pytest.mark.parametrize("setup", [None, [], {}, {**SETUP, "model": 7}])
def test_a_setup_without_a_shape_is_none(setup: Any) -> None:
    session = opened({})
    session.receive(json.dumps({"setup": setup}), 0.0)
    assert ends(session) == [INVALID]


def test_the_last_states_are_kept() -> None:
    """Each holds the whole conversation, and every turn makes one."""
    handles: dict[str, Saved] = {}
    session = opened(handles)
    session.receive(json.dumps({"setup": SETUP}), 0.0)
    now_secs = 1.0
    for _ in range(2 * HANDLES_KEPT):
        for message in (ASK, NUDGE):
            session.receive(json.dumps(message), now_secs)
        for job in session.take_jobs():
            assert isinstance(job, Render)
            session.rendered(job.response_id, b"\xff" * 80, now_secs)
        while session.wake_at_secs is not None:
            now_secs = session.wake_at_secs
            session.wake(now_secs)
    told = [json.loads(each) for each in session.outbox if isinstance(each, str)]
    updates = [each.get("sessionResumptionUpdate", {}) for each in told]
    made = [update["newHandle"] for update in updates if update.get("resumable")]
    assert len(made) > HANDLES_KEPT
    assert list(handles) == made[-HANDLES_KEPT:]
