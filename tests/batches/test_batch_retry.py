"""When somebody is called again: by how it ended, elsewhen, within hours, caps and deadlines."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.dispositions import SETTLED, Disposition, Verdict, verdict_of_refusal
from bot.batches.retry import RULES, Again, Done, first_inside, next_step
from bot.batches.settings import BatchSettings, Caps, Hours
from bot.store import AttemptRecord, ContactRecord
from bot.store.batch_records import Visit

NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = datetime(2026, 11, 10, 14, 30, tzinfo=NEW_YORK)  # in the middle third of the day
OFTEN = BatchSettings(caps=Caps(per_contact=10, per_day=5, per_week=20), not_later_than_hours=0)
HOUR = timedelta(hours=1)


def attempt(
    at: datetime, disposition: str, ordinal: int = 1, *, placed: bool = True
) -> AttemptRecord:
    return AttemptRecord(
        id=f"con_1-{ordinal}",
        batch_id="bat_1",
        contact_id="con_1",
        number="+12125550123",
        ordinal=ordinal,
        planned_at=at,
        placed_at=at if placed else None,
        state="ended",
        disposition=disposition,
    )


def step(
    ended: str | Verdict,
    *earlier: datetime,
    now: datetime = TUESDAY,
    settings: BatchSettings = OFTEN,
    zones: tuple[str, ...] = ("America/New_York",),
    **contact: Any,
) -> Again | Done:
    """After an attempt that ended so now, and others like it before."""
    verdict = Verdict(disposition=Disposition(ended)) if isinstance(ended, str) else ended
    times = [*earlier, now]
    attempts = [attempt(at, verdict.disposition, n) for n, at in enumerate(times, 1)]
    values: dict[str, Any] = {"attempts": len(attempts), "disposition": ""} | contact
    return next_step(
        verdict,
        contact=ContactRecord(
            id="con_1", batch_id="bat_1", line=2, number="+12125550123", **values
        ),
        attempts=attempts,
        settings=settings,
        now=now,
        zones=zones,
    )


def again(*arguments: Any, **options: Any) -> datetime:
    """In New York."""
    came = step(*arguments, **options)
    assert isinstance(came, Again), came
    assert came.at.tzinfo is UTC
    return came.at.astimezone(NEW_YORK)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)


def test_every_disposition_has_a_rule() -> None:
    """One that is added has to be given its own."""
    assert set(RULES) == set(Disposition)


@pytest.mark.parametrize("disposition", sorted(SETTLED))
def test_nobody_is_called_again_about_what_is_settled(disposition: Disposition) -> None:
    """A message left is as good as an answer; an unreachable number stays so."""
    came = step(disposition)
    assert isinstance(came, Done)
    assert (came.state, came.disposition) == ("done", disposition)


@pytest.mark.parametrize("disposition", Disposition)
def test_who_opted_out_is_done_whatever_comes_after(disposition: Disposition) -> None:
    """And stays opted out."""
    came = step(disposition, disposition="opt_out")
    assert isinstance(came, Done)
    assert came.disposition is Disposition.OPT_OUT


def test_no_answer_is_tried_at_another_time_of_day() -> None:
    """9 to 20 h has three thirds: from 9:00, 12:40 and 16:20."""
    assert again("no_answer") == local(10, 17, 30)
    assert again("no_answer", local(10, 14, 30), now=local(10, 17, 30)) == local(12, 9)


def test_when_all_times_of_day_were_tried_the_other_half_of_the_week_comes() -> None:
    """Tuesday afternoon, Tuesday evening, Wednesday morning: now from Thursday on."""
    at = again("no_answer", local(10, 13), local(10, 17), now=local(11, 9))
    assert at == local(13, 9)


def test_another_time_of_day_that_comes_too_late_is_not_waited_for() -> None:
    """The same time is better than none."""
    assert again("no_answer", deadline=local(10, 18)) == local(10, 17, 30)
    assert again("no_answer", now=local(10, 10), deadline=local(10, 13, 30)) == local(10, 13)
    soon = step("no_answer", deadline=local(10, 17))
    assert isinstance(soon, Done)
    assert "no time left" in soon.why


@pytest.mark.parametrize(("hours", "calls"), [(0, True), (0.4, True), (0.5, False), (2, False)])
def test_nobody_waits_for_a_call_right_before_the_appointment(hours: float, calls: bool) -> None:
    """As the gate has it; but one that they asked for is made."""
    settings = OFTEN.model_copy(update={"not_later_than_hours": hours})
    deadline = local(10, 18)
    assert isinstance(step("no_answer", settings=settings, deadline=deadline), Again) == calls
    asked = Verdict(
        disposition=Disposition.CALLBACK_AT, detail={"at": local(10, 17, 55).isoformat()}
    )
    assert isinstance(step(asked, settings=settings, deadline=deadline), Again)


def test_busy_is_tried_sooner_than_no_answer_and_ever_later() -> None:
    """A quarter of an hour, an hour, four hours."""
    assert again("busy") == TUESDAY + HOUR / 4
    assert again("busy", local(10, 14)) == TUESDAY + HOUR
    assert again("busy", local(10, 13), local(10, 14)) == TUESDAY + 4 * HOUR
    assert again("busy") < again("no_answer")


@pytest.mark.parametrize(
    ("reason", "fault", "retry", "first", "most"),
    [
        ("queue_full", "carrier", True, timedelta(minutes=2), 8),
        ("carrier_down", "carrier", True, timedelta(minutes=2), 8),
        ("blocked", "carrier", False, HOUR, 3),
        ("geo_blocked", "ours", False, HOUR, 3),
        ("credentials_refused", "ours", False, HOUR, 3),
    ],
)
def test_failures_follow_whose_they_were(
    reason: str, fault: str, retry: bool, first: timedelta, most: int
) -> None:
    """What passes is tried soon; what somebody has to put right is not hammered at."""
    verdict = verdict_of_refusal(reason, fault=fault, retry=retry)
    assert again(verdict) == TUESDAY + first
    earlier = [TUESDAY - timedelta(hours=n + 1) for n in range(most)]
    settings = BatchSettings(caps=Caps(per_contact=20, per_day=10, per_week=30))
    assert isinstance(step(verdict, *earlier[1:], settings=settings), Again)
    came = step(verdict, *earlier, settings=settings)
    assert isinstance(came, Done)
    assert came.disposition is Disposition.FAILED


def test_whoever_said_nothing_definite_is_asked_once_more() -> None:
    """The next day, at another time, and then never again."""
    assert again("undecided") == local(11, 10, 30)
    came = step("undecided", local(9, 10))
    assert isinstance(came, Done)
    assert came.disposition is Disposition.UNDECIDED


def call_back(at: datetime) -> Verdict:
    return Verdict(disposition=Disposition.CALLBACK_AT, detail={"at": at.isoformat()})


@pytest.mark.parametrize(
    ("asked", "comes"),
    [
        (local(10, 18), local(10, 18)),
        (local(10, 21), local(11, 9)),  # after hours: when they next begin
        (local(11, 7), local(11, 9)),
        (local(15, 12), local(16, 9)),  # on a Sunday
        (local(10, 8), TUESDAY),  # in the past: at once
    ],
)
def test_a_time_they_asked_for_is_kept(asked: datetime, comes: datetime) -> None:
    """Moved into the hours where it lies outside."""
    assert again(call_back(asked)) == comes


def test_a_time_they_asked_for_comes_before_the_pause_of_a_days_cap() -> None:
    """They want to be called; the gate has the last word, and a week's cap holds."""
    once = BatchSettings(caps=Caps(per_day=1, per_week=2))
    assert again(call_back(local(10, 18)), settings=once) == local(10, 18)
    vague = Verdict(disposition=Disposition.CALLBACK_AT)
    assert again(vague, settings=once) == TUESDAY + 2 * HOUR
    assert again(call_back(local(10, 18)), local(9, 14), settings=once) == local(16, 14)


