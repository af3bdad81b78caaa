"""Which claims of the agent a tool makes true, once it has succeeded. Plain code.

The kinds are those of `processors.words.claims`. A tool says so itself (`tools.tool.covers`). One
that does not, such as those of an OpenAPI document, is judged by its name; a write whose name tells
nothing may be any of them, for an agent is not to be told that it lied when it did not.
"""

import re
from collections.abc import Mapping

EVERY = "*"  # whatever is claimed

_LOOKS_UP = frozenset(
    {
        "available",
        "check",
        "count",
        "fetch",
        "find",
        "get",
        "has",
        "is",
        "list",
        "look",
        "lookup",
        "query",
        "read",
        "search",
        "show",
    }
)
_ANY = frozenset(
    {
        "change",
        "do",
        "edit",
        "manage",
        "modify",
        "patch",
        "process",
        "put",
        "save",
        "set",
        "submit",
        "update",
    }
)
_MADE = frozenset({"add", "create", "insert", "make", "new", "post", "schedule"})
_ENTRY = frozenset(
    {
        "appointment",
        "appointments",
        "booking",
        "bookings",
        "event",
        "reservation",
        "reservations",
        "slot",
        "visit",
    }
)
_WORDS: Mapping[str, frozenset[str]] = {
    "booked": frozenset({"book", "booking", "rebook", "reserve", "schedule"}),
    "held": frozenset({"block", "hold", "reserve"}),
    "confirmed": frozenset({"accept", "confirm"}),
    "cancelled": frozenset({"cancel", "decline", "delete", "remove", "void"}),
    "moved": frozenset({"move", "postpone", "reschedule", "shift"}),
    "texted": frozenset({"sms", "text"}),
    "mailed": frozenset({"email", "mail"}),
    "message": frozenset(
        {"alert", "callback", "lead", "message", "note", "notify", "page", "task", "ticket"}
    ),
    "removed": frozenset({"optout", "optouts", "suppress", "unsubscribe"}),
}
# What is in the diary from then on.
_STANDS = frozenset({"booked", "confirmed", "moved"})


def covered_by_name(name: str, *, writes: bool) -> tuple[str, ...]:
    """What a tool with this name covers: `EVERY` if it writes and its name does not tell."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    if not words or (not writes and words[0] in _LOOKS_UP):
        return ()
    if writes and _ANY.intersection(words):
        return (EVERY,)
    told = {kind for kind, verbs in _WORDS.items() if verbs.intersection(words)}
    if words[0] in _MADE and _ENTRY.intersection(words):
        told.add("booked")
    elif words[0] not in _WORDS["booked"]:
        told.discard("booked")
    if told & _STANDS:
        told |= {"standing", "held"}
    if "booked" in told or "moved" in told:
        told.add("confirmed")
    if not told and writes:
        return (EVERY,)
    return tuple(sorted(told))
