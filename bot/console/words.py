"""How the console writes times, money and what became of a call: plain code."""

from datetime import datetime, timedelta
from decimal import Decimal

from bot.same_number import is_withheld
from bot.store.batch_records import ContactRecord
from bot.store.records import CallRecord, Cost

CONSOLE = "console:"  # before the name of a user who calls from a browser

_ENDINGS = {
    "caller_hung_up": "caller hung up",
    "end_call": "agent ended the call",
    "hung_up_by_api": "hung up by us",
    "goodbye": "said goodbye",
    "time_limit": "time limit",
    "no_answer": "no answer",
    "at_capacity": "no room",
}
_RESULTS = {
    "completed": "completed",
    "transferred": "put through",
    "unreached": "not reached",
    "turned_away": "turned away",
    "failed": "failed",
}
_STEPS = {
    "called": "is called",
    "answered": "takes the call",
    "declined": "declines",
    "busy": "is on the line already",
    "no_answer": "does not answer",
    "voicemail": "has only a voicemail there",
    "failed": "cannot be reached",
    "cancelled": "is called no more",
}
# What decided about a contact, where its slug does not say it (bot/batches/gate).
_RULES = {
    "begin": "not begun",
    "elsewhere": "in another batch",
    "in_flight": "being called",
    "settled": "settled already",
    "standing": "appointment changed",
    "status": "status in the file",
    "variables": "words for the agent",
    "window": "hours",
}
_DECISIONS = {"allow": "may be called", "wait": "not now", "never": "not called"}
_ROLES = {"caller": "Caller", "agent": "Agent"}


def ending_words(reason: str) -> str:
    """A reason of an outcome, for people."""
    return _ENDINGS.get(reason, reason.replace("_", " "))


def outcome_words(result: str) -> str:
    """A result of an outcome, for people."""
    return _RESULTS.get(result, result.replace("_", " "))


def step_words(step: str, to: str) -> str:
    """What has happened in putting a caller through to somebody, for people."""
    if step == "back":
        return "The caller is back with the agent"
    return f"{to or 'The human of the line'} {_STEPS.get(step, step.replace('_', ' '))}"


def rule_words(rule: str) -> str:
    """A rule of the gate before each call, for people."""
    return _RULES.get(rule, rule.replace("_", " "))


def decision_words(word: str) -> str:
    """What the gate decided, for people."""
    return _DECISIONS.get(word, word)


def field_words(value: object) -> str:
    """A field of an outcome, as the agent filled it in."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(field_words(one) for one in value)
    return "–" if value is None else str(value)


def why_of(contact: ContactRecord) -> str:
    """Why a contact is where they are, as far as it is known."""
    detail, reasons = contact.detail, contact.decision.get("reasons", ())
    if contact.state == "skipped":
        return " ".join(one["why"] for one in reasons if one["says"] != "allow")
    known = ("at", "local", "language", "reason", "slot", "why")
    said = [str(detail[name]) for name in known if detail.get(name)]
    if contact.state == "waiting" and contact.decision.get("word") == "wait":
        said += [one["why"] for one in reasons if one["says"] == "wait"]
    return " ".join(said)


def sentence(error: Exception) -> str:
    """What was refused, as a sentence of its own."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def role_words(role: str) -> str:
    """Who speaks."""
    return _ROLES[role]


def duration(took: timedelta) -> str:
    """As 0:07, 12:30 or 1:02:30."""
    secs = max(0, int(took.total_seconds()))
    hours, minutes = secs // 3600, secs // 60 % 60
    return f"{hours}:{minutes:02}:{secs % 60:02}" if hours else f"{minutes}:{secs % 60:02}"


def age(moment: datetime, now: datetime) -> str:
    """How long ago: the largest unit that says something."""
    secs = max(0, int((now - moment).total_seconds()))
    for unit, each in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if secs >= each:
            count = secs // each
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def amount(cost: Cost | None) -> str:
    """Money, to the tenth of a cent below a dollar: a call costs cents."""
    if cost is None:
        return ""
    places = Decimal("0.001") if cost.total < 1 else Decimal("0.01")
    sign = "$" if cost.currency == "USD" else f"{cost.currency} "
    return f"{sign}{cost.total.quantize(places)}"


def talked(call: CallRecord, now: datetime) -> timedelta:
    """How long a call has lasted, from its beginning."""
    return (call.ended_at or now) - call.started_at


def other_party(call: CallRecord) -> str:
    """The number that we speak with."""
    return call.from_number if call.direction == "inbound" else call.to_number


def person_of(call: CallRecord) -> str:
    """The number that is theirs alone, of the one we speak with; empty: it is withheld, as that of
    others is, or erased.
    """
    number = other_party(call)
    return number if number.startswith(CONSOLE) or not is_withheld(number) else ""


def state_words(call: CallRecord) -> str:
    """Where a call stands, in a word or two."""
    if call.ended_at is not None:
        return "over"
    if call.transfer is not None:
        return "put through"
    return {"queued": "dialling", "ringing": "ringing", "in-progress": "talking"}.get(
        call.status, call.status
    )


def browser_words(client: str) -> str:
    """What a browser says that it is, in two words."""
    return f"{_first(client, _BROWSERS)} on {_first(client, _SYSTEMS)}"


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)  # most say that they are Safari, too
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)


def _first(text: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in known if sign in text), "something else")
