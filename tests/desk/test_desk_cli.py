"""`trunkline messages` and `trunkline webhooks`."""

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from desk_kit import NOON, a_message
from loguru import logger

from bot.cli import main
from bot.store import Store, Subscription
from tests.databases import sqlite_copy

Run = Callable[..., tuple[int, str]]


def in_store(url: str, work: Callable[[Store], Awaitable[object]]) -> None:
    async def do() -> None:
        store = await Store.open(url)
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(do())


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with an open message and one that Ana has, and a webhook that was given up."""
    url = sqlite_copy(tmp_path / "desk.db")

    async def fill(store: Store) -> None:
        hook = Subscription(channel="webhook", target="https://crm.example/", events=("message.*",))
        await store.messages.add(a_message(), to=())
        await store.messages.add(a_message("msg_2", name="Ben Okafor"), to=(hook,))
        await store.messages.acknowledge("msg_2", at=NOON, by="Ana")
        [delivery] = await store.outbox.find()
        await store.outbox.give_up(delivery.id, at=NOON, problem="HTTP 500")

    in_store(url, fill)
    return url


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command; its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: str) -> tuple[int, str]:
        written = io.StringIO()
        monkeypatch.setattr(sys, "argv", ["trunkline", *arguments])
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", written)
            patch.setattr(sys, "stderr", written)
            with pytest.raises(SystemExit) as ended:
                main()
        return int(ended.value.code or 0), written.getvalue()

    yield run  # type: ignore[misc]
    logger.remove()
    logger.add(sys.stderr)


def test_messages_are_listed(run: Run) -> None:
    """Those that wait; with --all those that somebody has."""
    code, told = run("messages", "list")
    assert (code, "Maria Diaz" in told, "Ben Okafor" in told) == (0, True, False)
    found = json.loads(run("messages", "list", "--all", "--json")[1])["messages"]
    assert {one["id"]: one["acknowledged_by"] for one in found} == {"msg_1": "", "msg_2": "Ana"}


def test_a_message_is_acknowledged(run: Run) -> None:
    """Once; it says who was first."""
    assert run("messages", "acknowledge", "msg_1", "--by", "Cleo") == (0, "acknowledged\n")
    assert run("messages", "acknowledge", "msg_1")[1] == "it was acknowledged by Cleo\n"
    assert run("messages", "list") == (0, "no messages\n")
    code, told = run("messages", "acknowledge", "msg_9")
    assert (code, "no message has the id msg_9" in told) == (1, True)


def test_webhooks_are_listed_and_replayed(run: Run) -> None:
    """Dead letters, with what went wrong; then none is left."""
    code, told = run("webhooks", "list")
    assert (code, "HTTP 500" in told, "https://crm.example/" in told) == (0, True, True)
    [dead] = json.loads(run("webhooks", "list", "--json")[1])["webhooks"]
    assert run("webhooks", "replay", dead["id"]) == (0, "it is sent again\n")
    assert run("webhooks", "list") == (0, "no webhook was given up\n")
    assert run("webhooks", "replay", "--all") == (0, "0 are sent again\n")
    assert run("webhooks", "replay", "none")[0] == 1
    assert run("webhooks", "replay")[0] == 2
