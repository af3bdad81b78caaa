"""A batch moves as its sender says, and every wrong move is refused in one sentence."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from batch_kit import NOON, a_batch, a_contact, opened_store
from rich.console import Console

from bot.batches.dialling.live_call_monitor import END_LIVE_CALLS
from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.batches.overview import Overview, done_by
from bot.batches.reports.estimates import Assumptions
from bot.batches.service import BatchService, Move
from bot.batches.settings import BatchSettings
from bot.cli.picture import picture
from bot.server.batch_views import StatusView
from bot.store import BatchState, Store, Unheard


@dataclass
class Phone:
    """The calls of the service: those that live are ended when asked for."""

    live: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)

    async def end(self, call_id: str) -> bool:
        self.ended.append(call_id)
        return call_id in self.live


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
async def service(store: Store, phone: Phone) -> BatchService:
    return BatchService(store=store, live_calls=phone, now=lambda: NOON)


async def put(store: Store, state: BatchState = "planned", **settings: object) -> None:
    await store.batches.add(a_batch(state=state, settings=settings), [a_contact(1), a_contact(2)])


async def move(service: BatchService, name: Move) -> BatchState:
    moves = {
        "start": service.start,
        "approve": service.approve,
        "pause": service.pause,
        "resume": service.resume,
        "cancel": service.cancel,
    }
    return (await moves[name]("batch_a")).state


LEADS_TO: dict[tuple[BatchState, Move], BatchState] = {
    ("planned", "start"): "running",
    ("running", "pause"): "paused",
    ("held", "pause"): "paused",
    ("held", "approve"): "running",
    ("paused", "resume"): "running",
    ("planned", "cancel"): "cancelled",
    ("running", "cancel"): "cancelled",
    ("held", "cancel"): "cancelled",
    ("paused", "cancel"): "cancelled",
    ("cancelled", "cancel"): "cancelled",
}
STATES: tuple[BatchState, ...] = ("planned", "running", "held", "paused", "cancelled", "done")
MOVES: tuple[Move, ...] = ("start", "approve", "pause", "resume", "cancel")


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("state", STATES)
async def test_each_move_from_each_state(
    store: Store, service: BatchService, state: BatchState, name: Move
) -> None:
    """It leads where it should, or is refused with how the batch stands, and nothing changes."""
    await put(store, state)
    if (state, name) in LEADS_TO:
        assert await move(service, name) == LEADS_TO[state, name]
        return
    with pytest.raises(RequestRefused) as refused:
        await move(service, name)
    assert str(refused.value).startswith("batch_a cannot be ")
    assert (await service.get("batch_a")).state == state


async def test_of_many_who_move_one_does(store: Store, service: BatchService) -> None:
    """The others are told how it stands."""
    await put(store)
    answers = await asyncio.gather(
        *(service.start("batch_a") for _ in range(5)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, RequestRefused)]
    assert len(refused) == 4
    assert {str(one) for one in refused} == {"batch_a cannot be started: it is running"}


async def test_plan_and_status_take_calls_to_be_equally_long(
    store: Store, service: BatchService
) -> None:
    """One contact that waits is done with after one call, as the plan has it."""
    await store.batches.add(a_batch(state="running"), [a_contact(1)])
    overview = await service.overview("batch_a")
    assert overview.done_by is not None
    call_secs = Assumptions().call_secs
    gap_secs = call_secs / overview.settings.concurrency
    assert overview.done_by == NOON + timedelta(seconds=call_secs + gap_secs)


async def test_what_is_not_there(store: Store, service: BatchService) -> None:
    """Batches and contacts nobody knows; a contact of another batch is not this one's."""
    await put(store)
    await store.batches.add(a_batch(id="batch_b"))
    for asked in (
        service.start("batch_x"),
        service.overview("batch_x"),
        service.contacts("batch_x"),
        service.contact("batch_b", "batch_a_00001"),
        service.contacts("batch_a", after="nobody"),
    ):
        with pytest.raises(NotThere):
            await asked


async def test_nobody_to_call(store: Store, service: BatchService) -> None:
    """A batch is not started for nothing: without contacts, or when its time is over."""
    await store.batches.add(a_batch(), [a_contact(1, state="skipped")])
    with pytest.raises(RequestRefused, match="nobody to call"):
        await service.start("batch_a")
    over = {"end_at": (NOON - timedelta(hours=1)).isoformat()}
    await store.batches.add(a_batch(id="batch_b", settings=over))
    with pytest.raises(RequestRefused, match="end_at is over"):
        await service.start("batch_b")


async def test_approval_lets_the_rest_follow(store: Store, service: BatchService) -> None:
    """The batch is not held for its first calls again."""
    await put(store, "held", canary=3, concurrency=7)
    batch = await service.approve("batch_a")
    assert batch.settings == {"canary": 0, "concurrency": 7}


async def test_cancelling(store: Store, service: BatchService, phone: Phone) -> None:
    """Those who wait are not called any more; calls under way finish, or are ended if asked for."""
    await put(store, "running")
    [attempt] = await store.ledger.plan("batch_a", now=NOON, backlog=1)
    decision = {"at": NOON.isoformat(), "word": "allow"}
    await store.ledger.placing(
        attempt.id, number=attempt.number, at=NOON, decision=decision, concurrency=5
    )
    await store.ledger.placed(attempt.id, at=NOON, call_id="call_1", call_sid="CA1")
    phone.live = {"call_1"}
    await service.cancel("batch_a", live="end")
    assert phone.ended == ["call_1"]
    counts = await store.batches.counts("batch_a")
    assert counts.states == {"dialling": 1, "cancelled": 1}

    await store.batches.add(a_batch(id="batch_b", state="running"))
    await service.cancel("batch_b")
    assert phone.ended == ["call_1"]


