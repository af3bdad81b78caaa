"""The pages with which people sign in and out."""

import math
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from loguru import logger

from bot.console import roles
from bot.console.accounts import LONGEST, Accounts, TooOften, WrongPassword
from bot.console.door import COOKIE, KNOWN_COOKIE, set_cookie, signed_in
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages, Trouble
from bot.console.passwords import LONGEST as LONGEST_PASSWORD
from bot.console.passwords import TooBusy
from bot.store import StoreError

HOME = f"{roles.PREFIX}/live"
_MOST_FIELDS = 20


def sign_in(accounts: Accounts, pages: Pages) -> PageRoutes:
    """The routes of that."""
    router = PageRoutes(roles.PREFIX)

    @router.get("")
    @router.get("/")
    async def home() -> Response:
        return to(HOME)

    @router.get("/sign-in")
    async def ask(request: Request, next: str = "") -> Response:
        return pages.answer(request, "sign_in.html", next=_own_page(next), name="", problem="")

    @router.post("/sign-in")
    async def enter_by_password(request: Request) -> Response:
        form = await fields(request)
        name, password = form.get("name", "").strip(), form.get("password", "")
        back = _own_page(form.get("next", ""))
        try:
            token = await accounts.sign_in(
                name[:100],
                password[: LONGEST_PASSWORD + 1],
                client=request.headers.get("user-agent", ""),
                known=request.cookies.get(KNOWN_COOKIE, ""),
            )
        except WrongPassword:
            status, problem = 401, "The name or the password is not right."
        except TooOften as often:
            minutes = math.ceil(often.secs / 60)
            wait = f"{minutes} minutes" if minutes > 1 else "a minute"
            status, problem = 429, f"Too many tries. Wait {wait}, then try again."
        except TooBusy:
            status, problem = 503, "Too many people sign in just now. Try again in a moment."
        except StoreError as error:
            logger.error("POST /console/sign-in: {}", error, event="database_away")
            status, problem = 503, "The database does not answer. Try again in a moment."
        else:
            return sign_in_here(request, accounts, token, name, back)
        return pages.answer(request, "sign_in.html", status, next=back, name=name, problem=problem)

    @router.get("/enter")
    async def enter_by_link(request: Request, token: str = "") -> Response:
        session = await accounts.enter(token, client=request.headers.get("user-agent", ""))
        if session is None:
            raise Trouble(403, "This link was used already, or is too old. Ask for a new one.")
        return sign_in_here(request, accounts, session, "", HOME)

    @router.post("/sign-out")
    async def leave(request: Request) -> Response:
        await accounts.sign_out(signed_in(request))
        answer = to(roles.OPEN[0])
        answer.delete_cookie(COOKIE, path=roles.PREFIX)
        return answer

    return router


async def fields(request: Request) -> dict[str, str]:
    """The text fields of a form."""
    form = await request.form(max_fields=_MOST_FIELDS, max_files=0)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def sign_in_here(
    request: Request, accounts: Accounts, token: str, name: str, back: str
) -> Response:
    """Goes to a page of ours with a new session in this browser, which knows this user from now on
    unless `name` is empty.
    """
    answer = to(back)
    secs = int(LONGEST.total_seconds())
    set_cookie(request, answer, COOKIE, token, secs)
    if name:
        set_cookie(request, answer, KNOWN_COOKIE, accounts.known_browser(name), 12 * secs)
    return answer


def to(path: str) -> RedirectResponse:
    """Has the browser get that page next."""
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})


def _own_page(wanted: str) -> str:
    """Where somebody wanted to go, if it is in the console: never to another site."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    safe = not parts.scheme and not parts.netloc and "\\" not in wanted and wanted.isprintable()
    return wanted if safe and roles.is_of_console(parts.path) else HOME
