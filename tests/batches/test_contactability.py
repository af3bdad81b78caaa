"""The gate: which rules speak, what they say, and what follows from it."""

import datetime as dt
from decimal import Decimal

import pytest

from bot.batches.gate.contactability import Place
from bot.batches.settings import BatchSettings, Caps, Hours
from tests.batches.gate_kit import LENIENT, NOW, a_place, gate, local, said

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
PAST = (NOW - HOUR, NOW - 30 * MINUTE, NOW - MINUTE)


def with_(**changes: object) -> BatchSettings:
    """The lenient sender's settings, but for these."""
    return LENIENT.model_copy(update=changes)


def test_who_may_be_called_is_and_every_rule_says_so() -> None:
    """What is kept as evidence names all of them."""
    decision = gate(
        with_(budget_usd=Decimal(5), begin_at=NOW - HOUR, end_at=NOW + HOUR), deadline=NOW + HOUR
    )
    assert (decision.word, decision.at, decision.until) == ("allow", NOW, None)
    assert {reason.says for reason in decision.reasons} == {"allow"}
    assert [reason.rule for reason in decision.reasons] == [
        "suppressed",
        "place",
        "consent",
        "standing",
        "cap_per_contact",
        "cap_per_day",
        "cap_per_week",
        "in_flight",
        "batch",
        "budget",
        "begin",
        "window",
        "deadline",
        "end",
    ]


@pytest.mark.parametrize(
    ("rule", "settings", "changes"),
    [
        ("suppressed", LENIENT, {"suppressed_at": NOW - HOUR}),
        ("suppressed", LENIENT, {"suppressed_at": NOW + HOUR}),
        (
            "place",
            LENIENT,
            {"place": Place(zones=frozenset(), regions=frozenset(), source="unknown")},
        ),
        ("consent", LENIENT, {"consent_source": ""}),
        ("consent", LENIENT, {"consent_at": NOW + MINUTE}),
        ("consent", with_(consent="forms"), {"consent_source": ""}),
        ("standing", LENIENT, {"standing": 0}),
        ("cap_per_contact", with_(caps=Caps(per_contact=3)), {"attempts": 3}),
        ("cap_per_contact", with_(caps=Caps(per_contact=3)), {"attempts": 4}),
        ("batch", LENIENT, {"batch_state": "cancelled"}),
        ("batch", LENIENT, {"batch_state": "done"}),
        ("batch", LENIENT, {"batch_state": "who knows"}),
        ("deadline", LENIENT, {"deadline": NOW}),
        ("deadline", LENIENT, {"deadline": NOW - HOUR}),
        ("end", with_(end_at=NOW), {}),
        ("window", with_(hours=Hours(days=("sun",))), {"place": a_place(region="US-ME")}),
    ],
)
def test_what_can_never_be_called_again_is_given_up(
    rule: str, settings: BatchSettings, changes: dict[str, object]
) -> None:
    """Whatever the others say: a wait beside it does not matter."""
    for more in ({}, {"in_flight": True}, {"calls_at": PAST * 4}):
        decision = gate(settings, **changes, **more)
        assert (decision.word, decision.until) == ("never", None)
        assert said(decision, rule).says == "never"


@pytest.mark.parametrize(
    ("rule", "settings", "changes"),
    [
        ("in_flight", LENIENT, {"in_flight": True}),
        ("batch", LENIENT, {"batch_state": "paused"}),
        ("batch", LENIENT, {"batch_state": "held"}),
        ("batch", LENIENT, {"batch_state": "planned"}),
        ("budget", with_(budget_usd=Decimal("4.10")), {"spent_usd": Decimal("4.10")}),
    ],
)
def test_what_ends_nobody_knows_when_waits_without_a_time(
    rule: str, settings: BatchSettings, changes: dict[str, object]
) -> None:
    """A pause, a call under way, a budget that may be raised."""
    decision = gate(settings, **changes)
    assert (decision.word, decision.until) == ("wait", None)
    assert said(decision, rule).says == "wait"
    asleep = gate(settings, **changes, now=local("America/New_York", "2026-10-21 04:00"))
    assert (asleep.word, asleep.until) == ("wait", local("America/New_York", "2026-10-21 08:00"))


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        (with_(consent_required=False), {"consent_source": "", "consent_at": None}),
        (with_(consent_required=False), {"consent_at": NOW + HOUR}),
        (LENIENT, {"consent_at": None}),
        (LENIENT, {"consent_at": NOW}),
        (LENIENT, {"standing": None}),
        (with_(budget_usd=Decimal("4.10")), {"spent_usd": Decimal("4.09")}),
        (with_(caps=Caps(per_contact=3)), {"attempts": 2}),
        (with_(end_at=NOW + MINUTE, begin_at=NOW), {"deadline": NOW + MINUTE}),
    ],
)
def test_what_is_not_asked_for_or_is_just_enough_does_not_object(
    settings: BatchSettings, changes: dict[str, object]
) -> None:
    """Consent that is not required, a standing nobody could ask for, the last cent."""
    assert gate(settings, **changes).word == "allow"


