"""A recording of a call."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.clock import utcnow
from bot.media.g711 import SILENCE
from bot.simulator.carrier.exchange import new_sid
from bot.simulator.carrier.request import RecordingRequest
from bot.simulator.carrier.status import timestamp
from bot.simulator.recording import BYTES_PER_MS, Heard, mono_wav, stereo_mp3, stereo_wav

PauseBehavior = Literal["skip", "silence"]


@dataclass(kw_only=True)
class Pause:
    """A stretch of the call's line of which the recording has no sound."""

    from_ms: float
    behavior: PauseBehavior
    to_ms: float | None = None  # None: it goes on


@dataclass(kw_only=True)
class SimRecording:
    """From `started_ms` of the call's line until it is stopped or the call ends."""

    request: RecordingRequest
    started_ms: float
    sid: str = field(default_factory=lambda: new_sid("RE"))
    started_at: datetime = field(default_factory=utcnow)
    status: str = "in-progress"  # or paused; then completed, or absent
    deleted: bool = False
    pauses: list[Pause] = field(default_factory=list)
    downloads: int = 0  # how often its sound was asked for
    sound: Heard = field(default_factory=lambda: Heard(caller=b"", agent=b""))

    @property
    def goes_on(self) -> bool:
        return self.status in ("in-progress", "paused")

    def pause(self, now_ms: float, behavior: PauseBehavior) -> None:
        if self.status == "in-progress":
            self.pauses.append(Pause(from_ms=now_ms, behavior=behavior))
            self.status = "paused"

    def resume(self, now_ms: float) -> None:
        if self.status == "paused":
            self.pauses[-1].to_ms = now_ms
            self.status = "in-progress"

    def finish(self, heard: Heard) -> None:
        """Keep what was heard since the recording began, without its pauses. One without
        sound is absent.
        """
        caller, agent = bytearray(heard.caller), bytearray(heard.agent)
        for pause in reversed(self.pauses):
            first = round(pause.from_ms * BYTES_PER_MS)
            last = len(caller) if pause.to_ms is None else round(pause.to_ms * BYTES_PER_MS)
            for track in (caller, agent):
                length = len(track[first:last])
                silent = pause.behavior == "silence"
                track[first:last] = bytes([SILENCE]) * length if silent else b""
        whole = Heard(caller=bytes(caller), agent=bytes(agent))
        self.sound = whole.since(self.started_ms)
        self.status = "completed" if self.sound.caller else "absent"

    @property
    def duration_secs(self) -> int:
        return round(len(self.sound.caller) / (BYTES_PER_MS * 1000))

    def callback_params(self) -> dict[str, str]:
        """What a recording callback tells of the recording itself."""
        params = {
            "RecordingSid": self.sid,
            "RecordingStatus": self.status,
            "RecordingChannels": str(self.request.channels),
            "RecordingSource": self.request.source,
            "RecordingTrack": "both",
            "RecordingStartTime": timestamp(self.started_at),
            "ErrorCode": "0",
        }
        if self.status == "completed":
            params["RecordingDuration"] = str(self.duration_secs)
        return params

    @property
    def wav(self) -> bytes:
        """The file: two channels (caller left, agent right) if dual was asked for, else mixed."""
        make = stereo_wav if self.request.channels == 2 else mono_wav
        return make(self.sound)

    @property
    def mp3(self) -> bytes | None:
        """The same as MP3; None where there is no encoder (`lameenc`, of the extra `dev`)."""
        return stereo_mp3(self.sound)
