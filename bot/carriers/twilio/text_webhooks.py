"""What Twilio tells us about text messages, read from its form posts.

Source: twilio.com/docs/messaging/guides/webhook-request and .../track-outbound-message-status.
OptOutType comes from messaging services with Advanced Opt-Out alone.
"""

from __future__ import annotations

import re

from bot.carriers.texts import LONGEST_BODY, TEXT_SID, OptOutWish, TextMoved, TextReceived
from bot.carriers.twilio.rest_texts import move_of
from bot.carriers.twilio.webhooks import BadWebhook, Form

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # all but the end of a line
_WISHES: dict[str, OptOutWish] = {"STOP": "stop", "START": "start", "HELP": "help"}


def text_received(form: Form) -> TextReceived:
    """Raises BadWebhook."""
    return TextReceived(
        sid=_sid(form),
        from_=_text(form, "From"),
        to=_text(form, "To"),
        body=_text(form, "Body"),
        wish=_WISHES.get(_text(form, "OptOutType").upper(), ""),
    )


def text_moved(form: Form) -> TextMoved:
    """Raises BadWebhook."""
    move = move_of(_text(form, "MessageStatus"))
    if move is None:
        raise BadWebhook("A status callback of a text needs a known MessageStatus")
    code = _text(form, "ErrorCode")
    is_code = code.isascii() and code.isdigit() and len(code) <= 9
    return TextMoved(sid=_sid(form), status=move, error_code=int(code) if is_code else None)


def _text(form: Form, name: str) -> str:
    value = form.get(name)
    return _CONTROL.sub("", value)[:LONGEST_BODY] if isinstance(value, str) else ""


def _sid(form: Form) -> str:
    sid = _text(form, "MessageSid") or _text(form, "SmsSid")
    if not TEXT_SID.fullmatch(sid):
        raise BadWebhook("The form has no MessageSid: it does not say which text it is about")
    return sid
