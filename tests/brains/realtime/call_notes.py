"""A `CallLog` that keeps what it is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


class Notes:
    """Everything noted in one call, in order."""

    def __init__(self, *, usd_per_use: float = 0.01) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.words: list[tuple[str, str]] = []  # of turns that go on
        self.interruptions = 0
        self.losses = 0  # of sessions
        self._usd = 0.0
        self._usd_per_use = usd_per_use

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.taken if name == kind]

    @property
    def said(self) -> list[tuple[str, str]]:
        """Who said what, in the order in which it was noted."""
        roles = {"caller_said": "caller", "agent_said": "agent"}
        return [(roles[name], fields["text"]) for name, fields in self.taken if name in roles]

    def caller_said(self, *, key: str, text: str, started_at: datetime, ended_at: datetime) -> None:
        self._take("caller_said", key=key, text=text, started_at=started_at, ended_at=ended_at)

    def agent_said(self, **fields: Any) -> None:
        self._take("agent_said", **fields)

    def caller_words(self, *, key: str, text: str) -> None:
        self.words.append(("caller", text))

    def agent_words(self, *, key: str, text: str) -> None:
        self.words.append(("agent", text))

    def interrupted(self) -> None:
        self.interruptions += 1

    def session_lost(self, *, expected: bool) -> None:
        self.losses += 1

    def tool_started(self, *, key: str, name: str, arguments: Mapping[str, Any]) -> None:
        self._take("tool_started", key=key, name=name, arguments=arguments)

    def tool_finished(self, **fields: Any) -> None:
        self._take("tool_finished", **fields)

    def used(self, usage: Mapping[str, Any]) -> float:
        self._take("used", usage=usage)
        self._usd += self._usd_per_use
        return self._usd

    def transcribed(self, usage: Mapping[str, Any]) -> float:
        self._take("transcribed", usage=usage)
        return self._usd

    def _take(self, kind: str, **fields: Any) -> None:
        self.taken.append((kind, fields))
