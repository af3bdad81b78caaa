"""The message book: messages are written into it, and seen to until a person has them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import utcnow
from bot.masking import without_numbers
from bot.messages.follow_up import done, follow_up
from bot.store import MessageRecord, Store, StoreError, Subscription
from processors.desk import MessageRules
from tools import Unavailable

# Given an agent's name: the rules of its file, or those for an agent that is gone.
RulesOf = Callable[[str], MessageRules]


class MessageBook:
    """Takes messages, reminds and escalates. Any number of processes may do so side by side."""

    def __init__(
        self,
        *,
        store: Store,
        rules_of: RulesOf,
        owner: str = "",
        on_due: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        """`owner` gets the messages of agents whose file names nobody; `on_due` is told when
        something is to be sent at once.
        """
        self._store = store
        self._rules_of = rules_of
        self._owner = owner
        self.on_due = on_due
        self._now = now

    async def take(self, message: MessageRecord) -> None:
        """On disk when it returns, with its deliveries; the same id is taken once.

        Raises:
            Unavailable: the database does not take it.
        """
        rules = self._rules_of(message.agent)
        message = replace(
            message, name=without_numbers(message.name), reason=without_numbers(message.reason)
        )
        upcoming = follow_up(message, rules)
        kept = replace(message, next_at=upcoming.at if upcoming else None)
        try:
            await self._store.messages.add(kept, to=self._receivers(kept, rules))
        except StoreError as error:
            raise Unavailable(str(error), maybe_done=False) from error
        self.on_due()

    async def follow_up(self, now: datetime) -> int:
        """Reminds of messages whose time has come, or escalates them; how many they are."""
        count = 0
        for message in await self._store.messages.due(now=now):
            rules = self._rules_of(message.agent)
            step = follow_up(message, rules)
            if step is None or step.at > now:  # the agent's file has changed since
                await self._store.messages.put_off(message.id, until=step.at if step else None)
                continue
            moved = done(message, step.step, rules, at=now)
            to = self._receivers(moved, rules)
            count += await self._store.messages.follow_up(message, moved, step.step, at=now, to=to)
        return count

    async def acknowledge(self, message_id: str, *, by: str) -> bool:
        """A person has it. False when one had it before, or there is none of this id."""
        return await self._store.messages.acknowledge(message_id, at=self._now(), by=by)

    async def send_again(self, message_id: str) -> bool:
        """Delivers a message once more, to all who get it by now; false when there is none."""
        message = await self._store.messages.get(message_id)
        if message is None:
            return False
        receivers = self._receivers(message, self._rules_of(message.agent))
        await self._store.messages.send_again(message, at=self._now(), to=receivers)
        self.on_due()
        return True

    def _receivers(self, message: MessageRecord, rules: MessageRules) -> Sequence[Subscription]:
        addresses = list(rules.to) or ([self._owner] if self._owner else [])
        if message.urgency == "urgent":
            addresses += rules.urgent_to
        if message.escalated_at is not None:
            addresses += rules.escalate_to
        return [receiver_of(address) for address in dict.fromkeys(addresses)]


def receiver_of(address: str) -> Subscription:
    """How this address of an agent file is reached."""
    if address.startswith(("https://", "http://")):
        return Subscription(channel="webhook", target=address, events=())
    if address.startswith("+"):
        return Subscription(channel="text", target=address, events=())
    return Subscription(channel="mail", target=address, events=())
