"""The front desk in whole calls: a message is taken, mailed, told to others and acknowledged."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.clock import utcnow
from bot.simulator.caller import CallerScript, HangUp, Say, WaitForAgent
from bot.simulator.loopback_client import loopback_client
from bot.simulator.loopback_server import LoopbackServer
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, PUBLIC, Line, agent_file, open_line
from processors.hours import WEEKDAYS
from tests.desk.desk_kit import OFFICE, ON_CALL, PostOffice, Receiver

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ASK = "I want to leave a message for the doctor."
YES = "Yes, that is right."
TOLD = {"name": "Maria Diaz", "reason": "Has chest pain since noon.", "urgent": True}
TAKE = Call(name="take_message", arguments=TOLD)
CONFIRMED = Call(name="take_message", arguments=TOLD | {"confirmed": True})
CLOSED = "We are closed. You can leave a message."
IN_THREE_DAYS = WEEKDAYS[(utcnow() + timedelta(days=3)).weekday()][:3].lower()
SCRIPT = ModelScript(
    greeting=CLOSED,
    steps=(
        Step(hears=ANYTHING, calls=(TAKE,)),
        Step(after_tool="take_message", result_has="read_back_first", say="Is that right?"),
        Step(hears=ANYTHING, calls=(CONFIRMED,)),
        Step(after_tool="take_message", result_has="taken", say="It is passed on."),
    ),
    expects=(ASK, YES),
)
AGENT = agent_file(
    f'messages = {{ to = ["{OFFICE}"], urgent_to = ["{ON_CALL}"] }}',
    f'after_hours = {{ first_line = "{CLOSED}" }}',
    f'[hours]\ntimezone = "UTC"\nweek = {{ {IN_THREE_DAYS} = "09:00-10:00" }}',
    first_line="Hello there.",
)


@dataclass
class Told:
    """What one call left behind, at the mail server and at the receiver of webhooks."""

    line: Line
    post: PostOffice
    receiver: Receiver
    record: dict[str, Any]
    message: dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    receiver = Receiver()
    async with AsyncExitStack() as stack:
        post = await stack.enter_async_context(PostOffice().open())
        hook = await stack.enter_async_context(LoopbackServer(receiver))
        line = await stack.enter_async_context(
            open_line(
                tmp_path_factory.mktemp("desk"),
                script=SCRIPT,
                manner=HASTY,
                agents={"front": AGENT},
                inbound_agent="front",
                mail_server=f"127.0.0.1:{post.port}",
                mail_security="none",
                mail_from="line@clinic.example",
                webhook_urls=(hook.url,),
                webhook_secret=SECRET,
                private_targets=("127.0.0.1",),
            )
        )
        actions = (
            *(WaitForAgent(300), Say(ASK), WaitForAgent(300), Say(YES)),
            *(WaitForAgent(400), HangUp()),
        )
        call = await line.carrier.dial(CALLER, caller=CallerScript(actions=actions, voice=spoken))
        record = await line.ended(call.sid, within_secs=60)
        await asyncio.sleep(3)  # one more look of the outbox
        listed = (await line.api.get("/messages")).json()["messages"]
        assert len(listed) == 1
        yield Told(line, post, receiver, record, listed[0])


async def test_the_message_is_kept(told: Told) -> None:
    """With the call it came in; the number is the one they called from."""
    assert told.message["name"] == "Maria Diaz"
    assert told.message["number"] == told.message["caller_number"] == CALLER
    assert told.message["call_id"] == told.record["id"]
    assert told.record["turns"][0]["text"] == CLOSED  # nobody is there
    assert [call["ok"] for call in told.record["tool_calls"]] == [False, True]


async def test_the_office_and_the_person_on_call_have_mail(told: Told) -> None:
    """Handed over by SMTP while the call went on, or right after."""
    assert sorted(told.post.recipients) == [[OFFICE], [ON_CALL]]
    for letter in told.post.letters:
        assert letter["Subject"] == "Urgent message from Maria Diaz"
        assert "Has chest pain since noon." in letter.get_content()


async def test_others_heard_of_call_and_message(told: Told) -> None:
    """Each event once."""
    assert sorted(told.receiver.events) == ["call.ended", "call.started", "message.taken"]


async def test_a_link_acknowledges_it(told: Told) -> None:
    """To open it is not enough: programs that look through mail do that. No key is asked for."""
    links = re.findall(
        rf"{re.escape(PUBLIC)}(/acknowledge/\S+)", told.post.letters[0].get_content()
    )
    async with loopback_client(base_url=told.line.url) as anybody:
        page = await anybody.get(links[0])
        assert (page.status_code, "Maria Diaz" in page.text) == (200, True)
        assert (await _message(told))["acknowledged_at"] is None
        forged = await anybody.post(links[0][:-1] + ("0" if links[0][-1] != "0" else "1"))
        assert (forged.status_code, (await _message(told))["acknowledged_at"]) == (403, None)
        assert (await anybody.post(links[0])).status_code == 200
    assert (await _message(told))["acknowledged_by"] == "link"
    assert (await told.line.api.get("/messages", params={"open": "true"})).json()["messages"] == []


async def test_strangers_see_no_messages(told: Told) -> None:
    async with loopback_client(base_url=told.line.url) as anybody:
        for path in ("/messages", f"/messages/{told.message['id']}", "/webhooks"):
            assert (await anybody.get(path)).status_code == 401


async def test_webhooks_can_be_listed_and_replayed(told: Told) -> None:
    """One that arrived is sent again under the same id."""
    api = told.line.api
    assert (await api.get("/webhooks")).json()["webhooks"] == []  # none was given up
    arrived = (await api.get("/webhooks", params={"state": "arrived"})).json()["webhooks"]
    ended = next(one for one in arrived if one["event"] == "call.ended")
    answer: httpx.Response = await api.post(f"/webhooks/{ended['id']}/replay")
    assert answer.status_code == 202
    await asyncio.sleep(3)
    ids = [headers["webhook-id"] for headers, _ in told.receiver.got]
    assert ids.count(ended["id"]) == 2
    assert (await api.post("/webhooks/none/replay")).status_code == 404


async def _message(told: Told) -> dict[str, Any]:
    found: dict[str, Any] = (await told.line.api.get(f"/messages/{told.message['id']}")).json()
    return found
