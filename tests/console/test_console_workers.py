"""The console of a service with several processes: whichever gets a request, the call is found."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from console_kit import PASSWORD, add_user, browser, sign_in
from test_browser_phone import on_line, ours, ring
from test_console_live import Page, until
from websockets.asyncio.client import connect

from bot.call_ids import worker_of
from bot.store import Store
from bot.testing.line import HASTY, agent_file
from tests.service.line_kit import ToneVoice, open_line
from tests.service.process_kit import ServiceProcess

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]


async def first_word(url: str, place: dict[str, Any]) -> dict[str, Any]:
    """What the sound of a call says first: it is with the worker that has the call."""
    address = url.replace("http", "ws") + place["sound"]
    async with connect(address, compression=None, proxy=None) as socket:
        await socket.send(json.dumps({"token": place["token"]}))
        said: dict[str, Any] = json.loads(await socket.recv())
        return said


async def test_calls_of_all_workers(tmp_path: Path) -> None:
    """Two calls from browsers on two workers are in the list, are followed word by word, are
    listened to and taken over, and are ended from the console.
    """
    service = ServiceProcess(tmp_path, workers=2)
    async with open_line(
        tmp_path,
        manner=HASTY,
        voice=ToneVoice(),
        agents={"front": agent_file(first_line="Hello there.")},
        inbound_agent="front",
        serving=service.serving,
    ) as line:
        store = await Store.open(line.settings.database_url)
        await add_user(store, "operator", "operator")
        await store.close()
        async with browser(line.url) as client:
            assert (await sign_in(client, "operator", PASSWORD)).status_code == 303
            told = [await ring(client, "front") for _ in range(2)]
            assert {worker_of(each["call_id"]) for each in told} == {0, 1}
            headers = ours(line, client)
            async with (
                on_line(line, told[0], headers) as one,
                on_line(line, told[1], headers) as two,
            ):
                await asyncio.gather(one.begin(told[0]), two.begin(told[1]))
                playing = [asyncio.create_task(phone.play()) for phone in (one, two)]
                pages = [Page(), Page()]
                following = [
                    asyncio.create_task(
                        page.follow(client, f"/console/calls/{each['call_id']}/events")
                    )
                    for page, each in zip(pages, told, strict=True)
                ]
                await until(lambda: all(page.told("Hello there.") >= 0 for page in pages))
                rows = (await client.get("/console/live")).text
                assert all(each["call_id"] in rows for each in told)
                for each in told:
                    for act, event in (("listen", "listening"), ("take-over", "speaking")):
                        place = await client.post(f"/console/calls/{each['call_id']}/{act}")
                        assert await first_word(line.url, place.json()) == {"event": event}
                for each in told:
                    answer = await client.post(f"/console/calls/{each['call_id']}/hang-up")
                    assert answer.status_code == 303
                await asyncio.wait_for(asyncio.gather(*playing, *following), 20)
                assert all(page.over for page in pages)
