"""What the model side needs from the call it speaks in. The call's runner supplies it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class CallLog(Protocol):
    """Takes down what happens. Never blocks, never raises."""

    def caller_said(self, *, key: str, text: str, started_at: datetime, ended_at: datetime) -> None:
        """A turn of the caller and the words recognised in it."""
        ...

    def agent_said(
        self,
        *,
        key: str,
        text: str,
        started_at: datetime,
        ended_at: datetime,
        interrupted: bool,
        latency_ms: int | None,
    ) -> None:
        """A turn of the agent: the words that were heard."""
        ...

    def tool_started(self, *, key: str, name: str, arguments: Mapping[str, Any]) -> None:
        """A function call of the model begins."""
        ...

    def tool_finished(
        self, *, key: str, result: Mapping[str, Any], duration_ms: int, ok: bool
    ) -> None:
        """A function call has its result."""
        ...

    def used(self, usage: Mapping[str, Any]) -> float:
        """Usage of one response as the model reports it; returns the call's US dollars so far."""
        ...

    def transcribed(self, usage: Mapping[str, Any]) -> float:
        """Usage of one transcription, billed apart; returns the call's US dollars so far."""
        ...
