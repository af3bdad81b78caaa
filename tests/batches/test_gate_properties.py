"""Whatever the place, the moment and the settings: the gate never lets a call out of the window.

The oracle knows nothing of our windows: it looks at the clocks on the wall, one zone and one law
after the other, and holds what the laws say in a table of its own.
"""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.batches.gate.contactability import Facts, Place, decide
from bot.batches.gate.places import place_of
from bot.batches.gate.windows import window_of
from bot.batches.settings import BatchSettings, Caps, Hours
from tests.batches.gate_kit import RULES, lawless

EVERY_DAY = range(7)
# The loosest that the law allows, by region: weekdays (0 is Monday) and hours from and until.
FEDERAL = [(EVERY_DAY, 8, 21)]
LAW = {
    "US-FL": [(EVERY_DAY, 8, 20)],
    "US-OK": [(EVERY_DAY, 8, 20)],
    "US-MD": [(EVERY_DAY, 8, 20)],
    "US-WA": [(EVERY_DAY, 8, 20)],
    "US-WY": [(EVERY_DAY, 8, 20)],
    "US-TX": [(range(6), 9, 21), ([6], 12, 21)],
    "US-KY": [(EVERY_DAY, 10, 21)],
    "US-ME": [(range(5), 9, 17)],
    "US": [(range(5), 10, 17)],  # the state is not known
}
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/Boise",
    "Pacific/Guam",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
]
# Around these clocks are put forward and back somewhere.
CHANGES = [
    dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC),
    dt.datetime(2027, 3, 14, 7, tzinfo=dt.UTC),
    dt.datetime(2027, 4, 3, 15, tzinfo=dt.UTC),
    dt.datetime(2027, 4, 29, 22, tzinfo=dt.UTC),
    dt.datetime(2027, 11, 7, 10, tzinfo=dt.UTC),
]

moments = st.one_of(
    st.builds(
        lambda seconds: CHANGES[0] + dt.timedelta(seconds=seconds),
        st.integers(-300 * 86400, 1000 * 86400),
    ),
    st.builds(
        lambda change, minutes: change + dt.timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-2880, 2880),
    ),
)
numbers = st.builds(
    lambda code, line: f"+1{code}{line}",
    st.sampled_from(
        [212, 305, 850, 405, 410, 206, 307, 512, 915, 270, 207, 812, 208, 701, 541, 907]
    ),
    st.integers(2000000, 9999999),
)
regions = st.sampled_from(["", "", "US", "US-NY", "US-CA", "US-TN", *sorted(LAW)])
zone_columns = st.sampled_from(["", "", *ZONES])
places = st.one_of(
    st.builds(
        lambda number, zone, region, batch: place_of(
            number=number, zone=zone, region=region, batch_zone=batch
        ),
        numbers,
        zone_columns,
        regions,
        zone_columns,
    ),
    st.builds(
        lambda zones, where: Place(zones=zones, regions=where, source="number"),
        st.frozensets(st.sampled_from(ZONES), min_size=1, max_size=3),
        st.frozensets(st.sampled_from(["US-NY", "US-CA", *sorted(LAW)]), min_size=1, max_size=3),
    ),
)
clock_times = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    begin, end = sorted(draw(st.lists(clock_times, min_size=2, max_size=2, unique=True)))
    days = draw(st.sets(st.sampled_from(DAY_NAMES), min_size=1))
    return Hours(
        days=tuple(sorted(days, key=DAY_NAMES.index)),
        begin=begin,
        end=end,
        holidays=draw(st.booleans()),
    )


def forbidden(place: Place, sender: Hours, moment: dt.datetime) -> str:
    """Why no call may begin then by the clocks on the wall; empty: nothing is known against it."""
    if not place.zones:
        return "nowhere"
    for zone in place.zones:
        local = moment.astimezone(ZoneInfo(zone))
        if not sender.begin <= local.time() < sender.end:
            return f"{local} is not in the sender's hours"
        if DAY_NAMES[local.weekday()] not in sender.days:
            return f"{local} is not on a day of the sender's"
        for region in place.regions:
            laws = [FEDERAL, LAW.get(region, FEDERAL)] if region.startswith("US") else []
            for law in laws:
                if not any(local.weekday() in days and a <= local.hour < b for days, a, b in law):
                    return f"{local} is not allowed in {region}"
            country, _, state = region.partition("-")
            if not sender.holidays and country == "US":
                kept = holidays.country_holidays("US", subdiv=state or None, years=local.year)
                if local.date() in kept:
                    return f"{local} is on a holiday of {region}"
    return ""


