"""The calls of this process that are not over, and whether there is room for more."""

from collections.abc import Iterator

from bot.calls.call import Call


class Registry:
    """Finds live calls by our id, the carrier's, or the token of their stream."""

    def __init__(self, *, max_calls: int) -> None:
        self._max_calls = max_calls
        self._by_id: dict[str, Call] = {}
        self.closed = False  # true: no new calls, those there are finish

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._by_id.values()))

    @property
    def has_room(self) -> bool:
        """Whether one more call may come."""
        return not self.closed and len(self._by_id) < self._max_calls

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

    def claim(self, token: str, call_sid: str) -> Call | None:
        """The call a stream belongs to: its token fits, is used for the first time, and is bound
        to that carrier's id. None otherwise.
        """
        for call in self._by_id.values():
            if token and call.token == token:
                if call.call_sid not in (None, call_sid) or not call.claim_stream():
                    return None
                call.call_sid = call_sid
                return call
        return None
