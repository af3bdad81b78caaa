"""Texts over the carrier's real API: sent once, by the rules, and STOP is obeyed everywhere."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from desk_kit import CALLER, LINE, Watch

from bot.calls import OptOuts
from bot.carriers.texts import TextMoved, TextReceived
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.clock import utcnow
from bot.outbox import Outbox
from bot.simulator.carrier import Carrier, Delivers, RefusesTexts, Undelivered
from bot.store import DeliveryRecord, Store, Suppression, TextRecord
from bot.texts import CallTexts, Texts, TextService
from processors.desk import TextRules
from tools import NumberNeeded, Refused

ACCOUNT, TOKEN = "AC" + "0" * 32, "secret"
PUBLIC = "https://line.example"
RULES = TextRules(links=("https://clinic.example/map",))


@dataclass
class Desk:
    """Our side of texts, and the carrier's."""

    carrier: Carrier
    service: TextService
    outbox: Outbox
    store: Store

    def call(self, other_party: str = CALLER, rules: TextRules = RULES) -> CallTexts:
        return CallTexts(
            service=self.service,
            rules=rules,
            call_id="call_a",
            other_party=other_party,
            our_number=LINE,
        )

    @property
    def arrived(self) -> list[str]:
        """What was sent to the caller's telephone."""
        return [text.body for text in self.carrier.texts.to(CALLER)]


async def no_staff(delivery: DeliveryRecord) -> str | None:
    return f"message {delivery.subject}"


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    async with Carrier(account_sid=ACCOUNT, auth_token=TOKEN, phone_number=LINE) as carrier:
        ours = TwilioCarrier(
            account_sid=ACCOUNT,
            addresses=Addresses(public_url=PUBLIC),
            auth_token=TOKEN,
            api_url=carrier.url,
        )
        service = TextService(
            store=store,
            opt_outs=OptOuts(store.suppressions),
            answered_words=ours.answered_words,
        )
        sender = Texts(store=store, carrier=ours, our_number=LINE, staff_words=no_staff)
        outbox = Outbox(store=store, senders={"text": sender})
        yield Desk(carrier, service, outbox, store)
        await ours.aclose()


def received(body: str, *, sid: str = "SM1", wish: str = "", number: str = CALLER) -> TextReceived:
    return TextReceived(sid=sid, from_=number, to=LINE, body=body, wish=wish)  # type: ignore[arg-type]


async def test_a_text_goes_to_the_caller(desk: Desk) -> None:
    """Its record has the carrier's id, and follows what the carrier tells, whatever the order."""
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.outbox.look()
    assert desk.arrived == ["12 Elm Street"]
    [text] = await desk.store.texts.find()
    assert (text.status, text.purpose, text.sid is not None) == ("queued", "call", True)
    for status, expected in (("delivered", "delivered"), ("sent", "delivered")):
        await desk.service.moved(TextMoved(sid=str(text.sid), status=status), text.id)  # type: ignore[arg-type]
        kept = await desk.store.texts.get(text.id)
        assert kept is not None and kept.status == expected


async def test_asked_for_twice_it_is_sent_once(desk: Desk) -> None:
    for _ in range(2):
        await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
        await desk.outbox.look()
    assert desk.arrived == ["12 Elm Street"]


async def test_a_lost_answer_does_not_send_it_twice(desk: Desk) -> None:
    """The carrier is asked for the text before it is sent again."""
    desk.carrier.rest_faults.lose_reply_next(1)
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.outbox.look()
    [waiting] = await desk.store.outbox.find("waiting")
    await desk.store.outbox.again(waiting.id, at=utcnow(), problem="")
    await desk.outbox.look()
    assert desk.arrived == ["12 Elm Street"]
    [text] = await desk.store.texts.find()
    assert text.status in ("queued", "delivered")


async def test_a_carrier_that_is_down_gets_it_later(desk: Desk) -> None:
    desk.carrier.rest_faults.fail_next(20)
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.outbox.look()
    assert desk.arrived == []
    desk.carrier.rest_faults._next.clear()
    await asyncio.sleep(6)
    await desk.outbox.look()
    assert desk.arrived == ["12 Elm Street"]


@pytest.mark.parametrize("code", [21614, 21635, 21211])
async def test_a_number_that_takes_no_texts(desk: Desk, code: int) -> None:
    """It is not tried again, and the record says why."""
    desk.carrier.text_policy(CALLER, RefusesTexts(code=code))
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.outbox.look()
    [text] = await desk.store.texts.find()
    assert (text.status, f"{code}" in text.problem) == ("failed", True)
    assert len(await desk.store.outbox.find("dead")) == 1


async def test_an_opt_out_that_the_carrier_alone_heard(desk: Desk) -> None:
    """21610: the number goes on the list of suppressions, for calls too."""
    desk.carrier.texts.opted_out.add((LINE, CALLER))
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.outbox.look()
    listed = await desk.store.suppressions.get(CALLER)
    assert listed is not None and listed.source == "text"
    with pytest.raises(Refused, match="asked for no more"):
        await desk.call().send("13 Elm Street", number="", idempotency_key="k2")


LONG = f"{'a.' * 20}b.evil.example/x"


async def test_the_model_sends_no_links_of_its_own(desk: Desk) -> None:
    """Only those of the agent's file."""
    send = desk.call().send
    for text in (
        "See https://evil.example/x",
        "See www.evil.example",
        "evil.example/pay now",
        LONG,
    ):
        with pytest.raises(Refused, match=r"clinic\.example/map"):
            await send(text, number="", idempotency_key=text)
    await send("Here: https://clinic.example/map.", number="", idempotency_key="k")
    await desk.outbox.look()
    assert desk.arrived == ["Here: https://clinic.example/map."]


