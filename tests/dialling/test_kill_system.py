"""kill -9 of the whole system, at any moment: nobody is lost, nobody is called twice.

The service and two diallers are killed and started again all the time, the carrier loses replies
and reports out of order, twice or never; what the carrier saw is the proof.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dialler_kit import NOON, batch_settings, is_over, until
from system_kit import System, assert_nobody_lost_or_called_twice, open_system

from bot.batches.settings import Breaker, Caps
from bot.clock import utcnow
from bot.simulator.caller import CallerScript, HangUp, Pause, Press, Say, StayOn, WaitForAgent
from bot.simulator.carrier import (
    AnswerPolicy,
    Answers,
    Busy,
    CallbackFaults,
    Fails,
    NoAnswer,
    RefusedByApi,
)
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import BatchRecord, ContactRecord, Store
from tests.voices import kept_voice

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]

CONTACTS = int(os.environ.get("KILL_CONTACTS", "24"))  # `make kill CONTACTS=500`
CALLS_EACH = 2
AT_ONCE = 10
SEED = int(os.environ.get("KILL_SEED", "11"))
EVENTS = ("initiated", "ringing", "answered", "completed")
IT_IS_ME, YES = "Yes, this is she.", "Yes, I will be there."
SCRIPT = ModelScript(
    steps=(
        Step(hears=ANYTHING, calls=(Call(name="right_person"),)),
        Step(after_tool="right_person", say="You see a doctor on Tuesday, will you come?"),
        Step(hears=ANYTHING, calls=(Call(name="confirm_appointment"),)),
        Step(after_tool="confirm_appointment", say="All right, that is noted. Goodbye!"),
    ),
    expects=(IT_IS_ME, YES),
)
# What a number does, how many of twenty do so, and what can become of a contact there; a call that
# was cut has failed, and so has one that never was.
KINDS = {
    "no_answer": (7, {"no_answer", "failed"}),
    "busy": (4, {"busy", "failed"}),
    "fails": (2, {"failed"}),
    "refused": (2, {"unreachable", "failed"}),
    "opts_out": (2, {"opt_out", "failed"}),
    "hangs_up": (1, {"undecided", "failed"}),
    "confirms": (2, {"confirmed", "undecided", "failed"}),
}


@pytest.fixture
def chance() -> random.Random:
    return random.Random(SEED)  # noqa: S311


@pytest.fixture
async def system(
    database_url: str, store: Store, tmp_path: Path, chance: random.Random
) -> AsyncIterator[System]:
    async with open_system(
        database_url=database_url, store=store, folder=tmp_path, script=SCRIPT, chance=chance
    ) as system:
        yield system


@pytest.fixture(scope="session")
def voice() -> Voice:
    return kept_voice("caller")


def policy(kind: str, ring_secs: float, voice: Voice) -> AnswerPolicy:
    match kind:
        case "no_answer":
            return NoAnswer(ring_secs=ring_secs)
        case "busy":
            return Busy(ring_secs=ring_secs / 2)
        case "fails":
            return Fails(ring_secs=ring_secs / 4)
        case "refused":
            return RefusedByApi()
        case "opts_out":
            gone = (WaitForAgent(500), Pause(2000), HangUp())  # else silence ends it, 15 s later
            actions: tuple[Any, ...] = (WaitForAgent(100), Press("9"), *gone)
        case "hangs_up":
            actions = (WaitForAgent(100), Pause(500), HangUp())
        case _:
            listens = WaitForAgent(300)
            actions = (listens, Say(IT_IS_ME), listens, Say(YES), StayOn())
    return Answers(ring_secs=ring_secs, caller=CallerScript(actions=actions, voice=voice))


async def add_people(
    system: System, chance: random.Random, kinds: Sequence[str], voice: Voice
) -> None:
    """A batch of people in New York, each of a kind; all but few appointments are imagined."""
    settings = batch_settings(
        caps=Caps(per_contact=CALLS_EACH, per_day=10, per_week=30),
        calls_per_second=6.0,
        concurrency=AT_ONCE,
        breaker=Breaker(window=500, carrier_errors=1, quick_hang_ups=1, opt_outs=1),
    )
    contacts = []
    for n, kind in enumerate(kinds):
        number = f"+1212{2000000 + n}"
        system.carrier.answer(number, policy(kind, chance.uniform(0.5, 3.0), voice))
        booked = (await book(system, n),) if kind == "confirms" else ()
        contacts.append(
            ContactRecord(
                id=f"batch_a_{n:05}",
                batch_id="batch_a",
                line=n + 2,
                number=number,
                region="US-NY",
                consent_source="intake form",
                name=kind,
                variables={"name": "Ann Miller"},
                appointments=booked,
            )
        )
    batch = BatchRecord(
        id="batch_a",
        name="batch_a",
        agent="reminder",
        settings=settings.model_dump(mode="json"),
        created_at=NOON,
        state="running",
    )
    await system.store.batches.add(batch, contacts)


async def book(system: System, n: int) -> str:
    day = (NOON + timedelta(days=112 + 7 * (n // 16))).date().isoformat()
    wish = {"name": "Ann Miller", "day": day, "time": f"{9 + n % 16 // 2:02}:{n % 2 * 30:02}"}
    async with loopback_client(base_url=system.business.url) as client:
        headers = {"Idempotency-Key": f"booked_{n}"}
        answer = await client.post("/appointments", json=wish, headers=headers)
    assert answer.status_code == 201, answer.text
    appointment: str = answer.json()["id"]
    return appointment


def people(count: int, chance: random.Random) -> list[str]:
    """So many kinds, in any order, each as often as its share of twenty says."""
    twenty = [kind for kind, (share, _) in KINDS.items() for _ in range(share)]
    kinds = (twenty * (count // len(twenty) + 1))[:count]
    chance.shuffle(kinds)
    return kinds


def some_faults(chance: random.Random) -> CallbackFaults:
    """Each event is reported in its own way: never, twice, late, or after a later one."""
    ways = {event: chance.choice(("well", "well", "never", "twice", "late")) for event in EVENTS}
    after = {"ringing": "completed"} if chance.random() < 0.3 else {}
    return CallbackFaults(
        dropped=frozenset(event for event, way in ways.items() if way == "never"),
        duplicated=frozenset(event for event, way in ways.items() if way == "twice"),
        delay_secs={event: 4.0 for event, way in ways.items() if way == "late"},
        after=after,
    )


async def concluded(system: System) -> None:
    """Waits until the batch is done, and looks at all that came of it."""
    await until(lambda: is_over(system.store), within_secs=180)
    await until(lambda: no_open_calls(system), within_secs=60)
    await assert_nobody_lost_or_called_twice(
        system, "batch_a", calls_each=CALLS_EACH, at_once=AT_ONCE
    )
    for contact in await system.store.batches.find_contacts("batch_a", limit=100_000):
        assert contact.disposition in KINDS[contact.name][1], contact


async def share_done(system: System) -> float:
    counts = await system.store.batches.counts("batch_a")
    return counts.states.get("done", 0) / counts.contacts


async def no_open_calls(system: System) -> bool:
    return not await system.open_calls()


@pytest.mark.timeout(900 + 6 * CONTACTS)
async def test_all_of_it_may_die_at_any_moment(
    system: System, chance: random.Random, voice: Voice
) -> None:
    """Service and diallers die every second or so, in pairs of either order, until most are done
    with: the carrier saw each attempt once at most, never two calls to a number, and everybody is
    concluded.
    """
    await add_people(system, chance, people(CONTACTS, chance), voice)
    wire = system.wire
    wire.loses_replies, wire.fails, wire.fails_late = 0.1, 0.03, 0.05
    await system.service.start()
    for _ in range(2):
        await system.start_worker()
    pairs = 0
    while pairs < 3 or await share_done(system) < 0.6:
        for victim in chance.sample(("service", "dialler"), 2):
            await asyncio.sleep(chance.uniform(0.5, 2.5))
            system.carrier.callback_faults = some_faults(chance)
            if victim == "service":
                await system.kill_service()
            else:
                await system.kill_worker(chance.randrange(2))
        pairs += 1
    await concluded(system)


@pytest.mark.timeout(900)
async def test_the_carrier_may_be_away_in_the_middle(
    system: System, chance: random.Random, voice: Voice
) -> None:
    """20 s of no REST and no reports, the service killed meanwhile: the rest is as ever."""
    await add_people(system, chance, people(14, chance), voice)
    await system.service.start()
    for _ in range(2):
        await system.start_worker()
    await until(lambda: len(system.wire.creates) >= 8, within_secs=30, look_secs=0.02)
    system.carrier.callback_faults = CallbackFaults(dropped=frozenset(EVENTS))
    await system.wire.go_away()
    await asyncio.sleep(8)
    await system.kill_service()
    await asyncio.sleep(12)
    await system.wire.come_back()
    system.carrier.callback_faults = CallbackFaults()
    await concluded(system)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", ["service", "dialler"])
async def test_service_and_worker_start_in_either_order(
    system: System, chance: random.Random, voice: Voice, first: str
) -> None:
    """On a database in which a batch waits; who is there first waits for the other."""
    await add_people(system, chance, ["busy", "no_answer", "opts_out", "refused"], voice)
    if first == "service":
        await system.service.start()
        await asyncio.sleep(1)
    await system.start_worker()
    if first == "dialler":

        async def is_called() -> bool:
            known = await system.store.ledger.number_facts("+12122000000", since=utcnow())
            return known.in_flight

        await until(is_called, within_secs=20)
        await asyncio.sleep(2)
        await system.service.start()
    await concluded(system)
    attempts = await system.store.ledger.of_batch("batch_a")
    assert {attempt.disposition for attempt in attempts} == {
        "busy",
        "no_answer",
        "opt_out",
        "unreachable",
    }
    assert len(attempts) == 6
