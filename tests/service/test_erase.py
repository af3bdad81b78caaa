"""`trunkline erase`: a person is gone, and nobody else is."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from loguru import logger
from process_kit import environment

from bot.cli import main
from bot.store import (
    BatchRecord,
    CallRecord,
    ContactRecord,
    MessageRecord,
    Store,
    Suppression,
    TurnRecord,
)
from bot.testing.line import CALLER, LINE
from config import Settings

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER, OLD_LINE = "+15554445555", "+15550007777"
Erase = Callable[..., tuple[int, str, str]]


def in_store(url: str, work: Callable[[Store], Awaitable[T]]) -> T:
    async def do() -> T:
        store = await Store.open(url)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(do())


def a_call(call_id: str, **changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "id": call_id,
        "direction": "inbound",
        "agent": "reception",
        "from_number": CALLER,
        "to_number": LINE,
        "started_at": NOON,
        "ended_at": NOON,
        "status": "completed",
        "turns": (TurnRecord(key="turn_1", role="caller", text="Ada here.", started_at=NOON),),
    }
    return CallRecord(**(values | changes))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with two calls of theirs, one of somebody else, and a contact of theirs."""
    url = f"sqlite:///{tmp_path / 'calls.db'}"

    async def fill(store: Store) -> None:
        ours_before: dict[str, Any] = {"direction": "outbound", "from_number": OLD_LINE}
        await store.add_call(a_call("call_1"))
        await store.add_call(a_call("call_2", **ours_before, to_number=CALLER))
        await store.add_call(a_call("call_3", from_number=OTHER))
        batch = BatchRecord(id="batch_a", name="a", agent="table", created_at=NOON, settings={})
        contact = ContactRecord(
            id="con_1", batch_id="batch_a", line=2, number=CALLER, name="Ada", due_at=NOON
        )
        await store.batches.add(batch, [contact])
        await store.suppressions.add(
            Suppression(number=CALLER, at=NOON, source="cli", note="Ada wrote")
        )

    in_store(url, fill)
    return url


@pytest.fixture
def erase(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Erase:
    """Runs `trunkline erase` in this process, with what is typed in answer to it."""
    monkeypatch.chdir(tmp_path)
    for name in environment(Settings(_env_file=None)):
        if name not in ("PATH", "HOME", "PYTHONPATH"):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", url)

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["trunkline", "erase", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            logger.remove()  # it writes to what capsys closes
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def words(url: str) -> dict[str, str]:
    """What was said in each call."""

    async def read(store: Store) -> dict[str, str]:
        calls = await store.find_calls(whole=True)
        return {call.id: call.turns[0].text for call in calls}

    return in_store(url, read)


def test_a_person_is_erased(url: str, erase: Erase) -> None:
    """By their number as people write it; it says in how many calls, and what has to stay."""
    code, out, err = erase("+1 (555) 222-3333", "--yes")
    assert (code, out) == (0, "erased in 2 calls and 1 contact of batches\n")
    assert "never called" in err
    assert words(url) == {"call_1": "", "call_2": "", "call_3": "Ada here."}
    contact = in_store(url, lambda store: store.batches.contact("con_1"))
    assert contact is not None
    assert (contact.number, contact.name, contact.state) == ("", "", "cancelled")


def test_nothing_found_is_no_receipt(url: str, erase: Erase) -> None:
    """Nobody is told that a person is gone of whom nothing was there: not of a stranger, and not
    of somebody who was erased before.
    """
    code, out, err = erase("+15550109999", "--yes")
    assert (code, out) == (1, "")
    assert "nothing is erased: nothing that is stored has the number +15550109999" in err
    assert erase(CALLER, "--yes")[0] == 0
    code, out, err = erase(CALLER, "--yes")
    assert (code, out) == (1, "")
    assert f"nothing else that is stored has the number {CALLER}" in err


@pytest.mark.parametrize("text", ["555", "nobody", "anonymous", "+266696687", "Ada Byron", "+1"])
def test_what_is_no_number_is_refused(url: str, erase: Erase, text: str) -> None:
    """A slip of the pen is not taken for a person who is not there, nor a word for everybody."""
    code, out, err = erase(text, "--yes")
    assert (code, out) == (2, "")
    assert "is no phone number: write it like +15551234567" in err


def test_a_person_is_erased_however_the_number_was_stored(url: str, erase: Erase) -> None:
    """Mexico's old form is the new one."""
    old = a_call("call_5", from_number="+5215512345678")
    in_store(url, lambda store: store.add_call(old))
    assert erase("+52 55 1234 5678", "--yes")[0] == 0
    assert words(url)["call_5"] == ""


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_it_asks_first(url: str, erase: Erase, typed: str, code: int) -> None:
    """It says how much it is about, and takes nothing for a yes but a yes."""
    ended, _, err = erase(CALLER, typed=typed)
    assert ended == code
    assert f"2 calls with {CALLER}" in err
    assert words(url)["call_1"] == ("Ada here." if code else "")


@pytest.mark.parametrize("number", [LINE, OLD_LINE])
def test_a_number_of_ours_is_in_everybodys_calls(url: str, erase: Erase, number: str) -> None:
    """It is known by the side of the call it is on, and refused."""
    code, out, err = erase(number, "--yes")
    assert (code, out) == (2, "")
    assert "the line's own number" in err
    assert set(words(url).values()) == {"Ada here."}


def test_no_number_is_nobody(url: str, erase: Erase) -> None:
    """Calls whose numbers were erased before are not meant."""
    assert erase(" ", "--yes")[0] == 2


def test_a_call_under_way_writes_on(url: str, erase: Erase) -> None:
    """So nothing is erased before it is over."""
    going_on = a_call("call_4", ended_at=None, status="in-progress")
    in_store(url, lambda store: store.add_call(going_on))
    code, out, err = erase(CALLER, "--yes")
    assert (code, out) == (1, "")
    assert "under way" in err
    assert words(url)["call_1"] == "Ada here."


def test_messages_and_texts_are_erased_too(url: str, erase: Erase) -> None:
    """Also where no call has the number any more."""
    number = "+15558889999"

    async def fill(store: Store) -> None:
        message = MessageRecord(
            id="msg_1",
            call_id="call_9",
            agent="reception",
            taken_at=NOON,
            name="Bo",
            number=number,
            caller_number="",
            reason="Call me.",
        )
        await store.messages.add(message, to=())

    in_store(url, fill)
    code, said, _ = erase(number, "--yes")
    assert (code, said) == (
        0,
        "erased in 0 calls and 0 contacts of batches, and in 1 of messages, texts and recordings\n",
    )

    async def names(store: Store) -> list[str]:
        return [message.name for message in await store.messages.find()]

    assert in_store(url, names) == [""]
