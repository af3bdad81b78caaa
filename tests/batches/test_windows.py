"""When somebody may be called: laws, zones, clocks that are put forward and back, holidays."""

import datetime as dt

import pytest

from bot.batches.gate.windows import Window, window_of
from bot.batches.settings import Hours
from tests.batches.gate_kit import ANY_HOUR, RULES, lawless, local

EASTERN, CENTRAL = "America/New_York", "America/Chicago"
MOUNTAIN, PACIFIC = "America/Denver", "America/Los_Angeles"
SECOND = dt.timedelta(seconds=1)
# Days without a public holiday in any state.
WEEK = {
    "mon": "2026-09-14",
    "tue": "2026-09-15",
    "wed": "2026-09-16",
    "thu": "2026-09-17",
    "fri": "2026-09-18",
    "sat": "2026-09-19",
    "sun": "2026-09-20",
}
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def a_window(zones: str | set[str], regions: str | set[str], hours: Hours = ANY_HOUR) -> Window:
    zones = {zones} if isinstance(zones, str) else zones
    regions = {regions} if isinstance(regions, str) else regions
    return window_of(frozenset(zones), frozenset(regions), hours, RULES)


def all_day(begin: str, end: str) -> Hours:
    """A sender's hours, every day and on holidays."""
    times = {"begin": dt.time.fromisoformat(begin), "end": dt.time.fromisoformat(end)}
    return ANY_HOUR.model_copy(update=times)


