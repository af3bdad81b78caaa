"""A lean realtime model on a real websocket, for hundreds of sessions on one core."""

import asyncio
from types import TracebackType
from typing import Protocol, Self

from picows import WSUpgradeRequest, ws_create_server

from tests.benchmarks.load.marker import Heard
from tests.benchmarks.load.session import CallerSide, LoadSession, ModelSide
from tests.benchmarks.load.talk import Pace

PATH = "/v1/realtime"
MAX_MESSAGE_BYTES = 16 * 1024 * 1024


class Paired(CallerSide, Protocol):
    """A caller, as the model's side knows it."""

    session: ModelSide | None

    def marker_arrived(self, at: float) -> None:
        """Its marker has come."""
        ...


class LoadModel:
    """A realtime model at `url`, on this machine only, for as long as the context is open.

    Whose session is whose it learns from the markers in the sound: `callers` are those there are,
    by number.
    """

    def __init__(self, *, pace: Pace | None = None) -> None:
        self.callers: dict[int, Paired] = {}
        self._sessions: list[LoadSession] = []
        self.strays = 0  # markers of one caller in the session of another
        self._pace = pace or Pace()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await ws_create_server(
            self._accept, "127.0.0.1", 0, max_frame_size=MAX_MESSAGE_BYTES
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for session in self.open_sessions:
            session.cut()

    @property
    def url(self) -> str:
        """ws://127.0.0.1:PORT/v1/realtime, to which a client adds ?model=NAME."""
        assert self._server is not None, "the model is not serving yet"
        port: int = self._server.sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{port}{PATH}"

    @property
    def open_sessions(self) -> list[LoadSession]:
        """Sessions whose socket is open."""
        return [session for session in self._sessions if session.open]

    def _accept(self, request: WSUpgradeRequest) -> LoadSession:
        session = LoadSession(pace=self._pace, on_marker=self._heard)
        self._sessions = [old for old in self._sessions if not old.gone] + [session]
        return session

    def _heard(self, session: LoadSession, marker: Heard) -> None:
        caller = self.callers.get(marker.number)
        if caller is None:
            return
        if session.caller is not caller:
            if session.caller is not None and session.caller.talking:
                self.strays += 1
                return
            session.caller, caller.session = caller, session
        caller.marker_arrived(marker.at)
