"""A session of a cascade on simulated services, over real sockets and on virtual time."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.brains.cascade import Accounts, CascadeBrain
from bot.brains.config import SessionConfig
from bot.brains.errors import ModelError
from bot.brains.openai import client_events
from bot.media.g711 import BYTES_PER_MS
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.services import SpeechServices
from bot.testing.voices import RulerVoice
from tests.voices import kept_voice

KEY = "sk-services"
VOICE = RulerVoice()
GREETING = "Hello there. How can I help you today?"
ANSWER = "We are open from nine to five. On Sundays we are not."
SCRIPT = ModelScript(
    greeting=GREETING,
    expects=("When are you open?",),
    steps=(Step(hears=ANYTHING, say=ANSWER),),
)
Event = dict[str, Any]


def accounts(services: SpeechServices) -> Accounts:
    """All of them, at the simulated services."""
    return Accounts(
        openai_key=KEY,
        openai_url=f"{services.http_url}/v1",
        deepgram_key=KEY,
        deepgram_url=services.ws_url,
        elevenlabs_key=KEY,
        elevenlabs_url=services.ws_url,
        cartesia_key=KEY,
        cartesia_url=services.ws_url,
        chat_url=f"{services.http_url}/v1",
        chat_key=KEY,
        piper_url=services.http_url,
    )


class Talk:
    """An open session, and what it has told so far."""

    def __init__(self, session: Any, *, reads: bool = True) -> None:
        self.session = session
        self.events: list[Event] = []
        self.lost: ModelError | None = None
        self._told = asyncio.Event()
        self._reading = asyncio.create_task(self._read()) if reads else None

    async def _read(self) -> None:
        try:
            async for event in self.session.events():
                self.events.append(event)
                self._told.set()
        except ModelError as error:
            self.lost = error
            self._told.set()

    def of(self, kind: str) -> list[Event]:
        """Those of one type."""
        return [event for event in self.events if event["type"] == kind]

    async def happened(self, kind: str, number: int = 1) -> None:
        """Waits for so many events of this type, or for the session's end."""
        while len(self.of(kind)) < number and self.lost is None:
            self._told.clear()
            await self._told.wait()

    async def done(self, number: int = 1, *, within_secs: float = 30.0) -> Event:
        """How the response of this number ended."""
        async with asyncio.timeout(within_secs):
            await self.happened("response.done", number)
        done: Event = self.of("response.done")[number - 1]["response"]
        return done

    async def ask(self, number: int = 1, **wishes: Any) -> Event:
        """Asks for a response, and waits for its end."""
        self.session.post(client_events.response("answer", event_id=f"ask_{number}", **wishes))
        return await self.done(number)

    async def caller_says(self, text: str, *, then_ask: bool = True) -> None:
        """The caller's words, in pieces of 20 ms of real speech, and the end of their turn."""
        ulaw = kept_voice("caller").render(text)
        self.session.post(client_events.clear())
        for at in range(0, len(ulaw), 160):
            self.session.append(base64.b64encode(ulaw[at : at + 160]).decode())
            await asyncio.sleep(0.02)
        self.session.post(client_events.commit())
        if then_ask:
            self.session.post(client_events.response("answer", event_id="ask_1"))

    @property
    def sound(self) -> bytes:
        """All sound of the agent, μ-law."""
        deltas = self.of("response.output_audio.delta")
        return b"".join(base64.b64decode(event["delta"]) for event in deltas)

    @property
    def sound_ms(self) -> float:
        """How long it is."""
        return len(self.sound) / BYTES_PER_MS

    @property
    def words(self) -> str:
        """What the agent says."""
        deltas = self.of("response.output_audio_transcript.delta")
        return "".join(event["delta"] for event in deltas).strip()

    async def close(self) -> None:
        """Lets go of the session."""
        if self._reading is not None:
            self._reading.cancel()
        await self.session.close()


@asynccontextmanager
async def talk(
    services: SpeechServices,
    model: str = "deepgram > openai > deepgram",
    *,
    voice: str = "",
    reads: bool = True,
) -> AsyncIterator[Talk]:
    """A session with these three, which has heard and said nothing yet."""
    brain = CascadeBrain(accounts(services))
    config = SessionConfig(
        speaker=brain.speaker(model, voice), instructions="Be brief.", language="en", turns="local"
    )
    session = await brain.open(config)
    talking = Talk(session, reads=reads)
    try:
        yield talking
    finally:
        await talking.close()


def services(script: ModelScript = SCRIPT) -> SpeechServices:
    """Healthy ones, with a script that greets and answers once."""
    return SpeechServices(script=script, voice=VOICE, key=KEY)
