"""An operator listens to a live call, takes it over, and gives it back, over a websocket."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing

import pytest
import pytest_asyncio
from operator_kit import place, seated
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bot.simulator.caller import CallerScript, Pause, Say, StayOn
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import CALLER, HASTY, Line, agent_file
from bot.testing.voices import RulerVoice
from tests.service.line_kit import open_line
from tests.service.talk_kit import stretch_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESK, CHATTY = "+15550001000", "+15550001001"
RULER = RulerVoice()
GREETING = "Hello, this is the desk."
LONG = "Hello, this is the desk, and there is so much that I would like to tell you about today."
MARIA = "Good evening, this is Maria of the front desk, and I go on with you myself."
ASK, ANSWER, BACK = "When do you close?", "We are open until six.", "Now it is me again."
NOTE = "has taken the call over"

SCRIPT = ModelScript(
    greeting=GREETING,
    steps=(
        Step(nudged=True, told=NOTE, say=BACK),
        Step(opening=True, told=NOTE, say=BACK),  # where the greeting was cut to nothing
        Step(hears=ANYTHING, told=NOTE, say=BACK, once=False),
        Step(hears=ANYTHING, say=ANSWER, once=False),
    ),
    expects=(ASK, ASK),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("listen"),
        manner=HASTY,
        voice=RULER,
        script=SCRIPT,
        agents={
            "desk": agent_file(f'numbers = ["{DESK}"]', first_line=GREETING),
            "chatty": agent_file(f'numbers = ["{CHATTY}"]', first_line=LONG),
        },
        inbound_agent="desk",
    ) as line:
        yield line


async def acts(line: Line, call_id: str) -> list[tuple[str, str]]:
    store = await Store.open(line.settings.database_url)
    found = await store.audit.find(subject=call_id)
    await store.close()
    return [(one.who, one.act) for one in reversed(found)]


async def test_both_sides_are_heard(line: Line, spoken: Voice) -> None:
    """As the line carries them, the agent's told ahead of time; the end of the call is told."""
    asks = CallerScript((Pause(3000), Say(ASK), StayOn()), spoken)
    sim = await line.carrier.dial(CALLER, to_number=DESK, caller=asks)
    await line.until(sim.sid, lambda record: record["status"] == "in-progress")
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    told = await place(line, sim.sid, "listen")
    async with seated(line, told) as ear:
        await line.until(sim.sid, lambda record: ANSWER in str(record["turns"]))
        await sim.hang_up()
        await ear.until("over")
    assert ear.told[0] == {"event": "listening"}
    assert RULER.render(ANSWER) in ear.agent
    assert spoken.render(ASK) in ear.caller
    await line.ended(sim.sid)
    assert await acts(line, record["id"]) == [("api", "listened")]


async def test_taken_over_in_the_middle_of_a_line_and_given_back(line: Line, spoken: Voice) -> None:
    """The agent breaks off; the caller hears the operator, whose turn stands in the record; what
    the caller asks meanwhile the model hears and does not answer; given back, it is told and goes
    on."""
    asks = CallerScript((Pause(9000), Say(ASK), StayOn()), spoken)
    sim = await line.carrier.dial(CALLER, to_number=CHATTY, caller=asks)
    await sim.wait_for("agent_speaks")
    await asyncio.sleep(1.5)
    told = await place(line, sim.sid, "take-over")
    async with seated(line, told) as ear:
        await ear.until("speaking")
        await ear.speak(RULER.render(MARIA))
        microphone = asyncio.create_task(ear.keep_silent())
        record = await line.until(sim.sid, lambda record: ASK in str(record["turns"]))
        await asyncio.sleep(3)
        said = [turn["text"] for turn in (await line.call(sim.sid))["turns"]]
        assert said[1:] == ["[api speaks]", ASK]
        assert LONG.startswith(said[0].rstrip("…"))
        assert said[0] != LONG
        heard = stretch_of(sim.heard.agent, RULER.render(MARIA))
        assert heard is not None
        assert heard.end_ms - heard.start_ms == len(RULER.render(MARIA)) / 8
        busy = await line.api.post(f"/calls/{sim.sid}/give-back")
        assert busy.status_code == 202
        await ear.until("given_back")
        microphone.cancel()
    record = await line.until(sim.sid, lambda record: BACK in str(record["turns"]))
    session = line.model.sessions[-1]
    notes = [each for each in session.received("conversation.item.create") if NOTE in str(each)]
    assert len(notes) == 1
    assert ANSWER not in str(record["turns"])
    idle = await line.api.post(f"/calls/{sim.sid}/give-back")
    assert (idle.status_code, idle.json()["detail"]) == (409, "nobody speaks in the agent's place")
    await sim.hang_up()
    record = await line.ended(sim.sid)
    assert record["latency"]["turns_ms"] == []  # nobody waited for the agent
    assert await acts(line, record["id"]) == [("api", "took_over"), ("api", "gave_back")]


async def test_an_operator_who_is_gone_gives_back(line: Line) -> None:
    """A moment after the socket is lost the agent speaks; a pass is good once. They are there
    before a locked database has taken the note of it."""
    sim = await line.carrier.dial(CALLER, to_number=DESK)
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    told = await place(line, sim.sid, "take-over")
    file = line.settings.database_url.partition("///")[2]
    async with AsyncExitStack() as stack:
        with closing(sqlite3.connect(file, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            ear = await stack.enter_async_context(seated(line, told))
            await ear.until("speaking")
        async with seated(line, told) as again:
            refused = await again.until("refused")
            assert "was used" in refused["why"]
    await line.until(sim.sid, lambda record: BACK in str(record["turns"]))
    await sim.hang_up()
    await line.ended(sim.sid)
    assert await acts(line, record["id"]) == [("api", "took_over"), ("api", "gave_back")]


async def test_strangers_hold_few_sockets(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who shows no pass is let go after a moment; until then there is room for some."""
    monkeypatch.setattr("bot.server.call_sound.MOST_UNPROVEN", 2)
    url = line.url.replace("http", "ws") + "/calls/call_none/sound"
    async with (
        connect(url, compression=None, proxy=None) as one,
        connect(url, compression=None, proxy=None) as other,
    ):
        with pytest.raises(InvalidStatus):
            await connect(url, compression=None, proxy=None)
        for socket in (one, other):
            assert json.loads(await socket.recv())["event"] == "refused"
    async with connect(url, compression=None, proxy=None) as again:
        assert json.loads(await again.recv())["event"] == "refused"


async def test_where_nobody_can_listen(line: Line) -> None:
    """No such call; one that is over; a pass for another call."""
    sim = await line.carrier.dial(CALLER, to_number=DESK)
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    told = await place(line, sim.sid, "listen")
    async with seated(line, {**told, "sound": "/calls/call_other/sound"}) as ear:
        assert "not for this call" in (await ear.until("refused"))["why"]
    await sim.hang_up()
    await line.ended(sim.sid)
    async with seated(line, told) as ear:
        assert "the call is over" in (await ear.until("refused"))["why"]
    for how in ("listen", "take-over", "give-back"):
        over = await line.api.post(f"/calls/{record['id']}/{how}")
        assert (over.status_code, over.json()["detail"]) == (409, "the call is over"), how
        none = await line.api.post(f"/calls/call_none/{how}")
        assert none.status_code == 404, how
