"""Whether the world reaches us: PUBLIC_URL, its certificate, our service there, its websocket."""

import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx

from bot.clock import utcnow
from bot.doctor.finding import Finding, ok, warning, wrong
from bot.phone_company import try_stream_of
from bot.trust import machine_trust
from config import Settings

PUBLIC, STREAM = "public address", "media stream"
ANSWER_SECS = 8.0
CERTIFICATE_DAYS = 7  # fewer left, and nobody has renewed it
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_START = "start `trunkline serve`, and have the proxy pass requests on to its port"
_PROXY = (
    "have the proxy or tunnel in front of the service pass websocket upgrades on (the headers "
    "Upgrade and Connection, over HTTP/1.1)"
)
_SAME = (
    "start the service again with this TWILIO_AUTH_TOKEN and PUBLIC_URL; if they are the same, "
    "the proxy changes the path of requests"
)


async def reach(settings: Settings, *, sent_to: str = "") -> Sequence[Finding]:
    """The public address as the carrier meets it. `sent_to` is a base that takes its place for the
    connection alone; empty: the address itself.
    """
    base = sent_to or settings.public_url
    fault, days = await _alive(base)
    if fault is not None:
        return [fault]
    seen = "our service answers at PUBLIC_URL"
    if days is not None and days < CERTIFICATE_DAYS:
        do = "look why it was not renewed by itself"
        there = warning(PUBLIC, f"{seen}, but its certificate ends in {days:.0f} days", do)
    else:
        there = ok(PUBLIC, seen)
    return [there, await _stream(settings, base)]


async def _alive(base: str) -> tuple[Finding | None, float | None]:
    """What is wrong there; and how many days its certificate has left, where it has one."""
    host = urlsplit(base).hostname or ""
    try:
        async with httpx.AsyncClient(
            verify=machine_trust(), timeout=ANSWER_SECS, trust_env=host not in _LOOPBACK
        ) as client:
            answer = await client.get(f"{base}/health/live")
            days = _days_left(answer)
    except httpx.TimeoutException:
        seen = f"PUBLIC_URL does not answer within {ANSWER_SECS:g} s"
        return wrong(PUBLIC, seen, "look at its name in the DNS, and at the firewall"), None
    except httpx.ConnectError as error:
        return _no_connection(error), None
    except httpx.HTTPError as error:
        seen = f"what answers at PUBLIC_URL does not speak HTTP: {error}"
        return wrong(PUBLIC, seen, "look what listens there"), None
    return _foreign(answer), days


def _no_connection(error: httpx.ConnectError) -> Finding:
    told = str(error)
    if "certificate" in told.lower() or "SSL" in told:
        seen = f"the certificate of PUBLIC_URL is not valid: {told}"
        do = "give the proxy a certificate for this name that everybody trusts (Caddy gets one)"
        return wrong(PUBLIC, seen, do)
    seen = f"there is no connection to PUBLIC_URL: {told}"
    return wrong(PUBLIC, seen, "look at its name in the DNS, and whether the proxy runs")


def _foreign(answer: httpx.Response) -> Finding | None:
    """What is wrong with an answer that is not our service's."""
    if answer.status_code in (502, 503, 504):
        seen = f"the proxy at PUBLIC_URL answers, but no service does ({answer.status_code})"
        return wrong(PUBLIC, seen, _START)
    if answer.is_redirect:
        place = answer.headers.get("location", "elsewhere").partition("?")[0]
        seen = f"PUBLIC_URL sends requests on to {place}"
        do = "set PUBLIC_URL to the address that answers itself: the carrier's streams do not move"
        return wrong(PUBLIC, seen, do)
    try:
        is_ours = answer.is_success and answer.json().get("status") == "alive"
    except (ValueError, AttributeError):
        is_ours = False
    if is_ours:
        return None
    seen = f"something else than our service answers at PUBLIC_URL (HTTP {answer.status_code})"
    return wrong(PUBLIC, seen, f"check PUBLIC_URL, and {_START}")


def _days_left(answer: httpx.Response) -> float | None:
    stream = answer.extensions.get("network_stream")
    secured: ssl.SSLObject | None = stream.get_extra_info("ssl_object") if stream else None
    told = secured.getpeercert() if secured is not None else None
    if not told or "notAfter" not in told:
        return None
    ends: float = ssl.cert_time_to_seconds(str(told["notAfter"]))
    return (ends - utcnow().timestamp()) / 86_400


async def _stream(settings: Settings, base: str) -> Finding:
    trial = await try_stream_of(settings, sent_to=base, within_secs=ANSWER_SECS)
    match trial.verdict:
        case "passes":
            return ok(STREAM, "a signed websocket reaches our service, and messages pass")
        case "refused":
            seen = (
                f"the service refuses a websocket that is signed as the carrier's ({trial.detail})"
            )
            return wrong(STREAM, seen, _SAME)
        case "no_upgrade":
            return wrong(STREAM, f"no websocket comes about: {trial.detail}", _PROXY)
        case "silent":
            seen = f"a websocket comes about, but messages do not pass: {trial.detail}"
            return wrong(STREAM, seen, _PROXY)
    return wrong(STREAM, f"no connection comes about: {trial.detail}", _PROXY)
