"""What the tests of the gate start from: somebody who may be called, at any hour of a sender."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.batches.gate.contactability import Decision, Facts, Place, Reason, decide
from bot.batches.gate.windows import Window, week_of, window_of
from bot.batches.settings import BatchSettings, Caps, Hours
from config.calling_rules import load_rules

RULES = load_rules()
# A sender who leaves it all to the law: whatever is forbidden is forbidden by it.
ANY_HOUR = Hours(
    days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    begin=dt.time(0),
    end=dt.time(23, 59),
    holidays=True,
)
LENIENT = BatchSettings(
    hours=ANY_HOUR,
    caps=Caps(per_contact=20, per_day=10, per_week=30),
    not_later_than_hours=0,
)


def a_place(zone: str = "America/New_York", region: str = "US-NY") -> Place:
    """One candidate of each."""
    return Place(zones=frozenset({zone}), regions=frozenset({region}), source="region")


def local(zone: str, text: str, *, fold: int = 0) -> dt.datetime:
    """A moment by the clock of a zone: "2026-11-20 07:59"."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


# A Wednesday without holidays anywhere in the US, before noon in the east.
NOW = local("America/New_York", "2026-10-21 11:00")
FACTS = Facts(
    now=NOW,
    place=a_place(),
    suppressed_at=None,
    consent_source="intake form",
    consent_at=NOW - dt.timedelta(days=30),
    deadline=None,
    calls_at=(),
    in_flight=False,
    attempts=0,
    standing=1,
    batch_state="running",
    spent_usd=Decimal(0),
)


def lawless(zone: str, hours: Hours) -> Window:
    """A sender's hours where no law narrows them, as all laws forbid the night."""
    window = window_of(frozenset({zone}), frozenset(), hours, RULES)
    return replace(window, rules=(), week=week_of(hours), quiet_regions=())


def gate(settings: BatchSettings = LENIENT, **changes: Any) -> Decision:
    """What is decided when the facts differ in this from those of somebody who may be called."""
    return decide(replace(FACTS, **changes), settings, RULES)


def said(decision: Decision, rule: str) -> Reason:
    """What one rule said, which must have spoken once."""
    (reason,) = [reason for reason in decision.reasons if reason.rule == rule]
    return reason
