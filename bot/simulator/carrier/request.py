"""What was asked for when a call was made: the parameters of POST Calls.json, and of a number."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.simulator.carrier.errors import RestError
from bot.simulator.carrier.states import Fetch, Inline, Source

E164 = re.compile(r"\+[1-9]\d{6,14}")
SEND_DIGITS = re.compile(r"[0-9A-Da-d#*wW]{1,32}")
MAX_TWIML_CHARS = 4000
MAX_CALL_SECS = 4 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Callback:
    """An address to report to."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, kw_only=True)
class MachineDetection:
    """Answering machine detection, as asked for."""

    mode: str  # Enable or DetectMessageEnd
    is_async: bool
    callback: Callback | None


@dataclass(frozen=True, kw_only=True)
class RecordingRequest:
    """A recording, as asked for."""

    channels: int = 1
    callback: Callback | None = None
    source: str = "OutboundAPI"


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """How a call is to be handled."""

    source: Source
    fallback: Fetch | None = None
    status_callback: Callback | None = None
    timeout_secs: float = 60.0
    time_limit_secs: float = MAX_CALL_SECS
    send_digits: str = ""
    machine_detection: MachineDetection | None = None
    recording: RecordingRequest | None = None


Form = Mapping[str, Sequence[str]]  # as urllib.parse.parse_qs gives it


def is_callable_address(address: str) -> bool:
    """Could a call be made to this: E.164, a SIP URI or a client?"""
    return bool(E164.fullmatch(address)) or address.startswith(("sip:", "sips:", "client:"))


def read_to_and_from(form: Form) -> tuple[str, str]:
    """Both ends of the call, checked; `RestError` 21201, 21211 or 21213."""
    to, from_number = one(form, "To"), one(form, "From")
    if not to:
        raise RestError(21201)
    if not is_callable_address(to):
        raise RestError(21211, to)
    if not from_number:
        raise RestError(21213)
    return to, from_number


def read_call_request(form: Form) -> CallRequest:
    """The parameters of a call to be created; `RestError` for what Twilio would refuse."""
    send_digits = one(form, "SendDigits")
    if send_digits and not SEND_DIGITS.fullmatch(send_digits):
        raise RestError(20001, "SendDigits")
    source = read_source(form)
    if source is None:
        raise RestError(21205)
    return CallRequest(
        source=source,
        fallback=read_fallback(form),
        status_callback=_callback(form, "StatusCallback", default=("completed",)),
        timeout_secs=_seconds(form, "Timeout", 60, 600),
        time_limit_secs=_seconds(form, "TimeLimit", MAX_CALL_SECS, MAX_CALL_SECS),
        send_digits=send_digits,
        machine_detection=None if send_digits else _machine_detection(form),
        recording=read_recording(form) if one(form, "Record") == "true" else None,
    )


def read_source(form: Form) -> Source | None:
    """Url, or else Twiml; None if neither is given."""
    if url := one(form, "Url"):
        _check_url(url, 21205)
        return Fetch(url=url, method=one(form, "Method") or "POST")
    if twiml := one(form, "Twiml"):
        if len(twiml) > MAX_TWIML_CHARS:
            raise RestError(32018)
        return Inline(xml=twiml)
    return None


def read_fallback(form: Form) -> Fetch | None:
    """FallbackUrl, if given."""
    url = one(form, "FallbackUrl")
    return Fetch(url=url, method=one(form, "FallbackMethod") or "POST") if url else None


def read_recording(form: Form, source: str = "OutboundAPI") -> RecordingRequest:
    """RecordingChannels, RecordingStatusCallback and its events."""
    return RecordingRequest(
        channels=2 if one(form, "RecordingChannels") == "dual" else 1,
        callback=_callback(form, "RecordingStatusCallback", default=("completed",)),
        source=source,
    )


def one(form: Form, name: str) -> str:
    """The value of a parameter, "" if it is missing."""
    values = form.get(name)
    return values[-1] if values else ""


def _callback(form: Form, name: str, *, default: Sequence[str]) -> Callback | None:
    url = one(form, name)
    if not url:
        return None
    _check_url(url, 21609)
    events = form.get(f"{name}Event") or default
    # The SDK repeats the parameter; others send one value with spaces between.
    names = frozenset(word for value in events for word in value.split())
    return Callback(url=url, method=one(form, f"{name}Method") or "POST", events=names)


def _machine_detection(form: Form) -> MachineDetection | None:
    mode = one(form, "MachineDetection")
    if not mode:
        return None
    if mode not in ("Enable", "DetectMessageEnd"):
        raise RestError(20001, "MachineDetection")
    return MachineDetection(
        mode=mode,
        is_async=one(form, "AsyncAmd") == "true",
        callback=_callback(form, "AsyncAmdStatusCallback", default=()),
    )


def _seconds(form: Form, name: str, default: float, most: float) -> float:
    raw = one(form, name)
    if not raw:
        return default
    if not raw.isdigit() or int(raw) < 1:
        raise RestError(20001, name)
    return min(float(raw), most)


def _check_url(url: str, code: int) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RestError(code, url)
