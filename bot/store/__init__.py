"""What is kept of calls: records in, records out, in SQLite or PostgreSQL."""

from bot.store.agent_versions import StoredAgent
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
from bot.store.desk_records import (
    DeliveryRecord,
    MessageRecord,
    TextDirection,
    TextRecord,
    TextStatus,
    Urgency,
)
from bot.store.engine import place_of, workflows_url
from bot.store.errors import KeyTaken, StoreError
from bot.store.notices import NoticeRecord
from bot.store.outbox import Subscription, Wanted
from bot.store.records import (
    AgentVersion,
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
from bot.store.suppressions import BY_TEXT, Suppressions

__all__ = [
    "BY_TEXT",
    "OVER",
    "STATUSES",
    "TERMINAL_STATUSES",
    "AgentVersion",
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
    "DeliveryRecord",
    "Dialled",
    "Direction",
    "KeyTaken",
    "MessageRecord",
    "NoticeRecord",
    "NumberFacts",
    "OtherContact",
    "Outcome",
    "Role",
    "Store",
    "StoreError",
    "StoredAgent",
    "Subscription",
    "Suppression",
    "Suppressions",
    "TakenBack",
    "TextDirection",
    "TextRecord",
    "TextStatus",
    "ToolCallRecord",
    "Transfer",
    "TurnRecord",
    "Unheard",
    "Urgency",
    "Wanted",
    "migrate",
    "place_of",
    "workflows_url",
]
