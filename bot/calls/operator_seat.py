"""The place in a call's pipeline from which an operator speaks in the agent's stead."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import Frame

from bot.calls.call import Call
from bot.calls.operator_talk import OperatorTalk
from bot.clock import monotonic
from bot.media import OperatorVoice
from processors.frames import TakenOverFrame

PLAYED_SECS = 2.0  # for the last of what they say to be heard


class OperatorSeat:
    """That of one pipeline. `queue` takes what begins its way at the pipeline's top; `talk` is that
    of the whole call.
    """

    def __init__(
        self,
        call: Call,
        *,
        talk: OperatorTalk,
        queue: Callable[[Frame], Awaitable[None]],
    ) -> None:
        self._call = call
        self._queue = queue
        self._talk = talk
        self.voice = OperatorVoice(said=self._talk.said)
        self._is_taken = False
        self._since: float | None = None  # on `monotonic`; None: the agent speaks
        self._secs = 0.0  # until then
        call.sound.operator = None
        call.sound.is_private = False

    async def take(self, who: str) -> None:
        """They are heard from now on, and the agent is not."""
        self._is_taken = True
        if self._since is None:
            self._since = monotonic()
        self._talk.begins(who)
        self._call.sound.operator = self.voice.hear
        await self._queue(TakenOverFrame(begins=True, by="operator"))

    async def give_back(self) -> None:
        """They are not heard any more; then the agent speaks, which knows what was said. Nothing
        happens where nobody speaks: they have left while pipelines changed.
        """
        if not self._is_taken:
            return
        self._is_taken = False
        self._call.sound.operator = None
        await self.voice.finish()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.voice.silent.wait(), PLAYED_SECS)
        note = await self._talk.told()
        if not self._is_taken:  # again
            self._stand_up()
            await self._queue(TakenOverFrame(begins=False, by="operator", note=note))

    @property
    def secs(self) -> float:
        """How long the agent was silent for them, until now."""
        return self._secs + (monotonic() - self._since if self._since is not None else 0.0)

    def _stand_up(self) -> None:
        self._secs, self._since = self.secs, None

    async def leave(self, *, goes_on: bool) -> None:
        """The pipeline is over: what was said is written down. Where the call `goes_on` over
        another, nobody waits for its words: the operator is to be heard there soon.
        """
        if self._call.sound.operator == self.voice.hear:
            self._call.sound.operator = None
        self._stand_up()
        self.voice.break_off()
        if not goes_on:
            await self._talk.over()
