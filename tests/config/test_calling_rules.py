"""The law as data: what ships, what an operator adds, and what is wrong in a file."""

from datetime import date, time
from pathlib import Path

import holidays
import pytest

from config.calling_rules import ELSEWHERE, RulesError, Span, load_rules, read_rules

SHIPPED_RULES = load_rules()
ENTRY = '[US-NY]\nlaw = "our own"\nhours = { mon-fri = "10:00-12:00" }\n'


def write(folder: Path, text: str, *, name: str = "own") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


# -- what ships -----------------------------------------------------------------------------------


def test_a_state_has_the_rules_of_its_country_too() -> None:
    """And a state without rules has only those."""
    assert [rule.region for rule in SHIPPED_RULES.of("US-FL")] == ["US", "US-FL"]
    assert [rule.region for rule in SHIPPED_RULES.of("US-NY")] == ["US"]
    assert [rule.region for rule in SHIPPED_RULES.of("DE-BY")] == ["DE"]


def test_where_the_state_is_not_known_the_rules_of_every_state_hold() -> None:
    """Each may be the one."""
    held = {rule.region for rule in SHIPPED_RULES.of("US")}
    assert held == {name for name in SHIPPED_RULES.by_region if name.startswith("US")}


@pytest.mark.parametrize("region", ["BR", "BR-SP", "ZZ", ""])
def test_a_country_without_rules_has_those_for_elsewhere(region: str) -> None:
    """Also where no country is known."""
    assert [rule.region for rule in SHIPPED_RULES.of(region)] == [ELSEWHERE]


def test_elsewhere_is_stricter_than_every_country_on_file() -> None:
    """It is inside all of their weekly hours, and has no fewer limits."""
    (strict,) = SHIPPED_RULES.by_region[ELSEWHERE]
    for region, rules in SHIPPED_RULES.by_region.items():
        for rule in rules:
            for ours, theirs in zip(strict.hours, rule.hours, strict=True):
                for span in ours:
                    inside = [them.begin <= span.begin and span.end <= them.end for them in theirs]
                    assert any(inside), region
    assert not strict.holidays
    assert strict.most is not None


def test_every_rule_that_ships_says_how_we_know_of_it() -> None:
    """Its law, how certain it is, by whom we know, and when that was looked at."""
    for rules in SHIPPED_RULES.by_region.values():
        for rule in rules:
            assert rule.law and rule.certain and rule.source, rule.region
            assert rule.checked is not None and rule.checked >= date(2026, 11, 1), rule.region


def test_the_exemption_of_health_care_is_that_of_the_united_states() -> None:
    """1 call a day and 3 a week; its law is named."""
    exempt = {
        region: rule.without_consent
        for region, rules in SHIPPED_RULES.by_region.items()
        for rule in rules
        if rule.without_consent
    }
    assert exempt.keys() == {"US"}
    assert [(most.calls, most.hours) for most in exempt["US"].most] == [(1, 24), (3, 168)]
    assert "64.1200(a)(9)(iv)" in exempt["US"].law


def test_every_rule_says_where_it_stands_and_every_country_has_its_holidays() -> None:
    """The library must know those that a rule keeps."""
    for region, rules in SHIPPED_RULES.by_region.items():
        country, _, state = region.partition("-")
        for rule in rules:
            assert rule.law
            if not rule.holidays and region != ELSEWHERE:
                assert holidays.country_holidays(country, subdiv=state or None, years=2027)


# -- an operator's own ----------------------------------------------------------------------------


def test_an_own_entry_narrows_what_ships(tmp_path: Path) -> None:
    """A file or a folder: both rules hold."""
    text = '[US-FL]\nlaw = "our own"\nhours = { mon-sun = "07:00-22:00" }\n'
    folder = write(tmp_path, text)
    for own in (folder, folder / "own.toml"):
        rules = load_rules(own)
        assert [rule.law for rule in rules.of("US-FL")] == [
            "47 CFR 64.1200(c)(1)",
            "Fla. Stat. 501.616(6)",
            "our own",
        ]


