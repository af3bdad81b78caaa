"""Pages: templates filled in, what a browser may do with them, and the files beside them."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, tzinfo
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import CodeType
from typing import Any, ClassVar

import jinja2
import orjson
from fastapi import HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from jinja2.bccache import Bucket
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.clock import utcnow
from bot.console import roles
from bot.console.page_routes import PageRoutes
from bot.console.words import (
    age,
    amount,
    browser_words,
    decision_words,
    duration,
    ending_words,
    field_words,
    other_party,
    outcome_words,
    person_of,
    role_words,
    rule_words,
    step_words,
    why_of,
)

_POLICY = "Content-Security-Policy"
_STYLE_NONCE = "trunkline.style_nonce"  # of the ASGI scope
SAFETY = {
    _POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_KINDS = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


class _Compiled(jinja2.BytecodeCache):
    """Templates are compiled once in a process, however many services run in it."""

    codes: ClassVar[dict[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.codes[bucket.key + bucket.checksum] = bucket.code


class Trouble(HTTPException):
    """A page that says what is wrong, in a sentence."""


class Pages:
    """The templates, read once."""

    def __init__(self, zone: tzinfo | None) -> None:
        """`zone` is that of the clock on the owner's wall; None: of this machine's."""
        self._static = {
            name: content for name, content in _static_files(files("bot.console") / "static", "")
        }
        self._hashes = {
            name: hashlib.sha256(content).hexdigest()[:16] for name, content in self._static.items()
        }
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("bot.console"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_Compiled(),
        )
        self._templates.filters |= {
            "age": age,
            "amount": amount,
            "browser": browser_words,
            "clock": lambda moment, form: moment.astimezone(zone).strftime(form),
            "decision": decision_words,
            "duration": duration,
            "ending": ending_words,
            "field": field_words,
            "moment": datetime.fromisoformat,
            "outcome": outcome_words,
            "role": role_words,
            "rule": rule_words,
            "step": step_words,
            "why": why_of,
            "json": _json,
            "other": other_party,
            "person": person_of,
            "iso": datetime.isoformat,
        }
        self._templates.globals |= {
            "static": self._address,
            "prefix": roles.PREFIX,
            "now": utcnow,
            "zone_name": lambda: str(
                zone or f"{utcnow().astimezone():%Z}, as on the machine of the service"
            ),
        }
        for name in self._templates.list_templates():
            self._templates.get_template(name)  # compiled now: no call waits for it

    def text(self, template: str, /, **context: Any) -> str:
        """A template filled in: a page, or a piece of one."""
        return self._templates.get_template(template).render(context)

    def answer(
        self, request: Request, template: str, /, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A page for this request."""
        signed_in = request.scope.get("trunkline.signed_in")
        user = signed_in.user if signed_in else None
        may = {
            role: user is not None and roles.suffices(user.role, role)
            for role in ("viewer", "operator", "owner")
        }
        text = self.text(template, user=user, may=may, path=request.url.path, **context)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    async def trouble(self, request: Request, error: Exception) -> Response:
        """Handles `Trouble`."""
        assert isinstance(error, Trouble)
        return self.answer(request, "trouble.html", error.status_code, why=error.detail)

    def static_routes(self) -> PageRoutes:
        """The files, which a browser keeps as long as their address bears the same hash."""
        router = PageRoutes(roles.STATIC.rstrip("/"))

        @router.get("/{name:path}")
        async def file(name: str, v: str = "") -> Response:
            content = self._static.get(name)
            if content is None:
                raise Trouble(404, "There is no such file.")
            fits = v == self._hashes[name]
            keep = "public, max-age=31536000, immutable" if fits else "no-cache"
            kind = _KINDS[name.rpartition(".")[2]]
            return Response(content, media_type=kind, headers={"Cache-Control": keep})

        return router

    def _address(self, name: str) -> str:
        return f"{roles.STATIC}{name}?v={self._hashes[name]}"


class Safely:
    """Puts the headers on all that the console answers that bound what a browser does with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = _encoded(SAFETY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers_for(scope)]
            await send(message)

        is_ours = scope["type"] == "http" and roles.is_of_console(scope["path"])
        await self._app(scope, receive, answer if is_ours else send)

    def _headers_for(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        nonce = scope.get(_STYLE_NONCE)
        if nonce is None:
            return self._headers
        policy = SAFETY[_POLICY].replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
        return _encoded({**SAFETY, _POLICY: policy})


def style_nonce(request: Request) -> str:
    """What a style bears that a script of ours puts into this page, and no other style has."""
    nonce: str = request.scope.setdefault(_STYLE_NONCE, secrets.token_urlsafe(16))
    return nonce


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _static_files(folder: Traversable, head: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        if each.is_dir():
            found += _static_files(each, f"{head}{each.name}/")
        elif each.name.rpartition(".")[2] in _KINDS:
            found.append((f"{head}{each.name}", each.read_bytes()))
    return found


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
