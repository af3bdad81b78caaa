"""A plan for people to read, in a terminal."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.batches.reading.left_out import in_words
from bot.batches.reports.planner import DAYS, Plan, Planned

_SHOWN = 5  # of the skipped, for each rule
_SHOWN_CALLS = 20


def plan_text(plan: Plan, *, zone: str = "") -> str:
    """All of it but most of the single calls (see `plan_csv`). Days are those of the zone, else of
    this machine; each call is shown on the callee's clock.
    """
    clock = ZoneInfo(zone) if zone else None
    return "\n".join(
        [
            _headline(plan),
            *_times(plan, clock),
            *_calls(plan),
            *_skipped(plan),
            *_missing(plan),
            *_greetings(plan),
            *_voicemail(plan),
            *_by_agents_file(plan),
            *_figures(plan),
            *(f"Note: {note}" for note in plan.notes),
        ]
    )


def _headline(plan: Plan) -> str:
    """ "12 to be called; 4 not: 1 cancelled, 1 no-show, 2 refused": rows of the file, and contacts
    that the gate does not let through.
    """
    calls, skipped = len(plan.calls), len(plan.skipped)
    if not plan.left_out:
        return f"{calls} to be called, {skipped} skipped"
    kinds = in_words(plan.left_out) + (f", {skipped} skipped" if skipped else "")
    return f"{calls} to be called; {sum(plan.left_out.values()) + skipped} not: {kinds}"


def _times(plan: Plan, clock: tzinfo | None) -> Iterator[str]:
    by_day: dict[str, list[Planned]] = {}
    for call in plan.calls:
        local = call.at.astimezone(clock)
        by_day.setdefault(f"{DAYS[local.weekday()]} {local:%Y-%m-%d}", []).append(call)
    for day, calls in by_day.items():
        first, last = (calls[index].at.astimezone(clock) for index in (0, -1))
        yield f"  {day}: {len(calls)} calls, {first:%H:%M} to {last:%H:%M} {first:%Z}"


def _calls(plan: Plan) -> Iterator[str]:
    for call in plan.calls[:_SHOWN_CALLS]:
        who = call.contact
        yield f"  line {who.line}: {call.local}  {who.number}  {who.name}".rstrip()
    if len(plan.calls) > _SHOWN_CALLS:
        yield f"  and {len(plan.calls) - _SHOWN_CALLS} more: -o plan.csv writes all of them"


def _skipped(plan: Plan) -> Iterator[str]:
    by_rule = Counter(each.rule for each in plan.skipped)
    for rule, count in by_rule.most_common():
        yield f"Skipped by {rule}: {count}"
        shown = [each for each in plan.skipped if each.rule == rule][:_SHOWN]
        yield from (f"  line {each.contact.line}: {each.why}" for each in shown)
        if count > _SHOWN:
            yield f"  and {count - _SHOWN} more"


def _missing(plan: Plan) -> Iterator[str]:
    for name, count in plan.missing.items():
        yield f"Without {{{name}}}, which the agent's texts need: {count} contacts"


def _by_agents_file(plan: Plan) -> Iterator[str]:
    for name, text in plan.by_agents_file.items():
        yield f'By the agent\'s file, {{{name}}} is "{text}"; `import --set {name}=...` changes it'


def _greetings(plan: Plan) -> Iterator[str]:
    for greeting in plan.greetings:
        yield f"Line {greeting.line} would hear: {greeting.text or '(words of its own)'}"


def _voicemail(plan: Plan) -> Iterator[str]:
    if plan.voicemail is not None:
        yield f"A machine of line {plan.voicemail.line} would be told: {plan.voicemail.text}"


def _figures(plan: Plan) -> Iterator[str]:
    assumed = plan.assumptions
    yield f"All first calls are over after {_spoken(plan.takes)}."
    yield (
        f"Cost: about {plan.first_calls_usd:.2f} USD for the first calls, "
        f"{plan.with_retries_usd:.2f} USD with all further tries."
    )
    yield (
        f"Assumed: {assumed.answered:.0%} answer and talk {assumed.talk_secs:g} s, "
        f"{assumed.machines:.0%} are machines ({assumed.machine_secs:g} s), "
        f"{assumed.ring_secs:g} s of ringing."
    )


def _spoken(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min"]
    return " ".join(part for part in parts if part)
