"""A database that goes away during a call: what was noted meanwhile is written when it is back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.caller import CallerScript, HangUp, WaitForAgent
from bot.store import StoreError
from bot.store.database import Database
from bot.testing.line import HASTY, agent_file
from tests.service.line_kit import ToneVoice, open_line

POLITE = CallerScript(actions=(WaitForAgent(silence_ms=100), HangUp()))


async def test_notes_are_kept_for_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is over long since and has left its place to the next; nothing of it is lost."""

    async def away(*_: object) -> Any:
        raise StoreError("Could not write: the database does not answer", temporary=True)

    async with open_line(
        tmp_path,
        manner=HASTY,
        voice=ToneVoice(),
        agents={"front": agent_file()},
        inbound_agent="front",
        max_calls=1,
        inbound_reserve=0,
    ) as line:
        with monkeypatch.context() as patched:
            patched.setattr(Database, "write", away)
            first = await line.carrier.dial("+15552223333", caller=POLITE)
            await first.wait_for("agent_speaks")
            await asyncio.sleep(60)
            second = await line.carrier.dial("+15552224444", caller=POLITE)
            await second.wait_for("agent_speaks")
            await asyncio.sleep(400)
            assert (await line.api.get("/calls")).json()["calls"] == []
        await asyncio.sleep(20)
        calls = (await line.api.get("/calls")).json()["calls"]
        assert {call["from"] for call in calls} == {"+15552223333", "+15552224444"}
        for call in calls:
            record = await line.ended(call["id"])
            assert record["outcome"]["reason"] == "caller_hung_up"
            assert [turn["text"] for turn in record["turns"]] == ["Hello."]
            assert record["cost"]["total"] > 0
