"""What an operator says in the agent's place, for the record and for the agent who goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from loguru import logger

from bot.calls.call_feed import CallFeed
from bot.clock import utcnow
from bot.media.g711 import BYTES_PER_MS
from bot.tasks import TaskSet
from processors.frames import UtterancePlayedFrame

WORDS_SECS = 4.0  # the caller waits; words that are not found by then the agent does without
_NOTE = (
    "{who} has taken the call over and spoken with the caller in your place, and you were silent. "
    "{what} You speak with the caller again from now on: go on from where the two of them left it, "
    "and repeat nothing."
)
_WORDS = "What they said to the caller: {words}"
_NO_WORDS = "What they said was not written down: go by what the caller answered."
_SILENT = "They have said nothing."

# The words in so much sound, μ-law at 8 kHz; empty: there are none. Raises what it likes.
FindWords = Callable[[bytes], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class _Utterance:
    """What was said between two pauses."""

    who: str
    started_at: datetime
    ended_at: datetime
    interrupted: bool


class OperatorTalk:
    """That of one call, however often its pipeline changes while they speak."""

    def __init__(self, feed: CallFeed, *, call_id: str, find_words: FindWords | None) -> None:
        """`find_words`: None where there is no recogniser."""
        self._feed = feed
        self._call_id = call_id
        self._find_words = find_words
        self._who = ""
        self._speaks = False
        self._said: dict[str, str] = {}  # by key, in order; empty: in words that nobody knows
        self._open: dict[str, _Utterance] = {}  # by key: what is not in the record yet
        self._tasks = TaskSet()

    def begins(self, who: str) -> None:
        """This one speaks from now on, or speaks on over another pipeline."""
        self._who = who
        if not self._speaks:
            self._said = {}
        self._speaks = True

    def said(self, ulaw: bytes, played: UtterancePlayedFrame) -> None:
        """This was heard on the line, as far as `played` says."""
        ulaw = ulaw[: played.heard_ms * BYTES_PER_MS]
        if not ulaw:
            return
        now = utcnow()
        lasted_secs = len(ulaw) / BYTES_PER_MS / 1000
        started_at = now - timedelta(seconds=played.began_secs_ago or lasted_secs)
        key = f"operator_{started_at.timestamp():.3f}"  # of its own, whatever the pipeline calls it
        self._said[key] = ""
        self._open[key] = _Utterance(
            who=self._who,
            started_at=started_at,
            ended_at=started_at + timedelta(seconds=lasted_secs),
            interrupted=played.interrupted,
        )
        self._tasks.start(self._find(key, ulaw), name=f"operator::{self._call_id}")

    async def _find(self, key: str, ulaw: bytes) -> None:
        words = await self._words_in(ulaw)
        if key in self._said:
            self._said[key] = words
        self._note_down(key, words)

    def _note_down(self, key: str, words: str) -> None:
        """Once: what comes after that is of no use any more."""
        said = self._open.pop(key, None)
        if said is None:
            return
        self._feed.agent_said(
            key=key,
            text=f"[{said.who}] {words}" if words else f"[{said.who} speaks]",
            started_at=said.started_at,
            ended_at=said.ended_at,
            interrupted=said.interrupted,
            latency_ms=None,
        )

    async def _words_in(self, ulaw: bytes) -> str:
        if self._find_words is None:
            return ""
        try:
            return await self._find_words(ulaw)
        except Exception as error:
            logger.warning(
                "what an operator said is not written down: {}",
                error,
                call_id=self._call_id,
                event="operator_words_missing",
            )
            return ""

    async def told(self) -> str:
        """What the agent is told of it, once its words are found or it has been waited for them."""
        self._speaks = False
        await self.written()
        words = " ".join(filter(None, self._said.values()))
        what = _NO_WORDS if self._said else _SILENT
        if words:
            what = _WORDS.format(words=words)
        return _NOTE.format(who=self._who.capitalize(), what=what)

    async def written(self) -> None:
        """Waits a moment for what was said last."""
        if under_way := tuple(self._tasks):
            await asyncio.wait(under_way, timeout=WORDS_SECS)

    async def over(self) -> None:
        """No more is said: what has no words by now stands in the record without them."""
        await self.written()
        for key in tuple(self._open):
            self._note_down(key, "")