# -- caps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "caps", "hours"),
    [
        ("cap_per_day", Caps(per_day=3, per_week=30), 24),
        ("cap_per_week", Caps(per_day=10, per_week=3), 168),
    ],
)
def test_a_cap_waits_until_the_oldest_call_that_counts_is_out_of_its_span(
    rule: str, caps: Caps, hours: int
) -> None:
    """Whatever the order in which the calls are given."""
    span = hours * HOUR
    calls = [NOW - span + 2 * MINUTE, NOW - HOUR, NOW - span + MINUTE, NOW - span]
    decision = gate(with_(caps=caps), calls_at=calls)
    assert decision.word == "wait"
    assert said(decision, rule).until == NOW + MINUTE
    assert f"3 of 3 calls in {hours} hours" in said(decision, rule).why
    assert gate(with_(caps=caps), calls_at=calls[1:]).word == "allow"
    more = [*calls, NOW - 2 * HOUR]
    assert said(gate(with_(caps=caps), calls_at=more), rule).until == NOW + 2 * MINUTE


def test_a_call_they_asked_for_does_not_wait_for_the_senders_cap_of_a_day() -> None:
    """It waits for that of a week and for those of the law, and one that nobody asked for does."""
    caps = with_(caps=Caps(per_day=1, per_week=2))
    once, twice = [NOW - HOUR], [NOW - 2 * HOUR, NOW - HOUR]
    assert gate(caps, calls_at=once).word == "wait"
    decision = gate(caps, calls_at=once, asked_for=True)
    assert decision.word == "allow"
    assert "asked for" in said(decision, "cap_per_day").why
    assert gate(caps, calls_at=twice, asked_for=True).until == NOW + 166 * HOUR
    florida = a_place("America/New_York", "US-FL")
    thrice = [NOW - 3 * HOUR, *twice]
    by_law = gate(calls_at=thrice, place=florida, asked_for=True)
    assert (by_law.word, said(by_law, "cap_by_law").says) == ("wait", "wait")


@pytest.mark.parametrize(
    ("called", "now", "until"),
    [
        # 23 hours later the clock on the wall shows the same
        ("2027-03-13 12:00", "2027-03-14 12:00", "2027-03-14 13:00"),
        # 24 and a half hours later it shows half an hour less
        ("2026-10-31 12:00", "2026-11-01 11:30", None),
        ("2026-10-31 12:00", "2026-11-01 10:59", "2026-11-01 11:00"),
    ],
)
def test_hours_between_calls_are_hours_where_clocks_change(
    called: str, now: str, until: str | None
) -> None:
    """Not those of the clock on the wall."""
    zone = "America/New_York"
    decision = gate(
        with_(caps=Caps(per_day=1)),
        now=local(zone, now),
        calls_at=[local(zone, called)],
        consent_at=None,
    )
    assert decision.word == ("wait" if until else "allow")
    assert decision.until == (local(zone, until) if until else None)


