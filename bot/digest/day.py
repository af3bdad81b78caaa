"""What happened between two digests: counted from records. Plain code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from bot.calls.outcome import CUT, KEPT_OUT
from bot.digest.flags import Flag, flags_of
from bot.store import CallRecord, MessageRecord, TextRecord


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """A call with something to look at."""

    call_id: str
    at: datetime
    number: str  # of the other party
    flags: tuple[Flag, ...]


@dataclass(kw_only=True)
class Day:
    """Sums over the calls of a day, and what stands out."""

    since: datetime
    until: datetime
    inbound: int = 0
    outbound: int = 0
    results: Counter[str] = field(default_factory=Counter)
    nuisance: Counter[str] = field(default_factory=Counter)  # by reason: not let in, or cut
    noticed: list[Noticed] = field(default_factory=list)
    cost: dict[str, Decimal] = field(default_factory=dict)  # by currency
    messages: Sequence[MessageRecord] = ()  # taken, or open from before; newest first
    texts: Counter[str] = field(default_factory=Counter)  # by status, of those that went out

    def add(self, calls: Iterable[CallRecord]) -> None:
        """Counts these calls too."""
        for call in calls:
            if call.direction == "inbound":
                self.inbound += 1
            else:
                self.outbound += 1
            if call.outcome is not None and call.outcome.reason in KEPT_OUT | CUT:
                self.nuisance[call.outcome.reason] += 1
            self.results[call.outcome.result if call.outcome else "under way"] += 1
            if call.cost is not None:
                spent = self.cost.get(call.cost.currency, Decimal(0))
                self.cost[call.cost.currency] = spent + call.cost.total
            if flags := flags_of(call):
                other = call.from_number if call.direction == "inbound" else call.to_number
                self.noticed.append(
                    Noticed(call_id=call.id, at=call.started_at, number=other, flags=flags)
                )

    def add_texts(self, texts: Iterable[TextRecord]) -> None:
        """Counts these texts too."""
        self.texts.update(text.status for text in texts if text.direction == "out")

    @property
    def calls(self) -> int:
        return self.inbound + self.outbound

    @property
    def open_messages(self) -> int:
        return sum(message.acknowledged_at is None for message in self.messages)

    @property
    def is_empty(self) -> bool:
        """Nothing happened, and nothing waits."""
        return not (self.calls or self.messages or self.texts)
