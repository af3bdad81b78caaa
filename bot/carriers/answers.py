"""What we answer a carrier that asks what to do with a call: values, which each carrier puts into
its own words.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class HangUp:
    """End the call, after a last line if there is one."""

    line: str = ""
    language: str = "en-US"


@dataclass(frozen=True, kw_only=True)
class TurnAway:
    """There is no room for the call: say the line and end it. Without a line the caller hears the
    busy tone, and the call is not answered.
    """

    line: str = ""
    language: str = "en-US"


@dataclass(frozen=True, kw_only=True)
class PutThrough:
    """Say the line, then dial another number for the caller; end the call after that."""

    line: str
    to: str = field(repr=False)  # E.164 or a sip: address
    language: str
    nobody_line: str = ""  # said when they did not come to talk
    shown_number: str | None = field(default=None, repr=False)  # None: what the carrier shows
    ring_secs: int = 25
    report_for: str | None = None  # the call of ours that is told how it went; None: none is


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Say the line, wait for so many seconds, then ask again what to do with the call."""

    line: str
    language: str
    secs: int
    call_id: str
    visits: int  # how often the carrier has asked by now


@dataclass(frozen=True, kw_only=True)
class Connect:
    """Put the call on a media stream of ours. The carrier asks what comes next when that is over;
    where it gets no answer, it does what `otherwise` says.
    """

    call_id: str
    token: str = field(repr=False)  # the stream brings it back
    worker: int | None  # the one of several workers that has the call
    otherwise: PutThrough | HangUp


@dataclass(frozen=True, kw_only=True)
class AskPerson:
    """Say the line to a person whom we have called, and ask us again with what they say to it, a
    key or a word.
    """

    line: str = field(repr=False)
    language: str
    call_id: str  # of the caller whom they may take
    attempt: int  # which of the people called for that caller


@dataclass(frozen=True, kw_only=True)
class Meet:
    """Bring the call into the conference of this call of ours, where it stays until one of them
    leaves. The caller's own side is reported when it is over.
    """

    call_id: str
    is_caller: bool


Answer = AskPerson | Meet | Connect | Wait | TurnAway | PutThrough | HangUp
