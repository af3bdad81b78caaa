"""Minutes that a call's sessions were open, for servers that bill by them."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any

from bot.brains.brain import CallLog
from bot.brains.openai.session import OpenAISession
from bot.brains.openai.usage import CONNECTED_SECS
from bot.clock import monotonic

TELL_SECS = 60.0  # while it goes on too: a call may have a limit to what it costs

Opening = Callable[[], Awaitable[OpenAISession]]


class _Once:
    """A session that nobody may ever wait for."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def __await__(self) -> Generator[Any, None, OpenAISession]:
        return self._opening().__await__()


class ConnectedTime:
    """That of one call: each session counts from its opening to its end."""

    def __init__(self, log: CallLog) -> None:
        self._log = log

    def of_first(self, session: Awaitable[OpenAISession]) -> Awaitable[OpenAISession]:
        """The same session, counted."""
        return _Once(lambda: self._counted(session))

    def of_others(self, reopen: Opening | None) -> Opening | None:
        """The same way to open another, each counted."""
        if reopen is None:
            return None
        return lambda: self._counted(reopen())

    async def _counted(self, opening: Awaitable[OpenAISession]) -> OpenAISession:
        session = await opening
        session.when_over(_Counting(self._log, session.opened_at).ends)
        return session


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
