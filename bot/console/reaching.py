"""Reaching into a live call from its page: words for the agent, keys, a person; and hanging up."""

from collections.abc import Awaitable

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.calls import Act, ActKind
from bot.console import roles
from bot.console.door import signed_in
from bot.console.page_routes import PageRoutes
from bot.console.pages import Trouble
from bot.console.sign_in import to
from bot.console.words import sentence
from bot.server.passes import Purpose
from bot.server.reaching import ASKED_FOR, NoSuchCall, NotReached, Reaching

# What the buttons do, by the last part of their address.
_ACTS: dict[str, ActKind] = {
    "say": "say",
    "whisper": "whisper",
    "context": "context",
    "keys": "keys",
    "put-through": "transfer",
    "give-back": "give_back",
}
_WORDLESS = ("transfer", "give_back")
# What asks for a place at the call's sound.
_PLACES: dict[str, Purpose] = {"listen": "listen", "take-over": "take_over"}


def reaching_routes(reaching: Reaching) -> PageRoutes:
    """The routes of these: operators' alone (`roles.needed`)."""
    router = PageRoutes(f"{roles.PREFIX}/calls")

    @router.post("/{call_id}/hang-up")
    async def hang_up(request: Request, call_id: str) -> Response:
        who = signed_in(request).user.name
        our_id = await _done(reaching.hang_up(call_id, who=who))
        return to(f"{roles.PREFIX}/calls/{our_id}")

    @router.post("/{call_id}/{how}")
    async def act(request: Request, call_id: str, how: str) -> Response:
        if how in _PLACES:
            return await _place(request, call_id, _PLACES[how], reaching)
        if how not in _ACTS:
            raise Trouble(404, "There is no such page.")
        kind, text = _ACTS[how], ASKED_FOR
        if kind not in _WORDLESS:
            async with request.form(max_fields=5) as form:
                text = str(form.get("text", ""))
        try:
            wanted = Act.of(kind, text)
        except ValueError as error:
            raise Trouble(422, sentence(error)) from error
        who = signed_in(request).user.name
        our_id = await _done(reaching.act(call_id, wanted, who=who))
        return to(f"{roles.PREFIX}/calls/{our_id}")

    return router


async def _done(act: Awaitable[str]) -> str:
    """Our id of the call that took it. Raises Trouble."""
    try:
        return await act
    except NoSuchCall:
        raise Trouble(404, "No call has this id.") from None
    except NotReached as error:
        raise Trouble(409, sentence(error)) from error


async def _place(request: Request, call_id: str, purpose: Purpose, reaching: Reaching) -> Response:
    """For a script of ours: the way to the call's sound, or why there is none."""
    here = signed_in(request)
    session = here.session.token_hash
    try:
        told = vars(await reaching.invite(call_id, purpose, who=here.user.name, session=session))
    except NoSuchCall:
        return JSONResponse({"detail": "No call has this id."}, status_code=404)
    except (NotReached, ValueError) as error:
        return JSONResponse({"detail": sentence(error)}, status_code=409)
    return JSONResponse(dict(told), headers={"Cache-Control": "no-store"})