async def test_cancelling_is_all_or_nothing_and_may_be_repeated(
    store: Store, service: BatchService, phone: Phone
) -> None:
    """Whoever waits is cancelled with the batch, also when it is asked for once more; and who
    wanted calls to finish may want them ended later. It is not the other way round.
    """
    await put(store, "running")
    batch = await service.cancel("batch_a")
    assert batch.why == "sender: You cancelled it."
    await store.batches.add_contacts([a_contact(3)])  # as if it had stopped half way
    batch = await service.cancel("batch_a", live="end")
    assert batch.why == f"{END_LIVE_CALLS} You cancelled it, and the calls under way are ended."
    assert batch.ended_at == NOON
    assert (await store.batches.counts("batch_a")).states == {"cancelled": 3}
    assert (await service.cancel("batch_a")).why == batch.why
    assert phone.ended == []


async def test_the_pace_can_change(store: Store, service: BatchService) -> None:
    """While the batch runs; not to nonsense, not by nothing, and not when it is over."""
    await put(store, "running", canary=2)
    batch = await service.set_pace("batch_a", calls_per_second=0.5)
    assert BatchSettings.model_validate(batch.settings).calls_per_second == 0.5
    assert BatchSettings.model_validate(batch.settings).canary == 2
    with pytest.raises(Malformed, match="concurrency"):
        await service.set_pace("batch_a", concurrency=0)
    with pytest.raises(Malformed, match="say what to change"):
        await service.set_pace("batch_a")
    await service.cancel("batch_a")
    with pytest.raises(RequestRefused, match="no pace any more: it was cancelled"):
        await service.set_pace("batch_a", concurrency=2)


async def test_the_budget_can_change(store: Store, service: BatchService) -> None:
    """Raised, lowered or taken away at any time, which moves nothing; not when it is over."""
    await put(store, "paused", budget_usd="5", canary=2)
    for wanted, kept in ((Decimal("60.50"), "60.50"), (Decimal(1), "1"), (None, None)):
        batch = await service.set_budget("batch_a", wanted)
        assert (batch.settings["budget_usd"], batch.state) == (kept, "paused")
        assert batch.settings["canary"] == 2
    with pytest.raises(Malformed, match="budget_usd"):
        await service.set_budget("batch_a", Decimal(0))
    await service.cancel("batch_a")
    with pytest.raises(RequestRefused, match="no budget any more: it was cancelled"):
        await service.set_budget("batch_a", Decimal(9))


async def test_what_the_business_has_not_heard_is_shown(
    store: Store, service: BatchService
) -> None:
    """To whoever asks how the batch stands; nothing is said where it has heard of all."""
    people = [
        a_contact(n, state="done", disposition="confirmed", appointments=("A1",)) for n in (1, 2)
    ]
    await store.batches.add(a_batch(state="running"), people)
    await store.batches.set_written_back(people[0], refused=True)
    overview = await service.overview("batch_a")
    assert overview.unheard == Unheard(untold=2, refused=1)
    view = StatusView.of_overview(overview)
    assert (view.business_untold, view.business_refused) == (2, 1)
    told = "has not heard of 2 outcomes yet; 1 it refuses"
    assert told in drawn(overview)
    for contact in people:
        await store.batches.set_written_back(contact)
    assert "not heard" not in drawn(await service.overview("batch_a"))


def drawn(overview: Overview) -> str:
    """What `status` shows, as text."""
    screen = Console(width=120)
    with screen.capture() as capture:
        screen.print(picture(overview, now=NOON))
    return capture.get()


async def test_how_a_batch_stands(store: Store, service: BatchService) -> None:
    """Counts, calls under way, when it goes on, and that nobody dials."""
    people = [
        a_contact(1, state="done", disposition="confirmed"),
        a_contact(2, disposition="no_answer", due_at=NOON + timedelta(hours=2)),
        a_contact(3, state="skipped"),
        a_contact(4, due_at=NOON - timedelta(minutes=1)),
    ]
    await store.batches.add(a_batch(state="running"), people)
    [attempt] = await store.ledger.plan("batch_a", now=NOON, backlog=5)
    overview = await service.overview("batch_a")
    assert overview.concluded == 2
    assert overview.counts.outcomes == {"confirmed": 1}
    assert [one.id for one in overview.live] == [attempt.id]
    assert overview.next_due_at == NOON + timedelta(hours=2)
    assert overview.done_by is not None
    assert overview.done_by > NOON + timedelta(hours=2)
    assert (overview.diallers, overview.calls, overview.spent_usd) == (0, 0, Decimal(0))
    await store.fleet.beat("worker_1")
    assert (await service.overview("batch_a")).diallers == 1
    await service.pause("batch_a")
    assert (await service.overview("batch_a")).done_by is None


@pytest.mark.parametrize(
    ("dues", "pace", "concurrency", "secs"),
    [
        ([None] * 10, 1.0, 100, 10 * 1 + 40),  # the pace decides
        ([None] * 10, 100.0, 2, 10 * 20 + 40),  # how many at a time decides
        ([3600] * 2, 1.0, 100, 3600 + 2 + 40),  # nobody before it is time
        ([], 1.0, 5, 0),
    ],
)
def test_when_it_will_be_done(
    dues: list[int | None], pace: float, concurrency: int, secs: float
) -> None:
    """No faster than the pace, no more at a time than allowed, none before it is due."""
    by = done_by(
        [due if due is None else NOON + timedelta(seconds=due) for due in dues],
        live=0,
        settings=BatchSettings(calls_per_second=pace, concurrency=concurrency),
        call_secs=40.0,
        now=NOON,
    )
    assert by == NOON + timedelta(seconds=secs)