@pytest.mark.parametrize("ended", ["busy", "failed", "no_answer", "voicemail_no_message"])
@pytest.mark.parametrize("hour", [9, 11, 14])
def test_a_reminder_of_tomorrow_is_tried_again_today(ended: str, hour: int) -> None:
    """With the caps as they ship, and hours to go before the appointment of the next morning."""
    tomorrow = {"settings": BatchSettings(), "deadline": local(11, 9)}
    assert again(ended, now=local(10, hour), **tomorrow) < local(10, 20)


def test_a_phone_that_is_engaged_twice_is_tried_a_third_time_the_same_day() -> None:
    """Later and later, with the caps as they ship."""
    tomorrow = {"settings": BatchSettings(), "deadline": local(11, 9)}
    assert again("busy", now=local(10, 10), **tomorrow) == local(10, 10, 15)
    later = local(10, 10, 15)
    assert again("busy", local(10, 10), now=later, **tomorrow) == later + HOUR


def test_a_time_on_their_own_clock_is_theirs_wherever_they_are() -> None:
    """The later one of those it may be."""
    asked = Verdict(disposition=Disposition.CALLBACK_AT, detail={"local": "2026-11-10T17:00:00"})
    assert again(asked) == local(10, 17)
    assert again(asked, zones=("America/New_York", "America/Chicago")) == local(10, 18)


