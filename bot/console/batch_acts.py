"""What operators do with a batch in the console: move it, and set its pace and budget."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation

from fastapi import Request, Response

from bot.batches.service import BatchService
from bot.batches.settings_reader import read_settings
from bot.console import roles
from bot.console.batches import told
from bot.console.door import signed_in
from bot.console.page_routes import PageRoutes
from bot.console.pages import Trouble
from bot.console.sign_in import to
from bot.store import BatchRecord, Store

_LIMITS = ("calls_per_second", "concurrency", "budget_usd")
# What the buttons do, by the last part of their address.
_MOVES: Mapping[str, Callable[[BatchService, str], Awaitable[BatchRecord]]] = {
    "start": lambda service, batch_id: service.start(batch_id),
    "approve": lambda service, batch_id: service.approve(batch_id),
    "pause": lambda service, batch_id: service.pause(batch_id),
    "resume": lambda service, batch_id: service.resume(batch_id),
    "cancel": lambda service, batch_id: service.cancel(batch_id),
    "cancel-now": lambda service, batch_id: service.cancel(batch_id, live="end"),
}


def batch_acts(service: BatchService, store: Store) -> PageRoutes:
    """The routes of these."""
    router = PageRoutes(f"{roles.PREFIX}/batches")

    @router.post("/{batch_id}/pace")
    async def set_pace(request: Request, batch_id: str) -> Response:
        async with request.form(max_fields=5) as form:
            given = {name: str(form.get(name, "")).strip() for name in _LIMITS}
        pace, at_a_time, budget = (_number(given[name]) for name in _LIMITS)
        if at_a_time is not None and at_a_time != int(at_a_time):
            raise Trouble(422, "Calls at a time: write a whole number.")
        before = read_settings((await told(service.get(batch_id))).settings)
        await told(
            service.set_pace(
                batch_id,
                calls_per_second=before.calls_per_second if pace is None else float(pace),
                concurrency=before.concurrency if at_a_time is None else int(at_a_time),
            )
        )
        if budget != before.budget_usd:
            await told(service.set_budget(batch_id, budget))
        await store.audit.note(signed_in(request).user.name, "batch_pace_set", batch_id, given)
        return to(f"{roles.PREFIX}/batches/{batch_id}")

    @router.post("/{batch_id}/{move}")
    async def move(request: Request, batch_id: str, move: str) -> Response:
        if move not in _MOVES:
            raise Trouble(404, "There is no such page.")
        await told(_MOVES[move](service, batch_id))
        act = f"batch_{move.replace('-', '_')}"
        await store.audit.note(signed_in(request).user.name, act, batch_id)
        return to(f"{roles.PREFIX}/batches/{batch_id}")

    return router


def _number(text: str) -> Decimal | None:
    """None for an empty field. Raises Trouble."""
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Trouble(422, f'"{text}" is no number.')
    return number
