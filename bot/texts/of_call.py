"""Texts as the tools of one call send them."""

import re
from dataclasses import dataclass, field

from bot.carriers import is_dialable, is_sip
from bot.clock import utcnow
from bot.same_number import is_withheld
from bot.store import StoreError, TextRecord
from bot.texts.service import TextService
from processors.desk import TextRules
from tools import NumberNeeded, Refused, Unavailable

# With bounds: a model's text is of any length, and all calls wait while it is looked through.
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}/\S*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class CallTexts:
    """The `Texts` port of tools."""

    service: TextService
    rules: TextRules
    call_id: str
    other_party: str = field(repr=False)  # raw, as the carrier said it
    our_number: str

    async def send(self, text: str, *, number: str, idempotency_key: str) -> None:
        """See `Texts.send`."""
        to = number or self.other_party
        if is_withheld(to):
            raise NumberNeeded("Their number is withheld, and they have said none")
        if is_sip(to) or not is_dialable(to):
            raise Refused("A text message can only go to a mobile number")
        self._refuse_foreign_links(text)
        order = TextRecord(
            id=f"text_{idempotency_key}",
            direction="out",
            our_number=self.our_number,
            number=to,
            body=text,
            purpose="call",
            call_id=self.call_id,
            made_at=utcnow(),
            status="waiting",
        )
        try:
            kept = await self.service.order(order, self.rules)
        except StoreError as error:
            raise Unavailable(str(error), maybe_done=False) from error
        if kept.status == "refused":
            raise Refused(kept.problem)

    def _refuse_foreign_links(self, text: str) -> None:
        """A model may make an address up, or be talked into one. Raises Refused."""
        for found in _LINK.finditer(text):
            if found[0].rstrip(".,;:!?)") not in self.rules.links:
                known = ", ".join(self.rules.links) or "none"
                raise Refused(f"Only these links may be sent: {known}")
