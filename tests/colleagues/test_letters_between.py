"""Questions between processes of one database: answered, once, or given up in time."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.colleagues.mail import Mail
from bot.colleagues.questions import (
    Asked,
    ConnectAgain,
    HangUp,
    LetGo,
    Question,
    Reach,
    Status,
    packed,
    unpacked,
)
from bot.store import Letter, Store, new_process_id
from bot.tasks import running
from tests.databases import sqlite_copy

HANG_UP = HangUp(call_id="call_a")


async def says_so(question: Question) -> Mapping[str, Any]:
    return {"asked": type(question).__name__}


@asynccontextmanager
async def processes(database_url: str, count: int) -> AsyncIterator[list[Mail]]:
    """So many, with a store each, which know of one another."""
    async with AsyncExitStack() as stack:
        mails = []
        for _ in range(count):
            store = await Store.open(database_url)
            stack.push_async_callback(store.close)
            mails.append(mail := Mail(store))
            await stack.enter_async_context(running(mail.run(says_so)))
        await asyncio.sleep(6)
        yield mails


async def test_a_question_is_answered_by_whom_it_is_for(database_url: str) -> None:
    """Many at once, each its own answer."""
    async with processes(database_url, 3) as (one, two, three):
        assert await one.alive() == sorted([two.id, three.id])
        asked = [one.ask(to.id, HANG_UP, within_secs=3) for to in (two, three) * 5]
        asked.append(two.ask(one.id, LetGo(call_id="call_a", stream_digest=""), within_secs=3))
        answers = await asyncio.gather(*asked)
        assert answers == [{"asked": "HangUp"}] * 10 + [{"asked": "LetGo"}]


async def test_who_is_gone_is_not_waited_for(database_url: str) -> None:
    """Neither one that has left, nor one that nobody has heard of."""
    async with processes(database_url, 2) as (one, two):
        await two.leave()
        began = asyncio.get_running_loop().time()
        for name in (two.id, "proc_1_unknown"):
            assert await one.ask(name, HANG_UP, within_secs=3) is None
        assert asyncio.get_running_loop().time() - began < 2


async def test_a_process_that_died_is_known_to_be_gone(database_url: str) -> None:
    """Its heartbeat is fresh; but its process, or its connection, is there no more."""
    async with processes(database_url, 1) as (one,):
        own = f"_{os.getpid()}_"
        dead = new_process_id().replace(own, "_4194305_")  # more than such a number may be
        store = await Store.open(database_url)
        await store.processes.beat(dead, listens=True)
        assert not await store.processes.is_there(dead, for_secs=15)
        assert await store.processes.is_there(one.id, for_secs=15)
        await store.close()


async def test_a_number_of_another_container_tells_nothing(tmp_path: Path) -> None:
    """Processes are numbered anew in each container on one file: a heartbeat is what counts."""
    async with processes(sqlite_copy(tmp_path / "shared.db"), 1):
        _, _, numbering, name = new_process_id().split("_")
        elsewhere = f"proc_4194305_{int(numbering) + 1}_{name}"
        store = await Store.open(f"sqlite:///{tmp_path}/shared.db")
        await store.processes.beat(elsewhere, listens=False)
        assert await store.processes.is_there(elsewhere, for_secs=15)
        await asyncio.sleep(16)
        assert not await store.processes.is_there(elsewhere, for_secs=15)
        await store.close()


async def test_what_another_version_asks_does_no_harm(database_url: str) -> None:
    """It is logged, and the next question is answered."""
    async with processes(database_url, 2) as (one, two):
        store = await Store.open(database_url)
        for body in ({}, {"question": "Dance"}, {"question": "HangUp", "how": "gently"}):
            letter = Letter(receiver=two.id, sender=one.id, number=9, is_answer=False, body=body)
            await store.letters.send(letter)
        stray = Letter(receiver=two.id, sender=one.id, number=99, is_answer=True, body={})
        await store.letters.send(stray)
        assert await one.ask(two.id, HANG_UP, within_secs=3) == {"asked": "HangUp"}
        await asyncio.sleep(2)
        assert await store.letters.take(two.id) == []
        await store.close()


async def test_letters_that_nobody_reads_are_thrown_away(database_url: str) -> None:
    store = await Store.open(database_url)
    await store.letters.send(
        Letter(receiver="proc_1_gone", sender="x", number=1, is_answer=False, body={"a": 1})
    )
    await store.letters.forget(3600)
    assert len(await store.letters.take("proc_1_gone")) == 1
    await store.letters.send(
        Letter(receiver="proc_1_gone", sender="x", number=2, is_answer=False, body={"a": 1})
    )
    await store.letters.forget(-1)
    assert await store.letters.take("proc_1_gone") == []
    await store.close()


@pytest.mark.parametrize(
    "question",
    [
        LetGo(call_id="call_a", stream_digest="d"),
        HangUp(call_id="call_a", farewell=True),
        Reach(call_id="call_a", act="say", text="Hello."),
        ConnectAgain(call_sid="CA1"),
        Status(update={"call_sid": "CA1"}),
        Asked(webhook={"path": "/"}),
    ],
    ids=lambda question: type(question).__name__,
)
def test_questions_survive_the_way(question: Question) -> None:
    assert unpacked(packed(question)) == question
