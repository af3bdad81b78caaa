"""What workers tell each other of calls comes out of JSON as it went in."""

import json
from datetime import UTC, datetime

import pytest

from bot.calls import Replayed
from bot.calls.packing import (
    packed_answer,
    packed_connection,
    packed_update,
    unpacked_answer,
    unpacked_connection,
    unpacked_update,
)
from bot.carriers import (
    Answer,
    CallStatus,
    Connect,
    HangUp,
    PutThrough,
    StatusUpdate,
    TurnAway,
    Wait,
)

THROUGH = PutThrough(line="One moment.", to="sip:a@b.example", language="en", report_for="call_1")
ANSWERS = (
    HangUp(line="Ü", language="de-DE"),
    TurnAway(),
    THROUGH,
    Wait(line="Please hold.", language="en-US", secs=7, call_id="call_1", visits=2),
    Connect(call_id="call_1", token="t", worker=None, otherwise=HangUp(line="Sorry.")),
    Connect(call_id="call_1", token="t", worker=0, otherwise=THROUGH),
)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda it: type(it).__name__)
def test_an_answer_arrives_as_it_was_given(answer: Answer) -> None:
    """Of whichever kind: no two kinds are taken for each other."""
    assert unpacked_answer(json.loads(json.dumps(packed_answer(answer)))) == answer


@pytest.mark.parametrize("answer", [*ANSWERS, None], ids=lambda it: type(it).__name__)
def test_a_call_connected_again_has_the_answer_it_was_given(answer: Answer | None) -> None:
    """None: its stream has come."""
    asked: list[str] = []

    def connect_again(call_sid: str) -> Answer | None:
        asked.append(call_sid)
        return answer

    packed = json.loads(json.dumps(packed_connection(connect_again, "CA1")))
    assert unpacked_connection(packed) == answer
    assert asked == ["CA1"]


def test_a_replayed_announcement_is_one_everywhere() -> None:
    """With its reason; where nobody answers there is no answer."""

    def connect_again(call_sid: str) -> Answer | None:
        raise Replayed(f"{call_sid} has been answered")

    with pytest.raises(Replayed, match="CA1 has been answered"):
        unpacked_connection(json.loads(json.dumps(packed_connection(connect_again, "CA1"))))
    assert unpacked_connection(None) is None


@pytest.mark.parametrize("at", [None, datetime(2026, 11, 20, 12, 0, tzinfo=UTC)])
def test_news_arrive_as_they_were_told(at: datetime | None) -> None:
    """With the time at which it happened."""
    update = StatusUpdate(call_sid="CA1", status=CallStatus.IN_PROGRESS, timestamp=at)
    arrived = unpacked_update(json.loads(json.dumps(packed_update(update))))
    assert arrived == update
    assert isinstance(arrived.status, CallStatus)
