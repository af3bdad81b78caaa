"""Who speaks, who listens, and who waits."""

from dataclasses import dataclass

from pipecat.frames.frames import InterruptionFrame, SystemFrame


@dataclass
class HoldFrame(SystemFrame):
    """The agent falls silent at once but keeps its thread: the caller may only be nodding (both
    ways). A ResumeFrame or an InterruptionFrame follows."""

    silences: bool = True  # false: it is heard on, for what is heard of the caller may be its echo


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
class HoldRequestFrame(SystemFrame):
    """The model has heard that the line is on hold, and wants to wait (upstream)."""


@dataclass
class OnHoldFrame(SystemFrame):
    """The other side has put the line on hold, or a person is heard again (both ways; the call
    notes it). In between the model hears and says nothing, and the timers of a silence stand still.
    """

    begins: bool = False
    by: str = ""  # how it was known: model, words or music


@dataclass
class TakenOverFrame(OnHoldFrame):
    """An operator speaks in the agent's place from here on, or has given the call back
    (downstream, from the top). As on hold the model says nothing and the timers of a silence stand
    still; but it hears the other side, and no hold of the line ends this.
    """

    note: str = ""  # at its end: what the model is told of it


@dataclass
class HushFrame(InterruptionFrame):
    """No person is listening: the agent falls silent and, until a GreetFrame, speaks no words but
    those of a SayFrame (both ways). The timers that ask into a silence stand still meanwhile."""


@dataclass
class GreetFrame(SystemFrame):
    """A person has come to the phone: the agent greets them as at the start of a call and speaks
    for itself again (both ways)."""
