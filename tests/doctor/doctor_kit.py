"""A doctor's visit to the service with its simulated surroundings."""

import asyncio
import shutil
from collections import namedtuple
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import NEEDED
from bot.doctor import Finding, Visit, visit
from bot.testing.line import HASTY, Line
from config import Settings
from tests.service.line_kit import ToneVoice, open_line

FALLBACK = "https://handler.twilio.com/twiml/EH0123"
Usage = namedtuple("Usage", "total used free")


@asynccontextmanager
async def healthy_line(folder: Path, **overrides: Any) -> AsyncIterator[Line]:
    """A line with which all is well."""
    asked: dict[str, Any] = {"manner": HASTY, "voice": ToneVoice(), **overrides}
    async with open_line(folder, **asked) as line:
        line.carrier.number.fields["voice_fallback_url"] = FALLBACK
        yield line


async def findings(settings: Settings, **wish: Any) -> list[Finding]:
    """All that is found."""
    return await visit(settings, Visit(needed=NEEDED, **wish))


async def findings_of(line: Line, **wish: Any) -> list[Finding]:
    """All that is found, with the line's own port in the place of its public address."""
    return await findings(line.settings, **{"sent_to": line.url, **wish})


def of(found: Sequence[Finding], check: str, state: str = "") -> list[Finding]:
    """Those of one check, and of one state where it is named."""
    return [each for each in found if each.check == check and state in ("", each.state)]


def troubles(found: Sequence[Finding]) -> list[tuple[str, str]]:
    """Check and state of all that is not in order."""
    return [(each.check, each.state) for each in found if each.state != "ok"]


def roomy(monkeypatch: pytest.MonkeyPatch, free: int = 100 * 1024**3) -> None:
    """Disks with so many bytes free, whatever this machine has."""
    usage = Usage(200 * 1024**3, 200 * 1024**3 - free, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)


@asynccontextmanager
async def plain_proxy(target: str) -> AsyncIterator[str]:
    """A proxy that passes requests on and no upgrade, as an old one does: its URL."""
    port = int(target.rpartition(":")[2])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = [
            line
            for line in head.split(b"\r\n")
            if not line.lower().startswith((b"upgrade:", b"connection:", b"sec-websocket"))
        ]
        lines.insert(1, b"Connection: close")
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        outer.write(b"\r\n".join(lines))
        writer.write(await inner.read())
        for each in (outer, writer):
            each.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def answering(answer: bytes, **tls: Any) -> AsyncIterator[str]:
    """Something that gives every request this answer: its port at localhost."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, **tls) as server:
        yield str(server.sockets[0].getsockname()[1])


def http(status: str, body: str = "", *headers: str) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()