@pytest.mark.parametrize(
    ("region", "zone", "calls", "hours"),
    [
        ("US-FL", "America/New_York", 3, 24),
        ("US-OK", "America/Chicago", 3, 24),
        ("US-MD", "America/New_York", 3, 24),
        ("US-ME", "America/New_York", 1, 8),
        ("BR", "America/Sao_Paulo", 1, 24),
    ],
)
def test_the_law_of_a_place_caps_what_a_sender_allows(
    region: str, zone: str, calls: int, hours: int
) -> None:
    """Three calls in 24 hours in Florida, Oklahoma and Maryland."""
    place = a_place(zone, region)
    last = NOW - 10 * MINUTE
    recent = [last - n * MINUTE for n in range(calls)]
    allowed = gate(place=place, calls_at=recent[1:])
    assert (allowed.word, said(allowed, "cap_by_law").says) == ("allow", "allow")
    waiting = gate(place=place, calls_at=recent)
    assert waiting.word == "wait"
    assert said(waiting, "cap_by_law").until == recent[-1] + hours * HOUR
    assert region in said(waiting, "cap_by_law").why or region == "BR"


def test_where_the_state_is_not_known_every_states_cap_counts() -> None:
    """Each once."""
    decision = gate(place=a_place(region="US"))
    caps = [reason.why for reason in decision.reasons if reason.rule == "cap_by_law"]
    assert caps == [
        "0 of 3 calls in 24 hours (US-FL, US-MD, US-OK, US-OR) were made",
        "0 of 1 calls in 8 hours (US-ME) were made",
    ]


# -- waiting --------------------------------------------------------------------------------------


def test_the_latest_of_all_waits_counts_and_is_asked_of_the_window_again() -> None:
    """A cap that ends at night means the next morning."""
    night = local("America/New_York", "2026-10-21 23:30")
    decision = gate(with_(caps=Caps(per_day=1)), calls_at=[night - 24 * HOUR])
    assert said(decision, "cap_per_day").until == night
    assert decision.until == local("America/New_York", "2026-10-22 08:00")


def test_a_batch_that_has_not_begun_waits_for_its_begin_and_the_morning_after() -> None:
    """Begin and window are both minded."""
    begin = local("America/New_York", "2026-10-24 22:00")
    decision = gate(with_(begin_at=begin))
    assert said(decision, "begin").until == begin
    assert decision.until == local("America/New_York", "2026-10-25 08:00")
    later = gate(with_(begin_at=begin, hours=Hours()))
    assert later.until == local("America/New_York", "2026-10-26 09:00")


def test_a_wait_that_ends_after_the_deadline_is_given_up_at_once() -> None:
    """And so is one that ends after the batch."""
    night = local("America/New_York", "2026-10-21 22:00")
    morning = local("America/New_York", "2026-10-22 08:00")
    assert gate(now=night, deadline=morning).word == "never"
    assert gate(now=night, deadline=morning + MINUTE).until == morning
    assert gate(with_(end_at=morning), now=night).word == "never"
    assert gate(with_(end_at=morning + MINUTE), now=night).until == morning
    why = said(gate(now=night, deadline=morning), "deadline").why
    assert "2026-10-22 12:00 UTC would be the earliest" in why


def test_a_wait_after_which_no_moment_suits_is_given_up() -> None:
    """New York and Singapore share half an hour of these in winter, and none in summer."""
    both = Place(
        zones=frozenset({"America/New_York", "Asia/Singapore"}),
        regions=frozenset({"US-NY"}),
        source="number",
    )
    hours = LENIENT.hours.model_copy(update={"begin": dt.time(9), "end": dt.time(20, 30)})
    winter = local("America/New_York", "2027-01-14 20:10")
    assert gate(with_(hours=hours), place=both, now=winter).word == "allow"
    summer = local("America/New_York", "2027-04-15 08:00")
    decision = gate(with_(hours=hours, begin_at=summer), place=both, now=winter)
    assert (decision.word, decision.until) == ("never", None)
    assert "from 2027-04-15 12:00 UTC on, in 60 days no moment" in decision.reasons[-1].why


def test_a_time_that_is_not_aware_is_refused() -> None:
    """Nobody could tell when it is."""
    naive = dt.datetime(2026, 10, 21, 11)  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a time zone"):
        gate(now=naive)
    with pytest.raises(ValueError, match="without a time zone"):
        gate(calls_at=[naive])


# -- what is said ---------------------------------------------------------------------------------


