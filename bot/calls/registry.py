"""The calls of this process that are not over, and whether there is room for more."""

from collections.abc import Callable, Iterator, Sequence

from bot.calls.admission import Admission, Load, Refusal
from bot.calls.call import Call
from bot.calls.events import LegConnected
from bot.calls.health import HealthStatus
from bot.calls.legs import Stream
from bot.calls.loop_lag import LoopLag
from bot.calls.troubles import Troubles
from bot.store import Direction


class Registry:
    """Finds live calls by our id, the carrier's, or the token of their stream."""

    def __init__(
        self,
        *,
        admission: Admission,
        loop_lag: LoopLag | None = None,
        troubles: Troubles | None = None,
        refused_files: Callable[[], Sequence[str]] = tuple,  # of agents, see `HealthStatus`
    ) -> None:
        self._admission = admission
        self.troubles = troubles or Troubles()
        self._loop_lag = loop_lag or LoopLag()
        self._by_id: dict[str, Call] = {}
        self._refused_files = refused_files
        self.closed = False  # true: no new calls, those there are finish

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._by_id.values()))

    def refusal(
        self, direction: Direction, *, waiting: Call | None = None, coming: int = 0
    ) -> Refusal | None:
        """Why one more call of this direction, or this call that waits, may not come now.

        None: there is room. Those who have waited longer come first, and so do those `coming`, who
        are no calls yet.
        """
        if self.closed:
            return Refusal(state="draining", why="the service is stopping")
        return self._admission.refusal(direction, self.load(waiting=waiting, coming=coming))

    def load(self, *, waiting: Call | None = None, coming: int = 0) -> Load:
        """What the live calls take, as a new call meets it, or this one that waits."""
        calls, backlog, opening = coming, 0, 0
        for call in self._by_id.values():
            backlog += call.journal.backlog
            opening += call.state.opening
            if waiting is None or call.state.admitted:
                calls += call.state.may_talk
            else:
                calls += call.state.may_talk and call.started_at < waiting.started_at
        return Load(calls=calls, lag_ms=self._loop_lag.lag_ms, backlog=backlog, opening=opening)

    @property
    def waiting(self) -> int:
        """Callers in the queue."""
        return sum(call.state.may_talk and not call.state.admitted for call in self)

    @property
    def ending(self) -> int:
        """Calls that are over but for what is still to be written."""
        return sum(call.ending is not None for call in self._by_id.values())

    def standing(self) -> HealthStatus:
        """How things stand now."""
        load, refusal = self.load(), self.refusal("inbound")
        trouble = self.troubles.why
        return HealthStatus(
            live_calls=len(self),
            waiting_calls=self.waiting,
            lag_ms=load.lag_ms,
            notes_waiting=load.backlog,
            sessions_opening=load.opening,
            room=0 if refusal else self._admission.max_calls - load.calls,
            state=refusal.state if refusal else "unable" if trouble else "ready",
            why=refusal.why if refusal else trouble,
            refused_files=tuple(self._refused_files()),
            stalls=tuple(self._loop_lag.stalls),
        )

    def add(self, call: Call) -> None:
        """A call begins."""
        self._by_id[call.id] = call

    def remove(self, call: Call) -> None:
        """A call is over and everything of it let go."""
        self._by_id.pop(call.id, None)

    def find(self, id_or_sid: str) -> Call | None:
        """The live call with this id, ours or the carrier's."""
        call = self._by_id.get(id_or_sid)
        if call is None and id_or_sid:
            call = next((c for c in self._by_id.values() if c.call_sid == id_or_sid), None)
        return call

    def connect(self, stream: Stream, *, token: str, call_sid: str) -> bool:
        """Gives a stream to the call it belongs to: its token fits, is used for the first time, and
        is bound to that carrier's id. False: it belongs to none.
        """
        for call in self._by_id.values():
            if token and call.state.caller.token == token:
                return call.post(LegConnected(stream, call_sid, token))
        return False
