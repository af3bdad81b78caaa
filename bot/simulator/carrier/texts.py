"""Text messages at the simulated carrier: Twilio's Messages resource, and people's telephones.

Sources: twilio.com/docs/messaging/api/message-resource (fields, statuses, 1,600 characters),
.../guides/webhook-request, .../guides/track-outbound-message-status, and
help.twilio.com/articles/223134027 for what STOP, START and HELP do. Replies in TwiML are not
simulated: what a webhook answers must be a document without any.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from bot.clock import utcnow
from bot.simulator.carrier.errors import ApplicationError, CarrierError, RestError
from bot.simulator.carrier.exchange import Exchange, new_sid
from bot.simulator.carrier.request import E164, Form, one
from bot.simulator.carrier.resource import API_VERSION, account_path
from bot.simulator.carrier.status import timestamp

LONGEST_BODY = 1600
STOP_WORDS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
START_WORDS = ("START", "YES", "UNSTOP")
HELP_WORDS = ("HELP", "INFO")
STOPPED = "You have successfully been unsubscribed. Reply START to resubscribe."
STARTED = "You have successfully been re-subscribed to messages from this number."
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


@dataclass(frozen=True, kw_only=True)
class Delivers:
    """The telephone is on: the text arrives, and its owner may answer."""

    after_secs: float = 0.5
    reply: str = ""
    callbacks: tuple[str, ...] = ("sent", "delivered")  # told in this order; () tells nothing


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """The carrier took the text, and the network could not deliver it."""

    code: int = 30003  # unreachable; 30005 unknown, 30006 landline, 30007 filtered
    after_secs: float = 0.5


@dataclass(frozen=True, kw_only=True)
class RefusesTexts:
    """The carrier's API does not take the text: no message comes to be."""

    code: int = 21614  # not a mobile number


TextPolicy = Delivers | Undelivered | RefusesTexts


@dataclass(kw_only=True)
class SimText:
    """A message, in either direction."""

    sid: str
    direction: str  # inbound, outbound-api, outbound-reply
    from_number: str
    to_number: str
    body: str
    status: str
    created_at: datetime
    error_code: int | None = None
    status_callback: str = ""


