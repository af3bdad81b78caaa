"""What becomes of a contact who rang back, by what that call came to: plain code."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.batches.dispositions import SAID, SETTLED, Disposition, Verdict
from bot.batches.retry import Again, next_step
from bot.batches.settings import BatchSettings
from bot.store.batch_records import (
    OVER,
    AttemptRecord,
    BatchRecord,
    ContactChanges,
    ContactRecord,
    ContactState,
)

_IN_THE_QUEUE = ("waiting", "dialling")


def after_ring_back(
    verdict: Verdict,
    call_id: str,
    *,
    batch: BatchRecord,
    contact: ContactRecord,
    attempts: Sequence[AttemptRecord],
    zones: Collection[str],
    now: datetime,
) -> ContactChanges:
    """How the contact changes; empty: not at all.

    What they settled is settled, in a batch that is over too. Who wants to be called at another
    time is, if the batch still runs and the caps, which count our own calls, allow it. A call that
    broke, or in which nobody spoke, changes nothing; one without a decision puts the next call off,
    but not one that they had asked for.
    """
    said = verdict.disposition
    asked_for_before = contact.disposition == Disposition.CALLBACK_AT
    if said not in SAID or (said is Disposition.UNDECIDED and asked_for_before):
        return {}
    step = next_step(
        verdict,
        contact=contact,
        attempts=attempts,
        settings=BatchSettings.model_validate(batch.settings),
        now=now,
        zones=zones,
    )
    if step.disposition != said:
        return {}
    detail = {**verdict.detail, "rang_back": call_id}
    changes: ContactChanges = {"disposition": said.value, "detail": detail}
    waits = contact.state in _IN_THE_QUEUE
    if said in SETTLED:
        return {**changes, "state": "done", "due_at": None}
    wanted = waits or said is Disposition.CALLBACK_AT
    if isinstance(step, Again) and wanted and batch.state not in OVER:
        return {**changes, "state": "waiting", "due_at": step.at}
    if waits:
        state: ContactState = "cancelled" if batch.state == "cancelled" else "done"
        return {**changes, "state": state, "due_at": None}
    return changes