# -- the law of each place ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "zone", "days", "begin", "end"),
    [
        # 47 CFR 64.1200(c)(1), in every zone
        ("US-NY", EASTERN, [*WEEK], "08:00", "21:00"),
        ("US-WI", CENTRAL, [*WEEK], "08:00", "21:00"),
        ("US-CO", MOUNTAIN, [*WEEK], "08:00", "21:00"),
        ("US-AZ", "America/Phoenix", [*WEEK], "08:00", "21:00"),
        ("US-CA", PACIFIC, [*WEEK], "09:00", "21:00"),
        ("US-OR", PACIFIC, [*WEEK], "08:00", "20:00"),
        ("US-AK", "America/Anchorage", [*WEEK], "08:00", "21:00"),
        ("US-AK", "America/Adak", [*WEEK], "08:00", "21:00"),
        ("US-HI", "Pacific/Honolulu", [*WEEK], "08:00", "21:00"),
        ("US-PR", "America/Puerto_Rico", [*WEEK], "08:00", "21:00"),
        ("US-GU", "Pacific/Guam", [*WEEK], "08:00", "21:00"),
        ("US-IN", "America/Indiana/Indianapolis", [*WEEK], "08:00", "21:00"),
        ("US-ID", "America/Boise", [*WEEK], "08:00", "21:00"),
        # stricter states
        ("US-FL", EASTERN, [*WEEK], "08:00", "20:00"),
        ("US-FL", CENTRAL, [*WEEK], "08:00", "20:00"),
        ("US-OK", CENTRAL, [*WEEK], "08:00", "20:00"),
        ("US-MD", EASTERN, [*WEEK], "08:00", "20:00"),
        ("US-WA", PACIFIC, [*WEEK], "08:00", "20:00"),
        ("US-WY", MOUNTAIN, [*WEEK], "08:00", "20:00"),
        ("US-TX", CENTRAL, [*WORKDAYS, "sat"], "09:00", "21:00"),
        ("US-TX", CENTRAL, ["sun"], "12:00", "21:00"),
        ("US-TX", MOUNTAIN, ["sun"], "12:00", "21:00"),
        ("US-KY", EASTERN, [*WEEK], "10:00", "21:00"),
        ("US-KY", CENTRAL, [*WEEK], "10:00", "21:00"),
        ("US-ME", EASTERN, WORKDAYS, "09:00", "17:00"),
        ("US-AL", CENTRAL, [*WORKDAYS, "sat"], "08:00", "20:00"),
        ("US-CT", EASTERN, [*WEEK], "09:00", "20:00"),
        ("US-IL", CENTRAL, [*WEEK], "09:00", "21:00"),
        ("US-LA", CENTRAL, [*WORKDAYS, "sat"], "08:00", "20:00"),
        ("US-MA", EASTERN, [*WEEK], "08:00", "20:00"),
        ("US-MI", "America/Detroit", [*WEEK], "09:00", "21:00"),
        ("US-MN", CENTRAL, [*WEEK], "09:00", "21:00"),
        ("US-MS", CENTRAL, [*WORKDAYS, "sat"], "08:00", "20:00"),
        ("US-NE", CENTRAL, [*WORKDAYS, "sat"], "08:00", "21:00"),
        ("US-NE", CENTRAL, ["sun"], "13:00", "21:00"),
        ("US-NM", MOUNTAIN, [*WEEK], "09:00", "21:00"),
        ("US-NV", PACIFIC, [*WEEK], "09:00", "20:00"),
        ("US-PA", EASTERN, WORKDAYS, "08:00", "21:00"),
        ("US-PA", EASTERN, ["sat"], "08:00", "12:00"),
        ("US-PA", EASTERN, ["sun"], "13:30", "21:00"),
        ("US-RI", EASTERN, WORKDAYS, "09:00", "18:00"),
        ("US-RI", EASTERN, ["sat"], "10:00", "17:00"),
        ("US-SD", CENTRAL, [*WORKDAYS, "sat"], "09:00", "21:00"),
        ("US-UT", MOUNTAIN, [*WORKDAYS, "sat"], "08:00", "21:00"),
        # a state that is not known: what all of them allow
        ("US", EASTERN, WORKDAYS, "10:00", "17:00"),
        # elsewhere
        ("CA-ON", "America/Toronto", WORKDAYS, "09:00", "21:30"),
        ("CA-ON", "America/Toronto", ["sat", "sun"], "10:00", "18:00"),
        ("GB", "Europe/London", ["sat"], "10:00", "17:00"),
        ("DE-BY", "Europe/Berlin", WORKDAYS, "09:00", "18:00"),
        ("AU", "Australia/Sydney", ["sat"], "09:00", "17:00"),
        ("FR", "Europe/Paris", WORKDAYS, "10:00", "13:00"),
        ("FR", "Europe/Paris", WORKDAYS, "14:00", "20:00"),
        ("BR", "America/Sao_Paulo", WORKDAYS, "10:00", "13:00"),
        ("BR", "America/Sao_Paulo", WORKDAYS, "14:00", "17:00"),
        ("ZZ", "Asia/Tokyo", WORKDAYS, "14:00", "17:00"),
    ],
)
def test_calls_may_begin_from_then_until_right_before_then(
    region: str, zone: str, days: list[str], begin: str, end: str
) -> None:
    """To the second, on the callee's clock."""
    window = a_window(zone, region)
    for day in days:
        opens, closes = (local(zone, f"{WEEK[day]} {clock}") for clock in (begin, end))
        assert not window.contains(opens - SECOND)
        assert window.contains(opens)
        assert window.contains(closes - SECOND)
        assert not window.contains(closes)
        assert window.next(opens - SECOND) == opens
        assert window.next(closes - SECOND) == closes - SECOND
        later = window.next(closes)
        assert later is not None
        assert later > closes


@pytest.mark.parametrize(
    ("region", "days"),
    [
        ("US-ME", ["sat", "sun"]),
        ("US-AL", ["sun"]),
        ("US-LA", ["sun"]),
        ("US-MS", ["sun"]),
        ("US-RI", ["sun"]),
        ("US-SD", ["sun"]),
        ("US-UT", ["sun"]),
        ("US", ["sat", "sun"]),
        ("ES", ["sat", "sun"]),
        ("FR", ["sat", "sun"]),
        ("DE", ["sun"]),
        ("BR", ["sat", "sun"]),
    ],
)
def test_on_some_days_there_are_no_calls(region: str, days: list[str]) -> None:
    """At no minute of them."""
    window = a_window("UTC", region)
    for day in days:
        midnight = local("UTC", f"{WEEK[day]} 00:00")
        assert not any(window.contains(midnight + n * dt.timedelta(minutes=1)) for n in range(1440))


