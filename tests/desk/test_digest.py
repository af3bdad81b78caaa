"""The owner's digest: what is flagged, when it is due, what it says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from desk_kit import CALLER, NOON, PostOffice, Watch, a_call, a_message

from bot.digest import Digest
from bot.digest.evening import bounds, latest_day
from bot.digest.flags import flags_of
from bot.outbox import Outbox
from bot.outbox.mail import Mail, MailServer
from bot.store import (
    CallRecord,
    Cost,
    Dialled,
    Outcome,
    Store,
    Subscription,
    ToolCallRecord,
    Transfer,
    TurnRecord,
)
from config import LANGUAGES
from processors.words.pleas import DANGER

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
SEVEN = time(19)
OWNER = "me@clinic.example"


def ended(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "answered_at": NOON,
        "ended_at": NOON + timedelta(seconds=75),
        "status": "completed",
        "outcome": Outcome(result="completed", reason="goodbye", summary="Asked for hours."),
        "cost": Cost(
            currency="USD", model=Decimal("0.1"), carrier=Decimal("0.02"), total=Decimal("0.12")
        ),
    }
    return a_call(**(values | changes))


def tool(name: str, ok: bool | None, key: str = "") -> ToolCallRecord:
    return ToolCallRecord(key=key or f"{name}{ok}", name=name, arguments={}, started_at=NOON, ok=ok)


def turn(role: Any, text: str, n: int = 0, **changes: Any) -> TurnRecord:
    return TurnRecord(key=f"{role}{n}", role=role, text=text, started_at=NOON, **changes)


def for_reason(reason: str) -> Transfer:
    return Transfer(reason=reason, at=NOON, target="+12125550199")


ANSWERED = Dialled(outcome="answered", status="completed")
IN_VAIN = Dialled(outcome="no_answer", status="no-answer")
TWICE = tuple(turn("caller", "I need the doctor today!", n) for n in range(2))
UNANSWERED = tuple(
    replace(
        turn("caller", text, n),
        started_at=NOON + timedelta(seconds=6 * n),
        ended_at=NOON + timedelta(seconds=6 * n + 1),
    )
    for n, text in enumerate(("Can you move it?", "Hello?"))
)
ANGRY = (turn("caller", "No, that's wrong.", 1), turn("caller", "Das ist doch lächerlich!", 2))
CIRCLES = tuple(turn("agent", "What is your name, please?", n) for n in range(3))
CUT = tuple(turn("agent", f"words {n}", n, interrupted=True) for n in range(4))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"transfer": for_reason(DANGER), "dialled": ANSWERED}, ["danger"]),
        ({"transfer": for_reason("Wants Ann."), "dialled": ANSWERED}, []),
        (
            {"transfer": for_reason(DANGER), "dialled": IN_VAIN},
            ["danger", "transfer failed (no answer)"],
        ),
        ({"outcome": Outcome(result="completed", reason="emergency")}, ["danger"]),
        ({"turns": (turn("agent", LANGUAGES["de"].lines["emergency"]),)}, ["danger"]),
        ({"turn_latencies_ms": (900, 3999)}, []),
        ({"turn_latencies_ms": (900, 6240)}, ["dead air (6.2 s)"]),
        ({"dialled": Dialled(outcome="answered", status="completed")}, []),
        ({"dialled": Dialled(outcome="cancelled", status="canceled")}, []),
        (
            {"dialled": Dialled(outcome="no_answer", status="no-answer")},
            ["transfer failed (no answer)"],
        ),
        (
            {"tool_calls": (tool("transfer_to_human", False),)},
            ["transfer failed (nobody available)"],
        ),
        ({"tool_calls": (tool("book_appointment", True),)}, []),
        ({"tool_calls": (tool("book_appointment", False),)}, ["not done (book_appointment)"]),
        ({"tool_calls": (tool("take_message", None),)}, ["not done (take_message)"]),
        (
            {"tool_calls": (tool("book_appointment", False), tool("book_appointment", True))},
            [],
        ),
        ({"tool_calls": (tool("lookup_hours", False),)}, []),
        ({"turns": TWICE}, ["frustration (said the same again)"]),
        ({"turns": (turn("caller", "Yes.", 1), turn("caller", "yes", 2))}, []),
        ({"turns": CUT}, ["frustration (spoke over the agent 4 times)"]),
        ({"turns": CUT[:3]}, []),
        ({"outcome": Outcome(result="failed", reason="model_lost")}, ["broke (model_lost)"]),
        ({"unproven": {}}, []),
        ({"unproven": {"booked": {"at": "", "taken_back": True}}}, []),
        (
            {"unproven": {"booked": {"at": "", "taken_back": False}}},
            ["said not done (booked)"],
        ),
        ({"turns": UNANSWERED}, ["dead air (5.0 s)"]),
        ({"turns": UNANSWERED[:1]}, []),
        ({"turns": ANGRY}, ["frustration (complained 2 times)"]),
        ({"turns": ANGRY[1:]}, []),
        ({"turns": CIRCLES}, ["loop (said the same 3 times)"]),
        ({"turns": (*CIRCLES[:2], turn("agent", "I see.", 8), CIRCLES[2])}, []),
    ],
)
def test_flags(changes: dict[str, Any], expected: list[str]) -> None:
    """What an owner should look at, and nothing of what went as it should."""
    assert [str(flag) for flag in flags_of(ended(**changes))] == expected


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 24, 18, 59, tzinfo=NEW_YORK), date(2026, 11, 23)),
        (datetime(2026, 11, 24, 19, 0, tzinfo=NEW_YORK), date(2026, 11, 24)),
        (datetime(2026, 11, 25, 0, 30, tzinfo=NEW_YORK), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 23, 59, tzinfo=UTC), date(2026, 11, 23)),  # 18:59 there
    ],
)
def test_the_day_whose_digest_is_due(now: datetime, day: date) -> None:
    assert latest_day(now, at=SEVEN, zone=NEW_YORK) == day


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 11, 24), NEW_YORK, 24),
        (date(2026, 3, 8), NEW_YORK, 23),  # clocks go forward
        (date(2026, 11, 1), NEW_YORK, 25),  # and back
        (date(2026, 3, 29), BERLIN, 23),
        (date(2026, 10, 25), BERLIN, 25),
    ],
)
def test_days_follow_each_other_without_a_gap(day: date, zone: ZoneInfo, hours: int) -> None:
    """Where clocks are changed a day has 23 or 25 hours, and no call is in two digests."""
    since, until = bounds(day, at=SEVEN, zone=zone)
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=hours)
    assert bounds(day - timedelta(days=1), at=SEVEN, zone=zone)[1] == since


def test_a_digest_at_an_hour_that_does_not_exist() -> None:
    """It is due all the same, once."""
    at = time(2, 30)
    day = date(2026, 3, 8)
    _, until = bounds(day, at=at, zone=NEW_YORK)
    moment = until.astimezone(UTC)
    assert latest_day(moment + timedelta(hours=1), at=at, zone=NEW_YORK) == day


def digest_of(store: Store, watch: Watch) -> Digest:
    return Digest(store=store, owner=OWNER, at=SEVEN, zone=NEW_YORK, now=watch)


async def add(store: Store, *calls: CallRecord) -> None:
    for call in calls:
        await store.add_call(call)


async def the_letter(store: Store, watch: Watch) -> tuple[str, str]:
    digest = digest_of(store, watch)
    await digest.due(watch())
    [delivery] = await store.outbox.find(channel="mail")
    letter = await digest.letter(delivery)
    assert letter is not None
    return letter.subject, letter.text


async def test_the_letter_of_a_day(store: Store, watch: Watch) -> None:
    """Calls, outcomes, messages, texts, what to look at, cost; of that day alone."""
    yesterday = NOON - timedelta(days=1)
    await add(
        store,
        ended(id="call_1"),
        ended(id="call_2", turn_latencies_ms=(9000,)),
        ended(id="call_3", direction="outbound"),
        ended(id="call_0", started_at=yesterday, turn_latencies_ms=(9000,)),
    )
    await store.messages.add(a_message(urgency="urgent"), to=())
    await store.messages.add(a_message("msg_0", taken_at=yesterday, name="Old One"), to=())
    done = a_message("msg_2", name="Settled")
    await store.messages.add(done, to=())
    await store.messages.acknowledge("msg_2", at=NOON, by="Ana")
    watch.at = datetime(2026, 11, 24, 19, 1, tzinfo=NEW_YORK)
    subject, text = await the_letter(store, watch)
    assert subject == "Tuesday, 24 November 2026: 3 calls, 2 messages waiting, 1 to look at"
    assert "Calls      3 (2 in, 1 out)\n           completed 3\n" in text
    assert "Messages   3, 2 waiting\n" in text
    assert "Cost       0.36 USD\n" in text
    assert f"12:00  {CALLER}  dead air (9.0 s)  [call_2]" in text
    assert f"24 Nov 12:00  URGENT Maria Diaz, {CALLER}: Wants to move" in text
    assert "23 Nov 12:00  Old One" in text
    assert "Settled" not in text
    assert "call_0" not in text


async def test_a_quiet_day_has_a_letter_too(store: Store, watch: Watch) -> None:
    """The owner sees that the line is there."""
    watch.at = datetime(2026, 11, 24, 19, 1, tzinfo=NEW_YORK)
    subject, text = await the_letter(store, watch)
    assert subject == "Tuesday, 24 November 2026: no calls"
    assert "To look at" not in text


async def test_many_calls_are_read_in_pages(store: Store, watch: Watch) -> None:
    """Each is counted once."""
    await add(store, *(ended(id=f"call_{n}", call_sid=f"CA{n}") for n in range(61)))
    watch.at = datetime(2026, 11, 24, 19, 1, tzinfo=NEW_YORK)
    subject, _ = await the_letter(store, watch)
    assert "61 calls" in subject


async def test_once_a_day_over_all_processes(store: Store, watch: Watch) -> None:
    """At its time, however many look."""
    ours = [digest_of(store, watch) for _ in range(3)]
    watch.at = datetime(2026, 11, 24, 18, 0, tzinfo=NEW_YORK)
    for _ in range(48):
        watch.pass_by(hours=1)
        for digest in ours:
            await digest.due(watch())
    made = await store.outbox.find(channel="mail")
    assert sorted(one.subject for one in made) == ["2026-11-24", "2026-11-25"]
    assert {one.made_at.astimezone(NEW_YORK).hour for one in made} == {19}


async def test_the_first_start_writes_of_no_empty_yesterday(store: Store, watch: Watch) -> None:
    watch.at = datetime(2026, 11, 24, 9, 0, tzinfo=NEW_YORK)
    digest = digest_of(store, watch)
    await digest.due(watch())
    [delivery] = await store.outbox.find(channel="mail")
    assert await digest.letter(delivery) is None


async def test_a_letter_after_each_call(store: Store, watch: Watch, post: PostOffice) -> None:
    """With its outcome, its flags and the messages that were left; handed over by SMTP."""
    store.outbox.subscribe(Subscription(channel="mail", target=OWNER, events=("call.ended",)))
    await add(store, a_call(started_at=NOON, answered_at=NOON))
    await store.messages.add(a_message(), to=())
    await store.end_call(
        "call_a",
        status="completed",
        outcome=Outcome(result="completed", reason="goodbye", summary="Asked for hours."),
        ended_at=NOON + timedelta(seconds=75),
        turn_latencies_ms=(5000,),
    )
    server = MailServer(host="127.0.0.1", port=post.port, security="none", sender="l@c.example")
    digest = Digest(store=store, owner=OWNER, at=None, zone=NEW_YORK)
    outbox = Outbox(
        store=store,
        senders={"mail": Mail(server=server, letters=digest.letter)},
        chores=(digest.due,),
    )
    await outbox.look()
    [letter] = post.letters
    assert letter["Subject"] == f"Call {CALLER}: completed (goodbye) (look at it)"
    text = letter.get_content()
    for part in ("1:15 min", "Asked for hours.", "dead air (5.0 s)", "Maria Diaz", "12:00"):
        assert part in text, part


def test_flags_hold_no_words_of_the_caller(tmp_path: Path) -> None:
    """They stand in letters beside numbers; what was said stays in the record."""
    call = ended(turns=TWICE)
    assert "doctor" not in " ".join(map(str, flags_of(replace(call, turns=TWICE))))
