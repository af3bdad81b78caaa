"""The running service, asked over its API."""

import asyncio
from typing import Any
from urllib.parse import quote

import httpx

from bot.batches.errors import RequestRefused
from bot.trust import machine_trust
from config import Settings, SettingsError

ANSWER_SECS = 30.0
TRIES = 3  # of a request whose answer is lost


class ServiceCalls:
    """`LiveCalls` for services of batches outside the running service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def end(self, call_id: str) -> bool:
        try:
            return await asyncio.to_thread(hang_up, self._settings, call_id, farewell=True)
        except SettingsError as error:
            raise RequestRefused(
                f"no other contact is called, but active calls continue: {error}"
            ) from error


def hang_up(settings: Settings, call_id: str, *, farewell: bool) -> bool:
    """Ends a call. False: none that is under way has this id. Raises SettingsError."""
    path = f"/calls/{quote(call_id, safe='')}/hangup"
    answer = _send(settings, path, {"farewell": farewell}, None)
    if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
        return False
    _accepted(answer)
    return True


def post(
    settings: Settings, path: str, body: dict[str, Any], *, key: str | None = None
) -> dict[str, Any]:
    """What the service answers. With a key, which makes it safe, a request whose answer is lost
    is sent again.

    Raises SettingsError with its words when it refuses.
    """
    answer: dict[str, Any] = _accepted(_send(settings, path, body, key)).json()
    return answer


def _send(settings: Settings, path: str, body: dict[str, Any], key: str | None) -> httpx.Response:
    settings.require("trunkline_api_key")
    secret = settings.trunkline_api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {secret}"} | ({"Idempotency-Key": key} if key else {})
    for tries_left in reversed(range(TRIES if key else 1)):
        try:
            return httpx.post(
                f"{settings.trunkline_url}{path}",
                json=body,
                headers=headers,
                timeout=ANSWER_SECS,
                verify=machine_trust(),
            )
        except httpx.HTTPError as error:
            if tries_left and not isinstance(error, httpx.ConnectError):
                continue
            raise SettingsError(
                f"no service answers at {settings.trunkline_url}: start `trunkline serve` first, "
                f"or set TRUNKLINE_URL ({error})"
            ) from error
    raise AssertionError("the last try returns or raises")


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.is_error:
        raise SettingsError(f"the service says: {_detail(response)}")
    return response


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"
