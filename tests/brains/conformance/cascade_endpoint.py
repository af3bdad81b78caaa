"""The endpoint of a cascade: three services at one address."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.simulator.ears import Ears
from bot.simulator.model import ModelScript
from bot.simulator.services import ChatFaults, SpeechFaults, SpeechServices
from tests.brains.conformance.endpoints import Start, Trouble
from tests.voices import kept_voice

KEY = "sk-test"


@dataclass
class CascadeEndpoint:
    """See `Endpoint`. A service keeps nothing of a call, so what goes wrong does so once: at the
    next connection, turn, sentence or request."""

    services: SpeechServices
    settings: Mapping[str, Any]
    agent: str

    def next_troubles(self, *troubles: Trouble | None) -> None:
        faults = self.services.state.faults
        match troubles[:1]:
            case (Trouble.REFUSED,):
                faults.speaking = SpeechFaults(times=1, status=503)
            case (Trouble.LOST,):
                faults.speaking = SpeechFaults(times=1, drop=True)
            case (Trouble.STALLED,):
                faults.speaking = SpeechFaults(times=1, silent=True)
            case (Trouble.EXPIRED,):
                faults.hearing = SpeechFaults(times=1, drop=True)
            case (Trouble.GARBLED,):
                faults.thinking = ChatFaults(times=1, garbage=True)

    @property
    def told(self) -> str:
        return str(self.services.state.chats)

    def knows_only(self, heard: str, of: str) -> bool:
        messages = self.services.state.chats[-1]["messages"]
        said = [str(m["content"]) for m in messages if m["role"] == "assistant"]
        rest = of.removeprefix(heard).split()[1:]
        return any(heard in words for words in said) and not any(
            " ".join(rest[-3:]) in words for words in said
        )


def cascade(model: str, *, ears: Ears | None = None) -> Start:
    """These three; without `ears` they expect the words of the script."""

    @asynccontextmanager
    async def start(folder: Path, script: ModelScript) -> AsyncIterator[CascadeEndpoint]:
        services = SpeechServices(script=script, voice=kept_voice("agent"), ears=ears, key=KEY)
        async with services:
            reached = {
                "openai_api_key": KEY,
                "openai_url": f"{services.http_url}/v1",
                "deepgram_api_key": KEY,
                "deepgram_url": services.ws_url,
                "chat_url": f"{services.http_url}/v1",
                "chat_api_key": KEY,
                "piper_url": services.http_url,
            }
            agent = f'brain = "cascade"\nmodel = "{model}"\nturns = "local"\n'
            yield CascadeEndpoint(services, reached, agent)

    return start
