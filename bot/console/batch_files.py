"""Files of people in the console: looking one through, making a batch of it, adding more.

The form keeps the file while its columns are put right: each look sends it anew, and nothing is
kept here until a batch is made.
"""

import base64
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile

from bot.batches.errors import RequestRefused
from bot.batches.reading.fields import FIELDS
from bot.batches.reading.left_out import LABELS, in_words
from bot.batches.reading.tables import MAX_COLUMNS
from bot.batches.taken_in import TakenIn
from bot.console import roles
from bot.console.batch_form import KNOWN, BadForm, Typed, columns_of, known_columns, typed
from bot.console.batches import BatchDesk
from bot.console.door import signed_in
from bot.console.kept_files import BOM
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages
from bot.store import Store

SHOWN = 100  # rows of a kind
MOST_INLINE = 500_000  # characters of a file that is handed back within the page


def batch_files(desk: BatchDesk, store: Store, pages: Pages) -> PageRoutes:
    """The routes of these: `/batches/new` goes before those of one batch."""
    router = PageRoutes(f"{roles.PREFIX}/batches")

    @router.get("/new")
    async def new(request: Request) -> Response:
        return pages.answer(request, "batch_new.html", agents=desk.intake.agent_names())

    @router.post("/new/look")
    async def look(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=MAX_COLUMNS + 50) as form:
            return await _taken_in(request, form, only_look=True)

    @router.post("/new")
    async def make(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=MAX_COLUMNS + 50) as form:
            return await _taken_in(request, form, only_look=False)

    @router.post("/{batch_id}/add")
    async def add(request: Request, batch_id: str) -> Response:
        async with request.form(max_files=1, max_fields=50) as form:
            try:
                content, filename, wanted = await _read(form)
                taken = await desk.intake.add_to(
                    batch_id, content, filename, choices=wanted.choices()
                )
            except (BadForm, RequestRefused) as fault:
                return pages.answer(request, "batch_file_problem.html", 422, why=str(fault))
        who = signed_in(request).user.name
        await store.audit.note(who, "batch_added_to", batch_id, {"contacts": taken.contacts})
        return pages.answer(request, "batch_look.html", **looked_at(taken))

    async def _taken_in(request: Request, form: FormData, *, only_look: bool) -> Response:
        try:
            content, filename, wanted = await _read(form)
            taken = await desk.intake.open_batch(
                content, filename, **wanted.as_terms(), only_look=only_look
            )
        except (BadForm, RequestRefused) as fault:
            return pages.answer(request, "batch_file_problem.html", 422, why=str(fault))
        if taken.batch is None:
            known = str(form.get(KNOWN, ""))
            return pages.answer(request, "batch_look.html", **looked_at(taken, known))
        who = signed_in(request).user.name
        await store.audit.note(who, "batch_made", taken.batch.id, {"contacts": taken.contacts})
        address = f"{roles.PREFIX}/batches/{taken.batch.id}"
        return Response(status_code=204, headers={"HX-Redirect": address})

    return router


async def _read(form: FormData) -> tuple[bytes, str, Typed]:
    """The file, its name and the form around it. Raises BadForm."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise BadForm("Choose a file.")
    texts = {name: text for name, text in form.items() if isinstance(text, str)}
    return await file.read(), file.filename, typed(texts)


def looked_at(taken: TakenIn, known: str = "") -> dict[str, Any]:
    """What the page shows of a file that was read; `known` is what the form knew of its columns."""
    return {
        "taken": taken,
        "is_new": taken.batch is None,
        "columns": columns_of(taken),
        "known": known_columns(taken, known),
        "fields": FIELDS,
        "not_called": in_words(taken.not_called),
        "labels": LABELS,
        "bad_rows": taken.bad_rows[:SHOWN],
        "left_out": taken.left_out[:SHOWN],
        "notes": taken.notes[:SHOWN],
        "problems": _inline(taken.problems_csv),
        "no_calls": _inline(taken.no_calls_csv),
        "shown": SHOWN,
    }


def _inline(text: str) -> str:
    """A file as an address that holds it; empty for none, and for one that is too long."""
    if not text or len(text) > MOST_INLINE:
        return ""
    return "data:text/csv;base64," + base64.b64encode((BOM + text).encode()).decode()