def test_a_time_nobody_could_read_is_two_hours() -> None:
    """Somebody wants a call, some time."""
    vague = Verdict(disposition=Disposition.CALLBACK_AT, detail={"said": "later"})
    assert again(vague) == TUESDAY + 2 * HOUR


def test_a_time_after_the_first_appointment_is_one_before_the_next() -> None:
    """Before the first if that can be; else about those that are left."""
    soon, later = TUESDAY + HOUR, TUESDAY + timedelta(days=3)
    visits = tuple(
        Visit(deadline=at, name="", variables={}, appointments=()) for at in (soon, later)
    )
    at = again("no_answer", deadline=soon, visits=visits)
    assert soon < at < later
    # Another time of day would come after the first appointment; the same one is better than none.
    first, earlier, now = local(11, 18), local(10, 14, 30), local(10, 17, 30)
    visits = tuple(
        Visit(deadline=at, name="", variables={}, appointments=()) for at in (first, later)
    )
    assert again("no_answer", earlier, now=now, deadline=first, visits=visits) < first
    assert again("no_answer", earlier, now=now, deadline=later) > first
    assert isinstance(step("no_answer", deadline=soon), Done)


def test_a_time_after_the_appointment_is_none() -> None:
    """What they said stays on record."""
    came = step(call_back(local(12, 9)), deadline=local(11, 9))
    assert isinstance(came, Done)
    assert came.disposition is Disposition.CALLBACK_AT


@pytest.mark.parametrize("disposition", ["no_answer", "busy", "failed", "voicemail_no_message"])
def test_caps_end_it_with_the_last_disposition(disposition: str) -> None:
    """Somebody who was not reached is not unreachable."""
    came = step(disposition, local(8, 10), local(9, 11), settings=BatchSettings())
    assert isinstance(came, Done)
    assert came.disposition == disposition
    assert "3 calls" in came.why


def test_calls_that_never_came_to_be_use_up_no_cap() -> None:
    """They did not ring anywhere."""
    contact = ContactRecord(id="c", batch_id="b", line=2, number="+12125550123")
    attempts = [attempt(TUESDAY, "failed", n, placed=False) for n in range(1, 5)]
    came = next_step(
        Verdict(disposition=Disposition.FAILED),
        contact=contact,
        attempts=attempts,
        settings=BatchSettings(),
        now=TUESDAY,
        zones=["America/New_York"],
    )
    assert isinstance(came, Again)


