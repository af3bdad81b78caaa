"""Routes of pages: what a page is given of a request, and which requests it sees."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.console.page_routes import PageRoutes

PAGES = PageRoutes("/pages")


@PAGES.get("")
async def all_of_them() -> Response:
    return JSONResponse("all")


@PAGES.get("/{book}/{page}")
async def one(request: Request, book: str, page: str, word: str = "none") -> Response:
    return JSONResponse([request.method, request.scope["route"].path, book, page, word])


@PAGES.post("/{book}")
async def write(book: str) -> Response:
    return JSONResponse({"wrote": book})


async def asked(method: str, path: str) -> httpx.Response:
    there = httpx.ASGITransport(Starlette(routes=PAGES.routes))
    async with httpx.AsyncClient(transport=there, base_url="http://here") as client:
        return await client.request(method, path)


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("GET", "/pages", "all"),
        ("POST", "/pages/a", {"wrote": "a"}),
        ("GET", "/pages/a/7", ["GET", "/pages/{book}/{page}", "a", "7", "none"]),
        ("GET", "/pages/a/7?word=x%20y", ["GET", "/pages/{book}/{page}", "a", "7", "x y"]),
        ("GET", "/pages/a/7?word=", ["GET", "/pages/{book}/{page}", "a", "7", ""]),
        ("GET", "/pages/a/7?word=x&word=y", ["GET", "/pages/{book}/{page}", "a", "7", "y"]),
        # What the path says no query can say otherwise, and what nobody asks for is nobody's.
        ("GET", "/pages/a/7?book=b&request=r", ["GET", "/pages/{book}/{page}", "a", "7", "none"]),
    ],
)
async def test_a_page_is_given_what_path_and_query_say(
    method: str, path: str, answer: object
) -> None:
    answered = await asked(method, path)
    assert (answered.status_code, answered.json()) == (200, answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/elsewhere", 404),
        ("POST", "/pages/a/7", 405),
        ("GET", "/pages/a", 405),
        ("HEAD", "/pages", 405),
    ],
)
async def test_it_sees_no_other_requests(method: str, path: str, status: int) -> None:
    assert (await asked(method, path)).status_code == status


def test_a_page_that_wants_what_its_path_does_not_name_is_refused_when_it_is_put_there() -> None:
    with pytest.raises(TypeError, match="/pages/{book} names no page"):
        PageRoutes("/pages").get("/{book}")(one)
