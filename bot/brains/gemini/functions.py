"""Functions that were called, and how the model learns what came of them. Plain code."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from bot.brains.gemini import client_messages
from bot.brains.gemini.memory import Memory


class Functions:
    """Those of one call. A result goes to the model as such where its session waits for it, else as
    a note: it has called off the call, or another session has made it, or we have made it
    ourselves.
    """

    def __init__(self, memory: Memory, to_send: deque[dict[str, Any]]) -> None:
        self._memory = memory
        self._to_send = to_send
        self._names: dict[str, str] = {}  # of those under way
        self._awaited: set[str] = set()  # of those, by the session
        self._called_off: set[str] = set()
        self._made = 0

    def called(self, call_id: str, name: str, arguments: str) -> None:
        """The model calls one."""
        self._names[call_id] = name
        self._awaited.add(call_id)
        self._memory.called(call_id, name, arguments)

    def call_in_its_stead(self, name: str, arguments: str) -> str:
        """We call one for it; returns the call's id."""
        self._made += 1
        call_id = f"ours_{self._made}"
        self._names[call_id] = name
        self._memory.called(call_id, name, arguments)
        return call_id

    def called_off(self, call_id: str) -> None:
        """The model waits for this one no more. What it does is done all the same."""
        if call_id in self._names:
            self._awaited.discard(call_id)
            self._called_off.add(call_id)

    def was_called_off(self, call_id: str) -> bool:
        """Whether the model has said that it waits for it no more."""
        return call_id in self._called_off

    def session_lost(self) -> None:
        """No session waits for any of them."""
        self._awaited.clear()

    def is_awaited(self, call_id: str) -> bool:
        """Whether the session waits for its result."""
        return call_id in self._awaited

    def answered(self, call_id: str, output: Mapping[str, Any], *, speak: bool) -> None:
        """It has its result, about which the model is to speak, or which it is only to know."""
        name, awaited = self._names.pop(call_id, "unknown"), self.is_awaited(call_id)
        self._awaited.discard(call_id)
        self._called_off.discard(call_id)
        self._memory.answered(call_id, name, output, by_note=not awaited)
        if awaited:
            self._to_send.append(
                client_messages.function_response(call_id, name, output, speak=speak)
            )

    def refused(
        self, call_id: str, name: str, output: Mapping[str, Any], *, speak: bool = False
    ) -> None:
        """It is not run."""
        self._to_send.append(client_messages.function_response(call_id, name, output, speak=speak))
