"""A plan as JSON, for the API: piece by piece, as it may be about a hundred thousand people."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.batches.reports.planner import Plan, Planned, Skipped

BRIEF = 100  # calls, and people who are not called


def plan_json(plan: Plan) -> Iterator[str]:
    """The text of one object. `calls` and `skipped` hold an object for each contact."""
    yield json.dumps(_whole(plan))[:-1]
    yield from _listed("calls", map(_planned, plan.calls))
    yield from _listed("skipped", map(_skipped, plan.skipped))
    yield "}"


def plan_brief(plan: Plan) -> Iterator[str]:
    """The text of one object about a plan of any length: counts, how many calls begin in which
    hour (`by_hour`, in UTC), and the first `BRIEF` of `calls` and of `skipped`.
    """
    hours = Counter(call.at.replace(minute=0, second=0, microsecond=0) for call in plan.calls)
    yield json.dumps(
        {
            **_whole(plan),
            "calls_count": len(plan.calls),
            "skipped_count": len(plan.skipped),
            "by_hour": [[hour.isoformat(), hours[hour]] for hour in sorted(hours)],
            "calls": [_planned(one) for one in plan.calls[:BRIEF]],
            "skipped": [_skipped(one) for one in plan.skipped[:BRIEF]],
        }
    )


def _listed(name: str, items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    before = f', "{name}": ['
    for item in items:
        yield before + json.dumps(item)
        before = ", "
    yield "]" if before == ", " else f"{before}]"


def _whole(plan: Plan) -> dict[str, Any]:
    return {
        "left_out": dict(plan.left_out),
        "skipped_by_rule": dict(Counter(each.rule for each in plan.skipped)),
        "greetings": [{"line": each.line, "text": each.text} for each in plan.greetings],
        "voicemail": plan.voicemail.text if plan.voicemail else None,
        "by_agents_file": dict(plan.by_agents_file),
        "missing": dict(plan.missing),
        "begins_at": plan.calls[0].at.isoformat() if plan.calls else None,
        "ends_at": plan.calls[-1].at.isoformat() if plan.calls else None,
        "takes_secs": round(plan.takes.total_seconds()),
        "first_calls_usd": round(plan.first_calls_usd, 2),
        "with_retries_usd": round(plan.with_retries_usd, 2),
        "assumptions": plan.assumptions.as_json(),
        "notes": list(plan.notes),
    }


def _planned(one: Planned) -> Mapping[str, Any]:
    return {
        "contact": one.contact.id,
        "line": one.contact.line,
        "number": one.contact.number,
        "name": one.contact.name,
        "at": one.at.isoformat(),
        "local": one.local,
    }


def _skipped(one: Skipped) -> Mapping[str, Any]:
    return {
        "contact": one.contact.id,
        "line": one.contact.line,
        "rule": one.rule,
        "why": one.why,
    }