def test_the_days_and_the_weeks_cap_push_the_next_call_away() -> None:
    """One in 24 hours; the earliest call of the week makes room for the fourth."""
    once = BatchSettings(caps=Caps(per_day=1))
    assert again("busy", settings=once) == TUESDAY + 24 * HOUR
    settings = BatchSettings(caps=Caps(per_contact=9, per_day=1, per_week=3))
    at = again("busy", local(6, 10), local(9, 10), settings=settings)
    assert at == local(13, 10)


def test_the_end_of_the_batch_is_kept() -> None:
    """No call begins then or later."""
    settings = OFTEN.model_copy(update={"end_at": TUESDAY + HOUR / 4})
    assert isinstance(step("busy", settings=settings), Done)
    settings = OFTEN.model_copy(update={"end_at": TUESDAY + HOUR})
    assert isinstance(step("busy", settings=settings), Again)


def test_hours_hold_in_every_zone_they_may_be_in() -> None:
    """New York and Los Angeles share 12 to 20 h of the first."""
    both = ("America/New_York", "America/Los_Angeles")
    assert again("busy", now=local(10, 9, 30), zones=both) == local(10, 12)
    assert again("busy", now=local(10, 19, 50), zones=both) == local(11, 12)


def test_zones_that_share_no_hour_end_it() -> None:
    """Nobody can be called who may be on either side of the world."""
    short = OFTEN.model_copy(update={"hours": Hours(begin=time(9), end=time(10))})
    came = step("busy", zones=("America/New_York", "Asia/Tokyo"), settings=short)
    assert isinstance(came, Done)
    assert "never fit" in came.why


def test_the_hours_follow_the_clock_when_it_changes() -> None:
    """9 o'clock is an hour later, in UTC, after the first Sunday of November."""
    hours = Hours(days=("sat", "sun"), begin=time(9), end=time(10))
    saturday = datetime(2026, 10, 31, 10, tzinfo=NEW_YORK)
    at = first_inside(saturday, ["America/New_York"], hours)
    assert at == datetime(2026, 11, 1, 14, tzinfo=UTC)


ZONES = ["America/New_York", "America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney"]


@given(
    disposition=st.sampled_from(Disposition),
    minutes=st.integers(0, 60 * 24 * 400),
    earlier=st.lists(st.integers(1, 60 * 24 * 6), max_size=4),
    zones=st.sets(st.sampled_from(ZONES), min_size=1, max_size=2),
    deadline=st.none() | st.integers(0, 60 * 24 * 10),
    asked=st.none() | st.integers(-600, 60 * 24 * 10),
    begin=st.integers(8, 11),
    end=st.integers(13, 21),
)
def test_a_proposal_is_never_outside_what_is_allowed(
    disposition: Disposition,
    minutes: int,
    earlier: list[int],
    zones: set[str],
    deadline: int | None,
    asked: int | None,
    begin: int,
    end: int,
) -> None:
    """In the future, within the hours of all zones, before the deadline, on a day of the batch."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    hours = Hours(begin=time(begin), end=time(end))
    detail = {}
    if asked is not None:
        detail["at"] = (now + timedelta(minutes=asked)).isoformat()
    ends_at = None if deadline is None else now + timedelta(minutes=deadline)
    came = step(
        Verdict(disposition=disposition, detail=detail),
        *(now - timedelta(minutes=before) for before in earlier),
        now=now,
        settings=OFTEN.model_copy(update={"hours": hours}),
        zones=tuple(zones),
        deadline=ends_at,
    )
    if isinstance(came, Done):
        return
    assert came.at >= now
    assert ends_at is None or came.at < ends_at
    for zone in zones:
        there = came.at.astimezone(ZoneInfo(zone))
        assert time(begin) <= there.time() < time(end)
        assert there.weekday() != 6
