"""A plan as CSV: one row for each contact that waits, for the person who looks it through."""

import csv
import io
from collections.abc import Iterator

from bot.batches.reports.formulas import guarded
from bot.batches.reports.planner import Plan, Planned, Skipped

COLUMNS = ("line", "number", "name", "call_local", "zone", "call_utc", "skipped_by", "why")


def plan_csv(plan: Plan) -> Iterator[str]:
    """In the order of the file, line by line. Encode it as `utf-8-sig`, for Excel's sake."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    yield out.getvalue()
    everybody: list[Planned | Skipped] = [*plan.calls, *plan.skipped]
    for one in sorted(everybody, key=_place_in_file):
        out.seek(0)
        out.truncate()
        writer.writerow({column: guarded(text) for column, text in _row(one).items()})
        yield out.getvalue()


def _place_in_file(one: Planned | Skipped) -> tuple[int, str]:
    return one.contact.line, one.contact.id


def _row(one: Planned | Skipped) -> dict[str, str]:
    who = {
        "line": str(one.contact.line),
        "number": one.contact.number,
        "name": one.contact.name,
    }
    if isinstance(one, Skipped):
        return {**who, "skipped_by": one.rule, "why": one.why}
    return {
        **who,
        "call_local": one.local,
        "zone": " or ".join(sorted(one.zones)),
        "call_utc": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
    }
