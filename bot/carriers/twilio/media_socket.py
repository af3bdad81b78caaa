"""The websocket to the carrier, as readers and writers of a media stream need it."""

from collections.abc import Callable
from typing import Protocol


class SocketClosed(Exception):
    """The other side is gone."""


class MediaSocket(Protocol):
    """A websocket to the carrier."""

    async def receive(self) -> str | bytes:
        """The next message. Raises SocketClosed."""
        ...

    def listen(self, take: Callable[[str | bytes], None]) -> None:
        """From now on messages may be handed to `take` as they arrive; `receive` gives those that
        are not, and tells of the end. `take` must not raise."""
        ...

    def send(self, message: str) -> None:
        """Hands a message to the socket, which sends them in order. Raises SocketClosed."""
        ...

    @property
    def congested(self) -> bool:
        """The other side takes less than it is sent."""
        ...

    async def drain(self) -> None:
        """Waits until it is not congested, or gone."""
        ...

    async def close(self, code: int = 1000) -> None:
        """Closes, also when closed already."""
        ...
