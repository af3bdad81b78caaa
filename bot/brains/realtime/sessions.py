"""The sessions of one call, one after the other: a lost one is replaced, within reason."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

from loguru import logger

from bot.brains.brain import ForCall
from bot.brains.errors import ModelError, ModelLost, ModelMute
from bot.brains.realtime.vendor import RealtimeSession
from bot.metrics import SESSIONS_LOST

MAX_LOSSES = 3  # within LOSS_WINDOW_SECS; a model that breaks off more often is of no use
LOSS_WINDOW_SECS = 60.0
# Before each try to open another, from and to: many calls that lose their sessions at once come
# back one after the other. Each try has its own deadline.
WAITS_SECS = ((0.0, 0.15), (0.3, 0.7), (0.9, 1.5))
GIVE_UP_SECS = 10.0  # for all tries: a caller is not asked to wait longer than that
FIRST_SECS = (
    4.0  # from when the caller is there: they have heard no voice yet that they could trust
)

Reopen = Callable[[], Awaitable[RealtimeSession]]


class Sessions:
    """Hands out the first session and, after a loss, another one.

    Without `reopen` the first is the only one. `spread` gives numbers from 0 to 1, by which tries
    are spread out.
    """

    def __init__(
        self,
        first: Awaitable[RealtimeSession],
        reopen: Reopen | None,
        *,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._first = first
        self._reopen = reopen
        self._spread = spread
        self._since: float | None = None  # the caller is there; loop time
        self._losses: deque[float] = deque(maxlen=MAX_LOSSES)

    @property
    def replaceable(self) -> bool:
        """Whether another session can be had at all."""
        return self._reopen is not None

    async def first(self) -> RealtimeSession:
        """The session that was opened before the caller was there. Raises ModelError."""
        self._since = asyncio.get_running_loop().time()
        return await self._first

    async def instead(self, failure: ModelError) -> RealtimeSession:
        """A session in place of the first, which could not be opened. All in all the caller waits
        for `FIRST_SECS`.

        Raises:
            ModelError: no other can be opened either.
        """
        now = asyncio.get_running_loop().time()
        left_secs = FIRST_SECS - (0.0 if self._since is None else now - self._since)
        if self._reopen is None or not failure.retry or left_secs <= 0:
            raise failure
        logger.warning(
            "the model's session could not be opened, trying again: {}",
            failure,
            event="model_session_not_opened",
        )
        return await self._open(self._reopen, failure, within_secs=left_secs)

    async def beside(self) -> RealtimeSession:
        """One more session, to take the place of one that still lives. Raises ModelError."""
        if self._reopen is None:
            raise ModelLost("no other session can be had")
        return await self._reopen()

    async def another(self, lost: ModelLost, *, expected: bool) -> RealtimeSession:
        """A session in place of one lost, or given up on purpose where that was `expected`.

        Raises:
            ModelError: too many were lost, or no other can be opened.
        """
        if self._reopen is None:
            raise lost
        if not expected:
            SESSIONS_LOST.inc()
            now = asyncio.get_running_loop().time()
            self._losses.append(now)
            if len(self._losses) == MAX_LOSSES and now - self._losses[0] < LOSS_WINDOW_SECS:
                raise lost
            logger.warning(
                "the model's session was lost, opening another: {}",
                lost,
                event="model_session_lost",
            )
        try:
            return await self._open(self._reopen, lost, within_secs=GIVE_UP_SECS)
        except ModelError as failure:
            raise ModelLost(f"no other session could be opened: {failure}") from failure

    async def _open(
        self, reopen: Reopen, failure: ModelError, *, within_secs: float
    ) -> RealtimeSession:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_secs):
                for least_secs, most_secs in WAITS_SECS:
                    await asyncio.sleep(least_secs + (most_secs - least_secs) * self._spread())
                    try:
                        return await reopen()
                    except ModelError as error:
                        failure = error
                        if not error.retry or isinstance(error, ModelMute):
                            break
        raise failure


def sessions_of(call: ForCall, *, spread: Callable[[], float]) -> Sessions:
    """Those of this call: its brain opens what its processor needs."""
    first = cast(Awaitable[RealtimeSession], call.session)
    return Sessions(first, cast(Reopen | None, call.reopen), spread=spread)
