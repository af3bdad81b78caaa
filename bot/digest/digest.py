"""The owner's digest: one letter each evening, and one after each call if they want it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.calls.outcome import KEPT_OUT
from bot.clock import utcnow
from bot.digest.day import Day
from bot.digest.evening import bounds, latest_day
from bot.digest.letters import letter_of_call, letter_of_day
from bot.outbox import wait_for_the_rest
from bot.outbox.mail import Letter
from bot.store import DeliveryRecord, Store, Subscription

EVENING = "digest.evening"
PAGE = 5  # calls with all their turns: read in a few milliseconds, for others talk meanwhile
MOST_MESSAGES = 200
MOST_TEXTS = 1000


class Digest:
    """Makes the letters, and has that of the day delivered when it is due."""

    def __init__(
        self,
        *,
        store: Store,
        owner: str,
        at: time | None,
        zone: ZoneInfo | None,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """`at`: when the letter of the day goes out; None: there is none. `zone` None: the
        machine's.
        """
        self._store = store
        self._owner = owner
        self._at = at
        self._zone = zone
        self._now = now
        self._last: date | None = None

    async def due(self, now: datetime) -> None:
        """Once a day, by whichever process is first: has the letter of the day delivered."""
        if self._at is None:
            return
        day = latest_day(now, at=self._at, zone=self._zone)
        if day == self._last:
            return
        to = Subscription(channel="mail", target=self._owner, events=())
        await self._store.outbox.add(EVENING, day.isoformat(), at=now, also=(to,))
        self._last = day

    async def letter(self, delivery: DeliveryRecord) -> Letter | None:
        """Of a day or of a call; None: there is nothing to tell.

        Raises NotDelivered: the call is still being summed up.
        """
        if delivery.event == EVENING:
            return await self._of_day(date.fromisoformat(delivery.subject))
        call = await self._store.get_call(delivery.subject)
        if call is None or (call.outcome is not None and call.outcome.reason in KEPT_OUT):
            return None  # a letter for each would be a nuisance of its own
        wait_for_the_rest(call, self._now())
        messages = await self._store.messages.of_call(call.id)
        return letter_of_call(call, list(messages), self._zone)

    async def _of_day(self, date_: date) -> Letter | None:
        at = self._at or time(0)
        since, until = bounds(date_, at=at, zone=self._zone)
        day = Day(since=since, until=until)
        await self._count_calls(day)
        taken = await self._store.messages.find(since=since, until=until, limit=MOST_MESSAGES)
        waiting = await self._store.messages.find(open_only=True, until=since, limit=MOST_MESSAGES)
        day.messages = [one for one in (*taken, *waiting) if not one.is_erased]
        texts = await self._store.texts.find(direction="out", since=since, limit=MOST_TEXTS)
        day.add_texts(text for text in texts if text.made_at < until)
        late = self._now() - until > timedelta(hours=12)
        if day.is_empty and late:
            return None  # the line was not there to be called
        return letter_of_day(day, self._zone)

    async def _count_calls(self, day: Day) -> None:
        before: str | None = None
        while True:
            page = await self._store.find_calls(
                since=day.since, until=day.until, limit=PAGE, before=before, whole=True
            )
            day.add(page)
            if len(page) < PAGE:
                return
            before = page[-1].id
