"""The course of the call: tools, what it costs, its recording, and how it goes on or ends."""

from dataclasses import dataclass
from typing import Any, Literal

from pipecat.frames.frames import SystemFrame

# announced: the line that tells of it began; heard: it was played to its end; start: it may be
# recorded; refused: it may not, and what was recorded is not kept; stop: no person listens.
RecordingStep = Literal["announced", "heard", "start", "refused", "stop"]


@dataclass
class ToolsRunningFrame(SystemFrame):
    """How many function calls are being worked on: downstream, at each change."""

    count: int = 0
    failed: int = 0  # results in a row that were failures on our side or of the business
    answers: bool = True  # the agent speaks about the result that has come; False: it is silent


@dataclass
class RunToolFrame(SystemFrame):
    """Has the model's toolbox run a tool now, as if the model had called it (upstream).

    Nothing happens if that tool is running or has succeeded in this call.
    """

    tool: str = ""  # its name
    arguments: dict[str, Any] | None = None


@dataclass
class UsageFrame(SystemFrame):
    """What the model has used so far in this call, in US dollars (downstream)."""

    model_usd: float = 0.0


@dataclass
class RecordingFrame(SystemFrame):
    """A step on the way to a recording, or from it (downstream; the call acts on it)."""

    step: RecordingStep = "start"
    secs_ago: float = 0.0  # it happened then
    by: str = ""  # what brought it about: words, key, machine


@dataclass
class EndCallRequestFrame(SystemFrame):
    """The model asked to hang up once what it is saying has been played (downstream)."""

    summary: str = ""


@dataclass
class TransferRequestFrame(SystemFrame):
    """The caller is to be put through to a person once the agent has finished (downstream)."""

    reason: str = ""
    to: str = ""  # which of the agent's people; empty: the human of the line


@dataclass
class TransferFrame(SystemFrame):
    """The call must be put through now (downstream; the call's runner acts on it)."""

    reason: str = ""
    line: str = ""  # said by the carrier before the hold line
    to: str = ""  # which of the agent's people; empty: the human of the line


@dataclass
class ConsultFrame(SystemFrame):
    """A person is to be asked whether they take the caller, who stays with the agent (downstream;
    the call's runner acts on it). Until a ConsultOverFrame the caller has something to wait for.
    """

    to: str = ""  # which of the agent's people; empty: nobody any more
    reason: str = ""
    brief: str = ""  # said to that person alone


@dataclass
class ConsultOverFrame(SystemFrame):
    """Nobody is being asked any more (upstream)."""


@dataclass
class HandOverRequestFrame(SystemFrame):
    """Another agent is to go on with the call once this one has finished (downstream)."""

    agent: str = ""
    reason: str = ""


@dataclass
class HandOverFrame(SystemFrame):
    """Another agent goes on with the call now (downstream; the call's runner acts on it)."""

    agent: str = ""
    reason: str = ""


@dataclass
class HangUpFrame(SystemFrame):
    """The call must end now, for this reason (downstream; the call's runner acts on it)."""

    reason: str = ""
