"""One media stream of a call, from the moment it comes to the moment it is let go."""

import asyncio
from dataclasses import dataclass, field

from bot.carriers.leg import Leg


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """A stream that has claimed its call. Whoever brought it waits for `let_go`."""

    leg: Leg
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def close(self) -> None:
        """Nobody hears or plays there any more; also when that was said before."""
        self.let_go.set()
        await self.leg.close()