def test_the_window_says_its_arithmetic() -> None:
    """The clocks furthest apart, what is allowed, and by whom."""
    place = Place(
        zones=frozenset({"America/New_York", "America/Chicago"}),
        regions=frozenset({"US-FL"}),
        source="number",
    )
    settings = with_(hours=Hours())
    early = gate(settings, place=place, now=local("America/New_York", "2026-10-21 09:30"))
    assert said(early, "window").why == (
        "it is Wed 08:30 in America/Chicago and Wed 09:30 in America/New_York, where calls may"
        " begin 09:00-20:00 on Wed (the sender's hours, US-FL: Fla. Stat. 501.616(6))"
    )
    assert early.until == local("America/New_York", "2026-10-21 10:00")
    sunday = gate(settings, now=local("America/New_York", "2026-10-25 12:00"))
    assert said(sunday, "window").why == (
        "it is Sun 12:00 in America/New_York, where calls may begin at no time on Sun"
        " (the sender's hours)"
    )
    late = with_(hours=LENIENT.hours.model_copy(update={"begin": dt.time(21, 30)}))
    assert said(gate(late), "window").why.startswith(
        "it is Wed 11:00 in America/New_York, where calls may begin at no time on Wed"
        " (the sender's hours, US: 47 CFR 64.1200(c)(1)); in 60 days no moment suits"
    )


def test_a_holiday_speaks_for_itself() -> None:
    """The hours do not object then."""
    thanksgiving = local("America/New_York", "2026-11-26 12:00")
    decision = gate(with_(hours=Hours()), now=thanksgiving)
    assert decision.until == local("America/New_York", "2026-11-27 09:00")
    assert said(decision, "window").says == "allow"
    assert said(decision, "holiday").why == (
        "no calls are made on this public holiday: Thanksgiving Day (US-NY)"
    )
    assert said(decision, "holiday").until == decision.until


@pytest.mark.parametrize("rule", ["window", "holiday"])
def test_a_wait_of_one_rule_says_until_when(rule: str) -> None:
    """So that who looks at a contact sees what it waits for."""
    late = local("America/New_York", "2026-12-25 23:00")
    decision = gate(with_(hours=Hours()), now=late)
    assert said(decision, rule).until == local("America/New_York", "2026-12-26 09:00")


def test_reasons_are_sentences_without_names_or_numbers_of_anybody() -> None:
    """What a file says of somebody is not repeated, as it may name them."""
    decision = gate(with_(consent="John Doe"), consent_source="Jane Roe, +12125550123")
    text = " ".join(reason.why for reason in decision.reasons)
    assert not any(word in text for word in ("Jane", "Roe", "John", "Doe", "555"))
    assert all(reason.why and "\n" not in reason.why for reason in decision.reasons)


# -- the law of 2026, and the exemption of health care --------------------------------------------


@pytest.mark.parametrize(
    ("region", "zone", "moment", "may"),
    [
        ("US-OR", "America/Los_Angeles", "2027-01-05 07:59", False),
        ("US-OR", "America/Los_Angeles", "2027-01-05 08:00", True),
        ("US-OR", "America/Los_Angeles", "2027-01-05 19:59", True),
        ("US-OR", "America/Los_Angeles", "2027-01-05 20:00", False),
        ("US-OR", "America/Boise", "2027-01-05 20:30", False),
        ("US-OR", "America/Los_Angeles", "2027-03-14 08:00", True),  # clocks went forward
        ("US-OR", "America/Los_Angeles", "2027-11-07 20:00", False),  # and back
        ("US-CA", "America/Los_Angeles", "2027-01-05 08:30", False),
        ("US-CA", "America/Los_Angeles", "2027-01-05 09:00", True),
        ("US-CA", "America/Los_Angeles", "2027-01-05 20:59", True),
        ("US-CA", "America/Los_Angeles", "2027-01-05 21:00", False),
        ("US-CA", "America/Los_Angeles", "2027-03-14 08:59", False),
        ("US-CA", "America/Los_Angeles", "2027-11-07 09:00", True),
        ("US-NV", "America/Los_Angeles", "2027-01-05 09:00", True),
        ("US-AZ", "America/Phoenix", "2027-01-05 08:00", True),
    ],
)
def test_oregon_and_california(region: str, zone: str, moment: str, may: bool) -> None:
    """Or. HB 3865: 8 to 20; Cal. Pub. Util. Code 2872(c): 9 to 21; their neighbours as before."""
    place = a_place(zone, region)
    assert (gate(now=local(zone, moment), place=place).word == "allow") == may


