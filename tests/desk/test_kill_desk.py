"""A process is killed in the middle: what it promised to pass on is passed on by the next."""

import asyncio
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from desk_kit import OFFICE, PostOffice, opened_store

from bot.clock import utcnow
from bot.messages import letter_of
from bot.outbox import Outbox
from bot.outbox.mail import Letter, Mail, MailServer
from bot.outbox.outbox import CLAIM_SECS
from bot.store import DeliveryRecord, Store
from tests.databases import sqlite_copy

pytestmark = pytest.mark.realtime

# Takes a message and says so; then hands it to a mail server that never answers.
PROCESS = f"""
import asyncio, sys
from bot.clock import utcnow
from bot.messages import MessageBook, letter_of
from bot.outbox import Outbox
from bot.outbox.mail import Mail, MailServer
from bot.store import MessageRecord, Store
from processors.desk import MessageRules

async def main():
    store = await Store.open(sys.argv[1])
    async def letters(delivery):
        message = await store.messages.get(delivery.subject)
        print("sending", flush=True)
        return letter_of(message, delivery, link="https://line.example/x", zone=None)
    server = MailServer(
        host="127.0.0.1", port=int(sys.argv[2]), security="none", sender="line@clinic.example"
    )
    book = MessageBook(store=store, rules_of=lambda agent: MessageRules(to=("{OFFICE}",)))
    await book.take(
        MessageRecord(
            id="msg_1", call_id="call_a", agent="front", taken_at=utcnow(), name="Maria Diaz",
            number="+15552223333", caller_number="+15552223333", reason="Call me.",
        )
    )
    print("taken", flush=True)
    await Outbox(store=store, senders={{"mail": Mail(server=server, letters=letters)}}).run()

asyncio.run(main())
"""


async def test_a_message_survives(tmp_path: Path, post: PostOffice) -> None:
    """Killed while it sends: the next process sends it once the claim has run out."""
    url = sqlite_copy(tmp_path / "desk.db")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROCESS, url, str(deaf.getsockname()[1])),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        said = [(await process.stdout.readline()).decode().strip() for _ in range(2)]
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert said == ["taken", "sending"]

    async with opened_store(tmp_path) as store:
        later = utcnow()
        box = _outbox(store, post, lambda: later)
        assert await box.look() == 0
        later += timedelta(seconds=CLAIM_SECS + 1)
        assert await box.look() == 1
    assert [letter["Subject"] for letter in post.letters] == ["Message from Maria Diaz"]


def _outbox(store: Store, post: PostOffice, now: object) -> Outbox:
    async def letters(delivery: DeliveryRecord) -> Letter | None:
        message = await store.messages.get(delivery.subject)
        assert message is not None
        return letter_of(message, delivery, link="https://line.example/x", zone=None)

    server = MailServer(
        host="127.0.0.1", port=post.port, security="none", sender="line@clinic.example"
    )
    mail = Mail(server=server, letters=letters)
    return Outbox(store=store, senders={"mail": mail}, now=now)  # type: ignore[arg-type]
