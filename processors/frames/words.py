"""What the agent says, is to say, is told, and may claim."""

from dataclasses import dataclass

from pipecat.frames.frames import DataFrame, SystemFrame


@dataclass
class AgentSaidFrame(DataFrame):
    """Words of the agent that were played (downstream, after they were heard, never before)."""

    utterance_id: str = ""
    text: str = ""
    interrupted: bool = False
    began_secs_ago: float | None = None  # its first sound was heard then; None: not known


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
class AnswerNowFrame(SystemFrame):
    """Asks a model that has kept silent to answer (upstream)."""


@dataclass
class FarewellFrame(DataFrame):
    """The agent has said goodbye and the caller has heard it (downstream)."""

    text: str = ""


@dataclass
class NoteFrame(SystemFrame):
    """Tells the model a fact that wants no answer (upstream)."""

    text: str = ""


@dataclass
class WhisperFrame(SystemFrame):
    """Somebody who looks after the call tells the model something that the caller does not hear
    (upstream). It lasts for the whole conversation."""

    text: str = ""
    asks: bool = True  # it is to be followed, at once if nobody speaks; else it is information


@dataclass
class CorrectFrame(SystemFrame):
    """The agent has told the caller what is not so: the model is to correct itself, and whatever
    was to end the call after these words does not (both ways)."""

    text: str = ""  # for the model


@dataclass
class ProvenFrame(SystemFrame):
    """From here on the agent may claim this, for a tool has done it, or it was so before
    (downstream, or upstream from the end of the pipeline)."""

    claims: tuple[str, ...] = ()  # of `processors.words.claims`; "*": all of them


@dataclass
class UnprovenFrame(SystemFrame):
    """What the agent has claimed so far and nothing covers, for the call's record (downstream)."""

    claims: dict[str, bool] | None = None  # claim -> the agent has taken it back
