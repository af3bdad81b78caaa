"""Reaching into a live call from its page: the forms, who may use them, what is written down."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import pytest_asyncio
from console_kit import add_user, add_users, user
from websockets.asyncio.client import ClientConnection, connect

from bot.media.g711 import SILENCE
from bot.simulator.model import ModelScript
from bot.store import Store
from bot.testing.line import CALLER, HASTY, Line, agent_file
from tests.service.line_kit import open_line

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRONT = "+15550001001"
LINE, FACT = "Your table is ready.", "The car park is closed."
FORMS = {
    "say": {"text": LINE},
    "whisper": {"text": FACT},
    "context": {"text": FACT},
    "keys": {"text": "1"},
    "put-through": {},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("reaching"),
        manner=HASTY,
        agents={"front": agent_file(f'numbers = ["{FRONT}"]')},
        script=ModelScript(),
    ) as line:
        await add_users(line)
        yield line


async def test_an_operator_reaches_in_and_a_viewer_does_not(line: Line) -> None:
    """Each act leads back to the page, which names it with who and when, and never its words."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    path = f"/console/calls/{record['id']}"
    async with user(line, "viewer") as viewer, user(line, "operator") as operator:
        assert "Reach in" not in (await viewer.get(path)).text
        for how, form in FORMS.items():
            assert (await viewer.post(f"{path}/{how}", data=form)).status_code == 403, how
        page = (await operator.get(path)).text
        assert all(f"{path}/{how}" in page for how in FORMS)
        assert "What people did" not in page
        for how in ("context", "say", "keys"):
            answer = await operator.post(f"{path}/{how}", data=FORMS[how])
            assert (answer.status_code, answer.headers["location"]) == (303, path), how
            if how == "say":
                told = await line.until(
                    sim.sid, lambda record: LINE in [turn["text"] for turn in record["turns"]]
                )
        await sim.wait_for("digits_played")
        page = (await viewer.get(path)).text
        assert page.count("operator: ") == 3
        assert page.index("operator: context added") < page.index("operator: said")
        assert page.index("operator: said") < page.index("operator: keys pressed")
        assert FACT not in page
        assert FACT not in str(told)
        await sim.hang_up()
        await line.ended(sim.sid)
        assert "Reach in" not in (await operator.get(path)).text
        for how, form in FORMS.items():
            answer = await operator.post(f"{path}/{how}", data=form)
            assert (answer.status_code, "The call is over." in answer.text) == (409, True), how
    store = await Store.open(line.settings.database_url)
    entries = await store.audit.find(subject=record["id"])
    await store.close()
    assert [(entry.who, entry.act, entry.details) for entry in reversed(entries)] == [
        ("operator", "context_added", {}),
        ("operator", "said", {}),
        ("operator", "keys_pressed", {}),
    ]


async def test_forms_that_say_nothing(line: Line) -> None:
    """Nothing to say, keys that are none, no such act, no such call: a sentence each."""
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: record["status"] == "in-progress")
    path = f"/console/calls/{record['id']}"
    async with user(line, "operator") as operator:
        for how, form, status, why in (
            ("say", {"text": "  "}, 422, "the text is empty"),
            ("whisper", {}, 422, "the text is empty"),
            ("say", {"text": "x" * 1001}, 422, "1000 characters at most"),
            ("keys", {"text": "ring"}, 422, "Keys are 0-9"),
            ("shout", {"text": LINE}, 404, "There is no such page."),
        ):
            answer = await operator.post(f"{path}/{how}", data=form)
            assert (answer.status_code, why in answer.text) == (status, True), (how, form)
        gone = await operator.post("/console/calls/call_none/say", data={"text": LINE})
        assert (gone.status_code, "No call has this id." in gone.text) == (404, True)
    await sim.hang_up()
    await line.ended(sim.sid)


async def _sign_out(line: Line, client: httpx.AsyncClient) -> None:
    assert (await client.post("/console/sign-out")).status_code == 303


async def _remove(line: Line, client: httpx.AsyncClient) -> None:
    store = await Store.open(line.settings.database_url)
    assert await store.console_users.remove("leaver")
    await store.close()


async def _lower(line: Line, client: httpx.AsyncClient) -> None:
    store = await Store.open(line.settings.database_url)
    assert await store.console_users.set_role("leaver", "viewer")
    await store.close()


@pytest.mark.parametrize("how", ["listen", "take-over"])
@pytest.mark.parametrize("leave", [_sign_out, _lower, _remove])
async def test_who_is_signed_out_leaves_the_call(
    line: Line, how: str, leave: Callable[[Line, httpx.AsyncClient], Awaitable[None]]
) -> None:
    """The socket says so and closes; nobody speaks in the agent's place any more."""
    store = await Store.open(line.settings.database_url)
    await add_user(store, "leaver", "operator")
    await store.close()
    sim = await line.carrier.dial(CALLER, to_number=FRONT)
    record = await line.until(sim.sid, lambda record: bool(record["turns"]))
    async with user(line, "leaver") as client:
        told = (await client.post(f"/console/calls/{record['id']}/{how}")).json()
        async with (
            asyncio.timeout(60),
            connect(line.url.replace("http", "ws") + told["sound"], proxy=None) as socket,
        ):
            await socket.send(json.dumps({"token": told["token"]}))
            microphone = asyncio.create_task(_silence(socket))
            seen = [json.loads(await socket.recv())["event"]]
            await leave(line, client)
            async for message in socket:
                if isinstance(message, str):
                    seen.append(json.loads(message)["event"])
            microphone.cancel()
    assert seen == ["listening" if how == "listen" else "speaking", "signed_out"]
    await sim.hang_up()
    await line.ended(sim.sid)
    store = await Store.open(line.settings.database_url)
    await store.console_users.remove("leaver")
    await store.close()


async def _silence(socket: ClientConnection) -> None:
    """A microphone sends all the time."""
    while True:
        await socket.send(bytes([SILENCE]) * 800)
        await asyncio.sleep(0.1)
