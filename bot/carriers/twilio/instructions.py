"""Our answers in Twilio's words."""

from bot.carriers.answers import (
    Answer,
    AskPerson,
    Connect,
    HangUp,
    Meet,
    PutThrough,
    TurnAway,
    Wait,
)
from bot.carriers.twilio import twiml
from bot.carriers.twilio.addresses import Addresses


def document(answer: Answer, addresses: Addresses) -> str:
    """The TwiML of an answer. Raises ValueError for what Twilio would not take."""
    match answer:
        case Connect():
            return connect_document(answer, addresses)
        case Wait():
            return twiml.wait_in_queue(
                line=answer.line,
                language=answer.language,
                pause_secs=answer.secs,
                again_url=addresses.incoming(answer.call_id, answer.visits),
            )
        case TurnAway():
            return twiml.busy(line=answer.line, language=answer.language)
        case PutThrough():
            report_for = answer.report_for
            return twiml.dial_human(
                hold_line=answer.line,
                human=answer.to,
                nobody_line=answer.nobody_line,
                language=answer.language,
                action_url=None if report_for is None else addresses.dialled(report_for),
                answered_url=None if report_for is None else addresses.picked_up(report_for),
                caller_id=answer.shown_number,
                timeout_secs=answer.ring_secs,
            )
        case AskPerson():
            return twiml.ask_person(
                line=answer.line,
                language=answer.language,
                action_url=addresses.person_said(answer.call_id, answer.attempt),
            )
        case Meet():
            return twiml.conference(
                name=answer.call_id,
                told_url=addresses.conference(answer.call_id),
                action_url=addresses.dialled(answer.call_id) if answer.is_caller else None,
            )
        case HangUp():
            return twiml.hang_up(answer.line, language=answer.language)


def connect_document(answer: Connect, addresses: Addresses, *, keys: str = "") -> str:
    """The TwiML that opens a stream, after these keys were played. Raises ValueError."""
    otherwise = answer.otherwise
    human = otherwise if isinstance(otherwise, PutThrough) else None
    return twiml.connect_stream(
        stream_url=addresses.stream(answer.worker),
        action_url=addresses.stream_ended(answer.call_id),
        parameters={"call": answer.call_id, "token": answer.token},
        sorry=otherwise.line,
        language=otherwise.language,
        human=human.to if human else None,
        caller_id=human.shown_number if human else None,
        ring_secs=human.ring_secs if human else 25,
        keys=keys,
    )
