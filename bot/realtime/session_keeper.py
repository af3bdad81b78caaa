"""Keeps a session for the call: opens it, watches whether it lives, and replaces it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal, NoReturn, Protocol

from loguru import logger

from bot.realtime import client_events
from bot.realtime.errors import ModelLost
from bot.realtime.function_calls import FILLER_AFTER_SECS
from bot.realtime.liveness import Liveness
from bot.realtime.session import RealtimeSession
from bot.realtime.sessions import Sessions

ROTATE_AFTER_SECS = 50 * 60.0  # sessions end after 60 min (OpenAI, Realtime guide)
LOOK_SECS = 0.05  # the model is not looked after more often than this


class Tenant(Protocol):
    """Who speaks in the session."""

    @property
    def is_over(self) -> bool:
        """The call is: no other session is wanted any more."""
        ...

    @property
    def caller_waits(self) -> bool:
        """The caller has said something and heard no answer."""
        ...

    @property
    def awaits_model(self) -> bool:
        """Something of the model is waited for."""
        ...

    async def session_opened(self, session: RealtimeSession) -> None:
        """From now on this is the session."""
        ...

    async def server_event(self, event: Mapping[str, Any]) -> None:
        """The model's side has sent this."""
        ...

    async def session_lost(self) -> None:
        """There is none until another is opened."""
        ...

    def tell_again(self, session: RealtimeSession) -> None:
        """Another is open, with an empty memory, and about to be the session."""
        ...

    async def ask_to_wait(self) -> None:
        """The model is away while the caller waits."""
        ...


class SessionKeeper:
    """One session at a time: a lost, a stalled and an old one are replaced."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        tenant: Tenant,
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self._sessions = sessions
        self._tenant = tenant
        self._start = start
        self.session: RealtimeSession | None = None
        self._since = 0.0  # loop time
        self._liveness = Liveness()
        self._given_up: Literal["", "stalled", "old"] = ""  # why we closed it, if we did
        self._watching: asyncio.Task[None] | None = None  # whether it lives

    async def run(self) -> NoReturn:
        """Waits for the session, then takes in its events until it ends; a lost one is replaced.

        Raises:
            RealtimeError: there is none, and no other to be had.
        """
        session = await self._sessions.first()
        while True:
            self.session, self._since = session, self._now()
            self._liveness.opened(self._since)
            await self._tenant.session_opened(session)
            session = await self._replace(await self._listen(session))

    def expect(self) -> None:
        """The model owes something from now on: it is watched until it has paid."""
        self._liveness.owes(self._now())
        if self._watching is None or self._watching.done():
            self._watching = self._start(self._watch_over(), "watch")

    def rotate(self) -> None:
        """The moment is quiet. A session ends at its maximum age: it is replaced before."""
        if self._is_old:
            self._give_up("old")

    def expired(self) -> None:
        """The model's side says that it is over."""
        self._give_up("old" if self._is_old else "stalled")

    async def close(self) -> None:
        """Closes the session, if there is one."""
        if self.session is not None:
            await self.session.close()

    async def _listen(self, session: RealtimeSession) -> ModelLost:
        """Takes in events until the session ends; returns how."""
        try:
            async for event in session.events():
                self._liveness.heard(self._now())
                await self._tenant.server_event(event)
        except ModelLost as lost:
            return lost
        raise RuntimeError("a session's events ended without a word")

    async def _replace(self, lost: ModelLost) -> RealtimeSession:
        """Another session, told all that was said; what the caller says meanwhile is kept."""
        ended, self.session = self.session, None
        expected, self._given_up = self._given_up == "old", ""
        await self._tenant.session_lost()
        if ended is not None:
            await ended.close()
        if self._tenant.is_over:
            raise lost
        self._start(self._bridge(), "bridge")
        session = await self._sessions.another(lost, expected=expected)
        self._tenant.tell_again(session)
        return session

    async def _bridge(self) -> None:
        """The caller waits while the session is replaced: a prepared line, if there is one."""
        await asyncio.sleep(FILLER_AFTER_SECS)
        if self.session is None and self._tenant.caller_waits:
            await self._tenant.ask_to_wait()

    def _give_up(self, why: Literal["stalled", "old"]) -> None:
        """Closes the session, so that another takes its place."""
        if self.session is None or self._given_up or self._tenant.is_over:
            return
        if self._sessions.replaceable:
            logger.info("giving up the model's session: it is {}", why)
            self._given_up = why
            self._start(self.session.close(), "give up session")

    async def _watch_over(self) -> None:
        while self._tenant.awaits_model:
            now = self._now()
            if self.session is not None and not self._given_up:
                match self._liveness.look(now):
                    case "ask":
                        self.session.post(client_events.are_you_there())
                    case "late":
                        await self._tenant.ask_to_wait()
                    case "dead":
                        self._give_up("stalled")
            await asyncio.sleep(max(LOOK_SECS, self._liveness.look_again_at() - now))

    @property
    def _is_old(self) -> bool:
        return self._now() - self._since > ROTATE_AFTER_SECS

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
