"""Which worker gets a connection, decided on the head of its first request: plain code.

An id of ours names its worker, and so does the path of a stream; a call whose worker died is with
the one that says it has adopted it. A new call goes where the fewest are, and so does one that lost
its worker; everything else is served by anyone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from bot.call_ids import worker_of

HEAD_BYTES = 8 * 1024  # Twilio's heads have about 1 KiB

_REQUEST_LINE = re.compile(rb"([A-Z]{1,20}) ([\x21-\x7e]+) HTTP/1\.[01]")
_BEGINNING = re.compile(rb"[A-Z]{0,20}(?: [\x21-\x7e]*(?: [HTP/1.0]{0,8})?)?\r?")
_STREAM = re.compile(r"/(?:twilio|console/phone)/stream/([0-9]{1,3})/?")
_CALL = re.compile(
    r"(?:/console)?/calls/([^/]+)"
    r"(?:/(?:hangup|hang-up|put-through|events|sound|listen|take-over|give-back))?/?"
)
_SIGN_IN = "/console/sign-in"  # one worker counts how often people try
_BEGINNINGS = ("/twilio/incoming", "/twilio/stream-ended", "/calls", "/console/phone/calls")


class BadHead(ValueError):
    """These bytes begin no request that we serve; `status` is what HTTP calls that."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a request's head says about the worker that should get it."""

    worker: int | None = None  # it is a stream for a call of this one
    call_id: str = ""  # it is about this call
    begins_call: bool = False  # a new one, or one that has to be taken over if no worker has it
    about_all: bool = False  # it asks how the whole service is


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A worker that is up, as far as the parent knows."""

    worker: int
    live_calls: int
    room: int  # calls that it can take beside those
    is_prompt: bool  # it has spoken of late
    adopted: Sequence[str] = ()  # calls whose ids name another worker, or none


def route_of(received: bytes) -> Route | None:
    """The route of the request whose first bytes these are; None while its head is not complete.

    Raises:
        BadHead.
    """
    head, end, _ = received.partition(b"\r\n\r\n")
    first, line_end, _ = head.partition(b"\r\n")
    if not line_end and not end:
        if not _BEGINNING.fullmatch(first):
            raise BadHead(400)
    else:
        line = _REQUEST_LINE.fullmatch(first)
        if line is None:
            raise BadHead(400)
        if end and len(head) <= HEAD_BYTES:
            return _route(line[1].decode("ascii"), line[2].decode("ascii"))
    if len(received) >= HEAD_BYTES:
        raise BadHead(431)
    return None


def choose(route: Route, candidates: Sequence[Candidate], turn: int) -> int | None:
    """The worker for this route; None when there are none. `turn` counts the choices so far."""
    kept_by = keeper(route, candidates)
    if kept_by is not None:
        return kept_by
    able = [candidate for candidate in candidates if candidate.is_prompt] or candidates
    if not able:
        return None
    if route.begins_call:
        return min(able, key=lambda c: (c.room <= 0, c.live_calls, c.worker)).worker
    return able[turn % len(able)].worker


def keeper(route: Route, candidates: Sequence[Candidate]) -> int | None:
    """The worker that has this route's call; None without a call, or when no worker has it."""
    for candidate in candidates:
        if route.call_id in candidate.adopted:
            return candidate.worker
    named = route.worker if route.worker is not None else worker_of(route.call_id)
    return named if any(candidate.worker == named for candidate in candidates) else None


def _route(method: str, target: str) -> Route:
    try:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
    except ValueError:  # no address that is served
        return Route()
    path = unquote(parts.path)
    if method == "POST" and path.rstrip("/") in _BEGINNINGS:
        return Route(call_id=query.get("call", ""), begins_call=True)
    if path.startswith("/health/") or path == "/metrics":
        return Route(about_all=True)
    if stream := _STREAM.fullmatch(path):
        return Route(worker=int(stream[1]))
    if path == _SIGN_IN:
        return Route(worker=0)
    if call := _CALL.fullmatch(path):
        return Route(call_id=call[1])
    if path.startswith("/twilio/"):
        return Route(call_id=query.get("call", ""))
    return Route()
