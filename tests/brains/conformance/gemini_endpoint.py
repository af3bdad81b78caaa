"""The endpoint of the Gemini Live API."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.simulator.ears import Ears
from bot.simulator.gemini import GeminiModelServer
from bot.simulator.model import Faults, Incident, Manner, Mishap, ModelScript, Moment
from tests.brains.conformance.endpoints import Start, Trouble
from tests.voices import kept_voice

_MISHAPS = {
    Trouble.LOST: Mishap.DROP,
    Trouble.STALLED: Mishap.STALL,
    Trouble.EXPIRED: Mishap.EXPIRE,
    Trouble.GARBLED: Mishap.INVALID_JSON,
}


@dataclass
class GeminiEndpoint:
    """See `Endpoint`."""

    server: GeminiModelServer
    settings: Mapping[str, Any]
    agent: str = 'brain = "gemini"\n'

    def next_troubles(self, *troubles: Trouble | None) -> None:
        self.server.next_faults(*map(_faults, troubles))

    @property
    def told(self) -> str:
        events = [m.event for session in self.server.sessions for m in session.client_events]
        return str([e for e in events if "audio" not in e.get("realtimeInput", {})])

    def knows_only(self, heard: str, of: str) -> bool:
        return any(f'only: "{heard}"' in text for text in self.server.records[-1].told)


def _faults(trouble: Trouble | None) -> Faults:
    if trouble is None:
        return Faults()
    if trouble is Trouble.REFUSED:
        return Faults(refuse_with=503)
    incident = Incident(moment=Moment.SPEAKING, mishap=_MISHAPS[trouble], after_secs=0.2)
    return Faults(incidents=(incident,))


def gemini(manner: Manner, *, ears: Ears | None = None) -> Start:
    """Google's own, by its settings."""

    @asynccontextmanager
    async def start(folder: Path, script: ModelScript) -> AsyncIterator[GeminiEndpoint]:
        voice = kept_voice("agent")
        async with GeminiModelServer(
            script=script, voice=voice, ears=ears, key="sk-test", manner=manner
        ) as server:
            reached = {"gemini_live_url": server.url, "gemini_api_key": "sk-test"}
            yield GeminiEndpoint(server, reached)

    return start
