"""The caller answers a question of the agent's before its end: their answer counts, and is answered
when they have heard the question.
"""

import asyncio

from bot.brains.realtime.context import Context
from bot.brains.realtime.questions import LAST_MS, says_yes

EARLY_ANSWER_SECS = 0.6  # after a question that was answered before its end: they may say more


class EarlyAnswer:
    """That of one call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked = False  # a question, when the agent was held
        self._asked_to_end = False  # nearly
        self._said_yes = False  # to that, in the hold
        self._given = False  # and the agent went on: answered when they have heard it
        self._answering: asyncio.Task[None] | None = None

    def held_back(self, unheard_ms: float) -> None:
        """The agent is held, with so much of what it says still to be heard."""
        self._asked = self._context.conversation.playback.is_asking(unheard_ms)
        self._asked_to_end = unheard_ms <= LAST_MS

    def hold_begins(self) -> None:
        """They speak over the agent, and have said nothing yet."""
        self._asked = self._said_yes = False

    def said(self, text: str) -> None:
        """These words of theirs were recognised in the hold."""
        if self._asked and text:
            self._said_yes |= self._asked_to_end or says_yes(text)

    def agent_goes_on(self) -> bool:
        """They did not want the turn. Returns whether they have answered."""
        said_yes, self._said_yes = self._said_yes, False
        self._given |= said_yes
        return said_yes

    def forget(self) -> None:
        """They have the turn."""
        self._asked = self._said_yes = self._given = False

    def question_heard(self) -> None:
        """The agent may have been heard to its end."""
        if self._given and not self._context.turn_taking.agent_audible:
            self._given = False
            self._answering = self._context.spawn(self._answer(), "early answer")

    def wait_no_longer(self) -> None:
        """They speak again, or nobody is to be answered."""
        if self._answering is not None:
            self._answering.cancel()

    async def _answer(self) -> None:
        await asyncio.sleep(EARLY_ANSWER_SECS)
        talk, turn_taking = self._context.conversation, self._context.turn_taking
        asking = talk.asking
        if not (turn_taking.caller_speaking or talk.turn_is_open or asking.busy or asking.waiting):
            asking.answer_now()
            await self._context.pump()
