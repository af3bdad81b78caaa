"""A person who is asked to take a caller: called, brought together with them, or let go."""

import asyncio

from loguru import logger

from bot.calls import actions as act
from bot.calls.call import Call
from bot.calls.events import CarrierAnswered
from bot.calls.legs import Target, TransferOutcome
from bot.calls.lost_legs import look_for_leg
from bot.calls.outcome import Ending
from bot.calls.person_callbacks import question
from bot.calls.person_events import CallerNotMoved, PersonNotPlaced, PersonPlaced, PersonUnclear
from bot.calls.teardown import CarrierTeardown
from bot.carriers import (
    CallStatus,
    Carrier,
    CarrierError,
    HangUp,
    MachineDetection,
    Meet,
    PlaceCall,
)
from bot.masking import without_numbers
from bot.store import CallRecord, Dialled, Transfer
from bot.tasks import TaskSet

RING_SECS = 25
TALK_SECS = 4 * 3600  # kept by the carrier, should we be gone: the person's leg ends with the room

_STATUS = {
    TransferOutcome.BUSY: CallStatus.BUSY,
    TransferOutcome.NO_ANSWER: CallStatus.NO_ANSWER,
    TransferOutcome.CANCELLED: CallStatus.CANCELED,
    TransferOutcome.FAILED: CallStatus.FAILED,
}
_WHAT = {
    TransferOutcome.BUSY: "the line of {who} is busy",
    TransferOutcome.NO_ANSWER: "{who} does not answer",
    TransferOutcome.DECLINED: "{who} cannot take the call now",
    TransferOutcome.VOICEMAIL: "only the voicemail of {who} answers",
}
_NOBODY = (
    "Of the person you asked: {what}. Nobody else is asked. Tell the caller in one short "
    "sentence, and offer to take a message or to have somebody call back."
)
_NEXT = (
    "Of the person you asked: {what}. {next} is being asked now. Tell the caller in one short "
    "sentence that it takes another moment."
)
_CALLED_OFF = "Nobody is being asked any more. Go on helping the caller yourself."


class PeopleAsked:
    """What is done at the carrier about those who are asked in one call, beside the call."""

    def __init__(self, carrier: Carrier, teardown: CarrierTeardown, tasks: TaskSet) -> None:
        self._carrier = carrier
        self._teardown = teardown
        self._tasks = tasks
        self._moving: asyncio.Task[None] | None = None

    def begin(self, call: Call, wanted: act.AskPerson | act.EndPerson | act.MoveCaller) -> None:
        """Does this; returns at once."""
        name = f"person::{call.id}"
        match wanted:
            case act.AskPerson():
                self._tasks.start(ask_person(call, wanted, carrier=self._carrier), name=name)
            case act.EndPerson():
                self._tasks.start(end_person(call, wanted, carrier=self._carrier), name=name)
            case act.MoveCaller():
                moving = move_caller(call, carrier=self._carrier, teardown=self._teardown)
                self._moving = self._tasks.start(moving, name=name)

    async def caller_moved(self) -> None:
        """Waits until the carrier has answered, if it was told to bring the caller to a person.
        Their stream may be closed then: before, the carrier would ask and bring them there twice.
        """
        if self._moving is not None:
            await asyncio.wait({self._moving})


async def ask_person(call: Call, wanted: act.AskPerson, *, carrier: Carrier) -> None:
    """Places the call to the person, and posts what the carrier says."""
    asked = wanted.consultation
    if call.ending is not None:  # decided while this waited for its turn
        return
    call.journal.transferred(
        Transfer(
            reason=without_numbers(asked.reason), at=asked.asked_at, target=asked.target.number
        )
    )
    try:
        placed = await carrier.place(
            PlaceCall(
                to=asked.target.number,
                from_=call.our_number,
                on_answer=question(call, asked.attempt),
                call_id=call.id,
                attempt=asked.attempt,
                ring_timeout_secs=RING_SECS,
                time_limit_secs=TALK_SECS,
                machine_detection=MachineDetection(),
            )
        )
    except (CarrierError, ValueError) as error:
        logger.warning(
            "a person cannot be asked: {}", error, call_id=call.id, event="person_not_called"
        )
        unclear = isinstance(error, CarrierError) and not error.settled
        call.post(PersonUnclear(asked.attempt) if unclear else PersonNotPlaced(asked.attempt))
        if unclear:
            await look_for_leg(call, asked, carrier=carrier)
    else:
        call.post(PersonPlaced(asked.attempt, placed.call_sid))
        if call.ending is not None and call.state.consultation is None:
            # Decided while it was placed: the call's own runner performs nothing any more.
            await end_person(call, act.EndPerson(placed.call_sid, apology=False), carrier=carrier)


async def end_person(call: Call, wanted: act.EndPerson, *, carrier: Carrier) -> None:
    """Ends their leg. One that is over counts as done."""
    lines = call.agent.lines
    try:
        if wanted.apology:
            sorry = HangUp(line=lines.caller_left, language=call.agent.locale)
            await carrier.redirect(wanted.call_sid, sorry)
        else:
            await carrier.end(wanted.call_sid)
    except CarrierError as error:
        if not error.gone:
            logger.warning(
                "the leg of a person is not ended: {}",
                error,
                call_id=call.id,
                event="person_not_ended",
            )


def is_asking(record: CallRecord) -> bool:
    """A person was being called for the caller of an open call, as far as it was written down."""
    steps = record.transfer_steps or [{}]
    return bool(steps[-1].get("step") == "called")


async def let_go_of_people(call_id: str, carrier: Carrier) -> None:
    """Whoever waits for the caller of this call, and alone, waits no longer. A telephone that rings
    falls silent by itself, and who is asked hears at their answer that nobody waits any more.
    """
    try:
        await carrier.end_meeting(call_id)
    except CarrierError as error:
        logger.warning(
            "whether somebody waits for a caller is not known: {}",
            error,
            call_id=call_id,
            event="person_not_ended",
        )


async def move_caller(call: Call, *, carrier: Carrier, teardown: CarrierTeardown) -> None:
    """Brings the caller into the conference in which the person waits."""
    if call.call_sid is None:
        return
    try:
        await carrier.redirect(call.call_sid, Meet(call_id=call.id, is_caller=True))
    except CarrierError as error:
        teardown.troubles.carrier_refused(error)
        logger.error(
            "the caller is not brought to the person who takes the call: {}",
            error,
            call_id=call.id,
            event="transfer_refused",
        )
        call.post(CarrierAnswered(Ending.CALLER_HUNG_UP) if error.gone else CallerNotMoved())
    except ValueError:
        call.post(CallerNotMoved())


def note_step(call: Call, step: act.NoteStep) -> None:
    """Into the record; with what came of the whole transfer, if it is over."""
    call.feed.transfer_step(step.step, to=step.to)
    if step.outcome is not None:
        status = _STATUS.get(step.outcome, CallStatus.COMPLETED)
        call.journal.transfer_ended(Dialled(outcome=step.outcome.value, status=status.value))
    logger.info("transfer: {}", step.step.replace("_", " "), call_id=call.id, event="transfer_step")


def told_of(told: act.TellConsultation) -> str:
    """What the model is told of it."""
    if told.outcome is None:
        return _CALLED_OFF
    who = _name(told.target)
    what = _WHAT.get(told.outcome, "{who} cannot be reached").format(who=who)
    if told.next_one is not None:
        return _NEXT.format(what=what, next=_name(told.next_one))
    return _NOBODY.format(what=what)


def _name(target: Target) -> str:
    return target.name or "the person"
