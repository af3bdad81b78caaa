"""The browser phone: a page that calls an agent, and what it is told to begin with."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.clock import utcnow
from bot.console import roles
from bot.console.call_page import CallPage
from bot.console.door import signed_in
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble
from bot.console.sign_in import fields
from bot.console.strip import strip
from bot.console.transcript import Transcript
from bot.console.words import CONSOLE
from bot.store import Store


@dataclass(frozen=True, kw_only=True)
class Ringing:
    """A call that waits for the browser's stream."""

    call_id: str
    call_sid: str
    token: str
    stream: str  # the path of its websocket


class NotTaken(Exception):
    """The call is not taken: why, in a sentence."""


# Begins a call of this user with an agent. Raises NotTaken.
Ring = Callable[[str, str], Awaitable[Ringing]]


def phone(
    store: Store,
    pages: Pages,
    page: CallPage,
    ring: Ring,
    *,
    agent_names: Callable[[], Collection[str]],
    usual_agent: str,
) -> PageRoutes:
    """The routes of it; that of the websocket is the carrier's."""
    router = PageRoutes(roles.PREFIX)

    @router.get("/phone")
    async def show(request: Request, agent: str = "") -> Response:
        return pages.answer(
            request, "phone.html", agents=sorted(agent_names()), chosen=agent or usual_agent
        )

    @router.post("/phone/calls")
    async def call(request: Request) -> Response:
        form, who = await fields(request), signed_in(request).user.name
        try:
            ringing = await ring(form.get("agent", ""), who)
        except NotTaken as error:
            return JSONResponse({"detail": str(error)}, status_code=409)
        await store.audit.note(who, "called", ringing.call_id)
        told: Mapping[str, str] = vars(ringing)
        return JSONResponse(dict(told), headers={"Cache-Control": "no-store"})

    @router.get("/phone/panel/{call_id}")
    async def panel(request: Request, call_id: str) -> Response:
        """What is shown of the call beside the phone."""
        record = await store.get_call(call_id)
        if record is None:
            raise Trouble(404, "No call has this id.")
        transcript = Transcript(record)
        return pages.answer(
            request,
            "phone_panel.html",
            call=record,
            transcript=transcript,
            strip=strip(transcript.latencies_ms),
            is_live=not record.is_whole(utcnow()),
            **page.state(record),
        )

    return router


def caller_name(user: str) -> str:
    """Who calls, as the record has it: no number, but an address of the console."""
    return f"{CONSOLE}{quote(user, safe='')}"
