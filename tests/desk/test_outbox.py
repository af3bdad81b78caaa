"""The outbox: whatever is announced arrives at least once, or can be found and sent again."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from desk_kit import NOON, Watch, a_call
from loguru import logger

from bot.outbox import NotDelivered, NotYet, Outbox
from bot.outbox.outbox import CLAIM_SECS, PAUSES_SECS
from bot.store import DeliveryRecord, Outcome, Store, Subscription

TO = Subscription(channel="post", target="somewhere", events=("call.*",))


@dataclass
class Post:
    """A sender that fails as it is told to, then succeeds."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[DeliveryRecord] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, delivery: DeliveryRecord) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(delivery)
        self.arrived.set()


@pytest.fixture
def sender() -> Post:
    return Post()


@pytest.fixture
def outbox(store: Store, sender: Post, watch: Watch) -> Outbox:
    store.outbox.subscribe(TO)
    return Outbox(store=store, senders={"post": sender}, now=watch)


async def end_a_call(store: Store) -> bool:
    return await store.end_call(
        "call_a",
        status="completed",
        outcome=Outcome(result="completed", reason="goodbye"),
        ended_at=NOON,
    )


async def test_an_event_is_sent_once(store: Store, outbox: Outbox, sender: Post) -> None:
    """However often the write that makes it is repeated, and the outbox looks."""
    await store.add_call(a_call())
    assert await end_a_call(store)
    assert not await end_a_call(store)
    await outbox.look()
    await outbox.look()
    assert sorted(each.event for each in sender.sent) == ["call.ended", "call.started"]


async def test_nothing_is_announced_of_a_write_that_failed(store: Store, outbox: Outbox) -> None:
    """The event and what it is about are one transaction."""
    await store.add_call(a_call())
    with pytest.raises(Exception, match="could not|Could not"):
        await store.add_call(a_call())
    assert len(await store.outbox.find()) == 1


async def test_what_fails_is_sent_again_later_and_later(
    store: Store, outbox: Outbox, sender: Post, watch: Watch
) -> None:
    """After 5 s, then 30 s more..., not before."""
    await store.outbox.add("call.ended", "call_a", at=NOON)
    for pause_secs in PAUSES_SECS[:3]:
        sender.failures = [NotDelivered("busy")]
        await outbox.look()
        assert not sender.failures
        watch.pass_by(seconds=pause_secs - 1)
        await outbox.look()
        assert sender.sent == []
        watch.pass_by(seconds=1)
    assert await outbox.look() == 1


async def test_what_goes_on_failing_is_told(
    store: Store, outbox: Outbox, sender: Post, watch: Watch
) -> None:
    """Once, with why and about what: a wrong password must not stay unseen for two days. What only
    waits for its call to be whole has not failed.
    """
    await store.outbox.add("call.ended", "call_a", at=NOON)
    lines: list[str] = []
    sink = logger.add(lines.append, format="{extra[event]} {message}")
    not_yet = NotYet("the call is still being summed up")
    problems = [NotDelivered("HTTP 503"), not_yet, *[NotDelivered("HTTP 503")] * 3]
    for problem in ([not_yet] * 5, problems):
        await store.outbox.replay((await store.outbox.find())[0].id, at=watch.at)
        for failure, pause_secs in zip(problem, PAUSES_SECS, strict=False):
            sender.failures = [failure]
            await outbox.look()
            watch.pass_by(seconds=pause_secs)
    logger.remove(sink)
    (told,) = lines
    assert told.startswith("delivery_waits call.ended of call_a over post is not delivered yet")
    assert told.endswith(": HTTP 503\n")


async def test_what_never_arrives_is_given_up_and_can_be_replayed(
    store: Store, outbox: Outbox, sender: Post, watch: Watch
) -> None:
    """After all tries it is a dead letter with its problem; a replay begins anew."""
    await store.outbox.add("call.ended", "call_a", at=NOON)
    sender.failures = [NotDelivered("no such host") for _ in range(len(PAUSES_SECS) + 1)]
    for pause_secs in (*PAUSES_SECS, 0):
        await outbox.look()
        watch.pass_by(seconds=pause_secs)
    [dead] = await store.outbox.find("dead")
    assert (dead.problem, dead.tries, sender.failures) == ("no such host", 12, [])
    watch.pass_by(days=3)
    assert await outbox.look() == 0
    assert await store.outbox.replay_dead(channel="post", at=watch()) == 1
    assert await outbox.look() == 1
    assert await store.outbox.find("dead") == []


async def test_a_final_no_is_not_asked_again(store: Store, outbox: Outbox, sender: Post) -> None:
    await store.outbox.add("call.ended", "call_a", at=NOON)
    sender.failures = [NotDelivered("gone", final=True)]
    await outbox.look()
    assert [each.problem for each in await store.outbox.find("dead")] == ["gone"]


async def test_a_sender_that_breaks_costs_one_try(
    store: Store, outbox: Outbox, sender: Post, watch: Watch
) -> None:
    """Not the loop, and not the delivery."""
    await store.outbox.add("call.ended", "call_a", at=NOON)
    sender.failures = [ZeroDivisionError()]
    await outbox.look()
    watch.pass_by(seconds=5)
    assert await outbox.look() == 1


async def test_two_processes_send_it_once(store: Store, watch: Watch) -> None:
    """Each looks at the same moment; one of them claims it."""
    store.outbox.subscribe(TO)
    posts = Post(), Post()
    await store.outbox.add("call.ended", "call_a", at=NOON)
    boxes = [Outbox(store=store, senders={"post": post}, now=watch) for post in posts]
    assert sum(await asyncio.gather(*(box.look() for box in boxes))) == 1
    assert len(posts[0].sent) + len(posts[1].sent) == 1


async def test_what_a_dead_process_had_in_hand_is_sent_by_another(
    store: Store, outbox: Outbox, watch: Watch
) -> None:
    """A claim holds for a minute."""
    await store.outbox.add("call.ended", "call_a", at=NOON)
    [delivery] = await store.outbox.due(channels=["post"], now=NOON)
    assert await store.outbox.claim(delivery, until=NOON + timedelta(seconds=CLAIM_SECS))
    assert await outbox.look() == 0  # the process that claimed it is gone
    watch.pass_by(seconds=CLAIM_SECS)
    assert await outbox.look() == 1


async def test_a_channel_without_a_sender_waits(store: Store, outbox: Outbox, watch: Watch) -> None:
    """Until a process has one."""
    other = Subscription(channel="pigeon", target="roof", events=())
    await store.outbox.add("message.taken", "msg_1", at=NOON, also=(other,))
    await outbox.look()
    [waiting] = await store.outbox.find("waiting")
    assert (waiting.channel, waiting.tries) == ("pigeon", 0)


async def test_what_is_over_is_forgotten_after_a_month(
    store: Store, outbox: Outbox, watch: Watch
) -> None:
    await store.outbox.add("call.ended", "call_a", at=NOON)
    await outbox.look()
    assert len(await store.outbox.find()) == 1
    watch.pass_by(days=31)
    await outbox.look()
    assert await store.outbox.find() == []


async def test_a_nudge_is_not_waited_for(store: Store, outbox: Outbox, sender: Post) -> None:
    """What is due now goes out now, not at the next look."""
    running = asyncio.create_task(outbox.run())
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.1)
    await store.outbox.add("call.ended", "call_a", at=NOON)
    asked_at = loop.time()
    outbox.nudge()
    await sender.arrived.wait()
    assert loop.time() - asked_at < 0.5
    running.cancel()
