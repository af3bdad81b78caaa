"""How an attempt to reach a contact ended, in the words of those who send batches: plain code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.store.records import CallRecord, ToolCallRecord
from bot.store.statuses import TERMINAL_STATUSES


class Disposition(StrEnum):
    """What became of a contact; the value is what results, evidence and write-back say."""

    # a person answered and it is settled
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"  # detail: slot
    OPT_OUT = "opt_out"
    WRONG_PERSON = "wrong_person"
    LANGUAGE_NEEDED = "language_needed"  # detail: language
    TRANSFERRED = "transferred"  # a person of ours talked to them; detail: transfer
    # a person answered and it is not settled yet
    CALLBACK_AT = "callback_at"  # detail: at, an ISO 8601 time with its offset; or local, without
    UNDECIDED = "undecided"  # the call ended before they said what they want
    # They asked for a person of ours, or were given one, and none came to the phone: somebody has
    # to call them, and it is not us; detail: transfer.
    PERSON_WANTED = "person_wanted"
    # no person answered
    VOICEMAIL_LEFT = "voicemail_left"
    VOICEMAIL_NO_MESSAGE = "voicemail_no_message"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    # no call came to be
    FAILED = "failed"  # detail: reason; ours or the carrier's, and it may pass
    # No person can be spoken with at the number, and that will not change; detail: reason, "fax" or
    # the carrier's.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How one attempt ended."""

    disposition: Disposition
    detail: dict[str, Any] = field(default_factory=dict)  # JSON values


# What a tool that did its work means, the most binding first: one call may have several.
OF_TOOL: Mapping[str, Disposition] = MappingProxyType(
    {
        "opt_out": Disposition.OPT_OUT,
        "wrong_person": Disposition.WRONG_PERSON,
        "reschedule_appointment": Disposition.RESCHEDULED,
        "cancel_appointment": Disposition.CANCELLED,
        "confirm_appointment": Disposition.CONFIRMED,
        "call_back_later": Disposition.CALLBACK_AT,
        "another_language": Disposition.LANGUAGE_NEEDED,
        "transfer_to_human": Disposition.TRANSFERRED,
    }
)

# What an ending means where no tool has settled anything: by `bot.calls.outcome.Ending`.
OF_ENDING: Mapping[str, Disposition] = MappingProxyType(
    {
        "caller_hung_up": Disposition.UNDECIDED,
        "goodbye": Disposition.UNDECIDED,
        "end_call": Disposition.UNDECIDED,
        "silence": Disposition.UNDECIDED,
        "time_limit": Disposition.UNDECIDED,
        "budget": Disposition.UNDECIDED,
        "held_too_long": Disposition.UNDECIDED,
        "transfer": Disposition.TRANSFERRED,
        "hung_up_by_api": Disposition.UNDECIDED,
        "shutdown": Disposition.FAILED,
        "machine": Disposition.VOICEMAIL_NO_MESSAGE,
        "voicemail": Disposition.VOICEMAIL_LEFT,
        "busy": Disposition.BUSY,
        "no_answer": Disposition.NO_ANSWER,
        "canceled": Disposition.FAILED,
        "not_placed": Disposition.FAILED,
        "at_capacity": Disposition.FAILED,
        "blocked": Disposition.FAILED,
        "withheld": Disposition.FAILED,
        "too_many_calls": Disposition.FAILED,
        "silent_caller": Disposition.UNDECIDED,
        "bot_loop": Disposition.UNDECIDED,
        "robocall": Disposition.UNDECIDED,
        "sales_pitch": Disposition.UNDECIDED,
        "model_refused": Disposition.FAILED,
        "model_unreachable": Disposition.FAILED,
        "model_silent": Disposition.FAILED,
        "model_failed": Disposition.FAILED,
        "model_lost": Disposition.FAILED,
        "stream_lost": Disposition.FAILED,
        "stream_never_came": Disposition.FAILED,
        "protocol_broken": Disposition.FAILED,
        "processor_failed": Disposition.FAILED,
        "pipeline_failed": Disposition.FAILED,
        "pipeline_stuck": Disposition.FAILED,
        "service_restarted": Disposition.FAILED,
    }
)

