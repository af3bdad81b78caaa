"""What the office refuses, in the words of HTTP."""

from collections.abc import Awaitable
from typing import TypeVar

from fastapi import HTTPException

from bot.campaigns.refusals import Malformed, NotThere, Refused

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
