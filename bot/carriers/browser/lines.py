"""The browsers that are on the line, and the `Carrier` that ends their calls: we are theirs."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.carriers import (
    Answer,
    CallStatus,
    Carrier,
    CarrierCall,
    Connect,
    HangUp,
    Meet,
    PlaceCall,
    PlacedCall,
    PutThrough,
    TurnAway,
)

_MARK = "BR"  # a call's name at the carrier begins so, if a browser makes it


def new_call_sid() -> str:
    """The name of a call from a browser."""
    return f"{_MARK}{uuid.uuid4().hex}"


def is_of_browser(call_sid: str) -> bool:
    """Whether a call is from a browser, by its name."""
    return call_sid.startswith(_MARK)


class BrowserSocket(Protocol):
    """The websocket of a browser (`bot.carriers.twilio.media_socket.MediaSocket`)."""

    def send(self, message: str) -> None: ...

    async def close(self, code: int = 1000) -> None: ...


class BrowserLines:
    """The browsers on the line, in this process."""

    def __init__(self) -> None:
        self._sockets: dict[str, BrowserSocket] = {}

    def connected(self, call_sid: str, socket: BrowserSocket) -> None:
        """A browser is on the line."""
        self._sockets[call_sid] = socket

    def gone(self, call_sid: str) -> None:
        """It has left."""
        self._sockets.pop(call_sid, None)

    def has(self, call_sid: str) -> bool:
        """Whether it is on the line."""
        return call_sid in self._sockets

    async def end(self, call_sid: str, *, notice: str = "") -> None:
        """Hangs up, after a notice on the page; does nothing for one that has left."""
        socket = self._sockets.pop(call_sid, None)
        if socket is not None:
            if notice:
                socket.send(json.dumps({"event": "notice", "text": notice}))
            await socket.close()


class WithBrowsers:
    """A `Carrier` that has browsers, too: their calls are ours to end, all others go to it."""

    def __init__(self, carrier: Carrier, lines: BrowserLines) -> None:
        self._carrier = carrier
        self.lines = lines

    def check(self, call: PlaceCall) -> None:
        """See `Carrier.check`."""
        self._carrier.check(call)

    async def place(self, call: PlaceCall) -> PlacedCall:
        """See `Carrier.place`."""
        return await self._carrier.place(call)

    async def end(self, call_sid: str) -> None:
        """See `Carrier.end`."""
        if is_of_browser(call_sid):
            await self.lines.end(call_sid)
        else:
            await self._carrier.end(call_sid)

    async def cancel(self, call_sid: str) -> None:
        """See `Carrier.cancel`."""
        if is_of_browser(call_sid):
            await self.lines.end(call_sid)
        else:
            await self._carrier.cancel(call_sid)

    async def redirect(self, call_sid: str, answer: Answer) -> None:
        """See `Carrier.redirect`. A browser cannot be put through, and has no voice of its own for
        last lines: the page shows what a caller would hear.
        """
        if is_of_browser(call_sid):
            await self.lines.end(call_sid, notice=_notice(answer))
        else:
            await self._carrier.redirect(call_sid, answer)

    async def end_meeting(self, call_id: str) -> None:
        """See `Carrier.end_meeting`."""
        await self._carrier.end_meeting(call_id)

    async def press_keys(self, call_sid: str, keys: str, then: Connect) -> bool:
        """See `Carrier.press_keys`. Behind a browser there is no menu to find one's way through."""
        if is_of_browser(call_sid):
            raise ValueError("A browser takes no keys")
        return await self._carrier.press_keys(call_sid, keys, then)

    async def fetch(self, call_sid: str) -> CarrierCall:
        """See `Carrier.fetch`. A browser that is not on the line is gone for good."""
        if not is_of_browser(call_sid):
            return await self._carrier.fetch(call_sid)
        on_line = self.lines.has(call_sid)
        status = CallStatus.IN_PROGRESS if on_line else CallStatus.COMPLETED
        return CarrierCall(call_sid=call_sid, status=status, direction="inbound")

    async def find(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        since: datetime | None = None,
        parent: str | None = None,
    ) -> Sequence[CarrierCall]:
        """See `Carrier.find`."""
        return await self._carrier.find(to=to, from_=from_, since=since, parent=parent)


def _notice(answer: Answer) -> str:
    match answer:
        case PutThrough():
            return f"A caller would hear “{answer.line}” and be put through to {answer.to} now."
        case Meet():
            return "A caller would be brought together with the person who takes the call now."
        case HangUp() | TurnAway() if answer.line:
            return f"A caller would hear: “{answer.line}”"
        case _:
            return ""
