"""What is kept of calls: records in, records out, in SQLite or PostgreSQL.

What needs the database's library is loaded when it is asked for: a process that only reads a file
has no use for it, and would wait for it half of its time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from bot.store.console_records import (
    USER_ROLES,
    AuditRecord,
    SessionKind,
    SessionRecord,
    UserRecord,
    UserRole,
)
from bot.store.desk_records import (
    BlockedRecord,
    DeliveryRecord,
    MessageRecord,
    RecordingRecord,
    TextDirection,
    TextRecord,
    TextStatus,
    Urgency,
)
from bot.store.errors import KeyTaken, StoreError
from bot.store.knowledge_records import DocumentRecord, FoundPiece, PieceRecord
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
from bot.store.statuses import STATUSES, TERMINAL_STATUSES

if TYPE_CHECKING:
    from bot.store.agent_versions import StoredAgent
    from bot.store.call_holders import digest_of
    from bot.store.call_search import CallFilter
    from bot.store.engine import file_of, place_of, workflows_url
    from bot.store.letters import Letter
    from bot.store.look import DatabaseLook, look_at, nearest_folder
    from bot.store.notices import NoticeRecord
    from bot.store.outbox import Subscription, Wanted
    from bot.store.processes import new_process_id
    from bot.store.retention import Kept
    from bot.store.schema import migrate
    from bot.store.store import Store
    from bot.store.suppressions import BY_TEXT, Suppressions

_LATER = {
    "digest_of": "bot.store.call_holders",
    "Letter": "bot.store.letters",
    "new_process_id": "bot.store.processes",
    "StoredAgent": "bot.store.agent_versions",
    "CallFilter": "bot.store.call_search",
    "file_of": "bot.store.engine",
    "place_of": "bot.store.engine",
    "workflows_url": "bot.store.engine",
    "DatabaseLook": "bot.store.look",
    "look_at": "bot.store.look",
    "nearest_folder": "bot.store.look",
    "NoticeRecord": "bot.store.notices",
    "Subscription": "bot.store.outbox",
    "Wanted": "bot.store.outbox",
    "Kept": "bot.store.retention",
    "migrate": "bot.store.schema",
    "Store": "bot.store.store",
    "BY_TEXT": "bot.store.suppressions",
    "Suppressions": "bot.store.suppressions",
}

__all__ = [
    "BY_TEXT",
    "OVER",
    "STATUSES",
    "TERMINAL_STATUSES",
    "USER_ROLES",
    "AgentVersion",
    "AttemptRecord",
    "AttemptState",
    "AuditRecord",
    "BatchRecord",
    "BatchState",
    "BlockedRecord",
    "CallChanges",
    "CallFacts",
    "CallFilter",
    "CallRecord",
    "ContactChanges",
    "ContactRecord",
    "ContactState",
    "Cost",
    "Counts",
    "DatabaseLook",
    "DeliveryRecord",
    "Dialled",
    "Direction",
    "DocumentRecord",
    "FoundPiece",
    "Kept",
    "KeyTaken",
    "Letter",
    "MessageRecord",
    "NoticeRecord",
    "NumberFacts",
    "OtherContact",
    "Outcome",
    "PieceRecord",
    "RecordingRecord",
    "Role",
    "SessionKind",
    "SessionRecord",
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
    "UserRecord",
    "UserRole",
    "Wanted",
    "digest_of",
    "file_of",
    "look_at",
    "migrate",
    "nearest_folder",
    "new_process_id",
    "place_of",
    "workflows_url",
]


def __getattr__(name: str) -> Any:
    """What is loaded later. Raises AttributeError for what there is not."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_LATER[name]), name)
    return found
