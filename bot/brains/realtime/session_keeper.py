"""Keeps a session for the call: opens it, watches whether it lives, and replaces it."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn

from loguru import logger

from bot.brains.errors import ModelError, ModelLost
from bot.brains.realtime.sessions import Sessions
from bot.brains.realtime.socket_liveness import Sign, SocketLiveness
from bot.brains.realtime.vendor import Liveness, RealtimeSession

if TYPE_CHECKING:
    from bot.brains.realtime.link import Link

RENEW_AGAIN_SECS = 60.0  # after a renewal that failed: the session still has some minutes
ENDS_AGAIN_SECS = 2.0  # the same where it is about to end
ENDS_MARGIN_SECS = 5.0  # before it ends another takes its place, whoever speaks
LOOK_SECS = 0.05  # the interval of looks at the model, and for a quiet moment


class SessionKeeper:
    """One session at a time: a lost and an old one are replaced, and one that says nothing by one
    opened beside it, if that answers first.
    """

    def __init__(
        self,
        *,
        sessions: Sessions,
        listener: "Link",
        liveness: Liveness,
        renew_after_secs: float,
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self._sessions = sessions
        self._listener = listener
        self._start = start
        self.session: RealtimeSession | None = None
        self._since = 0.0  # loop time
        self._socket = SocketLiveness()
        self._liveness = liveness
        self._renew_after_secs = renew_after_secs
        self._expired = False  # the session, at an age at which that was expected
        self._expects_more = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None  # whether it lives
        self._renewal_due: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._fresh: RealtimeSession | None = None  # open, to take the place of this one
        self._racing: asyncio.Task[None] | None = None  # another is opened beside this silent one
        self._ends_at = math.inf  # it is replaced by then, also where nobody is silent; loop time
        self._model_is_silent = False  # it is the model that is raced, and not its socket alone

    async def run(self) -> NoReturn:
        """Waits for the session, then takes in its events until it ends; a lost one is replaced.

        Raises:
            ModelError: there is none, and no other to be had.
        """
        replaced = False
        try:
            session = await self._sessions.first()
        except ModelError as failure:
            session, replaced = await self._sessions.instead(failure), True
            self._listener.tell_again(session)
        while True:
            self._adopt(session)
            await self._listener.session_opened(session, replaced=replaced)
            lost = await self._listen(session)
            while self.session not in (None, session):  # it was renewed
                session = self.session
                lost = await self._listen(session)
            session, replaced = await self._replace(lost), True

    def expect(self, *, anew: bool = True) -> None:
        """The model owes something from now on: it is watched until it has paid. Not `anew`: it has
        begun with what may have been expected before.
        """
        watched = self._watching is not None and not self._watching.done()
        self._socket.owes(self._now())
        if anew or not watched:
            self._liveness.owes(self._now())
        self._expects_more.set()
        if not watched:
            self._watching = self._start(self._watch_over(), "watch")

    def expired(self) -> None:
        """The model's side says that it is over."""
        self._expired = self._now() - self._since > self._renew_after_secs
        self._give_up("over")

    def ends_in(self, secs: float) -> None:
        """The model's side will end it then: it is renewed before, in a quiet moment if there is
        one."""
        if self.session is None or not self._sessions.replaceable:
            return
        self._expired = True
        margin_secs = min(ENDS_MARGIN_SECS, secs / 2)
        self._ends_at = min(self._ends_at, self._now() + secs - margin_secs)
        if self._renewing is None or self._renewing.done():
            self._stop_renewing()
            self._begin_renewal()

    def replace_now(self) -> bool:
        """Lets go of the session at once, whatever it still sends. False: there is no other to be
        had."""
        session = self.session
        if session is None or not self._sessions.replaceable:
            return False
        self.session = None  # its reader turns away from it
        session.abort()
        return True

    async def close(self) -> None:
        """Closes the session, if there is one, and stops looking for another."""
        self._stop_renewing()
        self._stop_racing()
        for session in (self.session, self._fresh):
            if session is not None:
                await session.close()

    def _adopt(self, session: RealtimeSession) -> None:
        """This is the session from here on."""
        self.session, self._since = session, self._now()
        self._socket.opened(self._since)
        self._liveness.opened(self._since)
        self._ends_at, self._expired = math.inf, False
        self._renew_in(self._renew_after_secs)

    async def _listen(self, session: RealtimeSession) -> ModelLost:
        """Takes in events until the session ends; returns how. Those of one renewed count for
        nothing."""
        try:
            async for event in session.events():
                if session is self.session:
                    self._socket.lives(self._now())
                    self._liveness.heard(self._now(), event)
                    self._stop_racing()
                    await self._listener.server_event(event)
        except ModelLost as lost:
            return lost
        raise RuntimeError("a session's events ended without a word")

    async def _replace(self, lost: ModelLost) -> RealtimeSession:
        """Another session, told all that was said; what the caller says meanwhile is kept."""
        ended, self.session = self.session, None
        expected, self._expired = self._expired, False
        if ended is not None:
            ended.abort()
        self._stop_renewing()
        self._stop_racing()
        await self._listener.session_lost(expected=expected)
        await self._listener.wanted()
        if self._listener.is_over:
            raise lost
        session, self._fresh = self._fresh, None
        if session is None:
            session = await self._sessions.another(lost, expected=expected)
        self._listener.tell_again(session)
        return session

    def _give_up(self, why: str) -> None:
        """Lets go of the session, so that another takes its place."""
        if self.session is None or self._listener.is_over:
            return
        if self._sessions.replaceable:
            logger.info(
                "giving up the model's session: it is {}", why, event="model_session_dropped"
            )
            self.session.abort()

    # -- whether it lives ---------------------------------------------------------------------

    async def _watch_over(self) -> None:
        while self._listener.awaits_model:
            now = self._now()
            if self.session is not None:
                self._look_at(self.session, now)
            look_at = self._socket.look_again_at()
            if not self._socket.is_late:
                look_at = min(look_at, self._liveness.look_again_at())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(LOOK_SECS, look_at - now)):
                    await self._expects_more.wait()
            self._expects_more.clear()

    def _look_at(self, session: RealtimeSession, now: float) -> None:
        socket = self._socket.look(now)
        if socket == "ask":
            session.ping(lambda: self._ponged(session))
        self._make_of(socket, model=False)
        if self._socket.is_late:
            return  # of the model behind it nothing can be known
        model = self._liveness.look(now)
        if model == "ask":
            session.post(self._liveness.question())
        self._make_of(model, model=True)

    def _make_of(self, sign: Sign, *, model: bool) -> None:
        if sign == "late":
            self._listener.model_late()
        elif sign == "dead" and self._racing is None and self._sessions.replaceable:
            self._model_is_silent = model
            self._racing = self._start(self._race(), "race")

    def _ponged(self, session: RealtimeSession) -> None:
        if session is not self.session:
            return
        was_late = self._socket.is_late
        self._socket.lives(self._now())
        if was_late:
            self._liveness.excused(self._now())
            self._listener.model_in_time()
        if not self._model_is_silent:
            self._stop_racing()
        self._expects_more.set()  # to be looked at sooner than it was meant to

    async def _race(self) -> None:
        """Opens another session beside one that says nothing. Whichever answers first is the
        session: this ends here where it is the old one.
        """
        logger.info(
            "the model's session says nothing: another is opened beside it",
            event="model_session_silent",
        )
        try:
            if self._fresh is None:
                self._fresh = await self._sessions.beside()
        except ModelError as failure:
            logger.info(
                "no other session of the model answers either: {}",
                failure,
                event="model_session_not_replaced",
            )
        self._racing = None
        self._give_up("silent")

    def _stop_racing(self) -> None:
        if self._racing is not None:
            self._racing.cancel()
            self._racing = None

    # -- before it expires --------------------------------------------------------------------

    def _renew_in(self, secs: float) -> None:
        if self._sessions.replaceable:
            loop = asyncio.get_running_loop()
            self._renewal_due = loop.call_later(secs, self._begin_renewal)

    def _begin_renewal(self) -> None:
        if not self._listener.is_over:
            self._renewing = self._start(self._renew(), "renewal")

    async def _renew(self) -> None:
        """Opens another session beside this one, which goes on until a quiet moment."""
        try:
            self._fresh = await self._sessions.beside()
        except ModelError as failure:
            logger.warning(
                "the model's session could not be renewed, later again: {}",
                failure,
                event="model_session_not_renewed",
            )
            ends = self._ends_at < math.inf
            self._renew_in(ENDS_AGAIN_SECS if ends else RENEW_AGAIN_SECS)
            return
        # Many things end a quiet, once in a session's life.
        while not (self._listener.is_quiet or self._now() >= self._ends_at):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECS)
        old, session, self._fresh = self.session, self._fresh, None
        logger.info(
            "the model's session is old: another takes its place", event="model_session_renewed"
        )
        self._listener.move(session)
        self._adopt(session)
        if old is not None:
            old.abort()  # its reader turns to the new one
        await self._listener.session_opened(session, replaced=False)

    def _stop_renewing(self) -> None:
        if self._renewal_due is not None:
            self._renewal_due.cancel()
        if self._renewing is not None:
            self._renewing.cancel()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