@dataclass(kw_only=True)
class TextExchange:
    """Takes texts, delivers them, and passes on what people send to our number."""

    exchange: Exchange
    owns: Callable[[str], bool]
    text_url: Callable[[], str] = lambda: ""  # where a text to our number is announced
    texts: dict[str, SimText] = field(default_factory=dict)
    policies: dict[str, TextPolicy] = field(default_factory=dict)
    opted_out: set[tuple[str, str]] = field(default_factory=set)  # (our number, theirs)

    def create(self, form: Form) -> SimText:
        """The text that was asked for by REST; `RestError` where it is refused."""
        to, from_number, body = one(form, "To"), one(form, "From"), one(form, "Body")
        if not to:
            raise RestError(21604)
        if not E164.fullmatch(to):
            raise RestError(21211, to)
        if not self.owns(from_number) or not E164.fullmatch(from_number):
            raise RestError(21606, from_number)
        if not body:
            raise RestError(21602)
        if len(body) > LONGEST_BODY:
            raise RestError(21617)
        policy = self.policies.get(to, Delivers())
        if isinstance(policy, RefusesTexts):
            raise RestError(policy.code, to)
        if (from_number, to) in self.opted_out:
            raise RestError(21610)
        text = self._add("outbound-api", from_number, to, body, "queued")
        text.status_callback = one(form, "StatusCallback")
        self.exchange.spawn(self._deliver(text, policy))
        return text

    async def receive(self, *, from_number: str, to_number: str, body: str) -> SimText:
        """Somebody texts our number; returns once the service has answered."""
        text = self._add("inbound", from_number, to_number, body, "received")
        word = body.strip().upper()
        pair = to_number, from_number
        if word in STOP_WORDS and pair not in self.opted_out:
            self.opted_out.add(pair)
            self._answer(text, STOPPED)
        elif word in START_WORDS and pair in self.opted_out:
            self.opted_out.discard(pair)
            self._answer(text, STARTED)
        elif word in HELP_WORDS and pair not in self.opted_out:
            self._answer(text, HELPED)
        if url := self.text_url():
            form = {**self._form(text, "SmsStatus"), "Body": body, "NumMedia": "0"}
            await self._announce(url, {**form, "NumSegments": "1"})
        return text

    def to(self, number: str) -> list[SimText]:
        """What was sent to this number, in order."""
        return [text for text in self.texts.values() if text.to_number == number]

    def _answer(self, text: SimText, body: str) -> None:
        self._add("outbound-reply", text.to_number, text.from_number, body, "delivered")

    def _add(self, direction: str, sender: str, to: str, body: str, status: str) -> SimText:
        text = SimText(
            sid=new_sid("SM"),
            direction=direction,
            from_number=sender,
            to_number=to,
            body=body,
            status=status,
            created_at=utcnow(),
        )
        self.texts[text.sid] = text
        return text

    async def _deliver(self, text: SimText, policy: Delivers | Undelivered) -> None:
        await asyncio.sleep(policy.after_secs)
        if isinstance(policy, Undelivered):
            text.status, text.error_code = "undelivered", policy.code
            for status in ("sent", "undelivered"):
                await self._tell(text, status)
            return
        text.status = "delivered"
        for status in policy.callbacks:
            await self._tell(text, status)
        if policy.reply:
            await self.receive(
                from_number=text.to_number, to_number=text.from_number, body=policy.reply
            )

    async def _tell(self, text: SimText, status: str) -> None:
        if not text.status_callback:
            return
        form = self._form(text, "SmsStatus") | {"SmsStatus": status, "MessageStatus": status}
        if status == "undelivered" and text.error_code is not None:
            form["ErrorCode"] = str(text.error_code)
        try:
            await self.exchange.webhooks.request(text.status_callback, form)
        except ApplicationError as error:
            self._complain(text, error)

    async def _announce(self, url: str, form: Mapping[str, str]) -> None:
        text = self.texts[form["MessageSid"]]
        try:
            reply = await self.exchange.webhooks.request(url, form)
            if reply.content_type not in ("application/xml", "text/xml"):
                raise ApplicationError(12300, "the answer is no XML", url)
            if list(ElementTree.fromstring(reply.text)):
                raise ApplicationError(12200, "replies in TwiML are not simulated", url)
        except ElementTree.ParseError:
            self._complain(text, ApplicationError(12100, "the document cannot be read", url))
        except ApplicationError as error:
            self._complain(text, error)

    def _complain(self, text: SimText, error: ApplicationError) -> None:
        self.exchange.errors.append(
            CarrierError(
                code=error.code,
                message=error.message,
                call_sid=text.sid,
                at_secs=0.0,
                detail=error.url,
            )
        )

    def _form(self, text: SimText, status_name: str) -> dict[str, str]:
        return {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "SmsMessageSid": text.sid,
            "AccountSid": self.exchange.account_sid,
            "ApiVersion": API_VERSION,
            "From": text.from_number,
            "To": text.to_number,
            status_name: text.status,
        }


def text_resource(text: SimText, account_sid: str) -> dict[str, Any]:
    """A message as the REST API shows it."""
    return {
        "sid": text.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": timestamp(text.created_at),
        "date_sent": None if text.status == "queued" else timestamp(text.created_at),
        "date_updated": timestamp(text.created_at),
        "direction": text.direction,
        "error_code": text.error_code,
        "error_message": None,
        "from": text.from_number,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "status": text.status,
        "subresource_uris": {},
        "to": text.to_number,
        "uri": f"{account_path(account_sid)}/Messages/{text.sid}.json",
    }
