"""The caller's turns on their way from sound to words: plain code but for the waiting."""

import asyncio
from collections import deque
from collections.abc import Callable

from loguru import logger

from bot.brains.cascade.items import Item
from bot.clock import monotonic

WORDS_SECS = 3.0  # after the end of a turn; what has come by then is all
SETTLE_SECS = 0.35  # after words that were not said to be the last ones
MOST_OWED = 50  # turns that an ear may be late with
MOST_KEPT = 8  # turns that are over, and whose words may still come


class Turn:
    """One turn: its words grow while the caller speaks and until they are `whole`."""

    def __init__(self, *, begins_secs: float | None = None) -> None:
        # Where it begins in the sound that the ear was given; None: the caller has not begun.
        self.begins_secs = begins_secs
        self.item: Item | None = None  # in the conversation, from its end on
        self.ended_at: float | None = None
        self.heard_secs = 0.0  # sound that the ear was given of it, and bills
        self.words_ms = 0  # from its end to its words
        self.failed = False
        self._finals: list[str] = []
        self._interim = ""
        self.guess = ""  # what it seems to say, before its words are sure
        self.whole = asyncio.Event()
        self._known = asyncio.Event()  # or guessed
        self._settling: asyncio.TimerHandle | None = None

    @property
    def text(self) -> str:
        """All that was made out so far."""
        return " ".join(filter(None, (*self._finals, self._interim))).strip()

    def words(self, text: str, *, final: bool, whole: bool) -> None:
        """More was made out. Once it is whole, only what is `final` still counts."""
        if final:
            self._finals.append(text.strip())
            self._interim = ""
        elif not self.whole.is_set():
            self._interim = text.strip()
        if self.whole.is_set():
            return
        if self.ended_at is None:
            return
        if final and whole:
            self.finish()
        else:
            self.settle()

    def guessed(self, text: str) -> None:
        """The ear believes that this is all, or no longer."""
        self.guess = text.strip()
        if self.guess:
            self._known.set()

    async def known(self) -> None:
        """Waits for a guess, or for all words."""
        await self._known.wait()

    def end(self, item: Item) -> None:
        """The caller has finished."""
        self.item, self.ended_at = item, monotonic()
        if self._finals and not self._interim:
            self.settle()

    def settle(self) -> None:
        """If nothing more comes for a moment, nothing more will."""
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(SETTLE_SECS, self.finish)

    def finish(self, *, failed: bool = False) -> None:
        """What has come is all."""
        if self._settling is not None:
            self._settling.cancel()
        if self.whole.is_set():
            return
        self.failed = failed and not self.text
        if self.ended_at is not None:
            self.words_ms = round((monotonic() - self.ended_at) * 1000)
        self.whole.set()
        self._known.set()


class Turns:
    """Those of one session. `grown` and `made_out` are told of each. Words that come after that are
    in the turn's item: what was answered without them is answered, and the model knows them then.

    `once_a_turn`: the ear answers each turn after its end, once, with words or with a failure, and
    in order. However late that is, it is the answer to that turn and to no later one.
    """

    def __init__(
        self,
        *,
        grown: Callable[[Turn], None],
        made_out: Callable[[Turn], None],
        once_a_turn: bool = False,
    ) -> None:
        self._grown, self._made_out = grown, made_out
        self._once_a_turn = once_a_turn
        self._owed: deque[Turn] = deque(maxlen=MOST_OWED)  # ended, and not answered by such an ear
        self.open = Turn()  # what is heard now
        self._over: deque[Turn] = deque(maxlen=MOST_KEPT)  # oldest first
        self._heard_to_secs: float | None = 0.0  # by the ear's own clock; None: it cannot be used
        self._waiting: list[tuple[Turn, asyncio.Task[None]]] = []

    def begins(self, at_secs: float) -> None:
        """The caller begins to speak, here in the sound that the ear is given: what was heard
        before was no speech."""
        self.open = Turn(begins_secs=at_secs)

    def ends(self, item: Item) -> Turn:
        """The caller has finished."""
        turn, self.open = self.open, Turn()
        turn.end(item)
        self._over.append(turn)
        if self._once_a_turn:
            self._owed.append(turn)
        self._waiting.append((turn, asyncio.create_task(self._wait(turn), name="cascade-words")))
        return turn

    def words(self, text: str, *, final: bool, whole: bool, at_secs: float | None = None) -> None:
        """The ear has made something out: of the oldest turn that it has to answer, or of the one
        that is spoken now. An ear that streams may say up to where in its sound it has listened
        (`at_secs`); then that says of which turn the words are, however late they come.
        """
        turn = self._answered() if self._once_a_turn else self._spoken(at_secs)
        if turn is None:  # a turn that is not over has no answer
            return
        was_whole, before = turn.whole.is_set(), turn.text
        turn.words(text, final=final, whole=whole)
        if was_whole:
            # An ear that answers once has said that it was the last of it.
            if not self._once_a_turn and turn.text != before:
                assert turn.item is not None
                turn.item.text = turn.text
                logger.info("words of a caller's turn came late", event="caller_words_late")
        elif turn.item is not None and not turn.whole.is_set():
            self._grown(turn)

    def guess(self, text: str) -> None:
        """The ear believes to know all of that turn."""
        (self._waiting[0][0] if self._waiting else self.open).guessed(text)

    def failed(self) -> None:
        """The ear could not make out what it was given."""
        if (turn := self._answered()) is not None:
            turn.finish(failed=True)

    @property
    def last(self) -> Turn | None:
        """The turn that was spoken last, of those whose words have not all come."""
        return self._waiting[-1][0] if self._waiting else None

    @property
    def only(self) -> Turn | None:
        """The turn whose words have not all come, if there is but one."""
        return self._waiting[0][0] if len(self._waiting) == 1 else None

    async def all_words(self) -> None:
        """Waits until all turns are made out."""
        while self._waiting:
            await asyncio.wait([task for _, task in self._waiting])

    def close(self) -> None:
        """Nothing is waited for any more."""
        for _, task in self._waiting:
            task.cancel()

    def _spoken(self, at_secs: float | None) -> Turn:
        """The turn of which a streaming ear has made something out. One that does not tell the time
        has no words of a caller who is silent but of their last turn.
        """
        if self._follow_clock(at_secs):
            for turn in (self.open, *reversed(self._over)):
                if turn.begins_secs is not None and turn.begins_secs < (at_secs or 0.0):
                    return turn
        if (waiting := self._answered()) is not None:
            return waiting
        begun = self.open.begins_secs is not None or not self._over
        return self.open if begun else self._over[-1]

    def _follow_clock(self, at_secs: float | None) -> bool:
        """Whether the ear tells the time. Its clock runs with the sound, and goes back only where
        it was connected anew: from then on it is of no use.
        """
        if at_secs is None or self._heard_to_secs is None:
            return False
        self._heard_to_secs = None if at_secs < self._heard_to_secs else at_secs
        return self._heard_to_secs is not None

    def _answered(self) -> Turn | None:
        """The turn that has ended and is answered now, also if nobody waits for that any more."""
        if self._once_a_turn:
            return self._owed.popleft() if self._owed else None
        return self._waiting[0][0] if self._waiting else None

    async def _wait(self, turn: Turn) -> None:
        try:
            async with asyncio.timeout(WORDS_SECS):
                await turn.whole.wait()
        except TimeoutError:
            turn.finish(failed=not turn.text)
        self._waiting = [each for each in self._waiting if each[0] is not turn]
        self._made_out(turn)
