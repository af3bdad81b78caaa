"""Texts that follow a call: the channel `text-back` of the outbox."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.carriers import is_dialable, is_sip
from bot.clock import utcnow
from bot.same_number import is_withheld
from bot.store import CallRecord, DeliveryRecord, Store, TextRecord
from bot.texts.caps import Purpose
from bot.texts.service import TextService
from bot.texts.text_back import text_back
from processors.desk import BOOKING_PLACES, TextRules
from processors.words.languages import language_of

# Given an agent's name: its rules, and the code of its language.
RulesOf = Callable[[str], tuple[TextRules, str]]


_PLACE = re.compile(r"\{(" + "|".join(BOOKING_PLACES) + r")\}")


class TextsAfterCalls:
    """Orders what the agent's file wants sent after a booking, or a missed or dropped call."""

    def __init__(
        self,
        *,
        store: Store,
        texts: TextService,
        rules_of: RulesOf,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self._store = store
        self._texts = texts
        self._rules_of = rules_of
        self._now = now

    async def send(self, delivery: DeliveryRecord) -> None:
        """See `Sender.send`."""
        call_id, _, key = delivery.subject.partition("/")
        call = await self._store.get_call(call_id)
        if call is None:
            return
        rules, language = self._rules_of(call.agent)
        if key:
            if words := booking_words(call, key, rules.booked):
                of_booking = hashlib.sha256(key.encode()).hexdigest()[:8]
                await self._order(call, "booked", words, rules, once_for=of_booking)
            return
        kind = text_back(call, now=self._now())
        words = {"missed": rules.missed, "dropped": rules.dropped}.get(kind or "", "")
        if kind and words:
            hint = language_of(language).texts.hint
            await self._order(call, kind, f"{words} {hint}", rules, once_for="back")

    async def _order(
        self, call: CallRecord, kind: Purpose, words: str, rules: TextRules, *, once_for: str
    ) -> None:
        inbound = call.direction == "inbound"
        ours, theirs = call.to_number, call.from_number
        if not inbound:
            ours, theirs = theirs, ours
        if is_withheld(theirs) or is_sip(theirs) or not is_dialable(theirs):
            return
        await self._texts.order(
            TextRecord(
                id=f"text_{call.id}_{once_for}",
                direction="out",
                our_number=ours,
                number=theirs,
                body=words,
                purpose=kind,
                call_id=call.id,
                made_at=self._now(),
                status="waiting",
            ),
            rules,
        )


def booking_words(call: CallRecord, key: str, template: str) -> str:
    """The template with what is known of the booking that this tool call made; empty where it was
    not made, or a place cannot be filled.
    """
    done = next((each for each in call.tool_calls if each.key == key and each.ok), None)
    if done is None or not template:
        return ""
    appointment = (done.result or {}).get("appointment")
    known: dict[str, Any] = {
        **done.arguments,
        **(appointment if isinstance(appointment, dict) else {}),
    }
    values = {name: known.get(name) for name in BOOKING_PLACES if f"{{{name}}}" in template}
    if not all(isinstance(value, str) and value.strip() for value in values.values()):
        return ""
    return _PLACE.sub(lambda match: str(values[match[1]]).strip(), template)
