"""Conferences at Twilio: only that they end, for calls come into them by TwiML."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from twilio.rest import Client

from bot.carriers.errors import CarrierError

_LOOKED_AT = 20  # conferences of one name: a call has one, and those of before are over


class TwilioConferences:
    """The conferences of an account, by the names that our TwiML gives them."""

    def __init__(self, *, client: Client, send: Callable[..., Awaitable[Any]]) -> None:
        self._client = client
        self._send = send

    async def end(self, name: str) -> None:
        """Ends those of this name that are not over; one in which somebody waits alone is "init".
        Raises CarrierError.
        """
        rooms = self._client.conferences
        found = await self._send(
            lambda: rooms.list_async(friendly_name=name, limit=_LOOKED_AT),
            lambda known: [str(room.sid) for room in known if room.status != "completed"],
        )
        for sid in found:
            try:
                await self._send(partial(rooms(sid).update_async, status="completed"), str)
            except CarrierError as error:
                if not error.gone:
                    raise
