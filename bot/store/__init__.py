"""What is kept of calls: records in, records out, in SQLite or PostgreSQL."""

from bot.store.batch_records import (
    OVER,
    AttemptRecord,
    AttemptState,
    BatchRecord,
    BatchState,
    ContactChanges,
    ContactRecord,
    ContactState,
    Counts,
    NumberFacts,
    OtherContact,
    Suppression,
    TakenBack,
    Unheard,
)
from bot.store.engine import place_of, workflows_url
from bot.store.errors import KeyTaken, StoreError
from bot.store.notices import NoticeRecord
from bot.store.records import (
    CallChanges,
    CallFacts,
    CallRecord,
    Cost,
    Dialled,
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
from bot.store.suppressions import Suppressions

__all__ = [
    "OVER",
    "STATUSES",
    "TERMINAL_STATUSES",
    "AttemptRecord",
    "AttemptState",
    "BatchRecord",
    "BatchState",
    "CallChanges",
    "CallFacts",
    "CallRecord",
    "ContactChanges",
    "ContactRecord",
    "ContactState",
    "Cost",
    "Counts",
    "Dialled",
    "Direction",
    "KeyTaken",
    "NoticeRecord",
    "NumberFacts",
    "OtherContact",
    "Outcome",
    "Role",
    "Store",
    "StoreError",
    "Suppression",
    "Suppressions",
    "TakenBack",
    "ToolCallRecord",
    "Transfer",
    "TurnRecord",
    "Unheard",
    "migrate",
    "place_of",
    "workflows_url",
]
