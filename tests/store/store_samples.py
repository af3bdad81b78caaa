"""Calls and what belongs to them, for the tests of the store."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.store import (
    BatchRecord,
    CallRecord,
    ContactRecord,
    Cost,
    Dialled,
    Outcome,
    ToolCallRecord,
    Transfer,
    TurnRecord,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
CALLER = "+15550001111"
LINE = "+15559990000"

COMPLETED = Outcome(result="completed", reason="goodbye", summary="All said.", fields={"rating": 5})


def at(secs: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=secs)


def a_call(call_id: str = "call_a", **changes: Any) -> CallRecord:
    """A call that has just begun."""
    values: dict[str, Any] = {
        "id": call_id,
        "direction": "inbound",
        "agent": "reception",
        "from_number": CALLER,
        "to_number": LINE,
        "started_at": NOON,
        "status": "queued",
    }
    return CallRecord(**(values | changes))


def a_turn(key: str = "turn_1", **changes: Any) -> TurnRecord:
    values: dict[str, Any] = {"key": key, "role": "caller", "text": "Hello?", "started_at": NOON}
    return TurnRecord(**(values | changes))


def a_tool_call(key: str = "tool_1", **changes: Any) -> ToolCallRecord:
    values: dict[str, Any] = {
        "key": key,
        "name": "lookup_order",
        "arguments": {"email": "ada@example.com"},
        "started_at": NOON,
    }
    return ToolCallRecord(**(values | changes))


def a_full_call(call_id: str = "call_full") -> CallRecord:
    """A call with every field set."""
    return a_call(
        call_id,
        call_sid="CA0123456789abcdef0123456789abcdef",
        key="batch_a_00001-1",
        direction="outbound",
        request={"instructions": "Book a table", "variables": {"party": 4, "time": "7 pm"}},
        answered_at=at(5),
        ended_at=at(65.5),
        status="completed",
        outcome=COMPLETED,
        transfer=Transfer(
            reason="asked for Ada Lovelace", at=at(60), target="sip:desk@example.com"
        ),
        dialled=Dialled(outcome="answered", status="completed", talked_secs=34),
        machine={"is": "person", "votes": [{"by": "words", "says": "Ada here"}]},
        turns=(
            a_turn("turn_1", ended_at=at(2)),
            a_turn("turn_2", role="agent", started_at=at(3), interrupted=True, latency_ms=480),
        ),
        tool_calls=(a_tool_call(result={"found": True}, duration_ms=120, ok=True),),
        first_words_ms=310,
        turn_latencies_ms=(480, 520),
        usage={"input_tokens": 1200, "output_tokens": 300},
        cost=Cost(
            currency="USD",
            model=Decimal("0.1000000000000000055511151231"),
            carrier=Decimal("0.0140"),
            total=Decimal("0.1140000000000000055511151231"),
        ),
    )


def a_batch(batch_id: str = "batch_a", **changes: Any) -> BatchRecord:
    """A batch that has not been started."""
    values: dict[str, Any] = {
        "id": batch_id,
        "name": "tomorrow",
        "agent": "reminder",
        "settings": {"concurrency": 5},
        "created_at": NOON,
    }
    return BatchRecord(**(values | changes))


def a_contact(n: int = 1, batch_id: str = "batch_a", **changes: Any) -> ContactRecord:
    """The n-th contact of a batch, with a number of its own."""
    values: dict[str, Any] = {
        "id": f"{batch_id}_{n:05}",
        "batch_id": batch_id,
        "line": n + 1,
        "number": f"+1555{n:07}",
    }
    return ContactRecord(**(values | changes))
