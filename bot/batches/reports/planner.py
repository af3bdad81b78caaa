"""A dry run: who would be called when, who would not and why, how long it takes and what it costs.

The gate decides about each contact at the moment its turn would come, as it will in earnest; the
clock, the lines and the callees are imagined. Only the first call to each contact is laid on that
clock: how it ends decides about further ones.
"""

import heapq
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.batches.gate.contactability import Decision
from bot.batches.reports.estimates import Assumptions, ModelUsd, call_usd, rounds
from bot.batches.settings import BatchSettings
from bot.store.batch_records import ContactRecord
from config import Agent, fill, names_in
from config.prices import PRICES, Prices

GREETINGS = 5
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ANYBODY_MAY_HEAR = frozenset({"name", "first_name", "last_name"})  # whom the message is for
_TOLL_FREE = re.compile(r"8(?:00|33|44|55|66|77|88)[2-9]\d{6}")
_WAITS = 100  # more often than any real rule makes one contact wait: windows of a month
_AT_LEAST = timedelta(minutes=1)  # on goes the clock, whatever a rule says

Decide = Callable[[ContactRecord, datetime], Decision]
Zones = Callable[[ContactRecord], frozenset[str]]  # in which they may be
# Whether a contact who does not answer a call at that moment can be called once more.
CanFollow = Callable[[ContactRecord, datetime], bool]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A contact who would be called."""

    contact: ContactRecord
    at: datetime  # in UTC
    zones: frozenset[str]  # in which they may be

    @property
    def local(self) -> str:
        """ "Tue 2026-11-24 09:05 EST": on each clock that they may be on."""
        return " or ".join(dict.fromkeys(map(self._on_clock, sorted(self.zones))))

    def _on_clock(self, zone: str) -> str:
        there = self.at.astimezone(ZoneInfo(zone))
        return f"{DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M %Z}"


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A contact who would not."""

    contact: ContactRecord
    rule: str  # the slug of the gate's rule; "variables": the agent's texts could not be filled
    why: str


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """What one callee would hear first."""

    line: int
    text: str  # empty: the agent finds its own first words


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a batch would do."""

    calls: tuple[Planned, ...]  # in order of time
    skipped: tuple[Skipped, ...]  # in the order of the file
    left_out: Mapping[str, int]  # rows of its files that led to no contact, by kind
    greetings: tuple[Greeting, ...]
    voicemail: Greeting | None  # what a machine of one of them would be told; None: no message
    by_agents_file: Mapping[str, str]  # what they hear that neither file nor settings say
    missing: Mapping[str, int]  # variable of the agent's texts -> contacts without it
    takes: timedelta  # from now to the end of the last first call
    first_calls_usd: float
    with_retries_usd: float
    assumptions: Assumptions
    notes: tuple[str, ...]


def plan(
    contacts: Sequence[ContactRecord],
    *,
    agent: Agent,
    settings: BatchSettings,
    decide: Decide,
    can_follow: CanFollow,
    zones: Zones,
    now: datetime,
    model_usd: ModelUsd,
    prices: Prices = PRICES,
    assumptions: Assumptions | None = None,
) -> Plan:
    """The plan for those contacts that wait.

    `decide` is the gate for one contact at one moment, told that the batch runs; the business is
    better asked once, before, than for each of them.
    """
    assumed = assumptions or Assumptions()
    waiting = [contact for contact in contacts if contact.state == "waiting"]
    needed = _needed(agent, settings)
    lacking = {contact.id: _lacking(contact, needed, agent) for contact in waiting}
    missing = Counter(name for names in lacking.values() for name in names)
    skipped = [
        Skipped(contact=contact, rule="variables", why=_words_for(lacking[contact.id]))
        for contact in waiting
        if lacking[contact.id]
    ]
    ready = [contact for contact in waiting if not lacking[contact.id]]
    calls, refused = _schedule(ready, settings, decide, zones, now, assumed)
    each = call_usd(assumed, model_usd=model_usd, prices=prices)
    last = calls[-1].at + timedelta(seconds=assumed.call_secs) if calls else now
    return Plan(
        calls=tuple(calls),
        skipped=tuple(sorted([*skipped, *refused], key=lambda one: one.contact.line)),
        left_out=settings.left_out,
        greetings=tuple(_greeting(one.contact, agent) for one in calls[:GREETINGS]),
        voicemail=_voicemail(calls[0].contact, agent, settings) if calls else None,
        by_agents_file=_by_agents_file(agent, settings, calls),
        missing=dict(sorted(missing.items())),
        takes=last - now,
        first_calls_usd=each * len(calls),
        with_retries_usd=each * len(calls) * rounds(assumed, settings),
        assumptions=assumed,
        notes=(
            *_notes(calls, each, settings, can_follow),
            *_told_to_anybody(agent, settings),
            *_without_consent(agent, settings),
        ),
    )


def _schedule(
    contacts: Sequence[ContactRecord],
    settings: BatchSettings,
    decide: Decide,
    zones: Zones,
    now: datetime,
    assumed: Assumptions,
) -> tuple[list[Planned], list[Skipped]]:
    """Each in its turn: the pace and the number of lines say when, the gate says whether."""
    start = max(now, settings.begin_at or now).astimezone(UTC)
    between = timedelta(seconds=1 / settings.calls_per_second)
    taken = timedelta(seconds=assumed.call_secs)
    turns = [
        (max(start, contact.due_at or start), order, 0) for order, contact in enumerate(contacts)
    ]
    heapq.heapify(turns)
    lines: list[datetime] = []  # until when each is taken
    pace = start
    calls: list[Planned] = []
    skipped: list[Skipped] = []
    while turns:
        due, order, waits = heapq.heappop(turns)
        contact = contacts[order]
        at = max(due, pace)
        if len(lines) == settings.concurrency:
            at = max(at, lines[0])
        decision = decide(contact, at)
        if decision.word == "allow":
            calls.append(Planned(contact=contact, at=at, zones=zones(contact)))
            pace = at + between
            if len(lines) == settings.concurrency:
                heapq.heapreplace(lines, at + taken)
            else:
                heapq.heappush(lines, at + taken)
        elif decision.word == "wait" and decision.until is not None and waits < _WAITS:
            later = max(decision.until.astimezone(UTC), at + _AT_LEAST)
            heapq.heappush(turns, (later, order, waits + 1))
        else:
            skipped.append(_skipped(contact, decision))
    return calls, skipped


def _skipped(contact: ContactRecord, decision: Decision) -> Skipped:
    against = [reason for reason in decision.reasons if reason.says != "allow"]
    decisive = [reason for reason in against if reason.says == decision.word] or against
    return Skipped(
        contact=contact,
        rule=decisive[0].rule if decisive else decision.word,
        why=" ".join(reason.why for reason in decisive),
    )


def _needed(agent: Agent, settings: BatchSettings) -> frozenset[str]:
    """The variables of all that is said or told the model, but those that the agent's file has."""
    return (agent.placeholders | names_in(_message(settings))) - agent.variables.keys()


