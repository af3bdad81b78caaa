"""What it means that the model's side does not open a session, or answers a question with no."""

from collections.abc import Mapping
from typing import Any

from bot.brains.errors import KeyRefused, ModelError, ModelRefused, ModelUnreachable

# Errors before `session.updated` that no other try mends; all others may pass.
FINAL_ERRORS = frozenset({"invalid_request_error", "authentication_error", "permission_error"})
KEY_ERRORS = frozenset(  # their kinds and codes: no model can be spoken with
    {"authentication_error", "permission_error", "invalid_api_key", "insufficient_quota"}
)
RATE_LIMITED = "rate_limit_exceeded"


def refusal(http_status: int) -> type[ModelError]:
    """What an answer other than a success means."""
    if http_status in (401, 403):
        return KeyRefused
    return ModelRefused if http_status < 500 and http_status != 429 else ModelUnreachable


def failure(error: Mapping[str, Any]) -> ModelError:
    """What an `error` event says that comes in place of the settings' confirmation."""
    kind, code = error.get("type"), error.get("code")
    said = f"{code or kind or 'error'}: {error.get('message', '')}"
    if kind in KEY_ERRORS or code in KEY_ERRORS:
        return KeyRefused(said)
    final = kind in FINAL_ERRORS and code != RATE_LIMITED
    return ModelRefused(said) if final else ModelUnreachable(said)
