"""What is kept of calls: records in, records out; SQLite or PostgreSQL behind."""

from bot.store.errors import StoreError
from bot.store.records import (
    CallChanges,
    CallFacts,
    CallRecord,
    Cost,
    Direction,
    Outcome,
    Role,
    ToolCallRecord,
    Transfer,
    TurnRecord,
)
from bot.store.schema import migrate
from bot.store.statuses import STATUSES, TERMINAL_STATUSES
from bot.store.store import Store

__all__ = [
    "STATUSES",
    "TERMINAL_STATUSES",
    "CallChanges",
    "CallFacts",
    "CallRecord",
    "Cost",
    "Direction",
    "Outcome",
    "Role",
    "Store",
    "StoreError",
    "ToolCallRecord",
    "Transfer",
    "TurnRecord",
    "migrate",
]
