"""What one call asks of its agent beside what the agent's file says."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pipelines import OnMachine


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """What one call asks of its agent beside what the agent's file says. Empty: as in the file."""

    instructions: str = ""
    persona: str = ""
    voice: str = ""
    first_line: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    # Facts that a tool may tell the model once it may know them; no text holds them.
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    on_machine: OnMachine = "ignore"
    voicemail: str = ""  # said after the beep, {variables} filled in
    contact: str = ""  # the id of the contact of a batch that rings back in this call
    facts: str = ""  # found out when it rang, in sentences for the model: see bot/calls/ringing.py
    caller: str = ""  # who it may be, likewise: see bot/calls/caller_facts.py
    continues: str = ""  # the id of a call that broke, which this one goes on with

    def as_record(self) -> dict[str, Any]:
        """For the call's record."""
        return {
            "instructions": self.instructions,
            "persona": self.persona,
            "voice": self.voice,
            "first_line": self.first_line,
            "variables": dict(self.variables),
            "private": dict(self.private),
            "on_machine": self.on_machine,
            "voicemail": self.voicemail,
            "contact": self.contact,
            "facts": self.facts,
            "caller": self.caller,
            "continues": self.continues,
        }

    @classmethod
    def of_record(cls, recorded: Mapping[str, Any]) -> "CallRequest":
        """What `as_record` gave, whatever was noted beside it since; nothing is asked for by a
        record that has been erased.
        """
        ours = {part.name for part in fields(cls)}
        return cls(**{name: value for name, value in recorded.items() if name in ours})
