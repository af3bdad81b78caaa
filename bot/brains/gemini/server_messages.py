"""The server's messages, read before anything follows from them. Plain code.

A message is read whole or not at all. It may say several things at once; `Told` has all of them.
Source: google-genai 3.6, `types.LiveServerMessage` and its parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

LONGEST_ID = 512
LONGEST_TEXT = 200_000  # an hour of speech
LONGEST_HANDLE = 10_000
MOST_USED = 10**9  # tokens of one answer

# What says something that a call needs, or nothing that it does.
KINDS = frozenset(
    {
        *("setupComplete", "serverContent", "toolCall", "toolCallCancellation", "usageMetadata"),
        *("goAway", "sessionResumptionUpdate", "voiceActivity", "voiceActivityDetectionSignal"),
    }
)


class Malformed(ValueError):
    """A known message lacks what it must have, or has what it cannot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A function that the model calls; its arguments are JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What one message says."""

    sound: tuple[str, ...] = ()  # base64; 16-bit samples at 24 kHz
    heard: str = ""  # more words of the caller
    heard_all: bool = False  # no more of them come
    interim: str = ""  # all of the caller's words so far, while they speak
    said: str = ""  # more words of the model
    interrupted: bool = False  # what it was saying is cut
    generated: bool = False  # all of its sound has come
    complete: bool = False  # its turn is over
    reason: str = ""  # why
    goes_on: bool = False  # it thinks on, and another turn of the same answer follows
    waits: bool = False  # it expects the caller to go on and says nothing
    calls: tuple[Call, ...] = ()
    cancelled: tuple[str, ...] = ()  # calls of functions
    usage: Mapping[str, Any] | None = None
    handle: str = ""  # of the session as it is now
    resumable: bool | None = None
    ends_in_secs: float | None = None

    @property
    def is_of_an_answer(self) -> bool:
        """It is about what the model says or does."""
        return bool(
            self.sound
            or self.said
            or self.interrupted
            or self.generated
            or self.complete
            or self.calls
            or self.cancelled
        )

    @property
    def begins(self) -> bool:
        """It brings something of an answer."""
        return bool(self.sound or self.said or self.calls)


def is_known(message: Mapping[str, Any]) -> bool:
    """Whether it is of a kind that somebody knows."""
    return any(kind in message for kind in KINDS)


def read(message: Mapping[str, Any]) -> Told:
    """What a message says. Raises Malformed."""
    content = _object(message, "serverContent")
    heard, interim = (
        _object(content, name) for name in ("inputTranscription", "interimInputTranscription")
    )
    update = _object(message, "sessionResumptionUpdate")
    return Told(
        sound=tuple(_sounds(_object(content, "modelTurn"))),
        heard=_text(heard, "text"),
        heard_all=_flag(heard, "finished"),
        interim=_text(interim, "text"),
        said=_text(_object(content, "outputTranscription"), "text"),
        interrupted=_flag(content, "interrupted"),
        generated=_flag(content, "generationComplete"),
        complete=_flag(content, "turnComplete"),
        reason=_text(content, "turnCompleteReason", LONGEST_ID),
        goes_on=_text(content, "interactionStatus", LONGEST_ID) == "IN_PROGRESS",
        waits=_flag(content, "waitingForInput"),
        calls=tuple(_call(each) for each in _list(_object(message, "toolCall"), "functionCalls")),
        cancelled=tuple(
            _id(each) for each in _list(_object(message, "toolCallCancellation"), "ids")
        ),
        usage=_usage(message),
        handle=_text(update, "newHandle", LONGEST_HANDLE),
        resumable=_flag(update, "resumable") if update else None,
        ends_in_secs=_time_left(message),
    )


def _object(within: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = within.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{name} is no object")
    return value


def _list(within: Mapping[str, Any], name: str) -> list[Any]:
    value = within.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{name} is no list")
    return value


def _text(within: Mapping[str, Any], name: str, longest: int = LONGEST_TEXT) -> str:
    value = within.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise Malformed(f"{name} is no text, or too long")
    return value


def _flag(within: Mapping[str, Any], name: str) -> bool:
    value = within.get(name)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"{name} is neither true nor false")
    return bool(value)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Malformed("an id is no text, or too long")
    return value


def _sounds(model_turn: Mapping[str, Any]) -> list[str]:
    """The sound in its parts; what it thinks to itself, and files, are none of ours."""
    sounds = []
    for part in _list(model_turn, "parts"):
        if not isinstance(part, dict):
            raise Malformed("a part is no object")
        blob = _object(part, "inlineData")
        if not _text(blob, "mimeType").startswith("audio/"):
            continue
        sounds.append(_text(blob, "data", 2**31))  # how long, the socket's limit says
    return [sound for sound in sounds if sound]


def _call(value: Any) -> Call:
    if not isinstance(value, dict):
        raise Malformed("a function call is no object")
    arguments = orjson.dumps(_object(value, "args")).decode()
    return Call(id=_id(value.get("id")), name=_id(value.get("name")), arguments=arguments)


def _usage(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    usage = _object(message, "usageMetadata")
    if not _counts(usage, depth=4):
        raise Malformed("usageMetadata cannot be read")
    return usage or None


def _counts(value: Any, *, depth: int) -> bool:
    """Numbers of a believable size, by name, a few levels deep."""
    if isinstance(value, dict):
        return depth > 0 and all(_counts(part, depth=depth - 1) for part in value.values())
    if isinstance(value, list):
        return depth > 0 and all(_counts(part, depth=depth - 1) for part in value)
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return 0 <= value <= MOST_USED
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_ID)


def _time_left(message: Mapping[str, Any]) -> float | None:
    """`goAway.timeLeft` is a Duration as JSON has it: "9.5s"."""
    if "goAway" not in message:
        return None
    told = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", _text(_object(message, "goAway"), "timeLeft"))
    return float(told[1]) if told else 0.0
