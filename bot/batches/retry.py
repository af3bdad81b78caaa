"""Whether a contact is called again, and when: from how the last attempt ended, in plain code.

This proposes; the gate decides again when the time has come. Law and holidays are the gate's, the
hours of the batch are kept here already, so that no contact waits for a moment that cannot be.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.batches.dispositions import SETTLED, Disposition, Verdict, prevailing
from bot.batches.gate.windows import senders_window
from bot.batches.settings import BatchSettings, Hours
from bot.store.batch_records import AttemptRecord, ContactRecord, ContactState

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_DAYS_TO_CHOOSE_FROM = 8  # both halves of a week are among them
_THIRDS = 3  # of the hours in which people may be called


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What follows an attempt that ended in a certain way."""

    pauses: tuple[timedelta, ...] = ()  # before the first further try, the second...; then the last
    limit: int | None = None  # further tries after attempts that ended so; None: the caps' business
    elsewhen: bool = False  # at a time of day at which it has been tried least


_NEVER = Rule(limit=0)

RULES: Mapping[Disposition, Rule] = MappingProxyType(
    {
        **dict.fromkeys(SETTLED, _NEVER),
        Disposition.PERSON_WANTED: _NEVER,  # a person has to
        # A contact who said nothing definite is asked once more, and then left alone.
        Disposition.UNDECIDED: Rule(pauses=(20 * _HOUR,), limit=1, elsewhen=True),
        Disposition.CALLBACK_AT: Rule(pauses=(2 * _HOUR,)),  # the pause where they named no time
        Disposition.NO_ANSWER: Rule(pauses=(3 * _HOUR, 20 * _HOUR, 44 * _HOUR), elsewhen=True),
        Disposition.VOICEMAIL_NO_MESSAGE: Rule(pauses=(3 * _HOUR, 20 * _HOUR), elsewhen=True),
        Disposition.BUSY: Rule(pauses=(15 * _MINUTE, 1 * _HOUR, 4 * _HOUR)),
        Disposition.FAILED: Rule(pauses=(10 * _MINUTE, 1 * _HOUR, 4 * _HOUR), limit=5),
    }
)
# Failures that pass by themselves, and those that the operator has to put right in the account.
_PASSES = Rule(pauses=(2 * _MINUTE, 10 * _MINUTE, 1 * _HOUR), limit=8)
_NEEDS_HANDS = Rule(pauses=(1 * _HOUR, 4 * _HOUR, 20 * _HOUR), limit=3)


@dataclass(frozen=True, kw_only=True)
class Again:
    """The contact waits."""

    at: datetime  # in UTC
    disposition: Disposition  # so far
    why: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """This contact is not called again."""

    state: ContactState
    disposition: Disposition
    why: str


def rule_of(verdict: Verdict) -> Rule:
    """Of its disposition; a failure's also by whose it was."""
    if verdict.disposition is Disposition.FAILED:
        if verdict.detail.get("retry"):
            return _PASSES
        if verdict.detail.get("fault") == "ours" or verdict.detail.get("reason") == "blocked":
            return _NEEDS_HANDS
    return RULES[verdict.disposition]


def next_step(
    verdict: Verdict,
    *,
    contact: ContactRecord,
    attempts: Sequence[AttemptRecord],
    settings: BatchSettings,
    now: datetime,
    zones: Collection[str],
) -> Again | Done:
    """What becomes of a contact after an attempt.

    `attempts` are all of the contact, the one that has just ended among them; `zones` are those
    in which the callee may be (`Place.zones`).
    """
    disposition = prevailing(contact.disposition, verdict)
    if disposition in SETTLED:
        return _done(disposition, "it is settled")
    rule = rule_of(verdict)
    ended_so = max(1, sum(1 for each in attempts if each.disposition == verdict.disposition))
    if rule.limit is not None and ended_so > rule.limit:
        return _done(disposition, f"{ended_so} attempts have ended so")
    calls = sorted(each.placed_at for each in attempts if each.placed_at is not None)
    if max(contact.attempts, len(calls)) >= settings.caps.per_contact:
        return _done(disposition, f"{settings.caps.per_contact} calls were made, as many as may be")
    wanted = verdict.disposition is Disposition.CALLBACK_AT
    asked_for = _asked_for(verdict, zones) if wanted else None
    pause = rule.pauses[min(ended_so, len(rule.pauses)) - 1]
    earliest = max(asked_for or now + pause, _after_caps(calls, settings, now, wanted=wanted))
    why = "as they asked" if asked_for is not None else f"after {disposition.value}"
    for deadline in (contact.deadline, contact.last_deadline):  # else about the appointments left
        last = deadline and settings.no_call_from(deadline, asked_for=wanted)
        ends = [end for end in (last, settings.end_at) if end is not None]
        latest = min(ends, default=None)
        at = None
        if rule.elsewhen:
            at = _elsewhen(earliest, latest, calls, zones, settings.hours)
        at = at or first_inside(earliest, zones, settings.hours)
        if at is None:
            return _done(disposition, "the hours of the batch never fit all zones they may be in")
        if latest is None or at < latest:
            return Again(at=at, disposition=disposition, why=why)
    return _done(disposition, "there is no time left before the appointment or the batch's end")


