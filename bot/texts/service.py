"""Text messages: ordered, taken from the carrier, and what is known of them."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from loguru import logger

from bot.calls import OptOuts
from bot.carriers.texts import OptOutWish, TextMoved, TextReceived
from bot.clock import utcnow
from bot.store import BY_TEXT, Store, Suppression, TextRecord
from bot.texts import caps
from bot.texts.keywords import language_of_keyword, plain, wish_of
from processors.desk import TextRules
from processors.words.languages import language_of

MOST_WORDS_PER_DAY = 20  # texts of one number that are passed on in any 24 hours
_NOTE = 100  # characters of a text that stand in the list of suppressions


class TextService:
    """What calls, the carrier and the desk ask of texts."""

    def __init__(
        self,
        *,
        store: Store,
        opt_outs: OptOuts,
        answered_words: frozenset[str] = frozenset(),
        on_words: Callable[[TextRecord], Awaitable[None]] | None = None,
        on_due: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """`answered_words` are those to which the carrier replies by itself; `on_words` is given
        texts that are no keyword, before they are kept; `on_due` is told when something is to be
        sent at once.
        """
        self._store = store
        self._opt_outs = opt_outs
        self._answered_words = answered_words
        self._on_words = on_words
        self.on_due = on_due
        self._now = now

    async def order(self, text: TextRecord, rules: TextRules) -> TextRecord:
        """Has a text sent, if it may be (`bot.texts.caps`): a refused one is returned as such, with
        the reason as its problem. Raises StoreError.
        """
        kept = await self._store.texts.order(
            text,
            since=caps.since(text.made_at),
            decide=lambda earlier, suppressed: caps.refusal(text, earlier, suppressed, rules),
        )
        self.on_due()
        return kept

    async def received(self, text: TextReceived) -> None:
        """A text came in: a STOP is on the list of suppressions before it is kept.

        Raises Unavailable: the database does not take it yet.
        """
        wish = text.wish or wish_of(text.body)
        if wish == "stop":
            await self._opt_outs.add(
                Suppression(
                    number=text.from_,
                    at=self._now(),
                    source=BY_TEXT,
                    note=f"They texted: {text.body[:_NOTE]}",
                )
            )
        elif wish == "start":
            await self._let_in_again(text)
        record = TextRecord(
            id=f"text_{_short(text.sid)}",
            direction="in",
            our_number=text.to,
            number=text.from_,
            body=text.body,
            purpose=wish or "words",
            made_at=self._now(),
            status="received",
            sid=text.sid,
        )
        if not wish and self._on_words is not None and not await self._floods(record):
            await self._on_words(record)
        if await self._store.texts.receive(record) and wish:
            await self._reply(record, wish)

    async def moved(self, moved: TextMoved, text_id: str) -> None:
        """The carrier says how a text of ours stands."""
        problem = f"carrier code {moved.error_code}" if moved.error_code else ""
        at = self._now()
        await self._store.texts.move(text_id, moved.status, at=at, sid=moved.sid, problem=problem)

    async def _floods(self, text: TextRecord) -> bool:
        """Whether this number has sent so much that nobody need read all of it."""
        since = text.made_at - caps.DAY
        found = await self._store.texts.find(
            number=text.number, direction="in", since=since, limit=MOST_WORDS_PER_DAY
        )
        return len(found) == MOST_WORDS_PER_DAY

    async def _let_in_again(self, text: TextReceived) -> None:
        """A START takes back what a STOP by text did, and nothing that was said elsewhere."""
        listed = await self._store.suppressions.get(text.from_)
        if listed is not None and listed.source == BY_TEXT:
            await self._store.suppressions.remove(
                listed.number,
                at=self._now(),
                by=BY_TEXT,
                consent=f"They texted: {text.body[:_NOTE]}",
            )

    async def _reply(self, received: TextRecord, wish: OptOutWish) -> None:
        """Where the carrier does not: a word of another language than its own."""
        if plain(received.body) in self._answered_words or not wish:
            return
        words = language_of(language_of_keyword(received.body)).texts
        replies = {"stop": words.stopped, "start": words.started, "help": words.helped}
        listed = await self._store.suppressions.get(received.number)
        if wish == "start" and listed is not None:
            return  # they are on the list for another reason: nothing has changed
        reply = replace(
            received,
            id=f"{received.id}_reply",
            direction="out",
            body=replies[wish],
            purpose="reply",
            status="waiting",
            sid=None,
        )
        kept = await self.order(reply, TextRules())
        if kept.status == "refused":
            logger.warning("no reply to a text: {}", kept.problem, event="text_reply_refused")


def _short(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()[:24]
