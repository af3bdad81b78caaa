"""The other workers of the service: only the one that has a call can act on it."""

from typing import Protocol

from bot.calls.reaching import Act, Reached
from bot.carriers import Answer, StatusUpdate


class Replayed(Exception):
    """A request about a call that has moved on: sent again by a third party."""


class PeerWorkers(Protocol):
    """What is asked of the worker that an id of ours names."""

    async def hang_up(self, call_id: str, *, farewell: bool) -> bool:
        """Ends the call, after a last line if asked for. False when no other worker has it, or does
        not say so in time.
        """
        ...

    async def reach(self, call_id: str, act: Act) -> Reached:
        """Does this in the call. ELSEWHERE when no other worker has it, or says so in time."""
        ...

    async def connect_again(self, call_id: str, call_sid: str) -> Answer | None:
        """The answer that puts this call on its stream, from the worker that expects it.

        Raises Replayed.
        """
        ...

    def status(self, update: StatusUpdate) -> None:
        """How a call stands that none of ours is: told to all."""
        ...


class NoPeers:
    """There are no others."""

    async def hang_up(self, call_id: str, *, farewell: bool) -> bool:
        return False

    async def reach(self, call_id: str, act: Act) -> Reached:
        return Reached.ELSEWHERE

    async def connect_again(self, call_id: str, call_sid: str) -> Answer | None:
        return None

    def status(self, update: StatusUpdate) -> None:
        return