def test_several_candidates_must_all_be_inside() -> None:
    """Zones and laws alike: a Florida number of the Panhandle, and one who may be in Texas too."""
    panhandle = a_window({EASTERN, CENTRAL}, "US-FL")
    assert not panhandle.contains(local(EASTERN, "2026-09-16 08:59"))
    assert panhandle.contains(local(EASTERN, "2026-09-16 09:00"))
    assert not panhandle.contains(local(EASTERN, "2026-09-16 20:00"))
    either = a_window(CENTRAL, {"US-FL", "US-TX"})
    assert not either.contains(local(CENTRAL, "2026-09-16 08:30"))
    assert not either.contains(local(CENTRAL, "2026-09-16 20:30"))
    assert not either.contains(local(CENTRAL, "2026-09-20 11:30"))
    assert either.contains(local(CENTRAL, "2026-09-20 12:00"))


def test_the_senders_hours_narrow_the_law_and_never_widen_it() -> None:
    """On days, at begin and end."""
    window = a_window(EASTERN, "US-NY", Hours(begin=dt.time(7), end=dt.time(18)))
    assert not window.contains(local(EASTERN, "2026-09-16 07:30"))
    assert window.contains(local(EASTERN, "2026-09-16 08:00"))
    assert not window.contains(local(EASTERN, "2026-09-16 18:00"))
    assert window.next(local(EASTERN, "2026-09-19 18:00")) == local(EASTERN, "2026-09-21 08:00")


def test_nowhere_is_never() -> None:
    """No zone, no moment; nor where the zones are never inside together."""
    now = local("UTC", "2026-09-16 12:00")
    assert not a_window(set(), {"US"}).contains(now)
    assert a_window(set(), {"US"}).next(now) is None
    apart = a_window({EASTERN, "Pacific/Guam"}, {"US-NY", "US-GU"}, all_day("09:00", "17:00"))
    assert apart.next(now) is None


def test_a_moment_without_a_zone_is_refused() -> None:
    """It would be read by the clock of this machine."""
    with pytest.raises(ValueError, match="without a time zone"):
        a_window(EASTERN, "US-NY").contains(dt.datetime(2026, 9, 16, 12))  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a time zone"):
        a_window(EASTERN, "US-NY").next(dt.datetime(2026, 9, 16, 12))  # noqa: DTZ001


