"""One media stream of a call, from the socket that brought it to the moment it is let go."""

import asyncio
from dataclasses import dataclass, field

from bot.media import MediaSocket, StreamStart


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """A stream that has claimed its call. Whoever brought it waits for `let_go`."""

    socket: MediaSocket
    start: StreamStart
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def close(self) -> None:
        """Nobody reads or writes it any more; also when that was said before."""
        self.let_go.set()
        await self.socket.close()
