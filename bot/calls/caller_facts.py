"""What an agent is told of a caller before they have said a word. Plain code.

The number that a caller is seen with proves nothing: it can be faked, and a telephone is shared. So
the model is told what it may make of it, with each fact.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.calls.outcome import Ending
from bot.store import CallRecord, MessageRecord

LONGEST_WORDS = 300  # of a summary, or of what a message is about
LONGEST_NAME = 80
MOST_CALLS = 3
MOST_MESSAGES = 3
LEAST_TURNS = 2  # of a call that can be gone on with

# The line, or our side, broke under a conversation. A caller who hangs up, or whose own phone
# fails, looks the same to us: such a call is over.
BROKE = frozenset(
    {
        Ending.STREAM_LOST,
        Ending.MODEL_UNREACHABLE,
        Ending.MODEL_SILENT,
        Ending.MODEL_FAILED,
        Ending.MODEL_LOST,
        Ending.PROTOCOL_BROKEN,
        Ending.PROCESSOR_FAILED,
        Ending.PIPELINE_FAILED,
        Ending.PIPELINE_STUCK,
        Ending.SERVICE_RESTARTED,
    }
)

_UNPROVEN = (
    "A number can be faked, and a telephone is shared: this proves nothing. Do not call them by a "
    "name that they have not said. Before you tell them anything of it, have them say who they "
    "are, and see that it fits; functions that check it themselves still do."
)
_RESUMED = (
    "A call from this number broke off {ago} ago through no fault of theirs; what was said in it "
    "stands before this. Your first words tell them that you were cut off. Go on where it "
    "broke; do not ask again for what they have said. If it is somebody else, tell them nothing "
    "of it, and begin anew. What functions had done then is done; what needs their identity, ask "
    "for again."
)


def of_business(names: Sequence[str], next_appointment: str) -> str:
    """Who it may be, by the records of the business; empty: nothing is known."""
    known = list(dict.fromkeys(filter(None, (_words(name, LONGEST_NAME) for name in names))))
    if not known:
        return ""
    told = [f"By our records the number they call from is that of {' or '.join(known)}."]
    if next_appointment:
        told.append(f"The next appointment under it: {next_appointment}.")
    return " ".join((*told, _UNPROVEN))


def of_memory(
    calls: Sequence[CallRecord], messages: Sequence[MessageRecord], zone: ZoneInfo | None
) -> str:
    """What earlier calls with this number were about, and what is still open; newest first."""
    told = [
        f"- On {_day(call.started_at, zone)}: {_words(call.outcome.summary, LONGEST_WORDS)}"
        for call in calls
        if call.outcome is not None and call.outcome.summary
    ][:MOST_CALLS]
    told += [
        f"- A message they left on {_day(message.taken_at, zone)} has not been acknowledged yet: "
        f"{_words(message.reason, LONGEST_WORDS)}"
        for message in messages
        if not message.is_erased
    ][:MOST_MESSAGES]
    if not told:
        return ""
    return "\n".join(("Earlier calls with this number:", *told, _UNPROVEN))


def broke(call: CallRecord) -> bool:
    """Whether this call is one to be gone on with: it broke, and something was said in it."""
    return (
        call.outcome is not None
        and call.outcome.reason in BROKE
        and (call.dialled is None or call.dialled.outcome != "answered")  # nor told to a person
        and len(call.turns) >= LEAST_TURNS
        and any(turn.text for turn in call.turns)
    )


def of_broken(call: CallRecord, now: datetime) -> str:
    """What the agent is told when the caller of a call that broke is back."""
    mins = round((now - (call.ended_at or call.started_at)).total_seconds() / 60)
    ago = "a moment" if mins < 1 else f"{mins} minute{'s' if mins > 1 else ''}"
    return _RESUMED.format(ago=ago)


def _day(moment: datetime, zone: ZoneInfo | None) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"


def _words(text: str | None, longest: int) -> str:
    """On one line, and not for ever: others have written it."""
    words = " ".join((text or "").split())
    return words if len(words) <= longest else f"{words[:longest].rstrip()}..."
