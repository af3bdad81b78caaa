"""The endpoint of OpenAI's protocol, as itself and as other servers speak it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.simulator.ears import Ears
from bot.simulator.model import (
    Dialect,
    Faults,
    Incident,
    Manner,
    Mishap,
    ModelScript,
    Moment,
    RealtimeModelServer,
)
from bot.simulator.voices import Voice
from tests.brains.conformance.endpoints import Start, Trouble
from tests.voices import kept_voice

_MISHAPS = {
    Trouble.LOST: Mishap.DROP,
    Trouble.STALLED: Mishap.STALL,
    Trouble.EXPIRED: Mishap.EXPIRE,
    Trouble.GARBLED: Mishap.INVALID_JSON,
}


@dataclass
class RealtimeEndpoint:
    """See `Endpoint`."""

    server: RealtimeModelServer
    settings: Mapping[str, Any]
    agent: str

    def next_troubles(self, *troubles: Trouble | None) -> None:
        self.server.next_faults(*map(_faults, troubles))

    @property
    def told(self) -> str:
        events = [m.event for session in self.server.sessions for m in session.client_events]
        return str([e for e in events if e["type"] != "input_audio_buffer.append"])

    def knows_only(self, heard: str, of: str) -> bool:
        rest = of.removeprefix(heard).split()[1:]  # the word that was cut may be there in half
        items = [i for i in self.server.sessions[-1].conversation.items if i.words]
        whole = [i.words for i in items if i.body.get("role") == "assistant"]
        forgotten = not any(" ".join(rest[-3:]) in words for words in whole)
        return forgotten or any(
            i.body.get("role") == "system" and heard in i.words and "interrupted" in i.words
            for i in items
        )


def _faults(trouble: Trouble | None) -> Faults:
    if trouble is None:
        return Faults()
    if trouble is Trouble.REFUSED:
        return Faults(refuse_with=503)
    moment = Moment.SPEAKING
    incident = Incident(moment=moment, mishap=_MISHAPS[trouble], after_secs=0.2)
    return Faults(incidents=(incident,))


def openai(manner: Manner, voice: Voice | None = None, *, ears: Ears | None = None) -> Start:
    """OpenAI's own, by its settings."""

    @asynccontextmanager
    async def start(folder: Path, script: ModelScript) -> AsyncIterator[RealtimeEndpoint]:
        async with _server(script, manner, voice, key="sk-test", ears=ears) as server:
            reached = {"openai_realtime_url": server.url, "openai_api_key": "sk-test"}
            yield RealtimeEndpoint(server, reached, 'brain = "openai"\n')

    return start


def member(like: str, dialect: Dialect, manner: Manner, more: str = "", agent: str = "") -> Start:
    """A server as the brain of this name, which ships, knows it.

    `more` is TOML for its file, `agent` for an agent's.
    """

    @asynccontextmanager
    async def start(folder: Path, script: ModelScript) -> AsyncIterator[RealtimeEndpoint]:
        async with _server(script, _spoken(manner, dialect), None, key="") as server:
            home = folder / "brains"
            home.mkdir()
            file = f'like = "{like}"\nurl = "{server.url}"\nkey = ""\n{more}'
            (home / "far.toml").write_text(file, encoding="utf-8")
            yield RealtimeEndpoint(server, {"trunkline_brains": home}, 'brain = "far"\n' + agent)

    return start


def _spoken(manner: Manner, dialect: Dialect) -> Manner:
    return Manner(**{**vars(manner), "dialect": dialect})


@asynccontextmanager
async def _server(
    script: ModelScript,
    manner: Manner,
    voice: Voice | None,
    *,
    key: str,
    ears: Ears | None = None,
) -> AsyncIterator[RealtimeModelServer]:
    voice = voice or kept_voice("agent")
    async with RealtimeModelServer(
        script=script, voice=voice, ears=ears, key=key, manner=manner
    ) as server:
        yield server
