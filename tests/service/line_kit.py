"""The line of `bot/testing`, quick to open: on a copy of a database, with a voice that is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.voices import Voice
from bot.testing import line
from bot.testing.line import Line
from bot.testing.virtual_loop import VirtualLoop
from tests.databases import place_copy
from tests.voices import kept_voice


@asynccontextmanager
async def open_line(
    folder: Path, *, voice: Voice | None = None, database_url: str = "", **asked: Any
) -> AsyncIterator[Line]:
    """As `bot.testing.line.open_line`; without a voice, the agent has the best one installed."""
    database_url = database_url or f"sqlite:///{folder}/trunkline.db"
    place_copy(database_url)
    voice = voice or kept_voice("agent")
    async with line.open_line(folder, voice=voice, database_url=database_url, **asked) as opened:
        yield opened


def put_forward(secs: float) -> None:
    """Sets the wall clock forward: a line on which nothing happens costs time to wait on."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.put_forward(secs)


@dataclass(frozen=True)
class ToneVoice:
    """Says everything as a tone of the same length: for calls in which nobody listens to words."""

    tone_ms: int = 240

    def render(self, text: str) -> bytes:
        return _tone(self.tone_ms)


@lru_cache
def _tone(tone_ms: int) -> bytes:
    moments = np.arange(tone_ms * 8) / 8000
    return pcm_to_ulaw((np.sin(2 * np.pi * 330 * moments) * 9000).astype("<i2").tobytes())
