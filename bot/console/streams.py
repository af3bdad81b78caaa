"""Pages that are told what happens (server-sent events): bounded in number, and over when the
service stops, the browser goes or its session ends.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing

from fastapi import Request
from fastapi.responses import StreamingResponse
from loguru import logger

from bot.clock import monotonic
from bot.console.accounts import Accounts
from bot.console.door import token_of
from bot.console.pages import Trouble
from bot.store import StoreError

MOST = 100  # in one process; each is a task and some kilobytes
LOOK_SECS = 15.0  # how often a session is looked at, and a proxy is shown that somebody is there
OVER = "event: over\ndata: over\n\n"


class Streams:
    """Those that are open in this process."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._open = 0
        self.stopping = False

    def answer(self, request: Request, pieces: AsyncIterator[str]) -> StreamingResponse:
        """Sends what `pieces` yields, each a message; "" says that nothing is new, and comes at
        least once a second. `OVER` is the last.

        Raises:
            Trouble: there are too many.
        """
        if self._open >= MOST:
            raise Trouble(503, "Too many pages are open on live calls. Close some of them.")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            self._sent(request, pieces), media_type="text/event-stream", headers=headers
        )

    async def _sent(self, request: Request, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        token = token_of(request.headers)
        looked_at = monotonic()
        self._open += 1
        try:
            async with aclosing(pieces):  # type: ignore[type-var]
                async for piece in pieces:
                    if self.stopping:
                        return
                    if monotonic() - looked_at > LOOK_SECS:
                        looked_at = monotonic()
                        if await self._accounts.look(token) is None:
                            return
                        yield ": here\n\n"
                    if piece:
                        yield piece if piece == OVER else message(piece)
        except StoreError as error:  # the page asks again by itself
            logger.warning("a page is told nothing more: {}", error, event="console_stream_ended")
        finally:
            self._open -= 1


def message(html: str) -> str:
    """A message of an event stream that holds this text."""
    lines = html.strip().splitlines()
    return "".join(f"data: {line}\n" for line in lines) + "\n"
