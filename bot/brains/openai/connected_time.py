"""Minutes that a call's sessions were open, for servers that bill by them."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import replace
from typing import Any, cast

from bot.brains.brain import CallLog, ForCall, Session
from bot.brains.openai.session import OpenAISession
from bot.brains.openai.usage import CONNECTED_SECS
from bot.clock import monotonic

TELL_SECS = 60.0  # while it goes on too: a call may have a limit to what it costs


class _Once:
    """A session that nobody may ever wait for."""

    def __init__(self, opening: Callable[[], Awaitable[Session]]) -> None:
        self._opening = opening

    def __await__(self) -> Generator[Any, None, Session]:
        return self._opening().__await__()


def with_connected_time(call: ForCall) -> ForCall:
    """The same call, in which each session counts from its opening to its end."""

    async def counted(opening: Awaitable[Session]) -> OpenAISession:
        session = cast(OpenAISession, await opening)
        session.when_over(_Counting(call.log, session.opened_at).ends)
        return session

    reopen = call.reopen
    return replace(
        call,
        session=_Once(lambda: counted(call.session)),
        reopen=None if reopen is None else lambda: counted(reopen()),
    )


class _Counting:
    """The time of one session, told bit by bit."""

    def __init__(self, log: CallLog, since: float) -> None:
        self._log = log
        self._since = since  # what was before is told
        self._again()

    def ends(self) -> None:
        """It is let go of."""
        self._next.cancel()
        self._tell()

    def _again(self) -> None:
        self._next = asyncio.get_running_loop().call_later(TELL_SECS, self._goes_on)

    def _goes_on(self) -> None:
        self._tell()
        self._again()

    def _tell(self) -> None:
        now = monotonic()
        usage: Mapping[str, Any] = {CONNECTED_SECS: now - self._since}
        self._since = now
        self._log.used(usage)
