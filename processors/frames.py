"""The frames this house adds to Pipecat's own.

Sound in these frames is G.711 μ-law at 8 kHz mono: 8 bytes are one millisecond. Each audio
frame also carries 16-bit PCM in `audio`, so that any stock Pipecat processor can listen.
"""

from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import (
    ControlFrame,
    DataFrame,
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
class HoldFrame(SystemFrame):
    """The agent falls silent at once but keeps its thread: the caller may only be nodding (both
    ways). A ResumeFrame or an InterruptionFrame follows."""


@dataclass
class ResumeFrame(SystemFrame):
    """The caller wanted nothing: the agent goes on from where it was heard (both ways)."""


@dataclass
class HeldWordsFrame(SystemFrame):
    """What was recognised in speech for which the agent is held (upstream, for each turn)."""

    text: str = ""  # empty: there were no words in it


@dataclass
class ModelListensFrame(SystemFrame):
    """Whether the model's ear hears the caller's line from here on, and tells of their speech:
    until this says so, it does not (upstream)."""

    listens: bool = False


@dataclass
class LineLostFrame(InterruptionFrame):
    """The carrier's stream broke: neither side is heard until a LineBackFrame (downstream).

    What the agent was saying is cut as at any interruption, though the caller is silent.
    """


@dataclass
class LineBackFrame(SystemFrame):
    """A new stream of the same call has taken the lost one's place (downstream)."""


@dataclass
class HushFrame(InterruptionFrame):
    """No person is listening: the agent falls silent and, until a GreetFrame, speaks no words but
    those of a SayFrame (both ways). The timers that ask into a silence stand still meanwhile."""


@dataclass
class GreetFrame(SystemFrame):
    """A person has come to the phone: the agent greets them as at the start of a call and speaks
    for itself again (both ways)."""


@dataclass
class AgentSaidFrame(DataFrame):
    """Words of the agent that were played (downstream, after they were heard, never before)."""

    utterance_id: str = ""
    text: str = ""
    interrupted: bool = False


@dataclass
class SayFrame(SystemFrame):
    """Asks the model to speak this line, word for word (upstream)."""

    text: str = ""


@dataclass
class WrapUpFrame(SayFrame):
    """Asks the model to speak a last line (upstream); `AutoHangup` ends the call after it.

    Speech of the caller calls it off unless it is `final`.
    """

    reason: str = ""  # the slug the call's outcome will carry, e.g. "silence"
    final: bool = False


@dataclass
class KeysTypedFrame(SystemFrame):
    """What the caller types on the keypad (upstream): the keys so far, or all of them."""

    keys: str = ""  # 0-9, * and #, in order
    complete: bool = True  # no more of them come
    asks: bool = True  # they are meant for the agent, which is to answer


@dataclass
class AnswerNowFrame(SystemFrame):
    """Asks a model that has kept silent to answer (upstream)."""


@dataclass
class FarewellFrame(DataFrame):
    """The agent has said goodbye and the caller has heard it (downstream)."""

    text: str = ""


@dataclass
class EndCallRequestFrame(SystemFrame):
    """The model asked to hang up once what it is saying has been played (downstream)."""

    summary: str = ""


@dataclass
class TransferRequestFrame(SystemFrame):
    """The caller is to be put through to a person once the agent has finished (downstream)."""

    reason: str = ""


@dataclass
class ToolsRunningFrame(SystemFrame):
    """How many function calls are being worked on: downstream, at each change."""

    count: int = 0
    failed: int = 0  # results in a row that were failures on our side or of the business


@dataclass
class UsageFrame(SystemFrame):
    """What the model has used so far in this call, in US dollars (downstream)."""

    model_usd: float = 0.0


@dataclass
class HangUpFrame(SystemFrame):
    """The call must end now, for this reason (downstream; the call's runner acts on it)."""

    reason: str = ""


@dataclass
class TransferFrame(SystemFrame):
    """The call must be put through now (downstream; the call's runner acts on it)."""

    reason: str = ""
    line: str = ""  # said by the carrier before the hold line


@dataclass
class MachineVerdictFrame(SystemFrame):
    """The carrier's verdict on who answered: a hint, never proof (downstream)."""

    answered_by: str = ""  # human, fax, unknown, machine_start, machine_end_beep, ... as it says
    after_ms: int | None = None


@dataclass
class FaxFrame(SystemFrame):
    """A fax or a modem answers with its tone (downstream)."""


@dataclass
class BeepFrame(SystemFrame):
    """The line carried a single tone as answering machines do, and then silence (downstream)."""


@dataclass
class MachineNoteFrame(SystemFrame):
    """What is known by now of a machine on the line, for the call's record (downstream)."""

    note: dict[str, Any] | None = None


@dataclass
class RunToolFrame(SystemFrame):
    """Has the model's toolbox run a tool now, as if the model had called it (upstream).

    Nothing happens if that tool is running or has succeeded in this call.
    """

    tool: str = ""  # its name
    arguments: dict[str, Any] | None = None
