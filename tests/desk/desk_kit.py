"""What the tests of the front desk share: a store, a clock set by hand, receivers of webhooks and
mail that are real servers.
"""

import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.store import CallRecord, MessageRecord, Store
from tests.databases import open_store

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # a Tuesday, noon in New York
LINE = "+15550001111"
CALLER = "+15552223333"
OFFICE = "office@clinic.example"
ON_CALL = "oncall@clinic.example"


@asynccontextmanager
async def opened_store(folder: Path) -> AsyncIterator[Store]:
    """A store in this folder, closed in the end."""
    store = await open_store(folder / "desk.db")
    try:
        yield store
    finally:
        await store.close()


@dataclass
class Watch:
    """The time of day, set by hand."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> datetime:
        self.at += timedelta(**time)
        return self.at


def a_call(call_id: str = "call_a", **changes: Any) -> CallRecord:
    """A call that has just come in."""
    values: dict[str, Any] = {
        "id": call_id,
        "direction": "inbound",
        "agent": "reception",
        "from_number": CALLER,
        "to_number": LINE,
        "started_at": NOON,
        "status": "queued",
    }
    return CallRecord(**(values | changes))


def a_message(message_id: str = "msg_1", **changes: Any) -> MessageRecord:
    """A message that has just been taken."""
    values: dict[str, Any] = {
        "id": message_id,
        "call_id": "call_a",
        "agent": "reception",
        "taken_at": NOON,
        "name": "Maria Diaz",
        "number": CALLER,
        "caller_number": CALLER,
        "reason": "Wants to move tomorrow's appointment.",
    }
    return MessageRecord(**(values | changes))


@dataclass
class Receiver:
    """Somebody's own system: answers webhooks with these statuses in turn, then with 204."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.got.append((dict(request.headers), await request.body()))
        status = self.answers.pop(0) if self.answers else 204
        await Response(status_code=status)(scope, receive, send)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    @property
    def events(self) -> list[str]:
        return [str(told["type"]) for told in self.told]


class Session(SMTP):
    """One connection to the post office."""

    line: asyncio.BaseTransport | None = None  # as it came, before any STARTTLS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.line = self.line or transport
        super().connection_made(transport)


@dataclass
class PostOffice:
    """A mail server (aiosmtpd) on a real socket; `answers` are what it says to DATA, then 250."""

    answers: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        content = envelope.content.replace(b"\r\n", b"\n")
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients.append(list(envelope.rcpt_tos))
        self.over_tls.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Any, envelope: Envelope, mechanism: str, auth_data: Any
    ) -> AuthResult:
        if not isinstance(auth_data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login = auth_data.login.decode(), auth_data.password.decode()
        self.logins.append(login)
        return AuthResult(success=login[1] == "right", handled=False)

    @asynccontextmanager
    async def open(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        from_first_byte: bool = False,
        login: bool = False,
    ) -> AsyncIterator["PostOffice"]:
        """Serves on a free port of 127.0.0.1."""

        sessions: list[Session] = []

        def session() -> Session:
            begun = Session(
                self,
                hostname="post.example",
                tls_context=None if from_first_byte else tls,
                require_starttls=tls is not None and not from_first_byte,
                authenticator=self.authenticate,
                auth_required=login,
                auth_require_tls=True,
                loop=asyncio.get_running_loop(),
            )
            sessions.append(begun)
            return begun

        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            session, "127.0.0.1", 0, ssl=tls if from_first_byte else None
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()
            for each in sessions:
                if isinstance(each.line, asyncio.WriteTransport):
                    each.line.abort()
            for _ in range(3):  # TLS, its line and the socket are let go one after the other
                await asyncio.sleep(0)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost that signs itself, and a server's context with it."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return cert, context
