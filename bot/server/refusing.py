"""What the services of batches refuse, and what the database cannot do, in the words of HTTP."""

from collections.abc import Awaitable
from typing import TypeVar

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from loguru import logger

from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.store import StoreError

T = TypeVar("T")


async def answered(asked: Awaitable[T]) -> T:
    """The answer. Raises HTTPException: see `status_of`."""
    try:
        return await asked
    except RequestRefused as refused:
        raise HTTPException(status_of(refused), str(refused)) from refused


def status_of(refused: RequestRefused) -> int:
    """404, 422, or 409 for what does not fit how things stand."""
    match refused:
        case NotThere():
            return 404
        case Malformed():
            return 422
        case _:
            return 409


async def database_away(request: Request, error: Exception) -> JSONResponse:
    """Answers 503 when the database failed, with the reason."""
    route = getattr(request.scope.get("route"), "path", "")
    logger.error("{} {}: {}", request.method, route, error, event="database_away")
    retry = isinstance(error, StoreError) and error.temporary
    facts = {"reason": "database_away", "fault": "ours", "retry": retry}
    return JSONResponse(
        {"detail": str(error), **facts}, status_code=503, headers={"Retry-After": "10"}
    )
