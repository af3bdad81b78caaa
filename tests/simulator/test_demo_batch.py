"""The demo of batches: when it takes place, what it proves, and a part of it played."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.batches.dialling.breaker import Sample, why_pause
from bot.batches.settings_reader import read_settings, read_toml
from bot.simulator.demo_batch import calendar, play, proof
from bot.simulator.demo_batch.board import Board
from bot.simulator.demo_batch.paper import SETTINGS, table
from bot.simulator.demo_batch.people import BAD_ROWS, DemoPerson, people
from bot.simulator.demo_batch.proof import ProvenCall, ProvenOutcome
from tests.voices import share_kept

TUESDAY = dt.date(2026, 12, 1)
AT = dt.datetime(2026, 12, 1, 14, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (dt.date(2026, 11, 20), dt.date(2026, 12, 1)),  # Thanksgiving is on the 26th
        (dt.date(2026, 12, 18), dt.date(2027, 1, 5)),  # Christmas and New Year
        (dt.date(2027, 2, 27), dt.date(2027, 3, 9)),  # the 2nd is one in Texas
        (dt.date(2027, 3, 14), dt.date(2027, 3, 16)),
    ],
)
def test_it_takes_place_in_a_week_without_a_holiday(today: dt.date, first: dt.date) -> None:
    """Two days ahead at least, on a Tuesday: what is expected does not depend on today."""
    assert calendar.first_day(today) == first


def test_forty_people_with_every_kind_of_outcome() -> None:
    """Each with a number of its own, and as many takes as calls are expected."""
    cast = people(TUESDAY)
    assert len(cast) == len({person.number for person in cast}) == 40
    for person in cast:
        refused = person.expects.disposition == "unreachable"
        assert len(person.takes) == (1 if refused else person.expects.calls), person.name
    outcomes = {person.expects.disposition for person in cast}
    assert outcomes >= {"confirmed", "cancelled", "rescheduled", "opt_out", "wrong_person"}
    assert outcomes >= {"language_needed", "transferred", "voicemail_left", "no_answer"}
    assert outcomes >= {"unreachable"}
    rules = {person.expects.rule for person in cast}
    assert rules == {"", "suppressed", "consent", "place", "standing"}


def test_nobody_in_it_pauses_the_batch() -> None:
    """Whoever comes first: two who opt out of the first ten are no reason to stop here."""
    everybody = people(TUESDAY)
    breaker = read_settings(read_toml(SETTINGS.format(results_url="http://127.0.0.1/"))).breaker
    for slug in ("opt_out", "wrong_person"):
        bad = [person for person in everybody if person.expects.disposition == slug]
        first_ten = [Sample(disposition=slug, answered=True)] * len(bad)
        first_ten += [Sample(disposition="confirmed", answered=True)] * (10 - len(bad))
        assert why_pause(first_ten, breaker) is None


def test_the_file_has_a_row_for_everybody() -> None:
    """A household has two, and those that cannot be used come last."""
    cast = people(TUESDAY)
    names = [name for person in cast for name in (person.name, person.household) if name]
    booked = {name: ("A1", "2026-12-02", "10:00") for name in names}
    rows = table(cast, booked).splitlines()
    assert len(rows) == 1 + len(names) + len(BAD_ROWS)


def an_outcome(person: DemoPerson, **changes: Any) -> ProvenOutcome:
    """All went well for one person who confirms."""
    contact = {
        "state": "done",
        "disposition": "confirmed",
        "attempts": 1,
        "appointments": ["A1001"],
        "decision": {"reasons": []},
    }
    attempt = {"placed_at": "...", "call": {"id": "call_1"}, "decision": {"word": "allow"}}
    values: dict[str, Any] = {
        "contacts": {person.number: contact},
        "dialled": [ProvenCall(number=person.number, begun_at=AT, ended_at=AT)],
        "results": [{"number": person.number, "name": person.name, "state": "done"}],
        "evidence": {person.number: {"attempts": [attempt]}},
        "bad_rows": [{"Patient": name} for name, *_ in BAD_ROWS],
        "appointments": {"A1001": "confirmed"},
        "written_back": [{"appointments": ["A1001"], "disposition": "confirmed"}],
        "told": [{"type": "contact.concluded", "data": {"number": person.number}}],
    }
    return ProvenOutcome(**(values | changes))


def faults(person: DemoPerson, outcome: ProvenOutcome) -> list[str]:
    booked = {person.name: ("A1001", "2026-12-02", "10:00")}
    return [
        *proof.differences(person, outcome),
        *proof.nothing_lost([person], outcome),
        *proof.nothing_twice([person], outcome),
        *proof.only_when_allowed([person], outcome),
        *proof.business_agrees([person], booked, outcome),
    ]


def test_what_is_proven() -> None:
    """Nothing is complained of when all is well, and each thing that can be wrong is."""
    ada = people(TUESDAY)[0]
    good = an_outcome(ada)
    assert faults(ada, good) == []
    contact, call = good.contacts[ada.number], good.dialled[0]
    attempt = good.evidence[ada.number]["attempts"][0]
    for wrong in (
        {"contacts": {}},
        {"contacts": {ada.number: {**contact, "disposition": "busy"}}},
        {"contacts": {ada.number: {**contact, "state": "waiting"}}},
        {"contacts": {ada.number: {**contact, "attempts": 2}}},
        {"dialled": []},
        {"dialled": [call, replace(call, begun_at=AT - dt.timedelta(seconds=1))]},
        {"dialled": [call, replace(call, number="+12125550999")]},
        {"results": []},
        {"results": [*good.results, *good.results]},
        {"bad_rows": []},
        {"evidence": {ada.number: {"attempts": []}}},
        {"evidence": {ada.number: {"attempts": [{**attempt, "decision": {"word": "wait"}}]}}},
        {"appointments": {"A1001": "booked"}},
        {"written_back": []},
        {"told": []},
    ):
        assert faults(ada, an_outcome(ada, **wrong)), wrong


@pytest.mark.thorough
@pytest.mark.realtime
@pytest.mark.timeout(240)
async def test_a_few_of_them(tmp_path: Path) -> None:
    """Real service and dialler, everything else simulated: it ends as it has to, and says so."""
    few = ("Ada Byron", "Kim Park", "Tess Gray", "Vic Stan", "Yara Salt", "Bea Early")
    share_kept(tmp_path)
    screen = io.StringIO()
    board = Board(Console(file=screen, width=110))
    code = await play(only=few, var_dir=tmp_path, board=board)
    shown = screen.getvalue()
    assert code == 0, shown
    assert "✓ 6 contacts, 4 calls, each as it has to be" in shown
    assert "nothing dialled twice" in shown
    [folder] = (tmp_path / "demo-batch").iterdir()
    assert (folder / "results.csv").read_text("utf-8-sig").count("\n") == 7