# -- clocks put forward and back ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "region", "before", "after", "hours"),
    [
        # (day before the change, day after it, hours between two openings)
        (EASTERN, "US-NY", "2027-03-13", "2027-03-14", 23),
        (EASTERN, "US-NY", "2026-10-31", "2026-11-01", 25),
        (CENTRAL, "US-OK", "2027-03-13", "2027-03-14", 23),
        (CENTRAL, "US-OK", "2026-10-31", "2026-11-01", 25),
        (MOUNTAIN, "US-CO", "2027-03-13", "2027-03-14", 23),
        (MOUNTAIN, "US-CO", "2026-10-31", "2026-11-01", 25),
        (PACIFIC, "US-WA", "2027-03-13", "2027-03-14", 23),
        (PACIFIC, "US-WA", "2026-10-31", "2026-11-01", 25),
        ("America/Anchorage", "US-AK", "2027-03-13", "2027-03-14", 23),
        ("America/Adak", "US-AK", "2026-10-31", "2026-11-01", 25),
        ("America/Boise", "US-ID", "2027-03-13", "2027-03-14", 23),
        ("America/Detroit", "US-VT", "2026-10-31", "2026-11-01", 25),
        ("America/Indiana/Indianapolis", "US-IN", "2026-10-31", "2026-11-01", 25),
        ("America/Phoenix", "US-AZ", "2027-03-13", "2027-03-14", 24),
        ("Pacific/Honolulu", "US-HI", "2026-10-31", "2026-11-01", 24),
        ("America/Puerto_Rico", "US-PR", "2027-03-13", "2027-03-14", 24),
        ("Pacific/Guam", "US-GU", "2026-10-31", "2026-11-01", 24),
        ("America/St_Johns", "US-NY", "2027-03-13", "2027-03-14", 23),
        ("Australia/Lord_Howe", "US-NY", "2026-10-03", "2026-10-04", 23.5),
    ],
)
def test_the_window_moves_with_the_callees_clock(
    zone: str, region: str, before: str, after: str, hours: float
) -> None:
    """And stays where it is where clocks are left alone."""
    window = a_window(zone, region)
    first, second = (window.next(local(zone, f"{day} 00:30")) for day in (before, after))
    assert (first, second) == (local(zone, f"{before} 08:00"), local(zone, f"{after} 08:00"))
    assert second - first == dt.timedelta(hours=hours)


def test_arizona_and_the_navajo_nation_differ_in_summer_only() -> None:
    """A number of 928 may be in either."""
    window = a_window({"America/Phoenix", MOUNTAIN}, "US-AZ")
    assert window.next(local("America/Phoenix", "2026-07-15 00:00")) == local(
        "America/Phoenix", "2026-07-15 08:00"
    )
    assert not window.contains(local("America/Phoenix", "2026-07-15 20:30"))
    assert window.contains(local("America/Phoenix", "2026-12-15 20:30"))


# On 2026-11-01 New York goes from 02:00 EDT back to 01:00 EST: 01:30 is twice. On 2027-03-14 it
# goes from 02:00 EST to 03:00 EDT: 02:30 is not. No law lets calls begin at night: these have none.
FOLD, GAP = "2026-11-01", "2027-03-14"


def at_night(begin: str, end: str) -> Window:
    """A sender's night hours in New York."""
    return lawless(EASTERN, all_day(begin, end))


@pytest.mark.parametrize(
    ("begin", "end", "day", "opens", "closes"),
    [
        # of a begin that is twice the second counts, of such an end the first
        ("01:30", "04:00", FOLD, "06:30", "09:00"),
        ("00:30", "01:30", FOLD, "04:30", "05:30"),
        ("00:30", "04:00", FOLD, "04:30", "09:00"),
        # of a begin that is not the later reading counts (03:30 EDT), of such an end the earlier
        ("02:30", "05:00", GAP, "07:30", "09:00"),
        ("00:30", "02:30", GAP, "05:30", "06:30"),
        ("00:30", "05:00", GAP, "05:30", "09:00"),
    ],
)
def test_of_two_readings_of_a_local_time_the_stricter_counts(
    begin: str, end: str, day: str, opens: str, closes: str
) -> None:
    """`opens` and `closes` are in UTC."""
    window = at_night(begin, end)
    first, last = (local("UTC", f"{day} {clock}") for clock in (opens, closes))
    midnight = local("UTC", f"{day} 04:00")
    minutes = [midnight + dt.timedelta(minutes=n) for n in range(20 * 60)]
    allowed = [moment for moment in minutes if window.contains(moment)]
    assert allowed == [moment for moment in minutes if first <= moment < last]
    assert allowed


@pytest.mark.parametrize(
    ("begin", "end", "day"),
    [("01:10", "01:50", FOLD), ("02:10", "02:50", GAP)],
)
def test_hours_that_are_only_in_a_doubtful_hour_are_left_out_that_day(
    begin: str, end: str, day: str
) -> None:
    """The next ones are those of the day after."""
    midnight = local(EASTERN, f"{day} 00:00")
    tomorrow = (midnight + dt.timedelta(days=1)).date()
    assert at_night(begin, end).next(midnight) == local(EASTERN, f"{tomorrow} {begin}")


