"""Plans as text, worked out apart from a process that carries calls.

A plan is about all contacts of a batch at once. A hundred thousand of them are so many objects that
Python's collector alone would stop the sound of all calls for a third of a second.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.batches.errors import RequestRefused
from bot.batches.planning import planned
from bot.batches.reports.estimates import Assumptions
from bot.batches.reports.plan_csv import plan_csv
from bot.batches.reports.plan_json import plan_brief, plan_json
from bot.batches.reports.planner import Plan
from bot.child import Apart, Bounds, ChildFailed, Output
from bot.store import Store
from config.agents import file_content, make_agent
from config.calling_rules import load_rules

if TYPE_CHECKING:  # a child does without it, and so without all that brains need
    from bot.batches.dry_run import DryRun

# A hundred thousand people take half a minute of a processor of today, and a third of this memory.
BOUNDS = Bounds(secs=900.0, cpu_secs=600, memory_bytes=2 * 1024**3)
FEW = 1000  # contacts: to plan for them takes less than to start a child, and is not heard
_LINES_AT_ONCE = 200

Form = Literal["json", "csv", "brief"]
_FORMS = {"json": plan_json, "csv": plan_csv, "brief": plan_brief}


class PlanWriter:
    """Writes the plan of a batch, in pieces."""

    def __init__(
        self, *, dry_run: "DryRun", apart: Apart, database_url: str, calling_rules: Path | None
    ) -> None:
        self._dry_run = dry_run
        self._apart = apart
        self._database_url = database_url
        self._calling_rules = calling_rules

    async def write(
        self, batch_id: str, form: Form, *, at: datetime | None = None
    ) -> Iterator[str]:
        """See `DryRun.plan`. Raises NotThere, RequestRefused."""
        batch, agent = await self._dry_run.find(batch_id)
        if await self._dry_run.waiting(batch_id) <= FEW:
            return _lines(await self._dry_run.plan(batch_id, at=at), form)
        assumed, model_usd = Assumptions(), self._dry_run.model_usd(agent)
        asked = {
            "database_url": self._database_url,
            "calling_rules": str(self._calling_rules or ""),
            "batch_id": batch.id,
            "begin": (at or self._dry_run.now()).isoformat(),
            "form": form,
            "model_usd": [
                (secs, model_usd(secs, assumed.instruction_tokens))
                for secs in (assumed.talk_secs, assumed.machine_secs)
            ],
        }
        try:
            output = await self._apart(_WRITE_PLAN, json.dumps(file_content(agent)).encode(), asked)
        except ChildFailed as fault:
            raise RequestRefused(f"{batch_id} cannot be planned here: {fault}") from fault
        return _pieces(output)


def write_plan(
    content: bytes,
    *,
    database_url: str,
    calling_rules: str,
    batch_id: str,
    begin: str,
    form: Form,
    model_usd: Sequence[tuple[float, float]],
) -> Iterator[str]:
    """The child's side. `content` is the agent; `model_usd` what conversations of so many seconds
    cost. Lines of JSON, each a piece of the text.
    """
    agent, prices = make_agent(json.loads(content)), dict(model_usd)

    async def work() -> Plan:
        store = await Store.open(database_url)
        try:
            batch = await store.batches.get(batch_id)
            assert batch is not None  # it was there a moment ago, and batches are never removed
            return await planned(
                store,
                batch,
                agent=agent,
                rules=load_rules(Path(calling_rules) if calling_rules else None),
                model_usd=lambda secs, tokens: prices[secs],
                begin=datetime.fromisoformat(begin),
            )
        finally:
            await store.close()

    yield from map(json.dumps, _lines(asyncio.run(work()), form))


_WRITE_PLAN = f"{write_plan.__module__}:{write_plan.__name__}"


def _lines(plan: Plan, form: Form) -> Iterator[str]:
    """Many in one piece."""
    lines = _FORMS[form](plan)
    while piece := "".join(islice(lines, _LINES_AT_ONCE)):
        yield piece


def _pieces(output: Output) -> Iterator[str]:
    with output:
        yield from map(json.loads, output)
