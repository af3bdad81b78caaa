"""The gate: which rules speak, what they say, and what follows from it."""

import datetime as dt
from decimal import Decimal

import pytest

from bot.campaigns.gate.contactability import Place
from bot.campaigns.settings import BatchSettings, Caps, Hours
from tests.campaigns.gate_kit import LENIENT, NOW, a_place, gate, local, said

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
        "0 of 3 calls in 24 hours (US-FL, US-MD, US-OK) were made",
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
