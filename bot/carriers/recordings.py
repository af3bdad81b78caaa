"""Recordings: what the service asks of a carrier that makes them, and what it tells of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

RECORDING_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # the carrier's name of a recording

# going: it records, or is paused; done: it can be fetched; absent: there was no sound to keep, or
# it was deleted; failed: the carrier could not make it.
RecordingMove = Literal["going", "done", "absent", "failed"]


@dataclass(frozen=True, kw_only=True)
class CarrierRecording:
    """A recording as the carrier has it."""

    sid: str
    move: RecordingMove
    duration_secs: int | None = None  # None: not over yet
    channels: int | None = None


@dataclass(frozen=True, kw_only=True)
class RecordingMoved:
    """A recording of ours has come further. Such news may come late, twice or out of order."""

    call_sid: str
    recording: CarrierRecording


class RecordingCarrier(Protocol):
    """Records calls in progress. Every method raises CarrierError when it could not do its work."""

    async def start(self, call_sid: str, *, recording_id: str) -> str:
        """Begins to record both sides, each on a channel of its own (ours is the second); the
        carrier's name of it. `recording_id` is ours: what the carrier tells of it bears it.
        Reason `not_in_progress`: the call is not yet answered, or over. An error that is not
        `settled`: it may have begun; `of_call` tells.
        """

    async def pause(self, call_sid: str, sid: str) -> None:
        """Records silence from now on."""

    async def resume(self, call_sid: str, sid: str) -> None:
        """Records again."""

    async def stop(self, call_sid: str, sid: str) -> None:
        """Ends it; one that is over counts as done."""

    async def of_call(self, call_sid: str) -> Sequence[CarrierRecording]:
        """Those of one call."""

    async def fetch(self, sid: str) -> CarrierRecording:
        """How it stands."""

    async def download(self, sid: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Hands its .mp3 over, piece by piece, each before the next is asked for."""

    async def delete(self, sid: str) -> None:
        """Has the carrier forget it; one that is not there counts as done."""
