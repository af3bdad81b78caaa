"""What it means that the model's side does not open a session, or answers a question with no.

A session that it does not want it closes, with a code and a sentence: 1007 for a message that it
does not take, a key too; 1008 for what may not be done, such as a model that is not there; 1011 for
what went wrong on its side, and for quotas.
"""

import re

from bot.brains.errors import (
    KeyRefused,
    ModelError,
    ModelNotThere,
    ModelRefused,
    ModelUnreachable,
)

INVALID, POLICY = 1007, 1008
_KEY = re.compile(r"api[_ ]key|unauthenticated|permission|billing|credential", re.IGNORECASE)
_QUOTA = re.compile(r"quota|rate limit|resource[_ ]exhausted|overloaded|try again", re.IGNORECASE)
_MODEL = re.compile(r"models?/\S+ (?:is|was) not found|not supported for bidi", re.IGNORECASE)


def refusal(http_status: int) -> type[ModelError]:
    """What an answer other than a success means."""
    if http_status in (401, 403):
        return KeyRefused
    return ModelRefused if http_status < 500 and http_status != 429 else ModelUnreachable


def closing(code: int | None, reason: str) -> ModelError:
    """What it means that it is closed before it was open."""
    said = f"the model closed the connection: {code} {reason}".rstrip()
    if _MODEL.search(reason):
        return ModelNotThere(said)
    if _KEY.search(reason):
        return KeyRefused(said)
    if code in (INVALID, POLICY) and not _QUOTA.search(reason):
        return ModelRefused(said)
    return ModelUnreachable(said)
