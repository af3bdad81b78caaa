"""Routes of pages: a page takes the request, what its path names, and texts of the query.

None of it needs to be checked, so these are plain routes: to prepare such a page for FastAPI's
checks takes as long as to answer some.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from inspect import Parameter, signature
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

Page = TypeVar("Page", bound=Callable[..., Awaitable[Response]])


class PageRoutes:
    """Pages below one prefix, in the order in which a request is held against them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.routes: list[BaseRoute] = []

    def get(self, path: str) -> Callable[[Page], Page]:
        """A page to look at. Parameters that `path` does not name are of the query, and the default
        of each is its text where the query has none.
        """
        return self._put("GET", path)

    def post(self, path: str) -> Callable[[Page], Page]:
        """What a form is sent to; otherwise as `get`."""
        return self._put("POST", path)

    def _put(self, method: str, path: str) -> Callable[[Page], Page]:
        def put(page: Page) -> Page:
            self.routes.append(_PageRoute(method, self._prefix + path, page))
            return page

        return put


class _PageRoute(Route):
    """One of them. Unlike a plain one it answers no HEAD, and its request can tell it apart."""

    def __init__(self, method: str, path: str, page: Callable[..., Awaitable[Response]]) -> None:
        takes = signature(page).parameters

        async def answer(request: Request) -> Response:
            there = {**request.query_params, **request.path_params, "request": request}
            return await page(**{name: there.get(name, it.default) for name, it in takes.items()})

        super().__init__(path, answer, name=page.__name__, include_in_schema=False)
        self.methods = {method}
        needed = {name for name, it in takes.items() if it.default is Parameter.empty}
        if nowhere := needed - {"request", *self.param_convertors}:
            raise TypeError(f"{path} names no {', '.join(sorted(nowhere))}")

    def matches(self, scope: Scope) -> tuple[Match, MutableMapping[str, Any]]:
        match, its_own = super().matches(scope)
        return match, {**its_own, "route": self} if its_own else its_own