@st.composite
def facts(draw: st.DrawFn) -> tuple[Facts, BatchSettings]:
    """Somebody of whom only the time decides."""
    now = draw(moments)
    ago = draw(st.lists(st.integers(0, 8 * 24 * 60), max_size=6))
    begin = draw(st.none() | st.integers(-3 * 24, 30 * 24))
    sender = BatchSettings(
        hours=draw(hours()),
        caps=Caps(
            per_contact=20,
            per_day=draw(st.integers(1, 4)),
            per_week=draw(st.integers(1, 6)),
        ),
        begin_at=None if begin is None else now + dt.timedelta(hours=begin),
    )
    known = Facts(
        now=now,
        place=draw(places),
        suppressed_at=None,
        consent_source="form",
        consent_at=None,
        deadline=None,
        calls_at=tuple(now - dt.timedelta(minutes=n) for n in ago),
        in_flight=False,
        attempts=0,
        standing=1,
        batch_state="running",
        spent_usd=Decimal(0),
    )
    return known, sender


def at(known: Facts, moment: dt.datetime) -> Facts:
    """The same facts, later."""
    return Facts(**{**vars(known), "now": moment})


@settings(max_examples=600, deadline=None)
@given(facts())
def test_no_call_is_let_out_of_the_strictest_window(drawn: tuple[Facts, BatchSettings]) -> None:
    """Neither now nor at the moment that a wait names, and that moment is then let through."""
    known, sender = drawn
    decision = decide(known, sender, RULES)
    if decision.word == "allow":
        assert forbidden(known.place, sender.hours, known.now) == ""
        assert decision.until is None
    elif decision.word == "wait":
        assert decision.until is not None
        assert decision.until > known.now
        assert decision.until.tzinfo is not None
        assert forbidden(known.place, sender.hours, decision.until) == ""
        assert decide(at(known, decision.until), sender, RULES).word == "allow"
        for reason in decision.reasons:
            assert (reason.says == "wait") == (reason.until is not None)
            assert reason.until is None or known.now < reason.until <= decision.until
    else:
        assert decision.until is None


@settings(max_examples=300, deadline=None)
@given(facts(), st.integers(1, 7 * 24 * 3600))
def test_who_looks_later_waits_at_least_as_long(
    drawn: tuple[Facts, BatchSettings], seconds: int
) -> None:
    """`until` never goes back, and nothing before it was allowed."""
    known, sender = drawn
    later = known.now + dt.timedelta(seconds=seconds)
    first, second = (decide(at(known, now), sender, RULES) for now in (known.now, later))
    assume("never" not in (first.word, second.word))
    assert (first.until or first.at) <= (second.until or second.at)
    if later < (first.until or first.at):
        assert second.word == "wait"
        assert second.until == first.until


@settings(max_examples=100, deadline=None)
@given(places, hours(), moments)
def test_nothing_that_is_allowed_is_left_out(
    place: Place, sender: Hours, moment: dt.datetime
) -> None:
    """The next moment is the first one: no quarter of an hour before it is inside."""
    window = window_of(place.zones, place.regions, sender, RULES)
    found = window.next(moment)
    quarters = [moment + n * dt.timedelta(minutes=15) for n in range(4 * 24 * 3)]
    for quarter in quarters:
        inside = window.contains(quarter)
        assert inside == (window.next(quarter) == quarter)
        assert not inside or (found is not None and found <= quarter)


@settings(max_examples=200, deadline=None)
@given(places, places, hours(), moments)
def test_another_candidate_never_allows_more(
    one: Place, other: Place, sender: Hours, moment: dt.datetime
) -> None:
    """Doubt makes the window narrower."""
    assume(one.zones and other.zones)
    both = window_of(one.zones | other.zones, one.regions | other.regions, sender, RULES)
    for place in (one, other):
        window = window_of(place.zones, place.regions, sender, RULES)
        assert window.contains(moment) or not both.contains(moment)
        opens, together = window.next(moment), both.next(moment)
        assert together is None or (opens is not None and opens <= together)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), hours(), st.sampled_from(CHANGES))
def test_an_hour_that_is_shown_twice_is_never_used_twice(
    zone: str, sender: Hours, change: dt.datetime
) -> None:
    """What is allowed is one stretch of each local day, and inside by the clock on the wall."""
    window = lawless(zone, sender)
    minutes = [change + dt.timedelta(minutes=n) for n in range(-1500, 1500, 5)]
    opened = []
    for before, moment in pairwise(minutes):
        if window.contains(moment):
            local = moment.astimezone(ZoneInfo(zone))
            assert sender.begin <= local.time() < sender.end
            assert DAY_NAMES[local.weekday()] in sender.days
            if not window.contains(before):
                opened.append(local.date())
    assert len(opened) == len(set(opened))