async def test_whom_no_text_can_reach(desk: Desk) -> None:
    with pytest.raises(NumberNeeded):
        await desk.call("anonymous").send("Hi", number="", idempotency_key="k")
    with pytest.raises(Refused, match="mobile"):
        await desk.call("sip:a@b.example").send("Hi", number="", idempotency_key="k")


async def test_fifty_at_once_keep_to_the_cap(desk: Desk) -> None:
    """Decided one after the other, in the database."""
    calls = [desk.call(rules=TextRules(per_call=9, per_day=3)) for _ in range(50)]
    results = await asyncio.gather(
        *(
            call.send(f"words {n}", number="", idempotency_key=f"k{n}")
            for n, call in enumerate(calls)
        ),
        return_exceptions=True,
    )
    assert sum(result is None for result in results) == 3
    await desk.outbox.look()
    assert len(desk.arrived) == 3


async def test_stop_ends_texts_and_calls(desk: Desk) -> None:
    """On the list before we answer; a text that waited is not sent."""
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.service.received(received("Stop"))
    await desk.outbox.look()
    assert desk.arrived == []
    listed = await desk.store.suppressions.get(CALLER)
    assert listed is not None and (listed.source, listed.note) == ("text", "They texted: Stop")


async def test_start_takes_back_what_stop_did(desk: Desk) -> None:
    """And keeps both as evidence."""
    await desk.service.received(received("STOP"))
    await desk.service.received(received("START", sid="SM2"))
    assert await desk.store.suppressions.get(CALLER) is None
    [kept] = await desk.store.suppressions.taken_back(CALLER)
    assert (kept.by, kept.consent) == ("text", "They texted: START")


@pytest.mark.parametrize("order", ["call first", "text first"])
async def test_start_takes_back_nothing_that_was_said_elsewhere(desk: Desk, order: str) -> None:
    """Whoever asked a person or the agent for no more calls stays on the list."""
    said = Suppression(number=CALLER, at=utcnow(), source="call", call_id="call_a")
    if order == "call first":
        await desk.store.suppressions.add(said)
        await desk.service.received(received("STOP"))
    else:
        await desk.service.received(received("STOP"))
        await desk.store.suppressions.add(said)
    await desk.service.received(received("START", sid="SM2"))
    listed = await desk.store.suppressions.get(CALLER)
    assert listed is not None and listed.source == "call"


@pytest.mark.parametrize(
    ("body", "replies"),
    [("STOP", []), ("help", []), ("Baja", ["No recibirá"]), ("Hilfe", ["Diese Nummer"])],
)
async def test_we_reply_where_the_carrier_does_not(
    desk: Desk, body: str, replies: list[str]
) -> None:
    """To words of other languages than its own; in their language, also after a STOP."""
    await desk.service.received(received(body))
    await desk.outbox.look()
    assert [text.split()[0:2] for text in desk.arrived] == [text.split() for text in replies]


async def test_a_webhook_that_comes_twice_is_one_text(desk: Desk) -> None:
    for _ in range(2):
        await desk.service.received(received("Hilfe"))
    await desk.outbox.look()
    assert (len(await desk.store.texts.find(direction="in")), len(desk.arrived)) == (1, 1)


async def test_two_machines_do_not_text_each_other_for_ever(desk: Desk) -> None:
    for n in range(10):
        await desk.service.received(received("Hilfe", sid=f"SM{n}"))
        await asyncio.sleep(700)  # longer than the same words count as a slip
    await desk.outbox.look()
    assert len(desk.arrived) == 3


async def test_words_are_passed_on_and_keywords_are_not(desk: Desk) -> None:
    """Once each, and not without end: somebody has to read them."""
    told: list[str] = []

    async def take(text: TextRecord) -> None:
        told.append(text.body)

    desk.service._on_words = take
    for n, body in enumerate(("I am running late", "STOP", "Hilfe")):
        await desk.service.received(received(body, sid=f"SM{n}"))
    assert told == ["I am running late"]
    for n in range(3, 40):
        await desk.service.received(received(f"and {n}", sid=f"SM{n}"))
    assert len(told) < 21


async def test_the_simulated_carrier_keeps_twilios_rules(desk: Desk) -> None:
    """STOP blocks there, START opens, HELP is answered; what cannot be delivered says so."""
    carrier = desk.carrier
    await carrier.text(CALLER, "stop")
    await desk.call().send("12 Elm Street", number="", idempotency_key="k1")
    await desk.outbox.look()
    assert [text.direction for text in carrier.texts.to(CALLER)] == ["outbound-reply"]
    await carrier.text(CALLER, "Start")
    await carrier.text(CALLER, "HELP")
    assert len(carrier.texts.to(CALLER)) == 3
    other = "+15554445555"
    carrier.text_policy(other, Undelivered(code=30006))
    await desk.call(other).send("Hi", number="", idempotency_key="k2")
    await desk.outbox.look()
    await asyncio.sleep(1)
    [undelivered] = carrier.texts.to(other)
    assert (undelivered.status, undelivered.error_code) == ("undelivered", 30006)
    carrier.text_policy(other, Delivers(reply="thanks"))


async def test_staff_get_messages_as_texts(desk: Desk, watch: Watch) -> None:
    """Once, with a record of their own."""
    from bot.store import Subscription

    to = Subscription(channel="text", target=CALLER, events=())
    await desk.store.outbox.add("message.taken", "msg_1", at=utcnow(), also=(to,))
    await desk.outbox.look()
    assert desk.arrived == ["message msg_1"]
    [text] = await desk.store.texts.find()
    assert (text.purpose, text.status) == ("staff", "queued")
