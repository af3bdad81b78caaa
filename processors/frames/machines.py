"""Machines that answer: what the carrier says of them, and what is heard."""

from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import SystemFrame


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
