"""The whole service without a socket: requests go straight to its ASGI application."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp, Message
from twilio.request_validator import RequestValidator

from bot.app import Service, WorkerContext, open_service
from config import Settings

KEY = "api-secret"
AUTH_TOKEN = "carrier-secret"
PUBLIC = "https://line.example"
WITH_KEY = {"authorization": f"Bearer {KEY}"}
NOBODY = "http://127.0.0.1:9"  # nothing of these tests goes over a wire


@asynccontextmanager
async def opened(
    folder: Path, *, context: WorkerContext | None = None, **overrides: Any
) -> AsyncIterator[Service]:
    """The service, or one worker of it, over a SQLite file in this folder."""
    settings = Settings(
        _env_file=None,
        **{
            "openai_api_key": "sk-test",
            "openai_realtime_url": "ws://127.0.0.1:9",
            "twilio_account_sid": "AC" + "0" * 32,
            "twilio_auth_token": AUTH_TOKEN,
            "twilio_phone_number": "+15550001111",
            "twilio_api_url": NOBODY,
            "public_url": PUBLIC,
            "business_api_base": NOBODY,
            "database_url": f"sqlite:///{folder}/trunkline.db",
            "trunkline_api_key": KEY,
            "var_dir": folder,
            "prepare_lines": False,
            **overrides,
        },
    )
    async with open_service(settings, context=context) as service:
        yield service
        await service.calls.drain(within_secs=0.0)


def routes(web: FastAPI) -> list[tuple[str, str]]:
    """Method and path of all that is served over HTTP."""
    return sorted(
        (method, context.path)
        for context in iter_route_contexts(web.routes)
        for method in (context.methods or ())
        if context.path is not None
    )


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def closes(self) -> bool:
        return self.headers.get("connection") == "close"


async def ask(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | Iterable[bytes] | None = b"",
    cut_off: bool = False,
    scope: Mapping[str, Any] | None = None,
) -> Answer | None:
    """The answer; None when there was none. `body` may come in parts; None: asking for it fails the
    test. `cut_off`: after it the sender is gone.
    """
    where, _, query = path.partition("?")
    parts = iter([body] if isinstance(body, bytes) else body or ())
    sent: list[Message] = []
    coming = next(parts, None)

    async def receive() -> Message:
        nonlocal coming
        assert body is not None, "the body was read"
        if coming is None:
            return {"type": "http.disconnect"}
        now, coming = coming, next(parts, None)
        return {"type": "http.request", "body": now, "more_body": cut_off or coming is not None}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": where,
            "raw_path": where.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in (headers or {}).items()
            ],
            "client": ("127.0.0.1", 4711),
            "server": ("127.0.0.1", 8080),
            "state": {},
            **(scope or {}),
        },
        receive,
        send,
    )
    if not sent:
        return None
    start, *rest = sent
    return Answer(
        status=start["status"],
        headers={name.decode().lower(): value.decode() for name, value in start["headers"]},
        body=b"".join(message.get("body", b"") for message in rest),
    )


def signed(path: str, form: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a webhook, as the carrier sends it."""
    body = urlencode(form).encode()
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC}{path}", dict(form))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
        "x-twilio-signature": signature,
    }
    return headers, body
