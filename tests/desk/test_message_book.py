"""The message book: a message is told until a person has it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
from desk_kit import NOON, OFFICE, ON_CALL, Watch, a_message

from bot.messages import AcknowledgeLinks, MessageBook, letter_of, text_of
from bot.outbox import Outbox
from bot.store import DeliveryRecord, MessageRecord, Store
from processors.desk import MessageRules

NEW_YORK = ZoneInfo("America/New_York")
BOSS = "boss@clinic.example"
RULES = MessageRules(to=(OFFICE,), urgent_to=(ON_CALL, "+15558887777"), escalate_to=(BOSS,))
LINKS = AcknowledgeLinks(public_url="https://line.example", api_key="k")


@dataclass
class Told:
    """Who was sent what, over any channel."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, delivery: DeliveryRecord) -> None:
        self.sent.append((delivery.target, delivery.event.partition(".")[2]))

    def take(self) -> set[tuple[str, str]]:
        sent, self.sent = set(self.sent), []
        return sent


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def book(store: Store, watch: Watch) -> MessageBook:
    return MessageBook(store=store, rules_of=lambda agent: RULES, now=watch)


@pytest.fixture
async def outbox(
    store: Store, told: Told, book: MessageBook, watch: Watch
) -> AsyncIterator[Outbox]:
    yield Outbox(
        store=store,
        senders={"mail": told, "text": told, "webhook": told},
        chores=(book.follow_up,),
        now=watch,
    )


async def test_a_message_goes_to_the_office(book: MessageBook, outbox: Outbox, told: Told) -> None:
    await book.take(a_message())
    await outbox.look()
    assert told.take() == {(OFFICE, "taken")}


async def test_an_urgent_one_reaches_the_person_on_call_at_once(
    book: MessageBook, outbox: Outbox, told: Told
) -> None:
    """By mail and by text, and the outbox is woken for it."""
    woken: list[bool] = []
    book.on_due = lambda: woken.append(True)
    await book.take(a_message(urgency="urgent"))
    await outbox.look()
    assert told.take() == {(OFFICE, "taken"), (ON_CALL, "taken"), ("+15558887777", "taken")}
    assert woken == [True]


async def test_taken_twice_it_is_one_message(
    store: Store, book: MessageBook, outbox: Outbox, told: Told
) -> None:
    """A tool that is tried again after its deadline tells nobody twice."""
    await book.take(a_message())
    await book.take(a_message())
    await outbox.look()
    assert (len(await store.messages.find()), len(told.sent)) == (1, 1)


async def test_an_agent_that_names_nobody_writes_to_the_owner(
    store: Store, watch: Watch, told: Told
) -> None:
    book = MessageBook(
        store=store, rules_of=lambda agent: MessageRules(), owner="me@home.example", now=watch
    )
    await book.take(a_message())
    await Outbox(store=store, senders={"mail": told}, now=watch).look()
    assert told.take() == {("me@home.example", "taken")}


async def test_nobody_acknowledges(
    store: Store, book: MessageBook, outbox: Outbox, told: Told, watch: Watch
) -> None:
    """The office is reminded; after four hours a second person is told, and reminded as well."""
    await book.take(a_message())
    await outbox.look()
    told.take()
    seen = []
    for _ in range(8 * 60):
        watch.pass_by(minutes=1)
        await outbox.look()
        if sent := told.take():
            seen.append(((watch() - NOON).total_seconds() / 60, sent))
    assert seen == [
        (60, {(OFFICE, "reminder")}),
        (180, {(OFFICE, "reminder")}),
        (240, {(OFFICE, "escalated"), (BOSS, "escalated")}),
        (420, {(OFFICE, "reminder"), (BOSS, "reminder")}),
    ]
    [message] = await store.messages.find()
    assert (message.reminders, message.escalated_at is not None) == (3, True)


