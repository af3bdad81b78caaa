"""The live calls: all of them in a list, and one on its page."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request, Response
from markupsafe import Markup

from bot.calls import CallService
from bot.clock import monotonic, utcnow
from bot.console import roles
from bot.console.call_page import CallPage
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble, style_nonce
from bot.console.streams import Streams
from bot.console.strip import strip
from bot.console.transcript import Transcript
from bot.console.watching import watch_call
from bot.digest.flags import flags_of
from bot.server.reaching import SLUGS
from bot.server.recordings import kept_of
from bot.store import AuditRecord, CallRecord, Store

MOST_LISTED = 200
MOST_ACTS = 200  # on one page
LIST_SECS = 1.0  # how often the list is read anew, for all who look at it in this process


class LiveList:
    """The calls under way of the whole service, on whatever machine: their records are read."""

    def __init__(self, store: Store, page: CallPage, pages: Pages) -> None:
        self._store = store
        self._page = page
        self._pages = pages
        self._rows = Markup()
        self._read_at = -LIST_SECS
        self._reading = asyncio.Lock()

    async def rows(self) -> Markup:
        """The rows as they are now, or were less than a second ago."""
        async with self._reading:
            if monotonic() - self._read_at >= LIST_SECS:
                found = await self._store.find_calls(open_only=True, limit=MOST_LISTED)
                shown = [{"call": call, **self._page.state(call)} for call in found]
                self._rows = Markup(
                    self._pages.text("live_rows.html", rows=shown, most=MOST_LISTED)
                )
                self._read_at = monotonic()
        return self._rows

    async def watched(self) -> AsyncIterator[str]:
        """The rows as often as they change; "" while they do not."""
        before = None
        while True:
            rows = await self.rows()
            if rows != before:
                yield f'<hx-partial hx-target="#live" hx-swap="innerMorph">{rows}</hx-partial>'
                before = rows
            yield ""
            await asyncio.sleep(LIST_SECS)


def live(
    calls: CallService,
    store: Store,
    pages: Pages,
    page: CallPage,
    streams: Streams,
    *,
    can_transfer: bool,
) -> PageRoutes:
    """The routes of these."""
    router = PageRoutes(roles.PREFIX)
    list_of_calls = LiveList(store, page, pages)

    @router.get("/live")
    async def show(request: Request) -> Response:
        return pages.answer(request, "live.html", rows=await list_of_calls.rows(), at=utcnow())

    @router.get("/live/events")
    async def list_events(request: Request) -> Response:
        return streams.answer(request, list_of_calls.watched())

    @router.get("/calls/{call_id}")
    async def show_call(request: Request, call_id: str) -> Response:
        record = await record_of(call_id, store)
        transcript = Transcript(record)
        recordings = await kept_of(record.id, store)
        return pages.answer(
            request,
            "call.html",
            call=record,
            transcript=transcript,
            strip=strip(transcript.latencies_ms),
            is_live=not record.is_whole(utcnow()),
            can_transfer=can_transfer,
            lost=0,
            acts=await _acts(record, store),
            flags=flags_of(record) if record.ended_at else (),
            recording=recordings[0] if recordings else None,
            earlier=len(recordings[1:]),
            style_nonce=style_nonce(request),
            **page.state(record),
        )

    @router.get("/calls/{call_id}/events")
    async def call_events(request: Request, call_id: str) -> Response:
        record = await record_of(call_id, store)
        return streams.answer(request, watch_call(record.id, calls, store, page))

    return router


async def record_of(call_id: str, store: Store) -> CallRecord:
    """The record that a page is about. Raises Trouble."""
    record = await store.get_call(call_id)
    if record is None:
        raise Trouble(404, "No call has this id.")
    return record


async def _acts(record: CallRecord, store: Store) -> list[AuditRecord]:
    """What people did in this call, in order: who, when and of what kind, never in which words."""
    found = await store.audit.find(subject=record.id, since=record.started_at, limit=MOST_ACTS)
    return [act for act in reversed(found) if act.act in SLUGS]