def test_an_own_entry_replaces_what_ships_if_it_says_so(tmp_path: Path) -> None:
    """The country's rules hold all the same."""
    text = '[US-FL]\nlaw = "our own"\nreplaces = true\nhours = { mon-sun = "07:00-22:00" }\n'
    rules = load_rules(write(tmp_path, text))
    assert [rule.law for rule in rules.of("US-FL")] == ["47 CFR 64.1200(c)(1)", "our own"]


def test_a_country_of_ones_own_is_no_longer_elsewhere(tmp_path: Path) -> None:
    """Its entry takes the place of the strict default."""
    text = '[BR]\nlaw = "our own"\nhours = { mon-fri = "09:00-18:00" }\n'
    assert [rule.law for rule in load_rules(write(tmp_path, text)).of("BR")] == ["our own"]


def test_hours_are_read_day_by_day(tmp_path: Path) -> None:
    """Several spans of a day, single days, and days that are not named."""
    hours = '{ mon-wed = ["09:00-12:30", "13:30-17:00"], sat = "10:00-11:00" }'
    (rule,) = read_rules(write(tmp_path, f'[BR]\nlaw = "x"\nhours = {hours}\n') / "own.toml")
    two = (Span(time(9), time(12, 30)), Span(time(13, 30), time(17)))
    assert rule.hours == (two, two, two, (), (), (Span(time(10), time(11)),), ())
    assert [str(span) for span in two] == ["09:00-12:30", "13:30-17:00"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no = toml =", "own.toml: "),
        ("", "holds no calling rules"),
        (ENTRY.replace("US-NY", "New-York"), '"New-York" is no region like US or US-FL'),
        (ENTRY.replace("[US-NY]", "[us]"), '"us" is no region'),
        ('US = "always"', "US: must be a table"),
        (ENTRY + 'region = "US-FL"', "US-NY: must be a table"),
        (ENTRY + "hollidays = false", "US-NY.hollidays: Extra inputs"),
        (ENTRY.replace("our own", ""), "US-NY.law: "),
        ('[US-NY]\nlaw = "x"\n', "US-NY.hours: Field required"),
        (ENTRY.replace("mon-fri", "weekdays"), '"weekdays" names no days like mon or mon-fri'),
        (ENTRY.replace("mon-fri", "fri-mon"), '"fri-mon" names no days'),
        (ENTRY.replace("10:00-12:00", "10-12"), "'10-12' is no span like 09:00-20:00"),
        (ENTRY.replace("10:00-12:00", "10:00-24:00"), "is no span"),
        (ENTRY.replace("10:00-12:00", "20:00-08:00"), "the begin must be before the end"),
        (ENTRY.replace('{ mon-fri = "10:00-12:00" }', '"always"'), "must be a table like"),
        (ENTRY.replace('"10:00-12:00"', "9"), "9 is no span"),
        (
            ENTRY.replace('"10:00-12:00"', '["10:00-12:00", "11:00-13:00"]'),
            "mon-fri: spans must be in order and apart",
        ),
        (ENTRY.replace(" }", ', fri = "10:00-12:00" }'), "fri is named twice"),
        (ENTRY + "most = { calls = 0, hours = 24 }", "US-NY.most.calls: "),
        (ENTRY + "most = { calls = 3, hours = 200 }", "US-NY.most.hours: "),
    ],
)
def test_a_wrong_file_is_named_with_its_region_and_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """In one sentence."""
    with pytest.raises(RulesError) as caught:
        load_rules(write(tmp_path / "rules", text))
    assert complaint in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_region_may_be_in_one_file_only(tmp_path: Path) -> None:
    """Nobody could tell which was meant."""
    write(tmp_path, ENTRY, name="one")
    with pytest.raises(RulesError, match="both .*one.toml and .*two.toml have US-NY"):
        load_rules(write(tmp_path, ENTRY, name="two"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Or that is no text."""
    with pytest.raises(RulesError, match=r"nowhere\.toml"):
        load_rules(tmp_path / "nowhere.toml")
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RulesError, match=r"own\.toml"):
        load_rules(tmp_path)
