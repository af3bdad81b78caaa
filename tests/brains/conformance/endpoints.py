"""What the suite needs of a brain: how to start its simulated endpoint, and what to ask of it.

A brain joins by one `Entry` in `brains.py` beside this: its name, what is particular about it, and
`start`, an asynchronous context manager that opens the endpoint with a script and yields an
`Endpoint`. The suite opens the whole service on it, once a scene, and plays a call.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from bot.simulator.model import ModelScript


class Trouble(Enum):
    """What goes wrong in one session, or whatever the brain has in its place."""

    REFUSED = "refused"  # it cannot be opened
    LOST = "lost"  # it breaks off while the agent speaks
    STALLED = "stalled"  # it says nothing any more from then on
    EXPIRED = "expired"  # it is over, as the vendor says, while the agent speaks
    GARBLED = "garbled"  # something comes in it that cannot be read


class Endpoint(Protocol):
    """The far side of one brain."""

    settings: Mapping[str, Any]  # of a service that is to reach it (`config.Settings`)
    agent: str  # lines of an agent's file: `brain = "..."` and what it needs beside it

    def next_troubles(self, *troubles: Trouble | None) -> None:
        """What goes wrong in the next sessions, one each; none: nothing."""
        ...

    @property
    def told(self) -> str:
        """All that the model was told in all its sessions, in any order and form."""
        ...

    def knows_only(self, heard: str, of: str) -> bool:
        """Whether the model knows that of these words of its own no more than that was heard."""
        ...


Start = Callable[[Path, ModelScript], AbstractAsyncContextManager[Endpoint]]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One brain in the suite."""

    name: str
    start: Start
    costs: bool = True  # something is billed by its price table in a call
    without: frozenset[str] = frozenset()  # scenes that it cannot play, by name; docs say why
    thorough: bool = False  # played in `make test-all` alone
