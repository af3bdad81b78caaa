"""The console in a real browser: keyboard alone, a call with a microphone, accessibility, nothing
from elsewhere. Real time, and Debian's chromium.
"""

from pathlib import Path

import pytest
from browser_kit import axe, browsing, microphone
from console_kit import PASSWORD, add_user

from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import HASTY, agent_file
from tests.service.line_kit import open_line

__all__ = ["axe"]  # a fixture

pytestmark = [pytest.mark.thorough, pytest.mark.realtime, pytest.mark.timeout(180)]

ASK, ANSWER = "When do you close?", "We are open until six today."


async def test_a_newcomer_talks_to_an_agent(tmp_path: Path, spoken: Voice, axe: str) -> None:
    """Signs in by the keyboard alone, calls an agent, is heard and answered, sees it all on the
    page, presses a key, hangs up, and finds the call among the others."""
    script = ModelScript(
        steps=(
            Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
            Step(after_tool="lookup_hours", say=ANSWER),
        ),
        expects=(ASK,),
    )
    async with open_line(
        tmp_path,
        manner=HASTY,
        script=script,
        agents={"front": agent_file(first_line="Hello there.")},
        inbound_agent="front",
    ) as line:
        store = await Store.open(line.settings.database_url)
        await add_user(store, "maria", "owner")
        await store.close()
        async with browsing(line, microphone(tmp_path, spoken, ASK), axe) as sight:
            page = sight.page
            await page.goto(f"{line.url}/console/phone")
            await sight.look()
            await page.keyboard.type("maria")
            await page.keyboard.press("Tab")
            await page.keyboard.type(PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{line.url}/console/phone")
            await page.focus("#call")
            await page.keyboard.press("Enter")
            await page.wait_for_selector("text=Hello there.")
            await page.wait_for_selector(f"text={ANSWER}")
            await page.wait_for_selector("text=lookup_hours")
            await page.wait_for_selector("#latencies rect", state="attached")
            await sight.look()
            await page.click("button[value='5']")
            await page.wait_for_selector("text=typed 5")
            await page.focus("#end")
            await page.keyboard.press("Enter")
            await page.wait_for_selector("#phone-state:has-text('over')")
            calls = (await line.api.get("/calls")).json()["calls"]
            record = await line.ended(calls[0]["id"])
            assert record["outcome"]["reason"] == "caller_hung_up"
            said = [(turn["role"], turn["text"]) for turn in record["turns"]]
            assert said[:3] == [("agent", "Hello there."), ("caller", ASK), ("agent", ANSWER)]
            for path in ("calls", f"calls/{record['id']}", "live", "account", "users", "audit"):
                await page.goto(f"{line.url}/console/{path}")
                await sight.look()
