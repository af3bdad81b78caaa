"""Erasing the person of a call: first what that is, then for good. Owners' alone."""

from fastapi import Request, Response

from bot.console import roles
from bot.console.door import signed_in
from bot.console.live import record_of
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble
from bot.console.sign_in import to
from bot.console.words import person_of
from bot.server.erasing import COUNTED_MOST, OfPerson, of_person
from bot.store import Store


def erasing(store: Store, pages: Pages) -> PageRoutes:
    """The routes of it (`roles.needed` knows their address)."""
    router = PageRoutes(f"{roles.PREFIX}/calls")

    async def found(call_id: str) -> tuple[str, OfPerson]:
        number = person_of(await record_of(call_id, store))
        if not number:
            raise Trouble(404, "This call has no number: it was withheld, or is erased already.")
        return number, await of_person(store, number)

    @router.get("/{call_id}/erase")
    async def ask(request: Request, call_id: str) -> Response:
        number, person = await found(call_id)
        return pages.answer(
            request,
            "erase.html",
            call_id=call_id,
            number=number,
            person=person,
            most=COUNTED_MOST,
        )

    @router.post("/{call_id}/erase")
    async def erase(request: Request, call_id: str) -> Response:
        number, person = await found(call_id)
        if person.why_not:
            raise Trouble(409, person.why_not)
        erased = await store.erase_number(number)
        who = signed_in(request).user.name
        await store.audit.note(who, "person_erased", call_id, {"calls": erased})
        return to(f"{roles.PREFIX}/calls/{call_id}")

    return router