async def test_an_acknowledged_message_is_told_of_no_more(
    store: Store, book: MessageBook, outbox: Outbox, told: Told, watch: Watch
) -> None:
    """The first who acknowledges it has it."""
    await book.take(a_message())
    assert await book.acknowledge("msg_1", by="Ana")
    assert not await book.acknowledge("msg_1", by="Ben")
    assert not await book.acknowledge("msg_9", by="Ben")
    await outbox.look()
    told.take()
    watch.pass_by(days=3)
    await outbox.look()
    assert told.take() == set()
    [message] = await store.messages.find()
    assert message.acknowledged_by == "Ana"


async def test_a_process_that_was_away_does_not_make_up_for_it(
    book: MessageBook, outbox: Outbox, told: Told, watch: Watch
) -> None:
    """After a night without any, one reminder goes out and not one for each that was due."""
    await book.take(a_message(taken_at=NOON))
    watch.pass_by(hours=12)
    await outbox.look()
    await outbox.look()
    assert len([event for _, event in told.sent if event == "reminder"]) == 1


async def test_sent_again_on_request(book: MessageBook, outbox: Outbox, told: Told) -> None:
    await book.take(a_message())
    await outbox.look()
    told.take()
    assert await book.send_again("msg_1")
    assert not await book.send_again("msg_9")
    await outbox.look()
    assert told.take() == {(OFFICE, "reminder")}


def delivery(event: str) -> DeliveryRecord:
    return DeliveryRecord(
        id="d",
        event=event,
        subject="msg_1",
        channel="mail",
        target=OFFICE,
        made_at=NOON,
        due_at=NOON,
    )


@pytest.mark.parametrize(
    ("event", "urgency", "subject"),
    [
        ("message.taken", "normal", "Message from Maria Diaz"),
        ("message.taken", "urgent", "Urgent message from Maria Diaz"),
        ("message.reminder", "normal", "Reminder: Message from Maria Diaz"),
        (
            "message.escalated",
            "urgent",
            "Nobody has acknowledged this: Urgent message from Maria Diaz",
        ),
    ],
)
def test_the_letter(event: str, urgency: str, subject: str) -> None:
    """All that is needed to call back stands in it, on the owner's clock, and the link."""
    message = a_message(urgency=urgency)
    letter = letter_of(message, delivery(event), link=LINKS.link("msg_1"), zone=NEW_YORK)
    assert letter is not None
    assert (letter.subject, letter.urgent) == (subject, urgency == "urgent")
    at = "2026-11-24 12:00 EST"
    for part in (message.name, message.number, message.reason, at, LINKS.link("msg_1")):
        assert part in letter.text


def test_the_text_is_short() -> None:
    """A long reason is cut; name, number and link are whole."""
    message = a_message(reason="x" * 900, urgency="urgent")
    text = text_of(message, delivery("message.taken"), link=LINKS.link("msg_1"))
    assert text is not None
    assert len(text) < 400
    assert text.startswith("URGENT message from Maria Diaz, +15552223333: xxx")


@pytest.mark.parametrize("changes", [{"name": "", "reason": ""}, {"acknowledged_at": NOON}])
def test_nothing_is_written_about_a_settled_message(changes: dict[str, object]) -> None:
    message: MessageRecord = a_message(**changes)
    assert letter_of(message, delivery("message.reminder"), link="l", zone=None) is None
    assert text_of(message, delivery("message.reminder"), link="l") is None


def test_links_are_for_one_message() -> None:
    """Another message, another key or a changed letter do not fit."""
    signature = LINKS.link("msg_1").rpartition("/")[2]
    assert LINKS.fits("msg_1", signature)
    assert not LINKS.fits("msg_2", signature)
    assert not LINKS.fits("msg_1", signature[:-1] + ("0" if signature[-1] != "0" else "1"))
    assert not LINKS.fits("msg_1", "é" * 32)
    other = AcknowledgeLinks(public_url="https://line.example", api_key="other")
    assert not other.fits("msg_1", signature)
