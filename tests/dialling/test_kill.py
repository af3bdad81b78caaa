"""kill -9 wherever a dialler can die: nobody is lost, nobody is called twice."""

import asyncio
import math
import os
import random
from collections import Counter

import pytest
from dialler_kit import Diallers, add_batch, is_over, until
from far_service import FarService

from bot.store import Store

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]

# Every line that a dialler crosses on the way of a contact, and how often before it dies there.
LINES = {
    "planned": 2,
    "enqueued": 5,
    "asked": 4,
    "in its slot": 5,
    "placing": 3,
    "ordered": 6,
    "placed": 2,
    "over": 3,
    "ended": 4,
}
CONTACTS = 8  # for each line
EACH_LIFE = 15  # calls that the service makes between two deaths, at most
MANY = int(os.environ.get("KILL_CONTACTS", "60"))  # `make kill CONTACTS=2000`


@pytest.mark.timeout(900)
async def test_a_worker_may_die_at_any_line(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """One dialler dies at each line, the last one goes on with all: each number is dialled once,
    each contact is done with, and the business has heard of each of them once.
    """
    far.manners.call_secs = 1.0
    for n, (line, times) in enumerate(LINES.items()):
        await add_batch(store, CONTACTS, batch_id=f"batch_{n}", first_number=n * CONTACTS)
        dialler = await diallers.start(die_at=(line, times))
        assert await dialler.died() == -9, line
    await diallers.start()
    for n in range(len(LINES)):
        await until(lambda batch=f"batch_{n}": is_over(store, batch), within_secs=60)
        counts = await store.batches.counts(f"batch_{n}")
        assert counts.dispositions == {"confirmed": CONTACTS}
    everybody = {f"+1212{2000000 + n}" for n in range(len(LINES) * CONTACTS)}
    assert far.dials_to() == Counter(everybody)
    await until(lambda: len(far.told) >= len(everybody), within_secs=20)
    told = Counter(appointment for each in far.told for appointment in each["appointments"])
    assert set(told.values()) == {1}


@pytest.mark.timeout(900 + 2 * MANY)
async def test_workers_may_die_at_any_moment(
    store: Store, far: FarService, diallers: Diallers
) -> None:
    """Three diallers, one of them killed every second or so, and a service that is full at times
    and loses answers: each number is dialled once, and each contact is done with. The service has
    room for some more calls after each death, so that the last one dies well before the end.
    """
    chance = random.Random(7)  # noqa: S311
    await add_batch(store, MANY, calls_per_second=12.0, concurrency=12)
    far.manners.full, far.manners.loses_answers, far.manners.call_secs = 0.1, 0.2, 0.5
    far.manners.makes_calls = EACH_LIFE
    live = [await diallers.start() for _ in range(3)]
    killed = 0
    while len(far.dials) < 0.8 * MANY:
        await asyncio.sleep(chance.uniform(0.3, 1.7))
        await live.pop(chance.randrange(3)).kill()
        killed += 1
        far.manners.makes_calls = EACH_LIFE * (killed + 1)
        live.append(await diallers.start())
    far.manners.makes_calls = math.inf
    await until(lambda: is_over(store), within_secs=90)
    assert killed >= 3
    everybody = {f"+1212{2000000 + n}" for n in range(MANY)}
    assert far.dials_to() == Counter(everybody)
    counts = await store.batches.counts("batch_a")
    assert counts.dispositions == {"confirmed": MANY}
    assert await store.ledger.open() == []
