"""Whether a text may be sent: never to who wants none, never more often than the caps. Plain code.

A refusal is a sentence that a model can pass on, and that an operator reads in the list of texts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.store import TextRecord
from processors.desk import TextRules

# Why a text is sent. call: they asked for it while talking; booked: to confirm a booking; missed,
# dropped: after a call that was not served or broke; staff: a message to somebody of ours; reply:
# to a keyword of theirs.
Purpose = Literal["call", "booked", "missed", "dropped", "staff", "reply"]

DAY = timedelta(hours=24)
SAME_WITHIN = timedelta(minutes=10)  # the same words twice are a slip
STAFF_PER_DAY = 50  # to one number: more is a loop
REPLIES_PER_DAY = 3  # to one number: two machines would answer each other for ever

_TO_CALLERS = frozenset({"call", "booked", "missed", "dropped"})
_UNASKED = frozenset({"missed", "dropped"})


def refusal(
    text: TextRecord, earlier: Sequence[TextRecord], suppressed: bool, rules: TextRules
) -> str:
    """Why not, or "". `earlier` are texts that went, or are about to go, to the same number."""
    if suppressed and text.purpose != "reply":
        return "They have asked for no more text messages or calls from us"
    of_today = [each for each in earlier if each.made_at > text.made_at - DAY]
    if any(
        each.body == text.body and each.made_at > text.made_at - SAME_WITHIN for each in of_today
    ):
        return "The same text was sent to this number minutes ago"
    match text.purpose:
        case "staff":
            return _over(of_today, {"staff"}, STAFF_PER_DAY)
        case "reply":
            return _over(of_today, {"reply"}, REPLIES_PER_DAY)
        case "missed" | "dropped":
            if any(each.purpose in _UNASKED for each in of_today):
                return "They have had a text about a missed call within 24 hours"
    if text.call_id is not None:
        of_call = [each for each in earlier if each.call_id == text.call_id]
        if why := _over(of_call, {"call", "booked"}, rules.per_call, "in this call"):
            return why
    return _over(of_today, _TO_CALLERS, rules.per_day)


def _over(
    sent: Sequence[TextRecord], purposes: frozenset[str] | set[str], most: int, when: str = "today"
) -> str:
    count = sum(each.purpose in purposes for each in sent)
    if count < most:
        return ""
    return f"No more than {most} text messages may go to this number {when}"


def since(moment: datetime) -> datetime:
    """From when on earlier texts count."""
    return moment - DAY
