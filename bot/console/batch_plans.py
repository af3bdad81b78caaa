"""The dry run of a batch in the console: who would be called when, as a picture and as a table."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, tzinfo
from typing import Any

from fastapi import Request, Response

from bot.console import roles
from bot.console.batches import BatchDesk, told
from bot.console.door import signed_in
from bot.console.kept_files import csv_file
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages
from bot.console.timeline import timeline
from bot.store import Store


def batch_plans(desk: BatchDesk, store: Store, pages: Pages, *, zone: tzinfo | None) -> PageRoutes:
    """The routes of these. The picture's days are those of `zone`."""
    router = PageRoutes(f"{roles.PREFIX}/batches")

    @router.get("/{batch_id}/plan")
    async def show(request: Request, batch_id: str) -> Response:
        batch = await told(desk.batches.get(batch_id))
        plan = json.loads("".join(await told(desk.plans.write(batch_id, "brief"))))
        return pages.answer(
            request, "batch_plan.html", batch=batch, plan=plan, picture=_picture(plan, zone)
        )

    @router.get("/{batch_id}/plan.csv")
    async def as_csv(request: Request, batch_id: str) -> Response:
        pieces = await told(desk.plans.write(batch_id, "csv"))
        await store.audit.note(signed_in(request).user.name, "plan_exported", batch_id)
        return csv_file(_one_by_one(pieces), f"{batch_id}-plan.csv")

    return router


def _picture(plan: dict[str, Any], zone: tzinfo | None) -> Any:
    return timeline(
        ((datetime.fromisoformat(hour), calls) for hour, calls in plan["by_hour"]), zone
    )


async def _one_by_one(pieces: Iterator[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece
