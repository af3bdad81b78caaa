"""How the simulated model behaves, and how it misbehaves."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from bot.simulator.model.dialect import OPENAI, Dialect
from bot.simulator.model.script import Call


@dataclass(frozen=True, kw_only=True)
class Manner:
    """The pace of a healthy model.

    first_audio_after_secs: from `response.created` to the first sound.
    speed: seconds of speech generated in a second; the service is faster than real time.
    delta_ms: speech in one `response.output_audio.delta`.
    transcript_after_secs: from the end of a turn to its transcript, maybe after the answer.
    end_of_turn_ms: silence that ends a turn under semantic_vad.
    session_secs: the life of a session, 60 minutes at the service.
    accepts_g711: False tells back and uses PCM whatever was asked for.
    keeps_audio: False forgets the sound in the records, for long or many calls.
    dialect: how a server of another vendor differs.
    """

    first_audio_after_secs: float = 0.3
    speed: float = 4.0
    delta_ms: int = 300
    transcript_after_secs: float = 0.4
    end_of_turn_ms: int = 500
    session_secs: float = 3600.0
    accepts_g711: bool = True
    keeps_audio: bool = True
    dialect: Dialect = OPENAI


class Moment(Enum):
    """When something goes wrong."""

    CONNECTED = "connected"  # right after the handshake, before session.created
    UPDATED = "updated"  # the session was updated
    GREETING = "greeting"  # the first sound of the first response was sent
    LISTENING = "listening"  # the caller began to speak
    SPEAKING = "speaking"  # the first sound of any response was sent
    TOOL_CALL = "tool_call"  # a function was called


class Mishap(Enum):
    """What goes wrong."""

    DROP = "drop"  # the connection breaks without a word
    CLOSE = "close"  # the server closes: 1011
    STALL = "stall"  # nothing is sent any more, the socket stays open and answers pings
    DEAD = "dead"  # nothing comes or goes any more, pings neither, and nobody is told
    PAUSE = "pause"  # the same for `for_secs`, for all sessions and new ones; nothing is lost
    ERROR = "error"  # an `error` event of the server's own making
    UNKNOWN_EVENT = "unknown_event"  # an event of a type nobody knows
    UNKNOWN_FIELD = "unknown_field"  # from now on each event carries a field nobody knows
    UNKNOWN_LITERAL = "unknown_literal"  # a known event with a value nobody knows
    INVALID_JSON = "invalid_json"  # a message that is no JSON
    INVALID = "invalid"  # the server closes and says that a message was none: 1007
    GO_AWAY = "go_away"  # it says that it will close `for_secs` later, and does
    EXPIRE = "expire"  # `session_expired`, then the server closes


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One mishap, `after_secs` after the moment: the first `times` that it comes."""

    moment: Moment
    mishap: Mishap
    after_secs: float = 0.0
    for_secs: float = 0.0  # of a PAUSE
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong with one session.

    refuse_with: the handshake is answered with this HTTP status (401, 429, 503).
    created_after_secs: `session.created` is this late.
    updated_after_secs: the first `session.updated` is this late.
    first_audio_after_secs, speed: replace the manner's (a speed below 1.0 starves a call).
    never_answers: asked for a response, it stays silent.
    fails_with: every response fails with this code, e.g. "inference_rate_limit_exceeded".
    fails_after, fails_times: only so many do, after so many that do not.
    fails_saying: the message that goes with it, e.g. "Please try again in 2.7s.".
    empty_after: the response after so many others is completed without anything in it.
    loops: once it has spoken, every response that may call a function calls the next of these, and
        says nothing; after the last comes the first.
    no_metadata: responses do not give back the metadata that they were asked for with.
    no_done_if_cancelled: nothing says that a response which was cancelled has ended.
    refuses_updates: every `session.update` but the first is answered with an error.
    empty_because: the reason that goes with it.
    cancels_tools: functions are called off when the caller cuts in.
    refuses_handles: no session goes on from the state of an earlier one.
    half_pairs: the caller's words end in half of a surrogate pair.
    sends: in place of the format that it tells back: "pcm" at 24 kHz, whatever it told, or the
        "other" one of μ-law and PCM.
    """

    refuse_with: int | None = None
    created_after_secs: float = 0.0
    updated_after_secs: float = 0.0
    first_audio_after_secs: float | None = None
    speed: float | None = None
    never_answers: bool = False
    fails_with: str | None = None
    fails_after: int = 0
    fails_times: int | None = None
    fails_saying: str = ""
    empty_after: int | None = None
    empty_because: str = ""
    cancels_tools: bool = False
    refuses_handles: bool = False
    loops: tuple[Call, ...] = ()
    no_metadata: bool = False
    no_done_if_cancelled: bool = False
    refuses_updates: bool = False
    half_pairs: bool = False
    sends: Literal["as_told", "pcm", "other"] = "as_told"
    incidents: tuple[Incident, ...] = ()


NO_FAULTS = Faults()
