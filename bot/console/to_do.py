"""What a batch leaves for people to do: plain data."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.batches.dispositions import Disposition
from bot.store.batch_records import ContactState


@dataclass(frozen=True, kw_only=True)
class Task:
    """Contacts of one kind, and what is to be done about them."""

    title: str
    does: str
    state: ContactState
    disposition: Disposition | None = None  # None: any


# The most urgent first.
TO_DO: Sequence[Task] = (
    Task(
        title="Want a person",
        does="They asked for one of you, and nobody came to the phone: call them.",
        state="done",
        disposition=Disposition.PERSON_WANTED,
    ),
    Task(
        title="Wait for a call at their time",
        does="No call to them is left in this batch: call them at the time they asked for.",
        state="done",
        disposition=Disposition.CALLBACK_AT,
    ),
    Task(
        title="Another language",
        does="They speak a language that the agent does not: have somebody call who does.",
        state="done",
        disposition=Disposition.LANGUAGE_NEEDED,
    ),
    Task(
        title="Unclear",
        does="They answered, and the call ended before they said what they want: ask them.",
        state="done",
        disposition=Disposition.UNDECIDED,
    ),
    Task(
        title="Wrong person",
        does="The number is somebody else's: find the right one, and correct your records.",
        state="done",
        disposition=Disposition.WRONG_PERSON,
    ),
    Task(
        title="Cannot be reached",
        does="Nobody can be spoken with at the number, now or later: find another.",
        state="done",
        disposition=Disposition.UNREACHABLE,
    ),
    Task(
        title="Not called",
        does="A rule forbade it, or their time was over: each says why.",
        state="skipped",
    ),
)
