"""A message in words: as an e-mail, and as a text message."""

from zoneinfo import ZoneInfo

from bot.outbox.mail import Letter
from bot.store import DeliveryRecord, MessageRecord

_TEXT_REASON = 160  # characters of the reason in a text message


def letter_of(
    message: MessageRecord, delivery: DeliveryRecord, *, link: str, zone: ZoneInfo | None
) -> Letter | None:
    """The e-mail about a message, with its time in this zone (None: the machine's); None when there
    is nothing to tell any more.
    """
    if _is_settled(message, delivery):
        return None
    urgent = message.urgency == "urgent"
    head = f"{_OPENINGS[delivery.event]}{'Urgent message' if urgent else 'Message'}"
    from_whom = message.name or "a caller"
    lines = [
        f"Name:      {message.name or '-'}",
        f"Call back: {message.number or '-'}",
    ]
    if message.caller_number and message.caller_number != message.number:
        lines.append(f"Called from: {message.caller_number}")
    lines += [
        f"Urgency:   {message.urgency}",
        f"Taken:     {message.taken_at.astimezone(zone):%Y-%m-%d %H:%M %Z}",
        f"Call:      {message.call_id or '-'}",
        "",
        message.reason,
        "",
        "You have this message and take care of it? Then open this link and press the button:",
        link,
    ]
    return Letter(subject=f"{head} from {from_whom}", text="\n".join(lines) + "\n", urgent=urgent)


def text_of(message: MessageRecord, delivery: DeliveryRecord, *, link: str) -> str | None:
    """The text message about a message; None when there is nothing to tell any more."""
    if _is_settled(message, delivery):
        return None
    reason = " ".join(message.reason.split())
    if len(reason) > _TEXT_REASON:
        reason = reason[: _TEXT_REASON - 1] + "…"
    urgent = "URGENT " if message.urgency == "urgent" else ""
    head = f"{_OPENINGS[delivery.event]}{urgent}message from {message.name or 'a caller'}"
    back = f", {message.number}" if message.number else ""
    return f"{head}{back}: {reason} Taken care of? {link}"


def _is_settled(message: MessageRecord, delivery: DeliveryRecord) -> bool:
    """Nobody need hear of it any more: it was erased, or acknowledged before this was sent."""
    return message.is_erased or message.acknowledged_at is not None


_OPENINGS = {
    "message.taken": "",
    "message.reminder": "Reminder: ",
    "message.escalated": "Nobody has acknowledged this: ",
}
