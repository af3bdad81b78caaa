"""A dry run of a stored batch: the gate as it is, asked with all that is known today."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from batch_kit import NOON, a_batch, a_contact, opened_store

from bot.batches import plan_writer
from bot.batches.dry_run import DryRun
from bot.batches.errors import NotThere
from bot.batches.plan_writer import Form, PlanWriter
from bot.child import in_this_process
from bot.store import CallRecord, Store
from config import Agent
from config.calling_rules import load_rules
from tests.benchmarks.big_batch import take
from tests.brains.some_brains import BRAINS

AGENT = Agent(name="reminder", pipeline="reminder", instructions="Remind {name}.")
TOMORROW = NOON + timedelta(hours=21)  # 9 o'clock in New York


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
async def dry_run(store: Store) -> DryRun:
    return DryRun(
        store=store, brains=BRAINS, agents={"reminder": AGENT}, rules=load_rules(), now=lambda: NOON
    )


async def put(store: Store, *, settings: dict[str, object], **contact: object) -> None:
    values = {
        "number": "+12125550101",
        "region": "US-NY",
        "consent_source": "intake form",
        "variables": {"name": "Ada"},
        "deadline": TOMORROW,
    }
    await store.batches.add(a_batch(settings=settings), [a_contact(1, **(values | contact))])


async def test_the_shipped_caps_leave_time_for_a_second_call(store: Store, dry_run: DryRun) -> None:
    """For tomorrow's appointments, planned at noon: nothing is noted."""
    await put(store, settings={})
    plan = await dry_run.plan("batch_a")
    assert len(plan.calls) == 1
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("settings", "contact"),
    [
        ({"caps": {"per_day": 1}}, {}),
        ({"hours": {"begin": "09:00", "end": "12:30"}}, {}),
        ({}, {"deadline": NOON + timedelta(hours=4)}),
        # abroad there is room for one call in a day; it is 22:30 there
        ({}, {"number": "+912222225555", "region": "IN", "deadline": NOON + timedelta(hours=35)}),
    ],
)
async def test_caps_that_leave_no_time_for_a_second_call_are_noted(
    store: Store, dry_run: DryRun, settings: dict[str, object], contact: dict[str, object]
) -> None:
    """The sender's own and those of the law: before anybody is called once and lost."""
    await put(store, settings=settings, **contact)
    plan = await dry_run.plan("batch_a")
    [note] = plan.notes
    assert note.startswith("1 of these calls cannot be followed by another if nobody answers")


async def test_a_call_that_was_asked_for_is_planned_when_they_said(
    store: Store, dry_run: DryRun
) -> None:
    """Though the sender's cap of a day is used up."""
    await put(store, settings={"caps": {"per_day": 1}})
    await store.batches.set_state("batch_a", "running", expect=["planned"], at=NOON)
    [attempt] = await store.ledger.plan("batch_a", now=NOON, backlog=1)
    await store.ledger.placing(
        attempt.id,
        at=NOON,
        number=attempt.number,
        decision={"at": NOON.isoformat()},
        concurrency=1,
    )
    await store.ledger.placed(attempt.id, at=NOON, call_id="call_1", call_sid="CA1")
    await store.ledger.ended(
        attempt.id,
        expect=["placed"],
        at=NOON,
        disposition="callback_at",
        contact={
            "state": "waiting",
            "disposition": "callback_at",
            "due_at": NOON + timedelta(hours=3),
        },
    )
    plan = await dry_run.plan("batch_a")
    assert [call.at for call in plan.calls] == [NOON + timedelta(hours=3)]


async def test_a_big_file_is_planned_as_the_gate_would_have_it(tmp_path: Path) -> None:
    """From its bytes on: everybody once, in their own hours, before their appointment, at pace."""
    plan = (await take(1000, tmp_path)).plan
    assert len({call.contact.id for call in plan.calls}) == 1000
    assert plan.skipped == ()
    begins = [call.at for call in plan.calls]
    assert all(b - a >= timedelta(seconds=0.2) for a, b in pairwise(begins))
    for call in plan.calls:
        clocks = [call.at.astimezone(ZoneInfo(zone)) for zone in call.zones]
        assert all(9 <= there.hour < 20 for there in clocks)
        assert call.contact.deadline is not None
        assert call.at < call.contact.deadline


