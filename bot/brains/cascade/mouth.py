"""The mouth of one session: one response at a time speaks, sentence by sentence."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.brains.cascade.studio import Studio
from bot.brains.cascade.wire_sound import FromService
from bot.clock import monotonic
from bot.media.g711 import BYTES_PER_MS

SOUND_SECS = 6.0  # a mouth that brings no sound for so long will bring none


class Speaking:
    """What one response says. `sound` is told of each piece, base64 μ-law, and its milliseconds;
    `said` of the sentence that it is of."""

    def __init__(
        self, studio: Studio, sound: Callable[[str, float], None], said: Callable[[str], None]
    ) -> None:
        self._studio, self._sound, self._said = studio, sound, said
        self._wire = FromService()
        self._over = asyncio.Event()
        self._asked_at: float | None = None  # for the first sentence
        self._heard_at = 0.0
        self.first_sound_ms: int | None = None  # after that
        self.sound_ms = 0.0
        self.characters = 0
        self.failed = ""  # what the service said of it

    async def say(self, sentence: str) -> None:
        """One more sentence."""
        self._heard_at = monotonic()  # its sound cannot have been due before
        if self._asked_at is None:
            self._asked_at = self._heard_at
        self.characters += len(sentence)
        await self._studio.say(sentence)

    async def finish(self) -> None:
        """Waits until all sound has come, or none does for too long."""
        await self._studio.end()
        while not self._over.is_set():
            left_secs = self._heard_at + SOUND_SECS - monotonic()
            if left_secs <= 0:
                if self.sound_ms:
                    self.failed = self.failed or f"no sound for {SOUND_SECS:g} s"
                await self._studio.hush()
                break
            try:
                async with asyncio.timeout(left_secs):
                    await self._over.wait()
            except TimeoutError:
                continue
        self._pass_on(self._wire.rest())

    # -- what the studio tells ----------------------------------------------------------------

    def came(self, pcm: bytes, rate_hz: int) -> None:
        """More sound."""
        self._heard_at = monotonic()
        if self.first_sound_ms is None and self._asked_at is not None:
            self.first_sound_ms = round((self._heard_at - self._asked_at) * 1000)
        self._pass_on(self._wire.feed(pcm, rate_hz))

    def says(self, sentence: str) -> None:
        """It begins with this sentence."""
        self._said(sentence)

    def over(self) -> None:
        """There is no more."""
        self._over.set()

    def _pass_on(self, ulaw: bytes) -> None:
        if ulaw:
            duration_ms = len(ulaw) / BYTES_PER_MS
            self.sound_ms += duration_ms
            self._sound(base64.b64encode(ulaw).decode(), duration_ms)


class Mouth:
    """Whose turn it is to speak."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._turn = asyncio.Lock()
        self.now: Speaking | None = None

    @asynccontextmanager
    async def speaking(
        self, sound: Callable[[str, float], None], said: Callable[[str], None]
    ) -> AsyncIterator[Speaking]:
        """The mouth, for one response; if that ends before its time, so does what it says."""
        async with self._turn:
            self.now = speaking = Speaking(self._studio, sound, said)
            try:
                await self._studio.begin()
                yield speaking
            except BaseException:
                await self._studio.hush()
                raise
            finally:
                self.now = None
