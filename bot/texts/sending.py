"""Texts on their way to the carrier: the channel `text` of the outbox."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.carriers import CarrierError
from bot.carriers.texts import SendText, SentText, TextCarrier
from bot.clock import utcnow
from bot.outbox import NotDelivered
from bot.store import BY_TEXT, DeliveryRecord, Store, Suppression, TextRecord
from bot.texts import caps
from processors.desk import TextRules

# The words of a message to somebody of ours; None: there is nothing to tell any more.
StaffWords = Callable[[DeliveryRecord], Awaitable[str | None]]


class Texts:
    """The sender of the channel `text`: hands texts to the carrier, each once."""

    def __init__(
        self,
        *,
        store: Store,
        carrier: TextCarrier,
        our_number: str,
        staff_words: StaffWords,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """`our_number` shows texts to staff; empty: none are sent."""
        self._store = store
        self._carrier = carrier
        self._our_number = our_number
        self._staff_words = staff_words
        self._now = now

    async def send(self, delivery: DeliveryRecord) -> None:
        """See `Sender.send`."""
        text = await self._text(delivery)
        if text is None or not text.number or text.status != "waiting":
            return  # erased, refused, or handed over before
        if text.purpose != "reply" and await self._store.suppressions.get(text.number):
            why = "They have asked for no more text messages meanwhile"
            await self._store.texts.move(text.id, "failed", at=self._now(), problem=why)
            return
        try:
            sent = await self._hand_over(text, tried=delivery.tries > 0)
        except ValueError as error:
            await self._failed(text, str(error))
            raise NotDelivered(str(error), final=True) from error
        except CarrierError as error:
            if error.retry or not error.settled:
                raise NotDelivered(str(error)) from error
            if error.reason == "opted_out":
                await self._note_opt_out(text)
            await self._failed(text, str(error))
            raise NotDelivered(str(error), final=True) from error
        await self._store.texts.move(text.id, sent.status, at=self._now(), sid=sent.sid)

    async def _hand_over(self, text: TextRecord, *, tried: bool) -> SentText:
        """A try before may have reached the carrier: it is asked before the text is sent again."""
        order = SendText(to=text.number, from_=text.our_number, body=text.body, text_id=text.id)
        if tried:
            found = await self._carrier.find_text(order, since=text.made_at)
            if found is not None:
                return found
        return await self._carrier.send_text(order)

    async def _text(self, delivery: DeliveryRecord) -> TextRecord | None:
        if not delivery.event.startswith("message."):
            return await self._store.texts.get(delivery.subject)
        words = await self._staff_words(delivery)
        if words is None:
            return None
        if not self._our_number:
            raise NotDelivered("TWILIO_PHONE_NUMBER is not set: no texts can be sent", final=True)
        text = TextRecord(
            id=delivery.id,
            direction="out",
            our_number=self._our_number,
            number=delivery.target,
            body=words,
            purpose="staff",
            made_at=delivery.made_at,
            status="waiting",
        )
        return await self._store.texts.order(
            text,
            since=caps.since(text.made_at),
            decide=lambda earlier, suppressed: caps.refusal(text, earlier, suppressed, TextRules()),
            deliver=False,
        )

    async def _failed(self, text: TextRecord, problem: str) -> None:
        await self._store.texts.move(text.id, "failed", at=self._now(), problem=problem)

    async def _note_opt_out(self, text: TextRecord) -> None:
        """The carrier heard a STOP of which we were not told."""
        await self._store.suppressions.add(
            Suppression(
                number=text.number,
                at=self._now(),
                source=BY_TEXT,
                note="The carrier passes on no texts to them (STOP)",
            )
        )