def _message(settings: BatchSettings) -> str:
    """What is said to machines; empty: nothing."""
    return settings.machines.message if settings.machines.then == "leave_message" else ""


def _lacking(contact: ContactRecord, needed: frozenset[str], agent: Agent) -> list[str]:
    return sorted(needed - contact.variables.keys())


def _words_for(names: Sequence[str]) -> str:
    return f"The agent's texts need {', '.join(f'{{{name}}}' for name in names)}."


def _greeting(contact: ContactRecord, agent: Agent) -> Greeting:
    return _said(agent.first_line, contact, agent)


def _voicemail(contact: ContactRecord, agent: Agent, settings: BatchSettings) -> Greeting | None:
    message = _message(settings)
    return _said(message, contact, agent) if message else None


def _said(text: str, contact: ContactRecord, agent: Agent) -> Greeting:
    filled = fill(text, {**agent.variables, **contact.variables})
    return Greeting(line=contact.line, text=filled.strip())


def _notes(
    calls: Sequence[Planned], each_usd: float, settings: BatchSettings, can_follow: CanFollow
) -> list[str]:
    notes = []
    if settings.canary and len(calls) > settings.canary:
        notes.append(f"After the first {settings.canary} calls the batch waits for approval.")
    if settings.budget_usd is not None and each_usd * len(calls) > settings.budget_usd:
        affordable = int(float(settings.budget_usd) / each_usd)
        notes.append(
            f"The budget of {settings.budget_usd} USD is likely to end after {affordable} calls."
        )
    late = [one for one in calls if (end := one.contact.last_deadline) and one.at >= end]
    if late:
        notes.append(f"{len(late)} calls would come after the appointment.")
    once = sum(1 for one in calls if not can_follow(one.contact, one.at))
    if once and settings.caps.per_contact > 1:
        notes.append(
            f"{once} of these calls cannot be followed by another if nobody answers: caps, hours "
            "and the appointment leave no time for it."
        )
    return notes


def _by_agents_file(
    agent: Agent, settings: BatchSettings, calls: Sequence[Planned]
) -> dict[str, str]:
    """The words in first lines and messages that only the agent's file has for some of them: the
    name of the business, for one.
    """
    heard = names_in(agent.first_line + agent.lines.screening + _message(settings))
    return {
        name: agent.variables[name]
        for name in sorted(heard & agent.variables.keys())
        if any(name not in call.contact.variables for call in calls)
    }


def _without_consent(agent: Agent, settings: BatchSettings) -> list[str]:
    """What the exemption of health care asks of the words, and these do not say."""
    if settings.consent_required:
        return []
    notes, key = [], agent.opt_out.key
    if not key or key not in agent.first_line:
        notes.append(
            "Without consent each call must offer a key to opt out, and the agent's first line "
            "names none."
        )
    if (message := _message(settings)) and not _TOLL_FREE.search(re.sub(r"[^0-9]", "", message)):
        notes.append(
            "Without consent a message to machines must name a toll-free number to opt out by, and "
            "this one names none."
        )
    return notes


def _told_to_anybody(agent: Agent, settings: BatchSettings) -> list[str]:
    """What a message says beside the name and what the agent's file says of the business."""
    told = names_in(_message(settings)) - _ANYBODY_MAY_HEAR
    told -= agent.variables.keys() | settings.variables.keys()
    return [
        f"The message to machines tells {{{name}}} of each contact: anybody may hear it."
        for name in sorted(told)
    ]
