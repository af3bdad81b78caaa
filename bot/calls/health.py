"""The health of the service, for its health checks and for the spreading of new calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class HealthStatus:
    """What the calls of one process, or of several, take; and whether another caller may come."""

    live_calls: int = 0
    waiting_calls: int = 0
    lag_ms: float = 0.0
    notes_waiting: int = 0
    sessions_opening: int = 0
    room: int = 0  # so many more callers
    # "unable": there is room, and something keeps us from doing our work
    state: Literal["ready", "draining", "full", "overloaded", "unable"] = "ready"
    why: str = ""  # it is not ready
    refused_files: Sequence[str] = ()  # agent files that are wrong: file, line and what
    stalls: Sequence[str] = ()  # places in the code that have held up the event loop

    @classmethod
    def merge(cls, parts: "Sequence[HealthStatus]") -> "HealthStatus":
        """Of several processes: there is room when one of them, at least one, has room."""
        speaker = min(parts, key=lambda part: part.state != "ready")
        return cls(
            live_calls=sum(part.live_calls for part in parts),
            waiting_calls=sum(part.waiting_calls for part in parts),
            lag_ms=max(part.lag_ms for part in parts),
            notes_waiting=sum(part.notes_waiting for part in parts),
            sessions_opening=sum(part.sessions_opening for part in parts),
            room=sum(part.room for part in parts),
            state=speaker.state,
            why=speaker.why,
            refused_files=tuple(
                dict.fromkeys(fault for part in parts for fault in part.refused_files)
            ),
            stalls=tuple(dict.fromkeys(stall for part in parts for stall in part.stalls)),
        )
