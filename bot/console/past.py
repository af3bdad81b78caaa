"""Past calls: finding them, and taking them along as files."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import get_args
from urllib.parse import urlencode

from fastapi import Request, Response

from bot.batches.reports.formulas import guarded
from bot.calls.outcome import Result
from bot.clock import utcnow
from bot.console import roles
from bot.console.call_page import CallPage
from bot.console.door import signed_in
from bot.console.kept_files import BOM, kept_file
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble
from bot.console.words import talked
from bot.server.call_text import transcript
from bot.server.views import CallView
from bot.store import CallFilter, CallRecord, Direction, Store

PAGE = 50
MOST_IN_FILE = 10_000
_LONGEST = 200  # characters of a field of the search
_FIELDS = ("number", "agent", "direction", "result", "text", "since", "until")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as it was typed, and as the store is asked."""

    typed: dict[str, str]
    wanted: CallFilter
    problem: str

    @property
    def query(self) -> str:
        """For the address of a page of it."""
        return urlencode({name: text for name, text in self.typed.items() if text})


def past(
    store: Store,
    pages: Pages,
    page: CallPage,
    *,
    agent_names: Callable[[], Collection[str]],
    zone: tzinfo | None,
) -> PageRoutes:
    """The routes of these. Days are those of `zone`."""
    router = PageRoutes(roles.PREFIX)

    @router.get("/calls")
    async def search(request: Request, before: str = "") -> Response:
        asked = read_search(request.query_params, zone)
        found: Sequence[CallRecord] = ()
        if not asked.problem:
            found = await store.search.find(asked.wanted, limit=PAGE + 1, before=before or None)
        shown = found[:PAGE]
        return pages.answer(
            request,
            "calls.html",
            422 if asked.problem else 200,
            asked=asked,
            rows=[{"call": call, **page.state(call)} for call in shown],
            older=shown[-1].id if len(found) > PAGE else "",
            is_first=not before,
            agents=sorted(agent_names()),
            results=get_args(Result),
        )

    @router.get("/calls.csv")
    async def list_as_csv(request: Request) -> Response:
        asked = read_search(request.query_params, zone)
        if asked.problem:
            raise Trouble(422, asked.problem)
        await store.audit.note(signed_in(request).user.name, "calls_exported")
        return kept_file(_list_csv(asked.wanted, store), "calls.csv")

    @router.get("/calls/{call_id}/{name}")
    async def one_as_file(request: Request, call_id: str, name: str) -> Response:
        make = _FILES.get(name)
        record = await store.get_call(call_id) if make else None
        if make is None or record is None:
            raise Trouble(404, "There is no such call, or no such file of it.")
        who = signed_in(request).user.name
        await store.audit.note(who, "call_exported", record.id, {"file": name})
        return kept_file(make(record), f"{record.id}-{name}")

    return router


def read_search(typed: Mapping[str, str], zone: tzinfo | None) -> Asked:
    """What was asked for, of the parameters of an address."""
    given = {name: typed.get(name, "").strip()[:_LONGEST] for name in _FIELDS}
    since, until = _day(given["since"], zone), _day(given["until"], zone, days=1)
    problem = ""
    if (given["since"] and since is None) or (given["until"] and until is None):
        problem = "Write days like 2026-11-30."
    directions: dict[str, Direction] = {"inbound": "inbound", "outbound": "outbound"}
    return Asked(
        typed=given,
        wanted=CallFilter(
            number=given["number"],
            agent=given["agent"],
            direction=directions.get(given["direction"]),
            result=given["result"],
            text=given["text"],
            since=since,
            until=until,
        ),
        problem=problem,
    )


def _day(text: str, zone: tzinfo | None, *, days: int = 0) -> datetime | None:
    """When a day begins there, or the one so many days later."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        midnight = datetime.combine(day, time(), zone)
        return midnight if zone else midnight.astimezone()
    except (ValueError, OverflowError):
        return None


async def _list_csv(wanted: CallFilter, store: Store) -> AsyncIterator[str]:
    """A line for each call, newest first."""
    yield _csv_lines([_HEAD], bom=True)
    before, count = None, 0
    while count < MOST_IN_FILE:
        found = await store.search.find(wanted, limit=PAGE, before=before)
        if not found:
            return
        yield _csv_lines([_row(call) for call in found])
        before, count = found[-1].id, count + len(found)


_HEAD = (
    *("id", "started_at", "direction", "from", "to", "agent", "status", "result", "reason"),
    *("secs", "first_words_ms", "cost", "currency", "summary"),
)


def _row(call: CallRecord) -> tuple[object, ...]:
    outcome, cost = call.outcome, call.cost
    return (
        call.id,
        call.started_at.isoformat(),
        call.direction,
        call.from_number,
        call.to_number,
        call.agent,
        call.status,
        outcome.result if outcome else "",
        outcome.reason if outcome else "",
        round(talked(call, utcnow()).total_seconds()),
        call.first_words_ms,
        cost.total if cost else "",
        cost.currency if cost else "",
        (outcome.summary or "") if outcome else "",
    )


def _turns_csv(call: CallRecord) -> str:
    head = ("started_at", "ended_at", "who", "text", "interrupted", "latency_ms")
    rows = [
        (
            turn.started_at.isoformat(),
            turn.ended_at.isoformat() if turn.ended_at else "",
            turn.role,
            turn.text,
            "yes" if turn.interrupted else "",
            turn.latency_ms,
        )
        for turn in call.turns
    ]
    return _csv_lines([head, *rows], bom=True)


def _csv_lines(rows: Iterable[Sequence[object]], *, bom: bool = False) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow(["" if cell is None else guarded(str(cell)) for cell in row])
    return (BOM if bom else "") + out.getvalue()


_FILES: dict[str, Callable[[CallRecord], str]] = {
    "transcript.txt": lambda call: transcript(call) + "\n",
    "call.json": lambda call: CallView.of(call).model_dump_json(by_alias=True, indent=2) + "\n",
    "turns.csv": _turns_csv,
}