def first_inside(moment: datetime, zones: Collection[str], hours: Hours) -> datetime | None:
    """The first moment from this one on that is within the hours in all zones, in UTC.

    None: there is none. Without zones every moment is: the gate, which never calls where a zone is
    not known, has the last word.
    """
    if not zones:
        return moment.astimezone(UTC)
    return senders_window(frozenset(zones), hours).next(moment)


def _elsewhen(
    earliest: datetime,
    latest: datetime | None,
    calls: Sequence[datetime],
    zones: Collection[str],
    hours: Hours,
) -> datetime | None:
    """The first moment in the third of the day that was tried least, in all zones' hours.

    Between thirds tried as often, the half of the week counts in which that third was tried
    least. None when no third has room before `latest`.
    """
    if not zones:
        return None
    zone = ZoneInfo(min(zones))
    tried = Counter(_third(call, zone, hours) for call in calls)
    tried_in_half = Counter(
        (_third(call, zone, hours), _early_in_week(call, zone)) for call in calls
    )
    begin = earliest.astimezone(zone)
    choices = []
    for ahead in range(_DAYS_TO_CHOOSE_FROM):
        for third in range(_THIRDS):
            start = _start_of(third, begin + ahead * _DAY, zone, hours)
            if latest is not None and start >= latest:
                break  # so are all later ones of that day
            at = first_inside(max(earliest.astimezone(UTC), start), zones, hours)
            if at is None or (latest is not None and at >= latest):
                continue
            if _third(at, zone, hours) == third:
                half = tried_in_half[third, _early_in_week(at, zone)]
                choices.append((tried[third], half, at))
    return min(choices)[2] if choices else None


def _third(moment: datetime, zone: ZoneInfo, hours: Hours) -> int:
    local = moment.astimezone(zone)
    into = (local.hour - hours.begin.hour) * 60 + local.minute - hours.begin.minute
    return max(0, min(_THIRDS - 1, into * _THIRDS // _length_min(hours)))


def _start_of(third: int, day: datetime, zone: ZoneInfo, hours: Hours) -> datetime:
    begin = datetime.combine(day.date(), hours.begin)
    # Rounded up, so that this minute belongs to the third that it begins.
    into = timedelta(minutes=-(-third * _length_min(hours) // _THIRDS))
    return (begin + into).replace(tzinfo=zone).astimezone(UTC)


def _length_min(hours: Hours) -> int:
    length = (hours.end.hour - hours.begin.hour) * 60 + hours.end.minute - hours.begin.minute
    return max(1, length)


def _early_in_week(moment: datetime, zone: ZoneInfo) -> bool:
    return moment.astimezone(zone).weekday() < 3


def _after_caps(
    calls: Sequence[datetime], settings: BatchSettings, now: datetime, *, wanted: bool
) -> datetime:
    """When the calls of this batch alone leave room for one more, by day and by week; by week
    alone for a call that the callee wants, as the gate has it.
    """
    at = now
    for cap, span in ((settings.caps.per_day, _DAY), (settings.caps.per_week, 7 * _DAY)):
        if len(calls) >= cap and not (wanted and span == _DAY):
            at = max(at, calls[-cap] + span)
    return at


def _asked_for(verdict: Verdict, zones: Collection[str]) -> datetime | None:
    """The time of a `callback_at`; where it names no zone, not before it is that time in every
    zone they may be in. None: they named no time.
    """
    if "at" in verdict.detail:
        return datetime.fromisoformat(verdict.detail["at"])
    if "local" not in verdict.detail:
        return None
    there = datetime.fromisoformat(verdict.detail["local"])
    moments = (there.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in zones)
    return max(moments, default=None)


def _done(disposition: Disposition, why: str) -> Done:
    return Done(state="done", disposition=disposition, why=why)
