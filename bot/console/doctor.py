"""The doctor as a page: what is wrong with the line, and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from fastapi import Request, Response

from bot.clock import utcnow
from bot.console import roles
from bot.console.door import signed_in
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble
from bot.store import Store

_WORDS = {"ok": "ok", "warning": "warning", "wrong": "wrong", "not_checked": "not checked"}


class Finding(Protocol):
    """`bot.doctor.Finding`."""

    @property
    def check(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def seen(self) -> str: ...

    @property
    def do(self) -> str: ...


Examine = Callable[[], Awaitable[Sequence[Finding]]]


def doctor(examine: Examine, store: Store, pages: Pages) -> PageRoutes:
    """The routes of it: operators' alone."""
    router = PageRoutes(roles.PREFIX)
    visiting = asyncio.Lock()

    @router.get("/doctor")
    async def show(request: Request) -> Response:
        return pages.answer(request, "doctor.html", found=None)

    @router.post("/doctor")
    async def look(request: Request) -> Response:
        """A visit asks the carrier and has the model say a word: it is begun by hand."""
        if visiting.locked():
            raise Trouble(409, "The doctor is looking already. Try again in a minute.")
        async with visiting:
            await store.audit.note(signed_in(request).user.name, "examined")
            found = await examine()
        count = {state: sum(each.state == state for each in found) for state in _WORDS}
        return pages.answer(
            request, "doctor.html", found=found, count=count, words=_WORDS, at=utcnow()
        )

    return router
