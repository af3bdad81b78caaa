"""Recordings in whole calls: after the announcement was heard, refused, paused, fetched, erased."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from bot.simulator.caller import CallerScript, HangUp, Pause, Press, Say, WaitForAgent
from bot.simulator.carrier.call import SimCall
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import CALLER, HASTY, Line, OpenLine, agent_file, open_line, served
from config import Settings

pytestmark = pytest.mark.timeout(300)

TOLD = "This call is recorded. If you do not want that, say so or press star."
FIRST = "Hello, how can I help?"
ASK = "When are you open today?"
NO = "I do not want to be recorded."
SCRIPT = ModelScript(
    greeting=f"{TOLD} {FIRST}",
    steps=(Step(hears=ANYTHING, say="We are open until six."),),
    expects=(ASK, NO),
)
RECORDED = agent_file('recording = { when = "on" }', first_line=FIRST)


def steps_of(record: dict[str, Any]) -> list[str]:
    return [step["what"] for step in record["recording"]["steps"]]


async def placed(line: Line, voice: Voice, *actions: Any) -> tuple[SimCall, dict[str, Any]]:
    """A call in which the caller does this, and its record."""
    call = await line.carrier.dial(CALLER, caller=CallerScript(actions=actions, voice=voice))
    return call, await line.ended(call.sid, within_secs=60)


async def test_a_call_is_recorded_once_the_announcement_was_heard(
    open_line: OpenLine, spoken: Voice
) -> None:
    """Both channels; fetched, kept as an MP3, and served with ranges; the proof stands in the
    record."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        line.carrier.media_is_open = False
        call, record = await placed(
            line, spoken, WaitForAgent(300), Say(ASK), WaitForAgent(300), Pause(500), HangUp()
        )
        assert steps_of(record) == ["announced", "heard", "consented", "started"]
        assert record["turns"][0]["text"].startswith(TOLD)
        heard = record["recording"]["steps"][1]["at"]
        (recording,) = call.recordings
        assert recording.started_at.isoformat() >= heard
        assert recording.request.channels == 2
        await asyncio.sleep(5)
        listed = (await line.api.get(f"/calls/{record['id']}/recordings")).json()["recordings"]
        assert [(each["state"], each["channels"]) for each in listed] == [("kept", 2)]
        sound = await line.api.get(f"/calls/{record['id']}/recording")
        assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/mpeg")
        assert sound.content == recording.mp3
        part = await line.api.get(
            f"/calls/{record['id']}/recording", headers={"Range": "bytes=100-199"}
        )
        assert (part.status_code, part.content) == (206, sound.content[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(sound.content)}"


async def test_who_refuses_is_not_recorded_and_the_call_goes_on(
    open_line: OpenLine, spoken: Voice
) -> None:
    """In words: what was recorded until then is stopped, deleted at the carrier, and never kept."""
    async with open_line(
        script=replace(SCRIPT, expects=(NO, ASK)),
        manner=HASTY,
        agents={"front": RECORDED},
        inbound_agent="front",
    ) as line:
        call, record = await placed(
            line,
            spoken,
            *(WaitForAgent(300), Say(NO), WaitForAgent(300), Say(ASK), WaitForAgent(300)),
            HangUp(),
        )
        expected = ["announced", "heard", "consented", "started", "refused", "stopped"]
        assert steps_of(record) == expected
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert [turn["text"] for turn in record["turns"] if turn["role"] == "caller"] == [NO, ASK]
        await asyncio.sleep(20)
        (recording,) = call.recordings
        assert (recording.deleted, recording.downloads) == (True, 0)
        await _nothing_is_kept(line, record)


async def test_a_key_refuses(open_line: OpenLine, spoken: Voice) -> None:
    """And the agent says that nothing is recorded."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        _, record = await placed(
            line, spoken, WaitForAgent(300), Press("*"), WaitForAgent(300), HangUp()
        )
        assert "refused" in steps_of(record)
        assert any("is not recorded" in turn["text"] for turn in record["turns"])
        await asyncio.sleep(20)
        await _nothing_is_kept(line, record)


async def test_nothing_is_recorded_before_the_announcement_was_heard(
    open_line: OpenLine, spoken: Voice
) -> None:
    """The caller hangs up in its middle: the carrier was not even asked."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        call, record = await placed(line, spoken, Pause(1500), HangUp())
        assert (call.recordings, steps_of(record)) == ([], [])
        asked = [request.path for request in line.rest.requests if "Recordings" in request.path]
        assert asked == []


CARD = "4111111111111111"
PAY = ModelScript(
    greeting=f"{TOLD} {FIRST}",
    steps=(
        Step(hears=ANYTHING, calls=(Call(name="ask_for_number", arguments={"kind": "card"}),)),
        Step(hears=("typed",), calls=(Call(name="hand_in_number", arguments={"kind": "card"}),)),
        Step(after_tool="hand_in_number", say="Thank you, it is passed on."),
    ),
    expects=("I want to pay.",),
)


async def test_a_card_number_is_typed_and_nobody_hears_it(
    open_line: OpenLine, spoken: Voice, tmp_path: Path
) -> None:
    """The recording is paused meanwhile; the number is with the business, and not in the model,
    the record, the log or the database.
    """
    logged: list[str] = []
    sink = logger.add(lambda message: logged.append(str(message)), level="TRACE")
    agent = 'keypad_numbers = ["card"]\n' + RECORDED
    async with open_line(
        script=PAY, manner=HASTY, agents={"front": agent}, inbound_agent="front"
    ) as line:
        call, record = await placed(
            line,
            spoken,
            *(WaitForAgent(300), Say("I want to pay."), WaitForAgent(600)),
            *(Say("Four one one one, is that right?"), Press(f"{CARD}#")),
            *(WaitForAgent(400), HangUp()),
        )
        theirs = [turn["text"] for turn in record["turns"] if turn["role"] == "caller"]
        assert len(theirs) == 2 and theirs[1].startswith("[The caller typed the number of their")
        steps = steps_of(record)
        assert steps[steps.index("started") :] == ["started", "paused", "resumed"]
        assert line.business.numbers() == [{"kind": "card", "number": CARD}]
        assert [(each["name"], each["ok"]) for each in record["tool_calls"]] == [
            ("ask_for_number", True),
            ("hand_in_number", True),
        ]
        keys = [event.t for event in call.events if event.kind == "caller_pressed"]
        paused, resumed = (
            next(event.t for event in call.events if event.kind == f"recording_{what}")
            for what in ("paused", "resumed")
        )
        assert paused < keys[0] and keys[-1] <= resumed
        told = str([vars(session) for session in line.model.sessions])
    logger.remove(sink)
    everywhere = [str(record), told, *logged]
    everywhere += [path.read_bytes().decode("latin-1") for path in tmp_path.glob("*.db*")]
    assert not [where[:200] for where in everywhere if CARD in where or CARD[:8] in where]


async def test_what_one_service_did_not_fetch_the_next_one_fetches_once(
    spoken: Voice, tmp_path: Path
) -> None:
    """That a recording is ready is a row of the database: a process that dies between the news and
    the file loses nothing.
    """
    async with AsyncExitStack() as first:

        @asynccontextmanager
        async def dies_before_the_line(settings: Settings) -> AsyncIterator[str]:
            yield await first.enter_async_context(served(settings))

        async with open_line(
            tmp_path,
            script=SCRIPT,
            manner=HASTY,
            agents={"front": RECORDED},
            inbound_agent="front",
            serving=dies_before_the_line,
        ) as line:
            line.carrier.media_is_open = False
            keys = dict(line.carrier.credentials)
            actions = (WaitForAgent(300), Say(ASK), WaitForAgent(300), Pause(300), HangUp())
            script = CallerScript(actions=actions, voice=spoken)
            call = await line.carrier.dial(CALLER, caller=script)
            await call.wait_for("recording_callback", count=1)
            line.carrier.credentials.clear()  # what is ready cannot be fetched
            record = await line.ended(call.sid, within_secs=60)
            await asyncio.sleep(8)
            await first.aclose()
            (recording,) = call.recordings
            assert (recording.status, recording.downloads) == ("completed", 0)
            line.carrier.credentials.update(keys)
            async with served(line.settings) as url:
                line.carrier.webhook_base = url
                await asyncio.sleep(90)
                assert recording.downloads == 1
        assert record


async def test_erased_means_deleted_here_and_there(open_line: OpenLine, spoken: Voice) -> None:
    """With the number of a call goes its recording, at the carrier too."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        call, record = await placed(
            line, spoken, WaitForAgent(300), Say(ASK), WaitForAgent(300), HangUp()
        )
        await asyncio.sleep(5)
        assert (await line.api.get(f"/calls/{record['id']}/recording")).status_code == 200
        store = await Store.open(line.settings.database_url)
        await store.erase_number(CALLER)
        await store.close()
        assert (await line.api.get(f"/calls/{record['id']}/recording")).status_code == 404
        await asyncio.sleep(5)
        assert call.recordings[0].deleted
        await _nothing_is_kept(line, record)


@pytest.mark.parametrize(
    ("caller", "announced"),
    [
        ("+12125550123", False),
        ("+14155550123", True),
        pytest.param("anonymous", True, marks=pytest.mark.thorough),
    ],
)
async def test_where_the_law_asks_for_it_it_is_announced(
    open_line: OpenLine, spoken: Voice, caller: str, announced: bool
) -> None:
    """New York lets one side record; California and an unknown place do not. Ours is New York."""
    by_law = agent_file('recording = { when = "by_law" }', first_line=FIRST)
    script = replace(SCRIPT, greeting=f"{TOLD} {FIRST}" if announced else FIRST)
    async with open_line(
        script=script, manner=HASTY, agents={"front": by_law}, inbound_agent="front"
    ) as line:
        actions = (WaitForAgent(300), Say(ASK), WaitForAgent(300), HangUp())
        call = await line.carrier.dial(
            caller, caller=CallerScript(actions=actions, voice=spoken), to_number="+12125550100"
        )
        record = await line.ended(call.sid, within_secs=60)
        assert ("announced" in steps_of(record)) is announced
        assert record["turns"][0]["text"].startswith(TOLD) is announced
        assert "started" in steps_of(record)
        assert bool(record["recording"]["laws"]) is announced


@pytest.mark.parametrize(
    ("refused", "then"),
    [pytest.param(1, "stopped", marks=pytest.mark.thorough), (3, "discarded")],
)
async def test_a_recording_that_cannot_be_paused_ends_or_is_not_kept(
    open_line: OpenLine, spoken: Voice, refused: int, then: str
) -> None:
    """Before the caller is asked for a number: the keys would be heard in it."""
    agent = 'keypad_numbers = ["card"]\n' + RECORDED
    async with open_line(
        script=PAY, manner=HASTY, agents={"front": agent}, inbound_agent="front"
    ) as line:
        actions = (WaitForAgent(300), Say("I want to pay."), WaitForAgent(600), Press(f"{CARD}#"))
        script = CallerScript(actions=(*actions, WaitForAgent(400), HangUp()), voice=spoken)
        call = await line.carrier.dial(CALLER, caller=script)
        await call.wait_for("recording_callback")
        line.carrier.rest_faults.fail_next(refused, code=21220)
        record = await line.ended(call.sid, within_secs=90)
        steps = steps_of(record)
        assert steps[steps.index("started") :] == ["started", then]
        assert line.business.numbers() == [{"kind": "card", "number": CARD}]
        await asyncio.sleep(20)
        (recording,) = call.recordings
        assert recording.deleted is (then == "discarded")
        if then == "discarded":
            await _nothing_is_kept(line, record)
        else:
            keys = [event.t for event in call.events if event.kind == "caller_pressed"]
            assert recording.duration_secs <= keys[0]


async def test_a_start_whose_answer_is_lost_is_found_at_the_carrier(
    open_line: OpenLine, spoken: Voice
) -> None:
    """It is asked for once, and known by the recordings of the call."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        line.carrier.rest_faults.lose_reply_next()
        call, record = await placed(
            line, spoken, WaitForAgent(300), Say(ASK), WaitForAgent(300), Pause(12_000), HangUp()
        )
        assert steps_of(record)[-1] == "started"
        assert len(call.recordings) == 1
        await asyncio.sleep(5)
        assert (await line.api.get(f"/calls/{record['id']}/recording")).status_code == 200


async def test_a_carrier_that_says_nothing_is_asked(open_line: OpenLine, spoken: Voice) -> None:
    """Its news of the recording is lost; two minutes after the call it is fetched all the same."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        actions = (WaitForAgent(300), Say(ASK), WaitForAgent(300), Pause(500), HangUp())
        call = await line.carrier.dial(CALLER, caller=CallerScript(actions=actions, voice=spoken))
        await call.wait_for("recording_callback")
        base, line.carrier.webhook_base = line.carrier.webhook_base, "http://127.0.0.1:9"
        record = await line.ended(call.sid, within_secs=60)
        await asyncio.sleep(30)
        line.carrier.webhook_base = base
        where = f"/calls/{record['id']}/recording"
        assert (await line.api.get(where)).status_code == 404
        await asyncio.sleep(200)
        assert (await line.api.get(where)).status_code == 200
        assert call.recordings[0].downloads == 1


async def test_a_caller_who_cuts_the_announcement_hears_it_again(
    open_line: OpenLine, spoken: Voice
) -> None:
    """Half a line is not heard: nothing is recorded before it was said once more, to its end."""
    async with open_line(
        script=SCRIPT, manner=HASTY, agents={"front": RECORDED}, inbound_agent="front"
    ) as line:
        call, record = await placed(
            line,
            spoken,
            *(Pause(1500), Say(ASK), WaitForAgent(300), WaitForAgent(300), WaitForAgent(300)),
            *(Pause(500), HangUp()),
        )
        assert steps_of(record) == ["announced", "heard", "consented", "started"]
        first, *later = [turn for turn in record["turns"] if turn["role"] == "agent"]
        assert first["interrupted"]
        again = next(turn for turn in later if turn["text"] == TOLD)
        assert call.recordings[0].started_at.isoformat() >= again["ended_at"][:19]


async def _nothing_is_kept(line: Line, record: dict[str, Any]) -> None:
    listed = (await line.api.get(f"/calls/{record['id']}/recordings")).json()["recordings"]
    assert {each["state"] for each in listed} <= {"deleted"}
    assert (await line.api.get(f"/calls/{record['id']}/recording")).status_code == 404
    assert list((line.settings.var_dir / "recordings").rglob("*.mp3")) == []