_OF_STATUS = MappingProxyType({"busy": Disposition.BUSY, "no-answer": Disposition.NO_ANSWER})

# What no further call is needed about.
SETTLED = frozenset(
    {
        Disposition.CONFIRMED,
        Disposition.CANCELLED,
        Disposition.RESCHEDULED,
        Disposition.OPT_OUT,
        Disposition.WRONG_PERSON,
        Disposition.LANGUAGE_NEEDED,
        Disposition.TRANSFERRED,
        Disposition.VOICEMAIL_LEFT,
        Disposition.UNREACHABLE,
    }
)

# What the contact said, settled or not; anything else says nothing of a person who called us.
SAID = (SETTLED - {Disposition.VOICEMAIL_LEFT, Disposition.UNREACHABLE}) | {
    Disposition.CALLBACK_AT,
    Disposition.UNDECIDED,
    Disposition.PERSON_WANTED,
}


def verdict_of(record: CallRecord) -> Verdict:
    """What a call that is over came to, from its record.

    What a tool has done counts most, then what is known of a machine, then how the call ended. A
    wish for no more calls counts also where the tool could not write it down.

    Raises:
        ValueError: the call is not over.
    """
    if record.outcome is None and record.status not in TERMINAL_STATUSES:
        raise ValueError("The call is not over.")
    done = [call for call in record.tool_calls if call.ok or call.name == "opt_out"]
    if record.dialled is not None and record.dialled.outcome == "cancelled":  # never mind
        done = [call for call in done if call.name != "transfer_to_human"]
    by_tool = _by_tools(done, record)
    if by_tool is not None:
        return by_tool
    known: dict[str, Any] = {}
    if any(call.name == "right_person" for call in done):
        known["right_person"] = True
    return _by_machine(record) or _by_person(record, known) or _by_ending(record, known)


def verdict_of_refusal(reason: str, *, fault: str, retry: bool) -> Verdict:
    """What it comes to that the carrier would not place a call: by its `CarrierError`.

    Only a number that the carrier says cannot be dialled is given up. Whatever else it refuses
    may be put right, in our account or with time.
    """
    if reason == "invalid_number":
        return Verdict(disposition=Disposition.UNREACHABLE, detail={"reason": reason})
    return Verdict(
        disposition=Disposition.FAILED, detail={"reason": reason, "fault": fault, "retry": retry}
    )


def prevailing(known: str, new: Verdict) -> Disposition:
    """The disposition a contact has after another verdict.

    Who opted out has for ever. What is settled is replaced only by what settles it anew: a late
    "no answer" takes no confirmation away.
    """
    if known == Disposition.OPT_OUT:
        return Disposition.OPT_OUT
    if known and Disposition(known) in SETTLED and new.disposition not in SETTLED:
        return Disposition(known)
    return new.disposition


def _by_tools(done: list[ToolCallRecord], record: CallRecord) -> Verdict | None:
    said = {OF_TOOL[call.name]: call for call in done if call.name in OF_TOOL}  # the last of each
    disposition = next((each for each in OF_TOOL.values() if each in said), None)
    if disposition is None:
        return None
    if disposition is Disposition.TRANSFERRED:
        return _put_through(record)
    detail = _detail(disposition, said[disposition])
    also = [each.value for each in OF_TOOL.values() if each in said and each != disposition]
    if Disposition.TRANSFERRED in also:
        also[also.index(Disposition.TRANSFERRED)] = _put_through(record).disposition.value
        detail |= _put_through(record).detail
    if also:
        detail["also"] = also
    return Verdict(disposition=disposition, detail=detail)


