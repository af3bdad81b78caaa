"""Every way a call ends, and what each means: plain data.

An ending is decided once, by the first to see it; the outcome that is stored follows from it.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

Result = Literal["completed", "transferred", "unreached", "turned_away", "failed"]


class Ending(StrEnum):
    """Why a call ended; the value is the `reason` of its outcome."""

    # the conversation came to its end
    CALLER_HUNG_UP = "caller_hung_up"
    GOODBYE = "goodbye"  # the agent's farewell was heard and neither side spoke again
    END_CALL = "end_call"  # the model asked for it
    SILENCE = "silence"  # the caller said nothing, in spite of the prompts
    TIME_LIMIT = "time_limit"
    BUDGET = "budget"
    HELD_TOO_LONG = "held_too_long"  # the other side let us wait for longer than we may
    TRANSFER = "transfer"  # put through to a person
    MACHINE = "machine"  # one answered; nothing was left on it
    VOICEMAIL = "voicemail"  # the message was left on one
    HUNG_UP_BY_API = "hung_up_by_api"
    SHUTDOWN = "shutdown"  # the service stops
    # nobody was there who wanted something
    SILENT_CALLER = "silent_caller"  # they never said anything; the shield cut it short
    BOT_LOOP = "bot_loop"  # the other side said the same again and again
    ROBOCALL = "robocall"  # a recorded message
    SALES_PITCH = "sales_pitch"  # somebody sells
    # it never came to be
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELED = "canceled"
    NOT_PLACED = "not_placed"  # the carrier would not dial, or the dialling failed
    AT_CAPACITY = "at_capacity"
    BLOCKED = "blocked"  # the number is on a block list
    WITHHELD = "withheld"  # the number is not shown, and the line wants one
    TOO_MANY_CALLS = "too_many_calls"  # of this number, within an hour
    # something broke
    MODEL_REFUSED = "model_refused"
    MODEL_UNREACHABLE = "model_unreachable"
    MODEL_SILENT = "model_silent"
    MODEL_FAILED = "model_failed"
    MODEL_LOST = "model_lost"
    STREAM_LOST = "stream_lost"
    STREAM_NEVER_CAME = "stream_never_came"
    PROTOCOL_BROKEN = "protocol_broken"  # hardly anything on one of the sockets can be read
    PROCESSOR_FAILED = "processor_failed"  # and its author wants calls to end then
    PIPELINE_FAILED = "pipeline_failed"
    PIPELINE_STUCK = "pipeline_stuck"
    SERVICE_RESTARTED = "service_restarted"


# What is done at the carrier: nothing (the call is over there), hang up, say sorry and dial the
# human if there is one, or dial the human.
CarrierAction = Literal["leave", "hang_up", "apologise", "put_through"]


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What an ending means for the record and for the carrier."""

    result: Result
    action: CarrierAction


def _means(result: Result, action: CarrierAction) -> Meaning:
    return Meaning(result=result, action=action)


MEANING = MappingProxyType(
    {
        Ending.CALLER_HUNG_UP: _means("completed", "leave"),
        Ending.GOODBYE: _means("completed", "hang_up"),
        Ending.END_CALL: _means("completed", "hang_up"),
        Ending.SILENCE: _means("completed", "hang_up"),
        Ending.TIME_LIMIT: _means("completed", "hang_up"),
        Ending.BUDGET: _means("completed", "hang_up"),
        Ending.HELD_TOO_LONG: _means("unreached", "hang_up"),
        Ending.TRANSFER: _means("transferred", "put_through"),
        Ending.MACHINE: _means("unreached", "hang_up"),
        Ending.VOICEMAIL: _means("completed", "hang_up"),
        Ending.HUNG_UP_BY_API: _means("completed", "hang_up"),
        Ending.SHUTDOWN: _means("completed", "apologise"),
        Ending.SILENT_CALLER: _means("completed", "hang_up"),
        Ending.BOT_LOOP: _means("completed", "hang_up"),
        Ending.ROBOCALL: _means("completed", "hang_up"),
        Ending.SALES_PITCH: _means("completed", "hang_up"),
        Ending.BUSY: _means("unreached", "leave"),
        Ending.NO_ANSWER: _means("unreached", "leave"),
        Ending.CANCELED: _means("unreached", "leave"),
        Ending.NOT_PLACED: _means("failed", "leave"),
        Ending.AT_CAPACITY: _means("turned_away", "leave"),
        Ending.BLOCKED: _means("turned_away", "leave"),
        Ending.WITHHELD: _means("turned_away", "leave"),
        Ending.TOO_MANY_CALLS: _means("turned_away", "leave"),
        Ending.MODEL_REFUSED: _means("failed", "apologise"),
        Ending.MODEL_UNREACHABLE: _means("failed", "apologise"),
        Ending.MODEL_SILENT: _means("failed", "apologise"),
        Ending.MODEL_FAILED: _means("failed", "apologise"),
        Ending.MODEL_LOST: _means("failed", "apologise"),
        Ending.STREAM_LOST: _means("failed", "apologise"),
        Ending.STREAM_NEVER_CAME: _means("failed", "apologise"),
        Ending.PROTOCOL_BROKEN: _means("failed", "apologise"),
        Ending.PROCESSOR_FAILED: _means("failed", "apologise"),
        Ending.PIPELINE_FAILED: _means("failed", "apologise"),
        Ending.PIPELINE_STUCK: _means("failed", "apologise"),
        Ending.SERVICE_RESTARTED: _means("failed", "leave"),
    }
)

# Of those that come out of a conversation: what thinks and speaks in it is gone for good.
BRAIN_IS_LOST = frozenset(
    {
        Ending.MODEL_REFUSED,
        Ending.MODEL_UNREACHABLE,
        Ending.MODEL_SILENT,
        Ending.MODEL_FAILED,
        Ending.MODEL_LOST,
        Ending.PROTOCOL_BROKEN,
    }
)

# Who was not let in; and whose call was cut.
KEPT_OUT = frozenset({Ending.BLOCKED, Ending.WITHHELD, Ending.TOO_MANY_CALLS})
CUT = frozenset({Ending.SILENT_CALLER, Ending.BOT_LOOP, Ending.ROBOCALL, Ending.SALES_PITCH})

# There was no conversation: there is nothing to sum up.
WITHOUT_TALK = frozenset({Ending.MACHINE, Ending.VOICEMAIL, Ending.SILENT_CALLER, Ending.ROBOCALL})

# The carrier's words for a call that is over.
_OF_STATUS = MappingProxyType(
    {
        "completed": Ending.CALLER_HUNG_UP,
        "busy": Ending.BUSY,
        "no-answer": Ending.NO_ANSWER,
        "canceled": Ending.CANCELED,
        "failed": Ending.NOT_PLACED,
    }
)


def ending_of_status(status: str) -> Ending | None:
    """The ending a final status of the carrier stands for; None for one that is not final."""
    return _OF_STATUS.get(status)


def status_of_ending(ending: Ending, *, answered: bool) -> str:
    """The carrier's word for a call that ended so, where the carrier has not said it itself."""
    for status, of_status in _OF_STATUS.items():
        if of_status is ending:
            return status
    return "completed" if answered else "canceled"
