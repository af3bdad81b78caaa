"""People we have called, who ring back: what the desk must know of them."""

from dataclasses import dataclass
from typing import Protocol

from bot.calls.prompts import CallRequest


@dataclass(frozen=True, kw_only=True)
class RingBack:
    """Whom they get: the agent that called them, knowing what it knew then."""

    agent: str
    request: CallRequest  # with the contact that it is about


class RingBacks(Protocol):
    """Who may be ringing back."""

    async def find(self, number: str) -> RingBack | None:
        """For the number that calls, raw; None: not somebody we called of late. May raise
        StoreError.
        """
        ...
