"""What all calls of a process share: each is joined in `bot/app.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.brains import Brain, Clips
from bot.calls.call import Call
from bot.calls.operator_talk import FindWords
from bot.calls.opt_outs import OptOuts
from processors.frames import RecordingFrame
from tools import Business, Facts, Knowledge, Messages, Numbers, Texts


class Recorder(Protocol):
    """What records one call. Nothing of it raises."""

    @property
    def goes_on(self) -> bool:
        """The call is recorded; or would be, but for a pause or a person who has the caller."""
        ...

    def told(self, frame: RecordingFrame) -> None:
        """The pipeline says that it may record, or may not; returns at once."""
        ...

    def put_through(self) -> None:
        """A person takes the call; returns at once."""
        ...

    def come_back(self) -> None:
        """Nobody took the call after all; returns at once."""
        ...

    async def pause(self) -> None:
        """Nothing is recorded, or what is will not be kept, when this returns."""
        ...

    def resume(self) -> None:
        """It may record again; returns at once."""
        ...

    async def finish(self) -> None:
        """The call is over: waits a moment for what is under way."""
        ...


class Library(Protocol):
    """The documents of clients, by the client's name."""

    def of(self, client: str) -> Knowledge:
        """What one client's documents say."""
        ...

    async def for_task(self, client: str, task: str) -> Sequence[Facts]:
        """The passages that an agent with this task is told from the start, each its `source` and
        its `text`: within half a second, and none rather than an error.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class SharedServices:
    """What conversations share."""

    brains: Mapping[str, Brain]
    business: Business
    opt_outs: OptOuts
    clips: Clips
    human_available: bool
    messages_of: Callable[[Call], Messages | None] = lambda call: None
    texts_of: Callable[[Call], Texts | None] = lambda call: None
    recorder_of: Callable[[Call], Recorder | None] = lambda call: None
    numbers: Numbers | None = None  # where numbers go that callers type
    library: Library | None = None  # None: agents have no documents
    find_words: FindWords | None = None  # in what operators say; None: no recogniser is installed
