"""What webhooks tell of a call, a booking, a message or a text, as it stands when they are sent."""

from dataclasses import asdict
from typing import Any

from bot.clock import utcnow
from bot.outbox.outbox import wait_for_the_rest
from bot.store import CallRecord, DeliveryRecord, MessageRecord, Store, TextRecord, ToolCallRecord


async def facts_of(store: Store, delivery: DeliveryRecord) -> dict[str, Any] | None:
    """The `data` of an event; None when its subject is not there any more, or was erased.

    Raises NotDelivered: the end of a call is told of once it is summed up.
    """
    match delivery.event.partition(".")[0]:
        case "call" | "transfer":
            call = await store.get_call(delivery.subject)
            if call is not None and delivery.event == "call.ended":
                wait_for_the_rest(call, utcnow())
            return None if call is None else of_call(call)
        case "booking":
            call_id, _, key = delivery.subject.partition("/")
            call = await store.get_call(call_id)
            done = [each for each in call.tool_calls if each.key == key] if call else []
            return of_booking(call, done[0]) if call and done else None
        case "message":
            message = await store.messages.get(delivery.subject)
            return None if message is None or message.is_erased else of_message(message)
        case "sms":
            text = await store.texts.get(delivery.subject)
            return None if text is None or not text.number else of_text(text)
    return None


def of_call(call: CallRecord) -> dict[str, Any]:
    """A call without what was said: that stands at GET /calls/{id}."""
    return {
        "call": call.id,
        "direction": call.direction,
        "agent": call.agent,
        "from": call.from_number,
        "to": call.to_number,
        "status": call.status,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "outcome": asdict(call.outcome) if call.outcome else None,
        "transfer": asdict(call.transfer) if call.transfer else None,
        "dialled": asdict(call.dialled) if call.dialled else None,
        "transfer_steps": call.transfer_steps or [],
        "cost": {"currency": call.cost.currency, "total": str(call.cost.total)}
        if call.cost
        else None,
    }


def of_booking(call: CallRecord, done: ToolCallRecord) -> dict[str, Any]:
    """What the business was asked to write in its diary, and what it answered."""
    return {
        "call": call.id,
        "agent": call.agent,
        "from": call.from_number,
        "to": call.to_number,
        "at": done.started_at,
        "tool": done.name,
        "arguments": done.arguments,
        "result": done.result,
    }


def of_message(message: MessageRecord) -> dict[str, Any]:
    """A message, and whether a person has it."""
    return {
        "message": message.id,
        "call": message.call_id,
        "agent": message.agent,
        "taken_at": message.taken_at,
        "name": message.name,
        "number": message.number,
        "caller_number": message.caller_number,
        "reason": message.reason,
        "urgency": message.urgency,
        "escalated_at": message.escalated_at,
        "acknowledged_at": message.acknowledged_at,
        "acknowledged_by": message.acknowledged_by,
    }


def of_text(text: TextRecord) -> dict[str, Any]:
    """A text message."""
    return {
        "text": text.id,
        "direction": text.direction,
        "our_number": text.our_number,
        "number": text.number,
        "body": text.body,
        "purpose": text.purpose,
        "call": text.call_id,
        "made_at": text.made_at,
        "status": text.status,
        "problem": text.problem,
    }
