"""Where the front desk is built and joined: messages, texts, webhooks, e-mail, the digest."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import partial
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from loguru import logger

from bot.calls import OptOuts
from bot.calls.call import Call
from bot.carriers.texts import TextCarrier
from bot.clock import utcnow
from bot.digest import Digest
from bot.egress import Egress, guarded_client
from bot.messages import AcknowledgeLinks, CallMessages, MessageBook, letter_of, text_of
from bot.messages.book import receiver_of
from bot.outbox import Outbox, Sender
from bot.outbox.facts import facts_of
from bot.outbox.mail import Letter, Letters, Mail, MailServer
from bot.outbox.webhooks import ANSWER_SECS, Webhooks
from bot.store import DeliveryRecord, MessageRecord, Store, Subscription, TextRecord
from bot.texts import CallTexts, Texts, TextsAfterCalls, TextService
from bot.texts.sending import StaffWords
from config import Agent, Settings
from processors.desk import MessageRules, TextRules

WEBHOOK_EVENTS = ("call.*", "message.*", "transfer.*", "booking.*", "sms.*")

AFTER_CALLS = Subscription(
    channel="text-back",
    target="",
    events=("call.ended", "transfer.failed", "booking.made", "booking.moved"),
)

_PORTS = {"tls": 465, "starttls": 587, "none": 25}


class Beside(Sender, Protocol):
    """What has work done by the same outbox, over a channel of its own."""

    on_due: Callable[[], None]  # told when something is to be done at once

    async def look(self, now: datetime) -> None:
        """A chore, at each look of the outbox."""
        ...


@dataclass(frozen=True, kw_only=True)
class FrontDesk:
    """What the service and the calls need of it."""

    outbox: Outbox
    book: MessageBook
    links: AcknowledgeLinks
    texts: TextService

    def messages_of(self, call: Call) -> CallMessages:
        """The `Messages` port of one call."""
        return CallMessages(
            book=self.book,
            call_id=call.id,
            agent=call.agent.name,
            other_party=call.other_party,
            our_number=call.our_number,
        )

    def texts_of(self, call: Call) -> CallTexts:
        """The `Texts` port of one call."""
        return CallTexts(
            service=self.texts,
            rules=call.agent.texts,
            call_id=call.id,
            other_party=call.other_party,
            our_number=call.our_number,
        )


def subscribe(store: Store, settings: Settings) -> None:
    """Has the events that this process writes down delivered to the addresses of the settings."""
    store.outbox.subscribe(
        AFTER_CALLS,
        *(
            Subscription(channel="webhook", target=url, events=WEBHOOK_EVENTS)
            for url in settings.webhook_urls
        ),
    )
    if settings.digest_each_call and settings.owner_email:
        store.outbox.subscribe(
            Subscription(channel="mail", target=settings.owner_email, events=("call.ended",))
        )


@asynccontextmanager
async def open_front_desk(
    settings: Settings,
    *,
    store: Store,
    agents: Mapping[str, Agent],
    carrier: TextCarrier,
    opt_outs: OptOuts,
    beside: Mapping[str, Beside] = MappingProxyType({}),
) -> AsyncIterator[FrontDesk]:
    """The front desk over an open store; its outbox runs when `outbox.run` is awaited."""
    subscribe(store, settings)
    async with AsyncExitStack() as stack:
        client = guarded_client(Egress(settings.private_targets), timeout_secs=ANSWER_SECS)
        stack.push_async_callback(client.aclose)
        links = AcknowledgeLinks(
            public_url=settings.public_url,
            api_key=settings.trunkline_api_key.get_secret_value(),
        )
        book = MessageBook(
            store=store, rules_of=partial(rules_of_now, agents), owner=settings.owner_email
        )
        digest = _digest(settings, store)
        texts = TextService(
            store=store,
            opt_outs=opt_outs,
            answered_words=carrier.answered_words,
            on_words=partial(_pass_on, book, partial(_agent_of, settings, agents)),
        )
        senders: dict[str, Sender] = {
            "text": Texts(
                store=store,
                carrier=carrier,
                our_number=settings.twilio_phone_number,
                staff_words=_staff_words(store, links),
            ),
            "text-back": TextsAfterCalls(
                store=store, texts=texts, rules_of=partial(_text_rules_of, agents)
            ),
            **beside,
        }
        if secret := settings.webhook_secret.get_secret_value():
            senders["webhook"] = Webhooks(
                secret=secret, client=client, facts=partial(facts_of, store)
            )
        if (server := mail_server_of(settings)) is not None:
            senders["mail"] = Mail(
                server=server, letters=_letters(store, links, digest, _zone(settings))
            )
        _warn_of_unreachable(agents.values(), senders)
        looks = [each.look for each in beside.values()]
        outbox = Outbox(store=store, senders=senders, chores=(book.follow_up, digest.due, *looks))
        book.on_due = texts.on_due = outbox.nudge
        for each in beside.values():
            each.on_due = outbox.nudge
        yield FrontDesk(outbox=outbox, book=book, links=links, texts=texts)


def mail_server_of(settings: Settings) -> MailServer | None:
    """Where e-mail is handed over; None: nowhere."""
    if not settings.mail_server:
        return None
    host, _, port = settings.mail_server.partition(":")
    return MailServer(
        host=host,
        port=int(port) if port else _PORTS[settings.mail_security],
        security=settings.mail_security,
        username=settings.mail_username,
        password=settings.mail_password.get_secret_value(),
        sender=settings.mail_from or settings.mail_username,
    )


def _warn_of_unreachable(agents: Iterable[Agent], senders: Collection[str]) -> None:
    """Messages for addresses that nothing can be sent to wait until something can."""
    needed = {"mail": "MAIL_SERVER", "webhook": "WEBHOOK_SECRET"}
    for agent in agents:
        rules = agent.messages
        for address in (*rules.to, *rules.urgent_to, *rules.escalate_to):
            channel = receiver_of(address).channel
            if channel not in senders:
                logger.warning(
                    "messages of {} wait: {} is not set ({})",
                    agent.name,
                    needed[channel],
                    channel,
                    event="messages_undeliverable",
                )


def rules_of_now(agents: Mapping[str, Agent], name: str) -> MessageRules:
    """Who gets the messages of this agent at this moment: urgent ones whoever is on call, too."""
    agent = agents.get(name)
    if agent is None:
        return MessageRules()
    on_call = agent.hours.who_is_on_call(utcnow()) if agent.hours else None
    if on_call is None or not on_call.number.startswith("+"):  # texts reach no sip: address
        return agent.messages
    return replace(agent.messages, urgent_to=(*agent.messages.urgent_to, on_call.number))


def _text_rules_of(agents: Mapping[str, Agent], name: str) -> tuple[TextRules, str]:
    agent = agents.get(name)
    return (agent.texts, agent.language) if agent else (TextRules(), "en")


def _agent_of(settings: Settings, agents: Mapping[str, Agent], our_number: str) -> str:
    answering = (agent.name for agent in agents.values() if our_number in agent.numbers)
    return next(answering, settings.inbound_agent)


async def _pass_on(book: MessageBook, agent_of: Callable[[str], str], text: TextRecord) -> None:
    """A text that somebody sends to the line is a message for the people behind it."""
    await book.take(
        MessageRecord(
            id=f"msg_{text.id}",
            call_id="",
            agent=agent_of(text.our_number),
            taken_at=text.made_at,
            name="Text message",
            number=text.number,
            caller_number=text.number,
            reason=text.body,
        )
    )


def _staff_words(store: Store, links: AcknowledgeLinks) -> StaffWords:
    async def words(delivery: DeliveryRecord) -> str | None:
        message = await store.messages.get(delivery.subject)
        if message is None:
            return None
        return text_of(message, delivery, link=links.link(message.id))

    return words


def _digest(settings: Settings, store: Store) -> Digest:
    return Digest(
        store=store,
        owner=settings.owner_email,
        at=time.fromisoformat(settings.digest_at) if settings.digest_at else None,
        zone=_zone(settings),
    )


def _zone(settings: Settings) -> ZoneInfo | None:
    """On whose clock times are told; None: that of the machine."""
    return ZoneInfo(settings.owner_timezone) if settings.owner_timezone else None


def _letters(
    store: Store, links: AcknowledgeLinks, digest: Digest, zone: ZoneInfo | None
) -> Letters:
    async def letter(delivery: DeliveryRecord) -> Letter | None:
        if not delivery.event.startswith("message."):
            return await digest.letter(delivery)
        message = await store.messages.get(delivery.subject)
        if message is None:
            return None
        return letter_of(message, delivery, link=links.link(message.id), zone=zone)

    return letter
