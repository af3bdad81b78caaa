"""The documents that tell Twilio what to do with a call.

Built with the twilio package, so that only verbs and attributes it knows can be written.
Every function returns the XML as text; serve it as application/xml (text/plain is read aloud).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from twilio.twiml.voice_response import Dial, VoiceResponse

from bot.carriers.carrier import KEYS
from bot.carriers.numbers import is_dialable, is_sip
from bot.carriers.twilio.loopback import is_loopback

REST_LIMIT = 4000  # characters, for TwiML that travels in a REST request (error 32018)
DOCUMENT_LIMIT_BYTES = 64 * 1024
PARAMETER_LIMIT = 500  # name and value of one <Parameter> together stay below this

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def connect_stream(
    *,
    stream_url: str,
    parameters: Mapping[str, str],
    sorry: str,
    language: str,
    action_url: str | None = None,
    human: str | None = None,
    caller_id: str | None = None,
    ring_secs: int = 25,
    keys: str = "",
) -> str:
    """Put the call on our media stream; should the stream be lost, apologise and dial a human.

    `keys` (0-9 * #, w waits half a second) are played to the other side before that.

    With an `action_url` Twilio asks that address what comes next as soon as the stream is over,
    and the answer takes the place of what stands after `<Connect>` here.
    Without one it goes on with that: the apology, then the human if there is one, then the end.

    `parameters` arrive in the stream's `start` message. Raises ValueError for an address or a
    parameter that Twilio would not take.
    """
    _check_stream_url(stream_url)
    response = VoiceResponse()
    if keys:
        if not KEYS.fullmatch(keys):
            raise ValueError("Keys are up to 32 of 0-9, *, # and w")
        response.play(digits=keys)
    connect = response.connect(action=action_url)
    stream = connect.stream(url=stream_url)
    for name, value in parameters.items():
        _check_parameter(name, value)
        stream.parameter(name=name, value=value)
    _apologise(response, sorry, language, human, caller_id, ring_secs)
    return _document(response)


def dial_human(
    *,
    hold_line: str,
    human: str,
    nobody_line: str,
    language: str,
    action_url: str | None = None,
    answered_url: str | None = None,
    caller_id: str | None = None,
    timeout_secs: int = 25,
) -> str:
    """Say a line, then put the caller through to a number or a `sip:` address.

    With an `action_url` Twilio reports there how it went and does what the answer says; without
    one it speaks `nobody_line` after the attempt and ends the call. `answered_url` is told when the
    person answers.
    """
    response = VoiceResponse()
    _say(response, hold_line, language)
    _dial(response, human, caller_id, timeout_secs, action_url, answered_url)
    _say(response, nobody_line, language)
    response.hangup()
    return _document(response)


@lru_cache(maxsize=256)  # made once for each agent: it is for moments in which many ask for it
def busy(*, line: str | None = None, language: str = "en-US") -> str:
    """No room for another call: a spoken line, or without one the busy tone (unanswered, free)."""
    response = VoiceResponse()
    if line is None or not line.strip():
        response.reject(reason="busy")
    else:
        _say(response, line, language)
        response.hangup()
    return _document(response)


def wait_in_queue(*, line: str, language: str, pause_secs: int, again_url: str) -> str:
    """No room yet: a spoken line, a pause in whole seconds, then this address is asked again."""
    if pause_secs < 1:
        raise ValueError(f"A pause lasts at least a second, got {pause_secs}")
    response = VoiceResponse()
    _say(response, line, language)
    response.pause(length=pause_secs)
    response.redirect(again_url, method="POST")
    return _document(response)


def hang_up(line: str | None = None, *, language: str = "en-US") -> str:
    """End the call, after a last line if there is one."""
    response = VoiceResponse()
    _say(response, line or "", language)
    response.hangup()
    return _document(response)


def ask_person(*, line: str, language: str, action_url: str, pause_secs: int = 5) -> str:
    """Say a line and wait for one key or some words, which that address is told; also when none
    come.
    """
    response = VoiceResponse()
    gather = response.gather(
        input="dtmf speech",
        num_digits=1,
        timeout=pause_secs,
        speech_timeout="auto",
        language=language,
        action=action_url,
        method="POST",
        action_on_empty_result=True,
    )
    _say(gather, line, language)
    return _document(response)


def conference(*, name: str, told_url: str, action_url: str | None = None) -> str:
    """Bring the call into the conference of this name until one of those in it leaves. Who comes
    and goes is told at `told_url`, which Twilio takes from the first in it alone.
    """
    response = VoiceResponse()
    dial: Dial = response.dial(action=action_url)
    dial.conference(
        name,
        beep="false",
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        status_callback=told_url,
        status_callback_event="start end join leave",
    )
    response.hangup()
    return _document(response)


def check_rest_limit(twiml: str) -> str:
    """The same document, if it is short enough to be sent in a REST request; else ValueError."""
    if len(twiml) > REST_LIMIT:
        raise ValueError(
            f"TwiML sent by REST may have {REST_LIMIT} characters, this document has {len(twiml)}"
        )
    return twiml


def _apologise(
    response: VoiceResponse,
    line: str,
    language: str,
    human: str | None,
    caller_id: str | None,
    ring_secs: int,
) -> None:
    _say(response, line, language)
    if human is not None:
        _dial(response, human, caller_id, ring_secs, None)
    response.hangup()


def _say(response: VoiceResponse, line: str, language: str) -> None:
    spoken = _NOT_XML.sub("", line).strip()
    if spoken:  # Twilio reports an error for a <Say> with nothing in it
        response.say(spoken, language=language)


def _dial(
    response: VoiceResponse,
    human: str,
    caller_id: str | None,
    timeout_secs: int,
    action_url: str | None,
    answered_url: str | None = None,
) -> None:
    if not is_dialable(human):
        raise ValueError("The human to dial must be a number like +15551234567 or a sip: address")
    if not 5 <= timeout_secs <= 600:
        raise ValueError(f"A human's phone may ring from 5 to 600 s, got {timeout_secs}")
    dial: Dial = response.dial(
        action=action_url, timeout=timeout_secs, caller_id=caller_id, answer_on_bridge=True
    )
    told: dict[str, str] = {}
    if answered_url is not None:
        told = {"status_callback": answered_url, "status_callback_event": "answered"}
    if is_sip(human):
        dial.sip(human, **told)
    else:
        dial.number(human, **told)


def _check_stream_url(url: str) -> None:
    parts = urlsplit(url)
    local = parts.scheme == "ws" and is_loopback(parts.hostname)
    if not parts.hostname or not (parts.scheme == "wss" or local):
        raise ValueError(
            "The stream's address must start with wss:// (ws:// only for a simulator on this "
            "machine): set PUBLIC_URL to an https address"
        )
    if "?" in url or "#" in url:
        raise ValueError("Twilio drops query strings of a stream's address: use parameters")


def _check_parameter(name: str, value: str) -> None:
    if not name:
        raise ValueError("A stream parameter needs a name")
    if _NOT_XML.search(name + value):
        raise ValueError(f"The stream parameter {name!r} holds a character XML cannot carry")
    if len(name) + len(value) >= PARAMETER_LIMIT:
        raise ValueError(
            f"Name and value of a stream parameter must stay below {PARAMETER_LIMIT} characters "
            f"together, {name!r} has {len(name) + len(value)}"
        )


def _document(response: VoiceResponse) -> str:
    text = str(response)
    size = len(text.encode())
    if size > DOCUMENT_LIMIT_BYTES:
        raise ValueError(f"TwiML may have {DOCUMENT_LIMIT_BYTES} bytes, this document has {size}")
    return text
