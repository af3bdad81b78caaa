"""`trunkline try`: the service with a simulated model, and its console open in a browser."""

import asyncio
import os
import sys
import webbrowser
from dataclasses import replace
from pathlib import Path

from bot.simulator.demo.cast import Cast, NotReady, choose_cast
from bot.simulator.demo.player import TERMINATED, new_folder, until_terminated
from bot.simulator.demo.screen import Screen
from bot.simulator.demo.service import ServiceFailed
from bot.simulator.demo.stage import DemoStage, open_stage
from bot.simulator.model import ANYTHING, Call, ModelScript, Step

USER = "you"
SCRIPT = ModelScript(
    steps=(
        Step(
            hears=("hour|hours|open|close|closed",),
            calls=(Call(name="lookup_hours"),),
            once=False,
        ),
        Step(
            after_tool="lookup_hours",
            say="We are open from nine to five on weekdays. What else can I do for you?",
            once=False,
        ),
        Step(
            hears=("bye|goodbye|thanks|thank",), say="Thank you for calling. Goodbye.", once=False
        ),
        Step(
            hears=ANYTHING,
            say=(
                "I am a simulated model. Ask me when we are open, interrupt me, press a key, "
                "or say goodbye."
            ),
            once=False,
        ),
    ),
    fallback="I am a simulated model. Ask me when we are open, or say goodbye.",
)
DEAF = (
    "No recogniser is installed here (pip install 'trunkline[demo]'): the model hears that you "
    "speak, and not what you say."
)


async def try_it(*, var_dir: Path = Path("var"), screen: Screen | None = None) -> int:
    """Serves until it is interrupted. Returns the exit code: 143 when SIGTERM stopped it, 1 when
    the service did.
    """
    screen = screen or Screen()
    async with until_terminated():
        return await _serve(var_dir, screen)
    return TERMINATED


async def _serve(var_dir: Path, screen: Screen) -> int:
    try:
        cast = await _cast(var_dir / "voices", screen)
        async with open_stage(cast, new_folder(var_dir / "try"), None) as stage:
            stage.model.script = SCRIPT
            screen.text("Starting the service ...", style="dim")
            await stage.service.until_ready()
            await _render(cast)
            link = await _link(stage)
            screen.text("Open this in a browser; it signs you in, once:\n")
            sys.stdout.write(f"  {link}\n\n")  # on one line, however long, to be clicked
            sys.stdout.flush()
            screen.text("Choose Phone, and call reception. Ctrl-C ends it.", style="dim")
            _open(link)
            while True:
                await asyncio.sleep(1)
                stage.service.check_alive()
    except (ServiceFailed, NotReady) as error:
        screen.text(f"✗ {error}", style="bold red")
        return 1


async def _cast(voices: Path, screen: Screen) -> Cast:
    """Who speaks and listens; without a recogniser nobody listens. Raises NotReady."""
    cast = choose_cast(voices, fast=False)
    assert cast.ears is not None
    try:
        await cast.ears.hear(bytes([255]) * 4000)
    except RuntimeError:
        screen.text(DEAF, style="yellow")
        return replace(cast, ears=None)
    return cast


async def _render(cast: Cast) -> None:
    """All lines, so that no answer waits for its voice. Raises NotReady."""
    try:
        for step in SCRIPT.steps:
            if step.say:
                await asyncio.to_thread(cast.agent.render, step.say)
    except RuntimeError as missing:
        raise NotReady(str(missing)) from missing


async def _link(stage: DemoStage) -> str:
    await stage.service.command("users", "add", USER, "--no-password")
    printed = await stage.service.command("users", "link", USER)
    return f"{stage.service.url}/console/enter?{printed.strip().partition('?')[2]}"


def _open(link: str) -> None:
    """In the browser of this machine, where there is a screen for one."""
    has_screen = sys.platform in ("darwin", "win32") or any(
        name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if sys.stdout.isatty() and has_screen:
        webbrowser.open(link)
