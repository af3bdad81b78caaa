"""When somebody is told again of a message that nobody has acknowledged. Plain code."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.store import MessageRecord
from processors.desk import MessageRules

LONGEST_PAUSE = timedelta(hours=24)  # between two reminders
GIVE_UP_AFTER = timedelta(days=7)  # the message stays open, but nobody is told again

Step = Literal["message.reminder", "message.escalated"]


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """What is done next about an open message, and when."""

    step: Step
    at: datetime


def follow_up(message: MessageRecord, rules: MessageRules) -> FollowUp | None:
    """The next reminder or the escalation, whichever comes first; None: nothing is done any more.

    Reminders come after `remind_mins`, and then after pauses that double, up to a day. A message
    is escalated once, where the rules say to whom.
    """
    if message.acknowledged_at is not None or message.is_erased:
        return None
    reminder = _reminder_at(message, rules)
    if rules.escalate_to and message.escalated_at is None:
        urgent = message.urgency == "urgent"
        mins = rules.urgent_escalate_mins if urgent else rules.escalate_mins
        escalation = message.taken_at + timedelta(minutes=mins)
        if reminder is None or escalation <= reminder:
            return FollowUp(step="message.escalated", at=escalation)
    if reminder is None:
        return None
    return FollowUp(step="message.reminder", at=reminder)


def done(message: MessageRecord, step: Step, rules: MessageRules, *, at: datetime) -> MessageRecord:
    """The message after this step. Reminders that came due in the meantime, while no process ran,
    are counted and not made up for.
    """
    if step == "message.escalated":
        moved = replace(message, escalated_at=at)
    else:
        moved = replace(message, reminders=message.reminders + 1)
        while (due := _reminder_at(moved, rules)) is not None and due <= at:
            moved = replace(moved, reminders=moved.reminders + 1)
    upcoming = follow_up(moved, rules)
    return replace(moved, next_at=max(upcoming.at, at) if upcoming else None)


def _reminder_at(message: MessageRecord, rules: MessageRules) -> datetime | None:
    urgent = message.urgency == "urgent"
    pause = timedelta(minutes=rules.urgent_remind_mins if urgent else rules.remind_mins)
    at = message.taken_at
    for _ in range(message.reminders + 1):
        at += min(pause, LONGEST_PAUSE)
        pause *= 2
        if at > message.taken_at + GIVE_UP_AFTER:
            return None
    return at