def test_three_calls_in_a_day_are_enough_in_oregon() -> None:
    """The fourth waits until the first is a day old."""
    place = a_place("America/Los_Angeles", "US-OR")
    now = local("America/Los_Angeles", "2027-06-02 15:00")
    calls = [now - HOUR * hours for hours in (23, 2, 1)]
    assert gate(now=now, place=place, calls_at=calls[1:]).word == "allow"
    decision = gate(now=now, place=place, calls_at=calls)
    assert (decision.word, decision.until) == ("wait", now + HOUR)
    assert "US-OR" in said(decision, "cap_by_law").why


@pytest.mark.parametrize(
    ("hours_ago", "until"),
    [
        ((), None),
        ((25,), None),
        ((23,), 1),
        ((25, 49), None),
        ((25, 49, 150), 18),
        ((25, 49, 169), None),
        ((1, 49, 150), 23),
    ],
)
def test_who_calls_without_consent_calls_once_a_day_and_three_times_a_week(
    hours_ago: tuple[int, ...], until: int | None
) -> None:
    """47 CFR 64.1200(a)(9)(iv), whatever the caps of the sender are."""
    facts = {
        "consent_source": "",
        "consent_at": None,
        "calls_at": [NOW - HOUR * hours for hours in hours_ago],
    }
    decision = gate(with_(consent_required=False), **facts)
    assert decision.word == ("allow" if until is None else "wait")
    reasons = [each for each in decision.reasons if each.rule == "cap_without_consent"]
    latest = max((each.until for each in reasons if each.until), default=None)
    assert latest == (None if until is None else NOW + HOUR * until)
    assert all("64.1200(a)(9)(iv)" in each.why for each in reasons)
    with_consent = {**facts, "consent_source": "intake form"}
    assert gate(LENIENT, **with_consent).word == "allow"


def test_the_exemption_is_that_of_the_united_states() -> None:
    """Elsewhere it changes nothing."""
    place = a_place("Europe/Berlin", "DE")
    now = local("Europe/Berlin", "2027-06-02 15:00")
    decision = gate(with_(consent_required=False), now=now, place=place, calls_at=[now - HOUR])
    assert decision.word == "allow"


# -- how long before the appointment --------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "minutes_before", "asked_for", "word"),
    [
        (2, 121, False, "allow"),
        (2, 120, False, "never"),
        (2, 5, False, "never"),
        (2, 5, True, "allow"),  # they have asked for it
        (2, 0, True, "never"),
        (0, 5, False, "allow"),
        (0.5, 31, False, "allow"),
        (0.5, 30, False, "never"),
        (24, 60 * 24, False, "never"),
    ],
)
def test_no_call_comes_right_before_the_appointment(
    hours: float, minutes_before: int, asked_for: bool, word: str
) -> None:
    """Nobody could do anything about it any more."""
    settings = with_(not_later_than_hours=hours)
    deadline = NOW + MINUTE * minutes_before
    assert gate(settings, deadline=deadline, asked_for=asked_for).word == word
    if word == "never" and not asked_for:
        why = said(gate(settings, deadline=deadline), "deadline").why
        assert f"{hours:g} hours before the appointment" in why


def test_unless_it_is_set_two_hours_are_left() -> None:
    """An appointment at 9:05 is not called about at 9:00."""
    assert BatchSettings().not_later_than_hours == 2
    shipped = BatchSettings()
    nine = local("America/New_York", "2026-10-21 09:00")
    assert gate(shipped, now=nine, deadline=nine + MINUTE * 5).word == "never"
    assert gate(shipped, now=nine, deadline=nine + MINUTE * 125).word == "allow"


def test_two_hours_are_two_hours_where_clocks_change() -> None:
    """Not two hours on the clock on the wall."""
    settings = with_(not_later_than_hours=2)
    deadline = local("America/New_York", "2026-11-01 01:30", fold=1)
    earlier = local("America/New_York", "2026-11-01 00:30")
    assert settings.no_call_from(deadline, asked_for=False) == earlier
