"""A real browser for the tests of the console: Debian's chromium, and what may not happen in it."""

import io
import shutil
import subprocess
import tarfile
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.voices import Voice
from bot.testing.line import Line

CHROMIUM = "/usr/bin/chromium"
AXE = "axe-core@4.14.1"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core, by npm's client; empty where it cannot be had."""
    folder = tmp_path_factory.mktemp("axe")
    if shutil.which("npm") is None:
        return ""
    packed = subprocess.run(
        ["npm", "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, timeout=60
    )
    if packed.returncode:
        return ""
    with tarfile.open(folder / packed.stdout.strip()) as files:
        found = files.extractfile("package/axe.min.js")
        assert found is not None
        return found.read().decode()


class Sight:
    """A page, and all that went wrong in it."""

    def __init__(self, page: Any, url: str, axe: str) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._axe = axe
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", self._asked)
        self._url = url

    def _said(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.troubles.append(said.text)

    def _asked(self, asked: Any) -> None:
        if not asked.url.startswith((self._url, "data:")):
            self.troubles.append(f"asked {asked.url}")

    async def look(self) -> None:
        """Nothing went wrong, and everybody can use it, in both themes and on a small screen."""
        for theme, width in (("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390)):
            # With less motion no colour fades: each is there at once.
            await self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            await self.page.set_viewport_size({"width": width, "height": 850})
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (self.page.url, wide)
            if self._axe:
                if not await self.page.evaluate("'axe' in window"):
                    await self.page.evaluate(self._axe)
                # What axe makes of styles in advance is against the rules of the page.
                run = "axe.run({ preload: false })"
                found = (await self.page.evaluate(run))["violations"]
                assert not found, [
                    (each["id"], [node["html"] for node in each["nodes"]]) for each in found
                ]
        assert self.troubles == [], self.troubles


@asynccontextmanager
async def browsing(line: Line, sound: Path, axe: str) -> AsyncIterator[Sight]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not here: apt install chromium")
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as program:
        chromium = await program.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={sound}%noloop",
            ],
        )
        context = await chromium.new_context(permissions=["microphone"])
        yield Sight(await context.new_page(), line.url, axe)
        await chromium.close()


def microphone(folder: Path, voice: Voice, text: str) -> Path:
    """What is said, three seconds after the microphone is opened."""
    said = ulaw_to_pcm(voice.render(text))
    path, content = folder / "said.wav", io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 3) + said + bytes(2 * 8000 * 60))
    path.write_bytes(content.getvalue())
    return path
