"""The wires to the simulated model: they may stand still, in both directions, and lose nothing."""

import asyncio
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection


class Wires:
    """What is read is read later, pings too; what is to be sent asks first whether it `flows`."""

    def __init__(self) -> None:
        self._all: dict[ServerConnection, Callable[[], None]] = {}  # and who waits to send
        self._dead: set[ServerConnection] = set()
        self._pauses = 0  # under way
        self._flow = asyncio.Event()
        self._flow.set()

    def add(self, wire: ServerConnection, flows_again: Callable[[], None]) -> None:
        """One more, and who is told when it goes on."""
        self._all[wire] = flows_again
        if self._pauses:
            wire.transport.pause_reading()

    def remove(self, wire: ServerConnection) -> None:
        """This one is closed."""
        self._all.pop(wire, None)
        self._dead.discard(wire)

    def flows(self, wire: ServerConnection) -> bool:
        """Whether something may be sent."""
        return not self._pauses and wire not in self._dead

    async def flow(self) -> None:
        """Waits for the end of a pause."""
        await self._flow.wait()

    def pause(self, secs: float) -> None:
        """All stand still for so long."""
        self._pauses += 1
        self._flow.clear()
        for wire in self._all:
            wire.transport.pause_reading()
        asyncio.get_running_loop().call_later(secs, self._go_on)

    def kill(self, wire: ServerConnection) -> None:
        """This one stands still for ever, and nobody is told."""
        self._dead.add(wire)
        wire.transport.pause_reading()

    def abort_dead(self) -> None:
        """Lets go of those that would not notice."""
        for wire in self._dead:
            wire.transport.abort()

    def _go_on(self) -> None:
        self._pauses -= 1
        if self._pauses:
            return
        self._flow.set()
        for wire, flows_again in self._all.items():
            if wire not in self._dead:
                wire.transport.resume_reading()
                flows_again()