def _detail(disposition: Disposition, call: ToolCallRecord) -> dict[str, Any]:
    """What the tool answered, or else what it was asked."""
    told = {**call.arguments, **(call.result or {})}
    which = {"which": told["which"]} if told.get("which") else {}  # of several appointments
    if disposition is Disposition.RESCHEDULED:
        slot = told.get("slot") or " ".join(
            str(told[part]) for part in ("day", "time") if told.get(part)
        )
        return {"slot": slot, **which} if slot else which
    if disposition in (Disposition.CONFIRMED, Disposition.CANCELLED):
        return which
    if disposition is Disposition.CALLBACK_AT:
        return _when_to_call_back(told.get("at"))
    if disposition is Disposition.LANGUAGE_NEEDED and told.get("language"):
        return {"language": str(told["language"])}
    return {}


def _when_to_call_back(at: Any) -> dict[str, Any]:
    """`at` only where it is a moment for certain; `local` where it is one on their own clock."""
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment = None
    if moment is not None and len(str(at)) > len("2026-11-24"):
        return {"at" if moment.tzinfo is not None else "local": moment.isoformat()}
    return {"said": str(at)} if at else {}


def _by_machine(record: CallRecord) -> Verdict | None:
    machine = record.machine or {}
    reason = record.outcome.reason if record.outcome else ""
    if machine.get("is") == "fax":
        return Verdict(disposition=Disposition.UNREACHABLE, detail={"reason": "fax"})
    if machine.get("is") == "machine":
        left = bool(machine.get("delivered_after_beep")) or reason == "voicemail"
        detail = {"delivered_after_beep": bool(machine.get("delivered_after_beep"))}
        if left:
            return Verdict(disposition=Disposition.VOICEMAIL_LEFT, detail=detail)
        return Verdict(disposition=Disposition.VOICEMAIL_NO_MESSAGE)
    if machine.get("is") == "screening":  # their assistant asked who it is, and they did not come
        return Verdict(disposition=Disposition.NO_ANSWER, detail={"screened": True})
    return None


def _by_person(record: CallRecord, known: dict[str, Any]) -> Verdict | None:
    """Where they were put through, by a key, or came to a person after the agent had failed."""
    asked = record.outcome is not None and record.outcome.reason == "transfer"
    if not asked and (record.dialled is None or record.dialled.outcome != "answered"):
        return None
    verdict = _put_through(record)
    return Verdict(disposition=verdict.disposition, detail={**verdict.detail, **known})


def _put_through(record: CallRecord) -> Verdict:
    """What a transfer came to. Where the carrier has not said it, they talk still, unless they hung
    up before a person was dialled.
    """
    if record.dialled is not None:
        outcome = record.dialled.outcome
        reached = outcome == "answered"
    else:
        reached = record.outcome is not None and record.outcome.reason == "transfer"
        outcome = "not_known" if reached else "not_dialled"
    disposition = Disposition.TRANSFERRED if reached else Disposition.PERSON_WANTED
    return Verdict(disposition=disposition, detail={"transfer": outcome})


def _by_ending(record: CallRecord, known: dict[str, Any]) -> Verdict:
    if record.outcome is None:
        disposition = _OF_STATUS.get(record.status, Disposition.FAILED)
        return Verdict(
            disposition=disposition,
            detail={"reason": record.status} if disposition is Disposition.FAILED else {},
        )
    reason = record.outcome.reason
    completed = record.outcome.result == "completed"
    own_word = completed and reason not in OF_ENDING and reason.isidentifier()
    ended_as = "end_call" if own_word else reason  # a pipeline's author gave it a name of its own
    disposition = OF_ENDING.get(ended_as, Disposition.FAILED)
    if disposition is Disposition.UNDECIDED and record.answered_at is None:
        disposition = Disposition.FAILED  # ended from our side while it rang
    if disposition is Disposition.FAILED:
        answered = {"answered": True} if record.answered_at is not None else {}
        return Verdict(disposition=disposition, detail={"reason": reason, **answered, **known})
    return Verdict(disposition=disposition, detail=known)
