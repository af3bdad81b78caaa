"""The one gate before every dial: from facts to a decision, in plain code.

`decide` looks at all rules, not only at the first that objects, and says each of its reasons: what
is shown to the sender and kept as evidence is what was decided by.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

from bot.batches.gate.elsewhere import NOTHING, Elsewhere
from bot.batches.gate.windows import HORIZON_DAYS, Window, window_of
from bot.batches.gate.wording import at_utc, clocks_of, day_of
from bot.batches.settings import BatchSettings
from config.calling_rules import Most, Rules

Word = Literal["allow", "wait", "never"]

_NO_MOMENT = f"in {HORIZON_DAYS} days no moment suits all places and rules"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One rule that had something to say."""

    rule: str  # a slug, e.g. "window", "suppressed", "cap_per_day", "consent"
    says: Word
    why: str  # one sentence, with the arithmetic in it
    until: datetime | None = None  # wait: when this rule lets a call through, if it can tell


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a contact may be dialled at that moment."""

    word: Word
    at: datetime
    until: datetime | None  # wait: the earliest moment at which all rules may allow it
    reasons: Sequence[Reason]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the callee may be: all candidates count, the strictest wins."""

    zones: frozenset[str]  # IANA; empty: unknown, which is never called
    regions: frozenset[str]  # e.g. {"US-FL"}; {"US"} when the state is not known
    source: Literal["region", "zone", "number", "batch", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known at the moment of deciding. Times are aware."""

    now: datetime
    place: Place
    suppressed_at: datetime | None
    consent_source: str
    consent_at: datetime | None
    deadline: datetime | None
    calls_at: Sequence[datetime]  # calls placed to this number in the last 7 days, by any batch
    in_flight: bool  # a call to this number is under way, of any batch or of none
    attempts: int  # calls placed to this contact in this batch
    # Of the appointments, by the business: None was not asked (or could not be: then `standing`
    # is not required), else how many of them still stand.
    standing: int | None
    batch_state: str
    spent_usd: Decimal
    asked_for: bool = False  # in their last call they asked for this one
    settled: str = ""  # what they have said already, ringing back, that settles it
    elsewhere: Elsewhere = NOTHING  # what other batches have done about the same appointments


def decide(facts: Facts, settings: BatchSettings, rules: Rules) -> Decision:
    """Whether the contact may be dialled now.

    never: if any rule says so. wait: `until` is the earliest moment at which all rules that can
    tell let the call through; None if none of them can (a pause, a call under way).

    Raises:
        ValueError: `facts.now` or one of `facts.calls_at` is not aware.
    """
    # In UTC, as hours between two times of one zone are otherwise those of the clock on the wall.
    facts = replace(facts, now=_utc(facts.now), calls_at=[_utc(at) for at in facts.calls_at])
    window = window_of(facts.place.zones, facts.place.regions, settings.hours, rules)
    reasons = [
        *_suppressed(facts),
        *_place(facts),
        *_consent(facts, settings),
        *_standing(facts),
        *_settled(facts),
        *_caps(facts, settings, window),
        *_in_flight(facts),
        *_batch(facts),
        *_budget(facts, settings),
        *_begin(facts, settings),
        *_window(facts, window),
    ]
    waits = [reason.until for reason in reasons if reason.until is not None]
    until = window.next(max(waits)) if waits else None
    if waits and until is None and window.next(facts.now):  # then, but not any more
        why = f"from {at_utc(max(waits))} on, {_NO_MOMENT}"
        reasons.append(Reason(rule="window", says="never", why=why))
    reasons += _ends(facts, settings, until or facts.now)
    words = {reason.says for reason in reasons}
    word: Word = "never" if "never" in words else "wait" if "wait" in words else "allow"
    return Decision(
        word=word, at=facts.now, until=until if word == "wait" else None, reasons=tuple(reasons)
    )


# -- the rules ------------------------------------------------------------------------------------


def _suppressed(facts: Facts) -> Iterator[Reason]:
    if facts.suppressed_at is None:
        yield Reason(rule="suppressed", says="allow", why="not on the suppression list")
    else:
        why = f"on the suppression list since {day_of(facts.suppressed_at)}"
        yield Reason(rule="suppressed", says="never", why=why)


def _place(facts: Facts) -> Iterator[Reason]:
    if facts.place.zones:
        zones = " or ".join(sorted(facts.place.zones))
        regions = " or ".join(sorted(facts.place.regions)) or "an unknown country"
        why = f"in {regions}, on the clock of {zones}, by {facts.place.source}"
        yield Reason(rule="place", says="allow", why=why)
    else:
        why = (
            "neither region, zone nor number tells where this is, so no hour is known to be allowed"
        )
        yield Reason(rule="place", says="never", why=why)


def _consent(facts: Facts, settings: BatchSettings) -> Iterator[Reason]:
    if not settings.consent_required:
        yield Reason(rule="consent", says="allow", why="this batch does not require consent")
    elif not facts.consent_source:  # the sender's general word is in it where it counts
        why = "this batch requires consent, and none is on record"
        yield Reason(rule="consent", says="never", why=why)
    elif facts.consent_at is not None and facts.consent_at > facts.now:
        why = f"the consent is dated {at_utc(facts.consent_at)}, which is yet to come"
        yield Reason(rule="consent", says="never", why=why)
    else:
        dated = f"of {day_of(facts.consent_at)}" if facts.consent_at else "without a date"
        yield Reason(rule="consent", says="allow", why=f"consent {dated} is on record")


def _standing(facts: Facts) -> Iterator[Reason]:
    if facts.standing is None:
        return
    if facts.standing > 0:
        why = f"appointments that stand, by the business: {facts.standing}"
        yield Reason(rule="standing", says="allow", why=why)
    else:
        why = "the business says that none of the appointments stands any more"
        yield Reason(rule="standing", says="never", why=why)


def _settled(facts: Facts) -> Iterator[Reason]:
    if settled := facts.settled or facts.elsewhere.settled:
        yield Reason(rule="settled", says="never", why=f"it is settled: {settled}")
    elif calling := facts.elsewhere.calling:
        why = f"{calling}, which began earlier, calls about the same appointment"
        yield Reason(rule="elsewhere", says="wait", why=why, until=facts.elsewhere.until)


def _caps(facts: Facts, settings: BatchSettings, window: Window) -> Iterator[Reason]:
    caps = settings.caps
    done = f"{facts.attempts} of {caps.per_contact} calls of this batch were made"
    spent = facts.attempts >= caps.per_contact
    yield Reason(rule="cap_per_contact", says="never" if spent else "allow", why=done)
    day = _cap("cap_per_day", facts, Most(calls=caps.per_day, hours=24), "the sender's cap")
    if facts.asked_for and day.says == "wait":  # the sender's alone: what the law says stands
        why = "they asked for this call, so the sender's cap of a day does not hold it back"
        day = Reason(rule="cap_per_day", says="allow", why=why)
    yield day
    yield _cap("cap_per_week", facts, Most(calls=caps.per_week, hours=168), "the sender's cap")
    for most in dict.fromkeys(rule.most for rule in window.rules if rule.most):
        whose = ", ".join(rule.region for rule in window.rules if rule.most == most)
        yield _cap("cap_by_law", facts, most, whose)
    if not settings.consent_required:
        exempt = [rule.without_consent for rule in window.rules if rule.without_consent]
        for law, most in dict.fromkeys((each.law, most) for each in exempt for most in each.most):
            yield _cap("cap_without_consent", facts, most, f"{law}, without consent")


def _cap(rule: str, facts: Facts, most: Most, whose: str) -> Reason:
    span = timedelta(hours=most.hours)
    recent = sorted(at for at in facts.calls_at if facts.now - at < span)
    count = f"{len(recent)} of {most.calls} calls in {most.hours} hours ({whose}) were made"
    if len(recent) < most.calls:
        return Reason(rule=rule, says="allow", why=count)
    counted = recent[-most.calls]  # once it is out of the span, there is room for one
    until = counted + span
    why = f"{count}, the one of {at_utc(counted)} counts until {at_utc(until)}"
    return Reason(rule=rule, says="wait", why=why, until=until)


def _in_flight(facts: Facts) -> Iterator[Reason]:
    if facts.in_flight:
        yield Reason(rule="in_flight", says="wait", why="a call to this number is under way")
    else:
        yield Reason(rule="in_flight", says="allow", why="no call to this number is under way")


def _batch(facts: Facts) -> Iterator[Reason]:
    says: Word = "never"  # cancelled, done
    if facts.batch_state == "running":
        says = "allow"
    elif facts.batch_state in ("importing", "planned", "held", "paused"):
        says = "wait"
    yield Reason(rule="batch", says=says, why=f"the batch is {facts.batch_state}")


def _budget(facts: Facts, settings: BatchSettings) -> Iterator[Reason]:
    if settings.budget_usd is None:
        return
    why = f"{facts.spent_usd:.2f} of {settings.budget_usd:.2f} USD are spent"
    left = facts.spent_usd < settings.budget_usd
    yield Reason(rule="budget", says="allow" if left else "wait", why=why)


def _begin(facts: Facts, settings: BatchSettings) -> Iterator[Reason]:
    if settings.begin_at is None:
        return
    why = f"the batch begins at {at_utc(settings.begin_at)}"
    if facts.now < settings.begin_at:
        yield Reason(rule="begin", says="wait", why=why, until=settings.begin_at)
    else:
        yield Reason(rule="begin", says="allow", why=why)


def _window(facts: Facts, window: Window) -> Iterator[Reason]:
    if not window.zones:
        return  # the place has said it
    opens = window.next(facts.now)
    clocks = clocks_of(window, facts.now)
    if opens is None:
        yield Reason(rule="window", says="never", why=f"{clocks}; {_NO_MOMENT}")
        return
    if window.in_hours(facts.now):
        yield Reason(rule="window", says="allow", why=clocks)
    else:
        yield Reason(rule="window", says="wait", why=clocks, until=opens)
    for name in window.holidays_at(facts.now):
        why = f"no calls are made on this public holiday: {name}"
        yield Reason(rule="holiday", says="wait", why=why, until=opens)


def _ends(facts: Facts, settings: BatchSettings, earliest: datetime) -> Iterator[Reason]:
    last, makes_sense = None, "no call makes sense from {} on"
    if facts.deadline is not None:
        last = settings.no_call_from(facts.deadline, asked_for=facts.asked_for)
        if last != facts.deadline:
            hours = f"{settings.not_later_than_hours:g} hours before the appointment"
            makes_sense = f"no call is made from {{}} on, {hours}"
    for rule, what, end in (
        ("deadline", makes_sense, last),
        ("end", "the batch ends at {}", settings.end_at),
    ):
        if end is None:
            continue
        why = what.format(at_utc(end))
        if earliest >= end:
            when = (
                "that is over" if facts.now >= end else f"{at_utc(earliest)} would be the earliest"
            )
            yield Reason(rule=rule, says="never", why=f"{why}, and {when}")
        else:
            yield Reason(rule=rule, says="allow", why=why)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment.astimezone(UTC)
