"""What the services of batches refuse, and what the database cannot do, in the words of HTTP."""

from collections.abc import Awaitable
from typing import TypeVar

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse
from loguru import logger

from bot.batches.errors import Malformed, NotThere, Refused
from bot.store import StoreError

T = TypeVar("T")


async def answered(asked: Awaitable[T]) -> T:
    """The answer. Raises HTTPException: 404, 422, or 409 for what does not fit how things stand."""
    try:
        return await asked
    except NotThere as refused:
        raise HTTPException(404, str(refused)) from refused
    except Malformed as refused:
        raise HTTPException(422, str(refused)) from refused
    except Refused as refused:
        raise HTTPException(409, str(refused)) from refused


async def database_away(request: Request, error: Exception) -> JSONResponse:
    """Answers 503 when the database failed, with the reason."""
    route = getattr(request.scope.get("route"), "path", "")
    logger.error("{} {}: {}", request.method, route, error, event="database_away")
    retry = isinstance(error, StoreError) and error.temporary
    facts = {"reason": "database_away", "fault": "ours", "retry": retry}
    return JSONResponse(
        {"detail": str(error), **facts}, status_code=503, headers={"Retry-After": "10"}
    )
