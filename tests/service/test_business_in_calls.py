"""In a whole call: a booking on a calendar server, and tools of a document and of an MCP server."""

import datetime as dt
import json
from pathlib import Path

import httpx
import pytest
from talk_kit import CALLER, Scene, Told, open_scene, perform

from bot.clock import utcnow
from bot.simulator.caller import Say, StayOn, WaitForAgent
from bot.simulator.loopback_server import LoopbackServer
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from tests.calendars.practice_kit import Practice
from tests.calendars.radicale import PASSWORD, USER, Radicale
from tests.outside.mcp_server import clinic
from tests.outside.service_kit import Desk

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.timeout(300)]

ASK = "When are you open?"
ANSWER = "That is done. Goodbye."  # after which the agent hangs up
DAY = utcnow().date() + dt.timedelta(days=7)
WEEK = "\n".join(
    f'{day} = "08:00-18:00"'
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)
SLOT = {"day": DAY.isoformat(), "time": "10:00"}


def script(*calls: Call) -> ModelScript:
    """The model calls one after the other, then speaks."""
    return ModelScript(
        greeting="Hello there.",
        steps=(
            Step(hears=ANYTHING, calls=calls[:1]),
            *(
                Step(after_tool=before.name, calls=(after,))
                for before, after in zip(calls, calls[1:], strict=False)
            ),
            Step(after_tool=calls[-1].name, say=ANSWER),
        ),
        expects=(ASK,),
    )


async def play(folder: Path, spoken: Voice, *calls: Call, **more: object) -> Told:
    """The caller asks, and stays until the agent hangs up."""
    scene = Scene(
        script=script(*calls),
        actions=(WaitForAgent(300), Say(ASK), StayOn()),
        **more,  # type: ignore[arg-type]
    )
    async with open_scene(scene, folder) as line:
        return await perform(scene, folder, line, spoken)


async def test_a_booking_on_a_calendar(tmp_path: Path, spoken: Voice) -> None:
    """Held, booked under the caller's number, moved; one event is left."""
    with Radicale(tmp_path) as server:
        calendar = await server.calendar("practice")
        practice = tmp_path / "practice.toml"
        practice.write_text(
            f'calendar = "{calendar}"\nuser = "{USER}"\ntimezone = "Europe/Berlin"\n'
            f"[hours]\n{WEEK}\n",
            encoding="utf-8",
        )
        told = await play(
            tmp_path,
            spoken,
            Call(name="hold_slot", arguments=SLOT),
            Call(name="book_appointment", arguments={"name": "Sam Reed", **SLOT}),
            Call(name="reschedule_appointment", arguments={**SLOT, "time": "11:00"}),
            settings={"business": f"caldav:{practice}", "business_password": PASSWORD},
        )
        files = await Practice(server=server, calendar=calendar).files()
    held, booked, moved = told.outputs
    assert held["held"]
    assert booked["booked"]
    assert moved["appointment"]["time"] == "11:00"
    assert moved["appointment"]["id"] == booked["appointment"]["id"]
    (text,) = files.values()
    assert "SUMMARY:Sam Reed" in text
    assert CALLER in text
    assert [call["ok"] for call in told.record["tool_calls"]] == [True] * 3
    assert told.heard(ANSWER) is not None


async def test_tools_from_elsewhere(tmp_path: Path, spoken: Voice) -> None:
    """The model calls them like its own, and they stand in the record like its own."""
    desk = Desk()
    async with (
        LoopbackServer(desk.app) as service,
        LoopbackServer(clinic().streamable_http_app(), lifespan=True) as mcp,
    ):
        async with httpx.AsyncClient(trust_env=False) as client:
            document = (await client.get(f"{service.url}/openapi.json")).text
        (tmp_path / "desk.json").write_text(document, encoding="utf-8")
        entry = f"openapi:{tmp_path / 'desk.json'}"
        told = await play(
            tmp_path,
            spoken,
            Call(name="getTicket", arguments={"number": "7", "x-tenant": "north"}),
            Call(name="createTicket", arguments={"title": "No heat"}),
            Call(name="doctors", arguments={"speciality": "eyes"}),
            agent=(
                f'tools = ["end_call", "{entry}", "mcp:{mcp.url}/mcp"]\n'
                f'[sources."{entry}"]\naddress = "{service.url}"\n'
                'only = ["getTicket", "createTicket"]\n'
            ),
            settings={"private_targets": ("127.0.0.1",)},
        )
    ticket, created, doctors = told.outputs
    assert ticket == {"number": "7", "tenant": "north"}
    assert created == {"number": 1}
    assert doctors["doctors"] == ["Dr. Osei"]
    assert desk.tickets[0]["title"] == "No heat"
    assert [call["name"] for call in told.record["tool_calls"]] == [
        "getTicket",
        "createTicket",
        "doctors",
    ]
    shown = json.dumps(told.session.received("session.update")[0])
    assert "take_note" in shown
    assert "lookup_hours" not in shown
