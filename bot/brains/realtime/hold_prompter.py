"""Asks a caller to wait for a model that is away: the one place that decides on it."""

import asyncio
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from bot.brains.realtime.function_calls import FILLER_AFTER_SECS

if TYPE_CHECKING:
    from bot.brains.realtime.agent_side import AgentSide

GIVE_UP_SECS = 15.0  # from the first line on: longer nobody is asked to wait
LOOK_SECS = 0.05  # so a second's silence is never reached, sockets and carrier included


class Absence(Enum):
    """In what way the model is away."""

    GONE = auto()  # there is no session
    BACK = auto()  # there is one again, which has not been heard yet
    LATE = auto()  # it does not answer when it is asked for a sign of life
    FAILING = auto()  # its answers fail
    DRY = auto()  # it has broken off in the middle of a sentence


class HoldPrompter:
    """While the model is away, owes something and nobody is heard, a line asks to wait: each
    time that `FILLER_AFTER_SECS` have passed, until the model is heard again.

    A model that thinks is not away, however long it takes. One that has been away and is not heard
    within `GIVE_UP_SECS` is given up.
    """

    def __init__(
        self,
        agent: "AgentSide",
        *,
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self._agent = agent
        self._start = start
        self._away: set[Absence] = set()
        self._said = 0  # lines, since the model was heard
        self._began_at = 0.0  # this trouble, for the caller: its first line; loop time
        self._said_at = 0.0  # the last line
        self._staying: asyncio.Task[None] | None = None

    @property
    def wanted(self) -> bool:
        """Whether the model is away and this prompter speaks for it."""
        return bool(self._away)

    def gone(self) -> None:
        """There is no session, or not yet."""
        self._leave(Absence.GONE)

    def back(self, *, replaced: bool) -> None:
        """There is one. A first one that came in time is a model like any other."""
        self._away.discard(Absence.GONE)
        if replaced or self._said:
            self._leave(Absence.BACK)

    def late(self) -> None:
        """It does not answer."""
        self._leave(Absence.LATE)

    def answers(self) -> None:
        """It has sent something."""
        self._away.discard(Absence.LATE)

    def failing(self, *, still: bool) -> None:
        """Its answers fail, or no longer."""
        if still:
            self._leave(Absence.FAILING)
        else:
            self._away.discard(Absence.FAILING)

    def ran_dry(self) -> None:
        """All of its sound was played, and more has to come."""
        self._leave(Absence.DRY)

    def heard(self) -> None:
        """Its voice has come."""
        self._away.clear()
        self._said = 0

    def _leave(self, how: Absence) -> None:
        self._away.add(how)
        if self._staying is None or self._staying.done():
            self._staying = self._start(self._stay(), "hold prompts")

    async def _stay(self) -> None:
        while self._away and not self._agent.is_over:
            if not self._agent.owed:
                self._away &= {Absence.GONE}
            elif self._agent.silent_secs >= FILLER_AFTER_SECS:
                await self._speak(asyncio.get_running_loop().time())
            await asyncio.sleep(LOOK_SECS)

    async def _speak(self, now: float) -> None:
        if not self._said or now - self._said_at > GIVE_UP_SECS:  # another trouble than the last
            self._said, self._began_at = 0, now
        elif now - self._began_at > GIVE_UP_SECS:
            await self._agent.give_up()
            return
        number, self._said_at = self._said, now
        self._said += 1  # before anything is waited for: the model may be heard meanwhile
        if not await self._agent.ask_to_wait(number):
            await asyncio.sleep(FILLER_AFTER_SECS)  # there is nothing to say