def test_a_day_that_was_left_out_has_no_window() -> None:
    """Samoa had no 30 December 2011."""
    window = a_window("Pacific/Apia", "US-NY")
    opens = window.next(local("Pacific/Apia", "2011-12-29 21:00"))
    assert opens == local("Pacific/Apia", "2011-12-31 08:00")


# -- holidays -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "zone", "day"),
    [
        ("US-NY", EASTERN, "2026-11-26"),  # Thanksgiving, everywhere
        ("US-NY", EASTERN, "2026-02-12"),  # Lincoln's Birthday, in New York
        ("US-TX", CENTRAL, "2027-03-02"),  # Texas Independence Day
        ("US-MA", EASTERN, "2027-04-19"),  # Patriots' Day
        ("US-UT", MOUNTAIN, "2026-07-24"),  # Pioneer Day
        ("US-PR", "America/Puerto_Rico", "2027-01-06"),  # Epiphany
        ("CA-QC", "America/Toronto", "2026-06-24"),
        ("DE-BY", "Europe/Berlin", "2027-01-06"),
        ("GB-SCT", "Europe/London", "2026-11-30"),
    ],
)
def test_holidays_of_the_place_are_kept_unless_the_sender_calls_on_them(
    region: str, zone: str, day: str
) -> None:
    """Those of the state, too."""
    noon = local(zone, f"{day} 12:30")
    weekdays = Hours(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    assert not a_window(zone, region, weekdays).contains(noon)
    assert a_window(zone, region, weekdays).holidays_at(noon)
    left_to_the_sender = all(rule.holidays for rule in RULES.of(region))
    assert a_window(zone, region).contains(noon) == left_to_the_sender


def test_a_holiday_of_one_state_is_a_workday_in_another() -> None:
    """Lincoln's Birthday in Oregon."""
    noon = local(PACIFIC, "2026-02-12 12:00")
    assert a_window(PACIFIC, "US-OR", Hours()).contains(noon)


@pytest.mark.parametrize("state", ["AL", "LA", "MS", "NE", "PA", "RI", "UT"])
def test_where_the_law_keeps_holidays_a_sender_cannot_call_on_them(state: str) -> None:
    """Whatever they set; nor where the state is not known."""
    noon = local(CENTRAL, "2026-12-25 13:45")
    assert ANY_HOUR.holidays
    assert not a_window(CENTRAL, f"US-{state}").contains(noon)
    assert not a_window(CENTRAL, "US").contains(noon)
    assert a_window(CENTRAL, "US-WI").contains(noon)
    mardi_gras = local(CENTRAL, "2027-02-09 12:00")  # of Louisiana alone
    assert a_window(CENTRAL, "US-WI").contains(mardi_gras)
    assert not a_window(CENTRAL, "US").contains(mardi_gras)


def test_a_holiday_is_one_on_the_callees_calendar() -> None:
    """New Year's Day in Hawaii begins ten hours after London's."""
    window = a_window("Pacific/Honolulu", "US-HI", Hours(begin=dt.time(8), end=dt.time(21)))
    assert window.contains(local("UTC", "2027-01-01 06:00"))  # 20:00 on the 31st
    assert not window.contains(local("UTC", "2027-01-01 20:00"))


def test_where_holidays_are_not_known_none_is_kept() -> None:
    """The hours are the strictest there."""
    assert a_window("Asia/Tokyo", "ZZ").holidays_at(local("Asia/Tokyo", "2027-01-01 12:00")) == []


def test_nothing_is_looked_for_beyond_the_horizon() -> None:
    """A sender who calls on Sundays only finds no moment in Maine."""
    now = local(EASTERN, "2026-09-16 12:00")
    assert a_window(EASTERN, "US-ME", Hours(days=("sun",))).next(now) is None
