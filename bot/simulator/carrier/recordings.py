"""A recording of a call."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import utcnow
from bot.simulator.carrier.exchange import new_sid
from bot.simulator.carrier.request import RecordingRequest
from bot.simulator.carrier.status import timestamp
from bot.simulator.recording import BYTES_PER_MS, Heard, mono_wav, stereo_wav


@dataclass(kw_only=True)
class SimRecording:
    """From `started_ms` of the call's line until it is stopped or the call ends."""

    request: RecordingRequest
    started_ms: float
    sid: str = field(default_factory=lambda: new_sid("RE"))
    started_at: datetime = field(default_factory=utcnow)
    status: str = "in-progress"  # then completed
    sound: Heard = field(default_factory=lambda: Heard(caller=b"", agent=b""))

    def finish(self, heard: Heard) -> None:
        """Keep what was heard since the recording began."""
        self.sound = heard.since(self.started_ms)
        self.status = "completed"

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
