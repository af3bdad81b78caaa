"""Sound of both sides, and how much of the agent's was heard.

Sound in these frames is G.711 μ-law at 8 kHz mono: 8 bytes are one millisecond. Each audio
frame also carries 16-bit PCM in `audio`, so that any stock Pipecat processor can listen.
"""

from dataclasses import dataclass

from pipecat.frames.frames import (
    ControlFrame,
    InputAudioRawFrame,
    InterruptionFrame,
    SystemFrame,
    TTSAudioRawFrame,
)

from processors.sound import CallerSound


@dataclass
class CallerAudioFrame(InputAudioRawFrame):
    """What the caller's line carried: downstream, from the carrier to the model."""

    ulaw: bytes = b""
    payload: str = ""  # the same bytes in base64, exactly as they arrived
    sent_rms: int = 0  # the loudest of the agent's sound that may echo in it, of 32768

    @property
    def sound(self) -> CallerSound:
        """What it holds."""
        return CallerSound(self.ulaw, self.payload, self.audio, self.sent_rms)


@dataclass
class AgentAudioFrame(TTSAudioRawFrame):
    """Speech of the agent: downstream, from the model to the carrier."""

    ulaw: bytes = b""
    utterance_id: str = ""
    line: str = ""  # the words of a line prepared beforehand; empty for what the model says


@dataclass
class AgentAudioEndFrame(ControlFrame):
    """No more audio follows for this utterance (downstream, after its last audio)."""

    utterance_id: str = ""
    asks: bool = False  # it ends in a question


@dataclass
class UtterancePlayedFrame(SystemFrame):
    """The carrier has played an utterance to its end, or it was cut: upstream, once for each.

    `heard_ms` counts from the first sound of the utterance and never exceeds the audio sent;
    sound that was repeated after a hold counts once.
    """

    utterance_id: str = ""
    heard_ms: int = 0
    interrupted: bool = False
    held_ms: int = 0  # silence of holds since its first sound
    began_secs_ago: float | None = None  # its first sound was heard then; None: not known
    silent_secs_ago: float = 0.0  # its last


@dataclass
class HeldBackFrame(SystemFrame):
    """A HoldFrame came while so much of the agent's speech was still to be heard (upstream)."""

    unheard_ms: int = 0


@dataclass
class RanDryFrame(SystemFrame):
    """All that has come of an utterance was played, and more has to come (upstream, each time)."""


@dataclass
class LineLostFrame(InterruptionFrame):
    """The carrier's stream broke: neither side is heard until a LineBackFrame (downstream).

    What the agent was saying is cut as at any interruption, though the caller is silent.
    """


@dataclass
class LineBackFrame(SystemFrame):
    """A new stream of the same call has taken the lost one's place (downstream)."""
