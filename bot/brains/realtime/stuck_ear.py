"""The model's ear may hear speech that is over, and never end the turn: ours has heard the end."""

import asyncio

from loguru import logger

from bot.brains.realtime.context import Context
from bot.clock import utcnow

STUCK_SECS = 5.0  # a model's ear that listens for meaning ends turns within four
NUDGED_SECS = 3.5  # the same where an answer is missed: the reminder comes after four
LISTEN_SECS = 0.25


class StuckEar:
    """The model's, in one call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._listening: asyncio.Task[None] | None = None  # along with it

    def hears_speech(self) -> None:
        """It hears the caller: what ours has not heard for long is over."""
        if self._listening is None:
            self._listening = self._context.spawn(self._listen_along(), "listen")

    def end_turn(self, *, after_secs: float) -> bool:
        """Ends the turn in which it hears what is over for so long; false: there is none."""
        talk, turn_taking = self._context.conversation, self._context.turn_taking
        if not talk.turn_is_open or turn_taking.deaf_secs(self._context.now()) < after_secs:
            return False
        heard = turn_taking.both_heard
        logger.info(
            "the model's ear is stuck in speech; ours has heard the caller: {}",
            heard,
            event="model_turn_stuck",
        )
        talk.end_stuck_turn(utcnow(), heard=heard)
        return True

    async def _listen_along(self) -> None:
        while self._context.conversation.turn_is_open and not self._context.closing:
            await asyncio.sleep(LISTEN_SECS)
            if self.end_turn(after_secs=STUCK_SECS):
                await self._context.pump()
        self._listening = None