async def test_who_is_settled_in_another_batch_is_not_planned(
    store: Store, dry_run: DryRun
) -> None:
    """The same list again: the plan says who has answered already, and where."""
    await put(store, settings={}, appointments=("A1",))
    earlier = a_batch(id="batch_0", created_at=NOON - timedelta(hours=1), state="done")
    said = {"state": "done", "disposition": "confirmed", "appointments": ("A1",)}
    contact = a_contact(9, id="con_0", batch_id="batch_0", number="+12125550101", **said)
    await store.batches.add(earlier, [contact])
    plan = await dry_run.plan("batch_a")
    assert plan.calls == ()
    [skipped] = plan.skipped
    assert (skipped.rule, skipped.why) == (
        "settled",
        'it is settled: confirmed in "tomorrow", line 10',
    )


async def test_single_calls_count_for_the_caps_of_the_law(store: Store, dry_run: DryRun) -> None:
    """Three of them in Florida: the next call is a day later."""
    await put(store, settings={}, region="US-FL", deadline=NOON + timedelta(days=3))
    for n in range(3):
        await store.add_call(
            CallRecord(
                id=f"call_{n}",
                direction="outbound",
                agent="table",
                from_number="+12125550199",
                to_number="+12125550101",
                started_at=NOON - timedelta(minutes=10 - n),
                ended_at=NOON - timedelta(minutes=5),
                status="completed",
            )
        )
    [call] = (await dry_run.plan("batch_a")).calls
    assert call.at == NOON + timedelta(hours=24) - timedelta(minutes=10)


@pytest.mark.parametrize(
    ("message", "first_line", "notes"),
    [
        ("", "Hello. Press 9 for no more calls.", 0),
        ("", "Hello.", 1),
        ("Call 2 1 2, 5 5 5, 0 1 0 0.", "Hello. Press 9 for no more calls.", 1),
        ("To stop, call 8 8 8, 5 5 5, 0 1 0 0.", "Hello. Press 9 for no more calls.", 0),
        ("To stop, call +1 (800) 555-0100.", "Hello.", 1),
    ],
)
async def test_calls_without_consent_offer_the_opt_out_everywhere(
    store: Store, message: str, first_line: str, notes: int
) -> None:
    """A key to whoever answers, a toll-free number to a machine: the plan says what is missing."""
    machines = {"then": "leave_message", "message": message} if message else {}
    for consent_required, expected in ((False, notes), (True, 0)):
        terms = {"consent_required": consent_required, "machines": machines, "caps": {"per_day": 1}}
        batch_id = f"batch_{consent_required}"
        contact = a_contact(1, id=batch_id, batch_id=batch_id, number="+12125550101")
        await store.batches.add(a_batch(id=batch_id, settings=terms), [contact])
        agent = replace(AGENT, first_line=first_line)
        run = DryRun(
            store=store,
            brains=BRAINS,
            agents={"reminder": agent},
            rules=load_rules(),
            now=lambda: NOON,
        )
        said = (await run.plan(batch_id)).notes
        assert len([note for note in said if note.startswith("Without consent")]) == expected


@pytest.mark.parametrize(("name", "called"), [("", "batch_0"), ("December", '"December"')])
async def test_who_is_called_by_another_batch_is_noted(
    store: Store, dry_run: DryRun, name: str, called: str
) -> None:
    """They are planned, as nobody knows what will become of them there. The batch is named as
    people know it.
    """
    await put(store, settings={}, appointments=("A1",))
    earlier = a_batch(
        id="batch_0", name=name, state="running", started_at=NOON - timedelta(hours=1)
    )
    contact = a_contact(
        9, id="con_0", batch_id="batch_0", number="+12125550101", appointments=("A1",)
    )
    await store.batches.add(earlier, [contact])
    plan = await dry_run.plan("batch_a")
    assert len(plan.calls) == 1
    [note] = plan.notes
    assert note.startswith(f"{called}, which began earlier, calls 1 of these about the same")


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_a_plan_that_is_worked_out_apart_is_the_same(
    store: Store, dry_run: DryRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form
) -> None:
    """By the agent, the rules and the prices of this process; who cannot be planned is refused."""
    await put(store, settings={})
    writer = PlanWriter(
        dry_run=dry_run,
        apart=in_this_process,
        database_url=f"sqlite:///{tmp_path / 'office.db'}",
        calling_rules=None,
    )
    here = "".join(await writer.write("batch_a", form))
    monkeypatch.setattr(plan_writer, "FEW", 0)
    assert "".join(await writer.write("batch_a", form)) == here
    assert "+12125550101" in here
    with pytest.raises(NotThere):
        await writer.write("batch_b", form)
