"""A live call in a real browser: heard, taken over by a microphone, given back; then its recording
is played. And the pages beside. Real time, and Debian's chromium.
"""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from browser_kit import Sight, axe, browsing, microphone
from console_kit import PASSWORD, add_user

from bot.media.g711 import loudness
from bot.simulator.caller import CallerScript, Pause, Say, StayOn
from bot.simulator.carrier import SimCall
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import CALLER, HASTY, Line, agent_file
from tests.service.line_kit import open_line

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.thorough, pytest.mark.realtime, pytest.mark.timeout(240)]

TOLD = "This call is recorded. If you do not want that, say so or press star."
FIRST = "Hello, how can I help?"
ASK, BACK = "When do you close?", "You speak with the machine again."
SPOKEN = "Good evening, this is Maria. I will help you myself from here on."
NOTE = "has taken the call over"
SCRIPT = ModelScript(
    greeting=f"{TOLD} {FIRST}",
    steps=(Step(nudged=True, told=NOTE, say=BACK), Step(hears=ANYTHING, told=NOTE, say=BACK)),
    expects=(ASK,),
)


async def test_a_call_is_heard_taken_over_given_back_and_played(
    tmp_path: Path, spoken: Voice, axe: str
) -> None:
    async with open_line(
        tmp_path,
        manner=HASTY,
        script=SCRIPT,
        agents={"front": agent_file('recording = { when = "on" }', first_line=FIRST)},
        inbound_agent="front",
    ) as line:
        line.carrier.media_is_open = False
        store = await Store.open(line.settings.database_url)
        await add_user(store, "maria", "owner")
        await store.close()
        async with browsing(line, microphone(tmp_path, spoken, SPOKEN), axe) as sight:
            asks = CallerScript((Pause(25_000), Say(ASK), StayOn()), spoken)
            sim = await line.carrier.dial(CALLER, caller=asks)
            record = await line.until(sim.sid, lambda record: bool(record["turns"]))
            await _sign_in(sight, line, f"calls/{record['id']}")
            await _listen_and_speak(sight, line, sim, spoken)
            await sim.hang_up()
            await line.ended(sim.sid)
            await _kept(line, record["id"])
            await sight.page.goto(f"{line.url}/console/calls/{record['id']}")
            await _play(sight)
            await sight.page.goto(f"{line.url}/console/doctor")
            await sight.page.click("text=Look now", no_wait_after=True)
            await sight.page.wait_for_selector("text=What to do", timeout=120_000)
            await sight.look()
            for path in ("overview", "batches", "batches/new", f"calls/{record['id']}/erase"):
                await sight.page.goto(f"{line.url}/console/{path}")
                await sight.look()
            await sight.page.click("text=Erase for good")
            await sight.page.wait_for_url(f"{line.url}/console/calls/{record['id']}")
            assert CALLER not in await sight.page.content()


async def _sign_in(sight: Sight, line: Line, path: str) -> None:
    await sight.page.goto(f"{line.url}/console/{path}")
    await sight.page.keyboard.type("maria")
    await sight.page.keyboard.press("Tab")
    await sight.page.keyboard.type(PASSWORD)
    await sight.page.keyboard.press("Enter")
    await sight.page.wait_for_url(f"{line.url}/console/{path}")


async def _listen_and_speak(sight: Sight, line: Line, sim: SimCall, spoken: Voice) -> None:
    page = sight.page
    await page.focus("#listen-start")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=You hear the call.")
    await page.focus("#listen-take")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=You speak in the agent’s place.")
    before = len(sim.heard.agent)
    await page.wait_for_selector("text=[maria speaks]", timeout=30_000)
    await sight.look()
    heard = sim.heard.agent[before:]
    assert _alike(heard, spoken.render(SPOKEN)) > 0.5
    await page.wait_for_selector(f"text={ASK}", timeout=60_000)
    assert BACK not in await page.content()
    await page.focus("#listen-back")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=The agent speaks again.")
    await page.wait_for_selector(f"text={BACK}")


def _alike(heard: bytes, said: bytes) -> float:
    """How well the loudness of what was heard follows what was said, wherever that begins: 1 for
    the same. The browser's own filters are in between.
    """
    there, wanted = _levels(heard), _levels(said)
    return max(
        float(np.corrcoef(there[at : at + len(wanted)], wanted)[0, 1])
        for at in range(max(1, len(there) - len(wanted)))
        if np.ptp(there[at : at + len(wanted)]) > 0
    )


def _levels(ulaw: bytes) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array([loudness(ulaw[at : at + 800]) for at in range(0, len(ulaw) - 800, 800)], float)


async def _kept(line: Line, call_id: str) -> None:
    async with asyncio.timeout(60):
        while True:
            found = (await line.api.get(f"/calls/{call_id}/recordings")).json()["recordings"]
            if [each["state"] for each in found] == ["kept"]:
                return
            await asyncio.sleep(0.5)


async def _play(sight: Sight) -> None:
    """Both sides are drawn; a line of the transcript plays from there and is marked."""
    page = sight.page
    await page.wait_for_selector("#player[data-drawn]", timeout=60_000)
    await sight.look()
    assert await page.locator("#turns .jump").count() >= 2  # what was said before it is not in it
    spoke = page.locator("#turns .turn", has_text="[maria speaks]").locator(".jump")
    await spoke.first.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#turns .turn.playing")
    played = "document.querySelector('audio').currentTime"
    at = await page.evaluate(played)
    await page.wait_for_timeout(3000)
    assert await page.evaluate(played) > at + 0.3
    marked = await page.locator("#turns .turn.playing").inner_text()
    assert "[maria speaks]" in marked
    await page.evaluate("document.querySelector('audio').pause()")
