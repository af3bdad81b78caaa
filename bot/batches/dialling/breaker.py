"""What pauses a batch by itself: too many of its last calls went wrong. Plain arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.batches.dispositions import Disposition
from bot.batches.settings import Breaker
from bot.store.batch_records import AttemptRecord
from bot.store.records import CallRecord

QUICK_SECS = 5.0  # who hangs up within it did not want the call


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A call of the batch, as far as the breaker cares."""

    disposition: str
    answered: bool = False
    quick_hang_up: bool = False
    taken_back: bool = False  # by ourselves, as at the end of a window


def sample_of(attempt: AttemptRecord, record: CallRecord | None) -> Sample:
    """Of an attempt that ended, and its call, if there was one."""
    if record is None or record.answered_at is None:
        taken_back = attempt.detail.get("reason") == "canceled"
        return Sample(disposition=attempt.disposition, taken_back=taken_back)
    by_callee = record.outcome is not None and record.outcome.reason == "caller_hung_up"
    quick = (
        by_callee
        and record.ended_at is not None
        and (record.ended_at - record.answered_at).total_seconds() < QUICK_SECS
    )
    return Sample(disposition=attempt.disposition, answered=True, quick_hang_up=quick)


def why_pause(samples: Sequence[Sample], breaker: Breaker) -> str | None:
    """Why a batch has to be paused after its last calls: a slug and a sentence; None: it has not.

    Of fewer calls than half the window a share says little: they count as half a window.
    """
    answered = [sample for sample in samples if sample.answered]
    looks = (
        ("carrier_errors", breaker.carrier_errors, samples, _failed, "failed"),
        ("quick_hang_ups", breaker.quick_hang_ups, answered, _hung_up, "were hung up at once"),
        ("opt_outs", breaker.opt_outs, answered, _opted_out, "ended with an opt-out"),
        ("wrong_persons", breaker.wrong_persons, answered, _wrong, "reached the wrong person"),
    )
    for slug, share, among, is_bad, what in looks:
        bad = sum(map(is_bad, among))
        if bad and bad >= share * max(len(among), breaker.window / 2):
            return f"{slug}: {bad} of the last {len(among)} calls {what}."
    return None


def _failed(sample: Sample) -> bool:
    return sample.disposition == Disposition.FAILED and not sample.taken_back


def _hung_up(sample: Sample) -> bool:
    return sample.quick_hang_up


def _opted_out(sample: Sample) -> bool:
    return sample.disposition == Disposition.OPT_OUT


def _wrong(sample: Sample) -> bool:
    return sample.disposition == Disposition.WRONG_PERSON
