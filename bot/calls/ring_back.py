"""People we have called, who ring back: what the desk must know of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class RingBack:
    """Whom they get: the agent that called them, knowing what it knew then."""

    agent: str
    variables: Mapping[str, str]


class RingBacks(Protocol):
    """Who may be ringing back."""

    async def find(self, number: str) -> RingBack | None:
        """For the number that calls, raw; None: not somebody we called of late. May raise
        StoreError.
        """
        ...
