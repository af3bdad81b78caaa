"""Who may pass to the console, settled before a route sees a request (`bot.server.entrance`).

A request needs a session; one that writes also comes from our own pages: its Origin is ours.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from loguru import logger
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from bot.console import roles
from bot.console.accounts import Accounts, SignedIn
from bot.server.entrance import Asker
from bot.store import StoreError

COOKIE = "trunkline_session"
KNOWN_COOKIE = "trunkline_known"  # of a browser in which somebody has signed in
_SIGNED_IN = "trunkline.signed_in"
_LOCAL = ("127.0.0.1", "localhost", "::1")


class ConsoleDoor:
    """Fills `bot.server.entrance.Door`."""

    def __init__(self, accounts: Accounts, *, public_url: str) -> None:
        self._accounts = accounts
        self._our_origin = _origin(public_url)

    def keeps(self, path: str) -> bool:
        return roles.is_of_console(path)

    async def refusal(self, scope: MutableMapping[str, Any], asker: Asker) -> ASGIApp | None:
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)
        if method not in ("GET", "HEAD") and not self.is_our_own(headers):
            logger.warning(
                "refused: {} to the console from another origin",
                method,
                event="console_foreign_origin",
            )
            return _plain(403, "This did not come from a page of this console.")
        if roles.is_open(path):
            return None
        try:
            signed_in = await self._accounts.look(token_of(headers))
        except StoreError as error:
            logger.error("{} /console: {}", method, error, event="database_away")
            return _plain(503, "The database does not answer. Try again in a moment.")
        if signed_in is None:
            return _sign_in_first(method, scope)
        if not roles.suffices(signed_in.user.role, least := roles.needed(method, path)):
            return _plain(403, f"You are {signed_in.user.role} here; this needs {least}.")
        scope[_SIGNED_IN] = signed_in
        asker.known()
        return None

    async def may_act(self, headers: Mapping[str, str]) -> bool:
        """Whether what a request opens that is no page, like a websocket, may be opened: it comes
        from a page of ours, and its user acts on calls.
        """
        if headers.get("origin") is None or not self.is_our_own(headers):
            return False
        try:
            found = await self._accounts.look(token_of(headers))
        except StoreError:
            return False
        return found is not None and roles.suffices(found.user.role, "operator")

    async def still_acts(self, session: str) -> bool:
        """Whether an operator is still signed in with the session of this hash. A database that
        does not answer signs nobody out.
        """
        try:
            found = await self._accounts.look_up(session)
        except StoreError as error:
            logger.warning("a session is not looked at: {}", error, event="session_not_looked_at")
            return True
        return found is not None and roles.suffices(found.user.role, "operator")

    def is_our_own(self, headers: Mapping[str, str]) -> bool:
        """Whether a request was made by a page of ours. Browsers say so, and pages cannot lie."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "same-origin"
        there = _origin(origin)
        return there != "" and there in (self._our_origin, headers.get("host", "").lower())


def signed_in(request: Request) -> SignedIn:
    """Who asks for a page of the console that is not open to everybody."""
    found: SignedIn = request.scope[_SIGNED_IN]
    return found


def token_of(headers: Mapping[str, str]) -> str:
    """The token of the session that a request bears; "" where it bears none."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def set_cookie(request: Request, response: Response, name: str, value: str, secs: int) -> None:
    """A cookie for the console alone, out of the reach of scripts. It goes over HTTPS only, unless
    the browser is on this very machine.
    """
    response.set_cookie(
        name,
        value,
        max_age=secs,
        path=roles.PREFIX,
        secure=request.url.hostname not in _LOCAL,
        httponly=True,
        samesite="lax",
    )


def _sign_in_first(method: str, scope: MutableMapping[str, Any]) -> Response:
    headers = Headers(scope=scope)
    if method != "GET" or "hx-request" in headers:
        return _plain(401, "Sign in first.", {"HX-Redirect": roles.OPEN[0]})
    query = scope.get("query_string", b"").decode("latin-1")
    back = quote(scope["path"] + (f"?{query}" if query else ""), safe="")
    return RedirectResponse(f"{roles.OPEN[0]}?next={back}", status_code=303)


def _plain(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return PlainTextResponse(f"{text}\n", status_code=status, headers=kept)


def _origin(url: str) -> str:
    """Host and port as a browser writes them; empty for what has none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
