"""A service is killed after the carrier said that a recording is ready: the next one fetches it."""

import asyncio
import signal
from pathlib import Path

import pytest

from bot.simulator.caller import CallerScript, HangUp, Pause, Say, WaitForAgent
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import CALLER, HASTY, Line, agent_file
from tests.service.line_kit import open_line
from tests.service.process_kit import ServiceProcess

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.timeout(240)]

FIRST, ASK = "Hello, how can I help?", "When are you open today?"
TOLD = "This call is recorded. If you do not want that, say so or press star."
SCRIPT = ModelScript(
    greeting=f"{TOLD} {FIRST}",
    steps=(Step(hears=ANYTHING, say="We are open until six."),),
    expects=(ASK,),
)
RECORDED = agent_file('recording = { when = "on" }', first_line=FIRST)
FETCHED_WITHIN_SECS = 60
HASTE = """
from bot.outbox import outbox
outbox.CLAIM_SECS, outbox.SEND_SECS = 8.0, 6.0  # a claim of the dead process runs out so soon
"""


async def _is_ready(url: str, call_id: str) -> bool:
    """Whether the news has been noted, and the file has not been had."""
    store = await Store.open(url)
    try:
        found = await store.recordings.of_call(call_id)
        return [(each.move, each.kept_at) for each in found] == [("done", None)]
    finally:
        await store.close()


async def _until_noted(line: Line, call_id: str) -> None:
    async with asyncio.timeout(30):
        while not await _is_ready(line.settings.database_url, call_id):  # noqa: ASYNC110 - a database
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("killed_in_its_first_try", [True, False])
async def test_the_next_service_fetches_it_once(
    tmp_path: Path, spoken: Voice, killed_in_its_first_try: bool
) -> None:
    """Killed with SIGKILL as soon as the news is stored, or after a try that came to nothing."""
    service = ServiceProcess(tmp_path, haste=HASTE)
    async with open_line(
        tmp_path,
        script=SCRIPT,
        manner=HASTY,
        agents={"front": RECORDED},
        inbound_agent="front",
        serving=service.serving,
    ) as line:
        line.carrier.media_is_open = False
        # Longer than the pauses of the announcement: who cuts it is not recorded.
        actions = (WaitForAgent(1500), Say(ASK), WaitForAgent(1500), Pause(1500))
        script = CallerScript(actions=(*actions, HangUp()), voice=spoken)
        call = await line.carrier.dial(CALLER, caller=script)
        await call.wait_for("recording_callback", timeout_secs=40)
        keys = dict(line.carrier.credentials)
        (begun,) = (await line.api.get("/calls")).json()["calls"]
        line.carrier.credentials.clear()  # what is ready cannot be fetched yet
        await call.wait_ended(60)
        await _until_noted(line, begun["id"])
        if not killed_in_its_first_try:
            await asyncio.sleep(4)
        service.signal(signal.SIGKILL)
        assert await service.exit_code() == -signal.SIGKILL
        (recording,) = call.recordings
        assert (recording.status, recording.downloads) == ("completed", 0)
        assert await _is_ready(line.settings.database_url, begun["id"])

        line.carrier.credentials.update(keys)
        await service.start()
        where = f"/calls/{begun['id']}/recording"
        async with asyncio.timeout(FETCHED_WITHIN_SECS):
            while (sound := await line.api.get(where)).status_code != 200:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.5)
        assert sound.content == recording.mp3
        assert recording.downloads == 1
        assert not list(tmp_path.rglob("*.part"))
