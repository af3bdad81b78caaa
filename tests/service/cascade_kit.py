"""Whole calls on a cascade: the service with its far sides, and three services on real sockets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from talk_kit import RULER, Scene, Told, open_scene, perform

from bot.simulator.caller import Action
from bot.simulator.model import ModelScript
from bot.simulator.services import Pace, ServiceFaults, SpeechServices
from bot.simulator.services.state import State
from bot.simulator.voices import Voice

DEEPGRAM = "deepgram > openai > deepgram"
KEY = "sk-test"


@dataclass(frozen=True, kw_only=True)
class CascadeCall:
    """One call to an agent whose brain is a cascade."""

    script: ModelScript
    actions: Sequence[Action]
    model: str = DEEPGRAM
    agent: str = ""  # more of its file
    faults: ServiceFaults | None = None
    pace: Pace = Pace()
    scene: Mapping[str, Any] = field(default_factory=dict)  # more of the `Scene`

    async def play(self, folder: Path, spoken: Voice) -> tuple[Told, State]:
        """To its end: what it left behind, and what the services were asked."""
        services = SpeechServices(script=self.script, voice=RULER, pace=self.pace, key=KEY)
        if self.faults is not None:
            services.state.faults = self.faults
        async with services:
            scene = Scene(
                actions=self.actions,
                brain="cascade",
                agent=f'model = "{self.model}"\n{self.agent}',
                settings={
                    "openai_api_key": KEY,
                    "openai_url": f"{services.http_url}/v1",
                    "deepgram_api_key": KEY,
                    "deepgram_url": services.ws_url,
                    "cartesia_api_key": KEY,
                    "cartesia_url": services.ws_url,
                    "elevenlabs_api_key": KEY,
                    "elevenlabs_url": services.ws_url,
                },
                **self.scene,
            )
            async with open_scene(scene, folder) as line:
                return await perform(scene, folder, line, spoken), services.state
