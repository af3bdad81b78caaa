"""Messages as the tools of one call take them."""

from dataclasses import dataclass, field

from bot.carriers import is_sip, parse_target
from bot.clock import utcnow
from bot.messages.book import MessageBook
from bot.same_number import country_of, is_withheld
from bot.store import MessageRecord
from tools import NumberNeeded


@dataclass(frozen=True, kw_only=True)
class CallMessages:
    """The `Messages` port of tools."""

    book: MessageBook
    call_id: str
    agent: str
    other_party: str = field(repr=False)  # raw, as the carrier said it
    our_number: str = ""

    @property
    def caller_number(self) -> str:
        """See `Messages.caller_number`."""
        if is_withheld(self.other_party) or is_sip(self.other_party):
            return ""
        return self.other_party

    def number_of(self, said: str) -> str:
        """See `Messages.number_of`."""
        try:
            number = parse_target(said, default_region=country_of(self.our_number))
        except ValueError as fault:
            raise NumberNeeded(f"What they said is no whole number. {fault}") from None
        if is_sip(number) or is_withheld(number):
            raise NumberNeeded("What they said is no number that anybody can have")
        return number

    async def take(
        self, *, name: str, number: str, reason: str, urgent: bool, idempotency_key: str
    ) -> None:
        """See `Messages.take`."""
        await self.book.take(
            MessageRecord(
                id=f"msg_{idempotency_key}",
                call_id=self.call_id,
                agent=self.agent,
                taken_at=utcnow(),
                name=name,
                number=number,
                caller_number=self.caller_number,
                reason=reason,
                urgency="urgent" if urgent else "normal",
            )
        )
