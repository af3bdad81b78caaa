"""Batches in the console: the list, one batch as it goes, its contacts, and what is left to do."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from fastapi import Request, Response

from bot.batches.batch_reports import BatchReports
from bot.batches.dispositions import Disposition
from bot.batches.errors import RequestRefused
from bot.batches.intake import Intake
from bot.batches.overview import Overview
from bot.batches.plan_writer import PlanWriter
from bot.batches.reading.left_out import in_words
from bot.batches.service import BatchService
from bot.console import roles
from bot.console.door import signed_in
from bot.console.kept_files import csv_file
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble
from bot.console.to_do import TO_DO
from bot.console.words import sentence
from bot.server.refusing import status_of
from bot.store import ContactState, Store

T = TypeVar("T")
PAGE = 50
MOST_TO_DO = 200  # contacts of a kind


@dataclass(frozen=True, kw_only=True)
class BatchDesk:
    """What the service knows and does of batches."""

    batches: BatchService
    intake: Intake
    plans: PlanWriter
    reports: BatchReports


def batches(desk: BatchDesk, store: Store, pages: Pages) -> PageRoutes:
    """The routes of these."""
    router = PageRoutes(f"{roles.PREFIX}/batches")
    service = desk.batches

    @router.get("")
    async def show_list(request: Request) -> Response:
        rows = [
            {"batch": batch, "counts": await store.batches.counts(batch.id)}
            for batch in await service.list(limit=PAGE)
        ]
        return pages.answer(request, "batches.html", rows=rows, most=PAGE)

    async def followed(batch_id: str, asked: dict[str, str]) -> dict[str, Any]:
        """What follows the batch: how far it is, and the page of contacts that is asked for."""
        overview = await told(service.overview(batch_id))
        return {**_progress(overview), **await _contacts(service, batch_id, asked)}

    @router.get("/{batch_id}")
    async def show(
        request: Request, batch_id: str, state: str = "", disposition: str = "", after: str = ""
    ) -> Response:
        asked = {"state": state, "disposition": disposition, "after": after}
        return pages.answer(
            request,
            "batch.html",
            states=get_args(ContactState),
            dispositions=list(Disposition),
            **await followed(batch_id, asked),
        )

    @router.get("/{batch_id}/progress")
    async def progress(
        request: Request, batch_id: str, state: str = "", disposition: str = "", after: str = ""
    ) -> Response:
        asked = {"state": state, "disposition": disposition, "after": after}
        return pages.answer(request, "batch_changes.html", **await followed(batch_id, asked))

    @router.get("/{batch_id}/to-do")
    async def to_do(request: Request, batch_id: str) -> Response:
        batch = await told(service.get(batch_id))
        groups = []
        for task in TO_DO:
            found = await store.batches.find_contacts(
                batch_id, state=task.state, disposition=task.disposition, limit=MOST_TO_DO
            )
            groups.append({"task": task, "contacts": found})
        return pages.answer(
            request, "batch_to_do.html", batch=batch, groups=groups, most=MOST_TO_DO
        )

    @router.get("/{batch_id}/results.csv")
    async def results(request: Request, batch_id: str) -> Response:
        pieces = await told(desk.reports.results(batch_id))
        await store.audit.note(signed_in(request).user.name, "results_exported", batch_id)
        return csv_file(pieces, f"{batch_id}-results.csv")

    @router.get("/{batch_id}/contacts/{contact_id}")
    async def contact(request: Request, batch_id: str, contact_id: str) -> Response:
        evidence = await told(desk.reports.evidence(batch_id, contact_id))
        return pages.answer(request, "batch_contact.html", **evidence)

    return router


async def told(asked: Awaitable[T]) -> T:
    """The answer. Raises Trouble, with the sentence in which it was refused."""
    try:
        return await asked
    except RequestRefused as refused:
        raise Trouble(status_of(refused), sentence(refused)) from refused


async def _contacts(service: BatchService, batch_id: str, asked: dict[str, str]) -> dict[str, Any]:
    """A page of those who are `asked` for by state, disposition and who stands before it; empty:
    any, and from the first on.
    """
    if asked["state"] not in ("", *get_args(ContactState)):
        raise Trouble(422, "No contact is ever in such a state.")
    found = await told(
        service.contacts(
            batch_id,
            state=_state(asked["state"]),
            disposition=asked["disposition"] or None,
            limit=PAGE + 1,
            after=asked["after"] or None,
        )
    )
    older = found[PAGE - 1].id if len(found) > PAGE else ""
    return {"contacts": found[:PAGE], "older": older, "asked": asked}


def _progress(overview: Overview) -> dict[str, Any]:
    """For the part of the page that follows the batch."""
    outcomes = sorted(overview.counts.outcomes.items(), key=lambda one: (-one[1], one[0]))
    return {
        "overview": overview,
        "batch": overview.batch,
        "outcomes": outcomes,
        "not_called": in_words(overview.settings.left_out),
        "why": overview.batch.why.partition(": ")[2] or overview.batch.why,
        "goes_on": overview.batch.state == "running" or bool(overview.live),
    }


def _state(text: str) -> ContactState | None:
    return next((state for state in get_args(ContactState) if state == text), None)
