"""Texts in whole calls: sent while talking, back after a missed call, and STOP from a telephone."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.simulator.caller import CallerScript, HangUp, Say, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, LINE, Line, agent_file, open_line, sign

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

ADDRESS = "Riverside Clinic, 12 Elm Street"
MISSED = "Sorry that we missed your call."
STOP_HINT = "Reply STOP to get no more texts."
OTHER, THIRD = "+15554445555", "+15556667777"
AGENT = agent_file(f'texts = {{ missed = "{MISSED}" }}', first_line="Hello there.")
SCRIPT = ModelScript(
    greeting="Hello there.",
    steps=(
        Step(hears=ANYTHING, calls=(Call(name="send_text", arguments={"text": ADDRESS}),)),
        Step(after_tool="send_text", result_has="sent", say="It is on its way."),
        Step(after_tool="send_text", say="I cannot text you, it is 12 Elm Street."),
    ),
    expects=("Can you text me the address?",),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("texts"),
        script=SCRIPT,
        manner=HASTY,
        agents={
            "front": agent_file(f'texts = {{ missed = "{MISSED}" }}', first_line="Hello there.")
        },
        inbound_agent="front",
        max_calls=1,
        inbound_reserve=0,
    ) as line:
        yield line


async def ask_for_the_address(line: Line, voice: Voice, number: str) -> dict[str, Any]:
    actions = (
        *(WaitForAgent(300), Say("Can you text me the address?")),
        *(WaitForAgent(400), HangUp()),
    )
    call = await line.carrier.dial(number, caller=CallerScript(actions=actions, voice=voice))
    record = await line.ended(call.sid, within_secs=60)
    await asyncio.sleep(5)  # the outbox has looked, and the carrier has told what became of it
    return record


def arrived(line: Line, number: str) -> list[str]:
    return [text.body for text in line.carrier.texts.to(number)]


async def test_an_address_while_talking(line: Line, spoken: Voice) -> None:
    """From the number that was called to the one that called; the agent says so."""
    record = await ask_for_the_address(line, spoken, CALLER)
    [text] = line.carrier.texts.to(CALLER)
    assert (text.body, text.from_number, text.status) == (ADDRESS, LINE, "delivered")
    assert [call["ok"] for call in record["tool_calls"]] == [True]
    assert line.carrier.errors == []


async def test_a_stop_from_the_telephone_ends_texts_and_calls(line: Line, spoken: Voice) -> None:
    """By a signed webhook; the agent tells the next caller from there that it cannot text."""
    await line.carrier.text(CALLER, "STOP")
    listed = (await line.api.get("/suppressions")).json()["suppressions"]
    assert [(entry["number"], entry["source"]) for entry in listed] == [(CALLER, "text")]
    record = await ask_for_the_address(line, spoken, CALLER)
    assert [call["ok"] for call in record["tool_calls"]] == [False]
    assert arrived(line, CALLER)[1:] == [  # the carrier's own confirmation, and nothing of ours
        "You have successfully been unsubscribed. Reply START to resubscribe."
    ]
    order = {"to": CALLER, "agent": "front"}
    assert (await line.api.post("/calls", json=order)).status_code == 409
    await line.carrier.text(CALLER, "start")
    assert (await line.api.get("/suppressions")).json()["suppressions"] == []


async def test_a_text_back_after_a_call_that_found_no_room(line: Line, spoken: Voice) -> None:
    """Once a day, with the way to end it; not to who withholds the number."""
    stays = CallerScript(actions=(WaitForAgent(300), WaitForAgent(9000, timeout_secs=20)))
    talking = await line.carrier.dial(OTHER, caller=stays)
    await asyncio.sleep(2)
    for number in (THIRD, THIRD, "anonymous"):
        turned_away = await line.carrier.dial(number)
        record = await line.ended(turned_away.sid, within_secs=30)
        assert record["outcome"]["result"] == "turned_away"
    await asyncio.sleep(5)
    assert arrived(line, THIRD) == [f"{MISSED} {STOP_HINT}"]
    await line.ended(talking.sid, within_secs=60)
    assert arrived(line, OTHER) == []


@pytest.mark.parametrize("path", ["/twilio/text", "/twilio/text-status"])
async def test_only_the_carrier_tells_of_texts(line: Line, path: str) -> None:
    """A stranger opts nobody out, and moves no text."""
    form = {"MessageSid": "SM1", "From": OTHER, "To": LINE, "Body": "STOP", "MessageStatus": "sent"}
    assert (await line.webhook(path, form, signature="")).status_code == 403
    other = sign(f"https://line.example{path}", form, token="wrong")
    assert (await line.webhook(path, form, signature=other)).status_code == 403
    assert (await line.webhook(path, {"Body": "STOP"})).status_code == 400
    assert (await line.api.get("/suppressions")).json()["suppressions"] == []
