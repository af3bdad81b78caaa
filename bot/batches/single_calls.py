"""What the law says against a single call at this moment, by the rules that batches are held to.

A sender who orders a single call may have a reason that no rule here knows: the person has just
asked for it. So it is dialled, unless the number has opted out, and the sender is told.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bot.batches.gate.contactability import Facts, Reason, decide
from bot.batches.gate.facts import CALLS_COUNT_FOR
from bot.batches.gate.places import place_of
from bot.batches.settings import BatchSettings, Hours
from bot.store import Store
from config.calling_rules import Rules

_TOLD = frozenset({"place", "window", "holiday", "cap_by_law", "in_flight"})
# Hours of a sender that narrow nothing: those of the law alone are left.
_ANY_HOUR = BatchSettings(
    hours=Hours(
        days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        begin=dt.time.min,
        end=dt.time.max,
        holidays=True,
    )
)


@dataclass(frozen=True, kw_only=True)
class Warned:
    """One rule that a call at this moment would break, or that cannot be kept."""

    rule: str  # as in bot.batches.gate.contactability
    why: str  # one sentence


class SingleCallRules:
    """Looks a number up before it is dialled."""

    def __init__(self, *, store: Store, rules: Rules, now: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._rules = rules
        self._now = now

    async def against(self, number: str) -> tuple[Warned, ...]:
        """What speaks against a call to it, E.164; nothing is known of a SIP address.

        Raises:
            StoreError: it is not known what calls there were.
        """
        if not number.startswith("+"):
            return ()
        now = self._now()
        known = await self._store.ledger.number_facts(number, since=now - CALLS_COUNT_FOR)
        facts = Facts(
            now=now,
            place=place_of(number=number, zone="", region="", batch_zone=""),
            suppressed_at=known.suppressed_at,
            consent_source="",
            consent_at=None,
            deadline=None,
            calls_at=known.calls_at,
            in_flight=known.in_flight,
            attempts=0,
            standing=None,
            batch_state="running",
            spent_usd=Decimal(0),
        )
        reasons = decide(facts, _ANY_HOUR, self._rules).reasons
        return tuple(map(_warned, filter(_is_told, reasons)))


def _is_told(reason: Reason) -> bool:
    return reason.rule in _TOLD and reason.says != "allow"


def _warned(reason: Reason) -> Warned:
    return Warned(rule=reason.rule, why=reason.why)
