"""A dry run: the gate is asked at the moment each turn would come; nothing is dialled."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from bot.batches.gate.contactability import Decision, Reason, Word
from bot.batches.reports.estimates import Assumptions, call_usd, rounds
from bot.batches.reports.plan_csv import plan_csv
from bot.batches.reports.plan_json import plan_json
from bot.batches.reports.plan_text import plan_text
from bot.batches.reports.planner import Plan, plan
from bot.batches.settings import BatchSettings, Caps, Machines
from bot.store import ContactRecord
from config import Agent
from config.prices import PRICES
from tests.brains.some_brains import BRAINS

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
AGENT = Agent(
    name="reminder",
    pipeline="reminder",
    instructions="Remind {name} of {day}.",
    first_line="Hello, this is the AI assistant of {clinic}. Am I speaking with {name}?",
    variables={"clinic": "Dr. Wu"},
)
# Nobody answers: a call takes its 20 s of ringing.
RINGING = Assumptions(answered=0, machines=0, machine_detection_usd=0)


def contact(line: int = 2, **changes: Any) -> ContactRecord:
    values: dict[str, Any] = {
        "id": f"con_{line}",
        "batch_id": "bat_1",
        "line": line,
        "number": f"+1212555{line:04d}",
        "variables": {"name": f"P{line}", "day": "2026-11-24"},
    }
    return ContactRecord(**(values | changes))


MODEL_USD = partial(BRAINS["openai"].estimate_usd, "gpt-realtime-2.1")


def decision(word: Word, at: datetime, *, until: datetime | None = None, why: str = "") -> Decision:
    reason = Reason(rule="window", says=word, why=why or f"It is {at:%H:%M}.", until=until)
    return Decision(word=word, at=at, until=until, reasons=[reason])


def allow(_: ContactRecord, at: datetime) -> Decision:
    return decision("allow", at)


def planned(*contacts: ContactRecord, **options: Any) -> Plan:
    rules = options.pop("settings", BatchSettings(calls_per_second=1, concurrency=1000))
    values: dict[str, Any] = {
        "agent": AGENT,
        "decide": allow,
        "can_follow": lambda contact, at: True,
        "zones": lambda contact: frozenset({"America/New_York"}),
        "now": NOW,
        "assumptions": RINGING,
        "model_usd": MODEL_USD,
    }
    return plan(contacts, settings=rules, **(values | options))


def offsets(result: Plan) -> list[float]:
    """Seconds from now to each call."""
    return [(call.at - NOW).total_seconds() for call in result.calls]


def test_calls_come_at_the_pace_of_the_batch() -> None:
    """In the order of the file."""
    rules = BatchSettings(calls_per_second=4, concurrency=1000)
    result = planned(*(contact(line) for line in range(2, 7)), settings=rules)
    assert offsets(result) == [0, 0.25, 0.5, 0.75, 1]
    assert [call.contact.line for call in result.calls] == [2, 3, 4, 5, 6]


def test_calls_wait_for_a_free_line() -> None:
    """Two lines, each taken for twenty seconds."""
    rules = BatchSettings(calls_per_second=10, concurrency=2)
    result = planned(*(contact(line) for line in range(2, 7)), settings=rules)
    assert offsets(result) == [0, 0.1, 20, 20.1, 40]
    assert result.takes == timedelta(seconds=60)


def test_the_batch_begins_when_it_may() -> None:
    """Not before `begin_at`, nor a contact before it is due."""
    rules = BatchSettings(begin_at=NOW + timedelta(hours=1))
    late = contact(3, due_at=NOW + timedelta(hours=2))
    assert offsets(planned(contact(), late, settings=rules)) == [3600, 7200]


def test_what_only_the_agents_file_says_is_shown() -> None:
    """Its example of a business must not call real people in that name unnoticed."""
    result = planned(contact(2))
    assert result.by_agents_file == {"clinic": "Dr. Wu"}
    assert '{clinic} is "Dr. Wu"' in plan_text(result)
    own = {"name": "P2", "day": "2026-11-24", "clinic": "Dr. Lee"}
    assert planned(contact(2, variables=own)).by_agents_file == {}


def test_who_has_to_wait_is_called_when_the_gate_lets_him() -> None:
    """The others go before, and the gate is asked again then."""
    opens = NOW + timedelta(hours=3)
    asked: list[datetime] = []

    def decide(each: ContactRecord, at: datetime) -> Decision:
        if each.line != 2:
            return allow(each, at)
        asked.append(at)
        return decision("wait", at, until=opens) if at < opens else allow(each, at)

    result = planned(contact(2), contact(3), decide=decide)
    assert [(call.contact.line, call.at) for call in result.calls] == [(3, NOW), (2, opens)]
    assert asked == [NOW, opens]


def test_the_gate_is_asked_for_the_moment_of_the_dial() -> None:
    """Not for now: a window that closes before somebody's turn comes is closed for them."""
    closes = NOW + timedelta(seconds=2)

    def decide(each: ContactRecord, at: datetime) -> Decision:
        return decision("never", at, why="Too late.") if at >= closes else allow(each, at)

    result = planned(*(contact(line) for line in range(2, 6)), decide=decide)
    assert [call.contact.line for call in result.calls] == [2, 3]
    assert [(each.contact.line, each.rule, each.why) for each in result.skipped] == [
        (4, "window", "Too late."),
        (5, "window", "Too late."),
    ]


@pytest.mark.parametrize("until", [None, NOW])
def test_a_wait_that_never_ends_is_a_skip(until: datetime | None) -> None:
    """Whether the rule can say until when or says what is past already."""

    def decide(each: ContactRecord, at: datetime) -> Decision:
        return decision("wait", at, until=until, why="No budget is left.")

    (skipped,) = planned(contact(), decide=decide).skipped
    assert (skipped.rule, skipped.why) == ("window", "No budget is left.")


def test_of_several_reasons_the_decisive_ones_are_told() -> None:
    """What only makes wait is not why somebody is never called."""

    def decide(each: ContactRecord, at: datetime) -> Decision:
        reasons = [
            Reason(rule="window", says="wait", why="It is night."),
            Reason(rule="caps", says="allow", why="No call yet."),
            Reason(rule="suppressed", says="never", why="They opted out."),
        ]
        return Decision(word="never", at=at, until=None, reasons=reasons)

    (skipped,) = planned(contact(), decide=decide).skipped
    assert (skipped.rule, skipped.why) == ("suppressed", "They opted out.")


def test_only_those_who_wait_are_planned() -> None:
    """Not who was called already, is being called, or was cancelled."""
    states = ("waiting", "dialling", "done", "skipped", "cancelled")
    result = planned(*(contact(line, state=state) for line, state in enumerate(states, 2)))
    assert [call.contact.line for call in result.calls] == [2]
    assert result.skipped == ()


def test_five_contacts_hear_their_greeting_in_the_plan() -> None:
    """The first five to be called, with the values of the agent's file and their own."""
    result = planned(*(contact(line) for line in range(2, 10)))
    assert len(result.greetings) == 5
    text = "Hello, this is the AI assistant of Dr. Wu. Am I speaking with P2?"
    assert (result.greetings[0].line, result.greetings[0].text) == (2, text)
    silent = replace(AGENT, first_line="")
    assert planned(contact(), agent=silent).greetings[0].text == ""


def test_variables_that_are_missing_are_named_and_counted() -> None:
    """Of the instructions and of the message to a machine too; such contacts are not called."""
    rules = BatchSettings(
        machines=Machines(then="leave_message", message="{name}, call {phone_back}.")
    )
    result = planned(
        contact(2, variables={"name": "A", "day": "x", "phone_back": "1"}),
        contact(3, variables={"name": "B", "phone_back": "1"}),
        contact(4, variables={"name": "C"}),
        settings=rules,
    )
    assert result.missing == {"day": 2, "phone_back": 1}
    assert [call.contact.line for call in result.calls] == [2]
    assert [(each.contact.line, each.rule) for each in result.skipped] == [
        (3, "variables"),
        (4, "variables"),
    ]
    assert "{day}, {phone_back}" in result.skipped[1].why


def test_a_call_costs_what_carrier_and_model_bill() -> None:
    """Worked out by hand for everybody answering and talking for a minute."""
    assumed = Assumptions(
        answered=1,
        machines=0,
        talk_secs=60,
        instruction_tokens=1000,
        machine_detection_usd=0.01,
    )
    tokens = (
        1000 * 4  # instructions, once
        + 4000 * 0.40  # and cached in four more responses
        + 240 * 32  # 24 s heard
        + round((240 + 600) * 2) * 0.40  # all of it cached, on average half of four times
        + 600 * 64  # 30 s spoken
    ) / 1_000_000
    expected = 0.01 + PRICES.carrier_usd("outbound", 60) + tokens + 24 / 60 * 0.0045
    assert call_usd(assumed, model_usd=MODEL_USD, prices=PRICES) == pytest.approx(expected)


def test_further_tries_are_for_those_not_reached() -> None:
    """Half are reached each time: 1 + 1/2 + 1/4 calls; a message left counts as reached."""
    assumed = Assumptions(answered=0.5, machines=0.25)
    rules = BatchSettings(caps=Caps(per_contact=3))
    assert rounds(assumed, rules) == pytest.approx(1.75)
    leaves = Machines(then="leave_message", message="Hi")
    with_message = rules.model_copy(update={"machines": leaves})
    assert rounds(assumed, with_message) == pytest.approx(1 + 0.25 + 0.0625)


def test_what_will_stop_the_batch_is_noted() -> None:
    """Its canary and its budget."""
    rules = BatchSettings(canary=1, budget_usd=Decimal("0.10"))
    result = planned(*(contact(line) for line in range(2, 40)), settings=rules, assumptions=None)
    assert result.notes[0] == "After the first 1 calls the batch waits for approval."
    assert "is likely to end after" in result.notes[1]


def test_calls_that_no_other_can_follow_are_noted() -> None:
    """So that the sender sees it before the first one is missed; who wants one call knows."""
    contacts = [contact(line) for line in range(2, 5)]
    result = planned(*contacts, can_follow=lambda each, at: each.line > 3)
    assert result.notes[-1].startswith("2 of these calls cannot be followed by another")
    once = BatchSettings(caps=Caps(per_contact=1))
    assert planned(*contacts, can_follow=lambda each, at: False, settings=once).notes == ()


def test_each_contact_has_a_row_in_the_order_of_the_file() -> None:
    """When it is called, on each clock it may be on, or by which rule not and why."""

    def decide(each: ContactRecord, at: datetime) -> Decision:
        return decision("never", at, why="They opted out.") if each.line == 3 else allow(each, at)

    def zones(each: ContactRecord) -> frozenset[str]:
        both = {"America/New_York", "America/Chicago"}
        return frozenset(both if each.line == 4 else {"America/New_York"})

    late = contact(2, due_at=NOW + timedelta(hours=1), name="=1+1")
    result = planned(late, contact(3), contact(4), decide=decide, zones=zones)
    one, two, three = csv.DictReader(io.StringIO("".join(plan_csv(result))))
    assert one == {
        "line": "2",
        "number": "+12125550002",
        "name": "'=1+1",
        "call_local": "Tue 2026-11-24 10:00 EST",
        "zone": "America/New_York",
        "call_utc": "2026-11-24T15:00:00Z",
        "skipped_by": "",
        "why": "",
    }
    assert (two["call_local"], two["skipped_by"], two["why"]) == ("", "window", "They opted out.")
    assert three["call_local"] == "Tue 2026-11-24 08:00 CST or Tue 2026-11-24 09:00 EST"
    assert three["zone"] == "America/Chicago or America/New_York"


def test_the_message_to_machines_is_shown_as_it_will_be_heard() -> None:
    """And what it tells anybody who hears it, beside whom it is for and who called."""
    assert planned(contact()).voicemail is None
    leaves = Machines(then="leave_message", message="Call {clinic}, {name}.")
    result = planned(contact(), settings=BatchSettings(machines=leaves))
    assert "A machine of line 2 would be told: Call Dr. Wu, P2." in plan_text(result)
    assert result.notes == ()
    leaves = Machines(then="leave_message", message="{name}, come to {clinic} on {day}.")
    result = planned(contact(), settings=BatchSettings(machines=leaves))
    assert result.notes == (
        "The message to machines tells {day} of each contact: anybody may hear it.",
    )


def test_a_plan_is_json_and_text() -> None:
    """Nothing of it is lost on the way."""

    def decide(each: ContactRecord, at: datetime) -> Decision:
        return decision("never", at, why="They opted out.") if each.line > 4 else allow(each, at)

    result = planned(*(contact(line) for line in range(2, 13)), decide=decide, assumptions=None)
    told = json.loads("".join(plan_json(result)))
    assert [call["line"] for call in told["calls"]] == [2, 3, 4]
    assert told["skipped_by_rule"] == {"window": 8}
    assert told["begins_at"] == "2026-11-24T14:00:00+00:00"
    assert told["first_calls_usd"] > 0
    text = plan_text(result, zone="America/New_York")
    for words in (
        "3 to be called, 8 skipped",
        "Tue 2026-11-24: 3 calls, 09:00 to 09:00 EST",
        "  line 2: Tue 2026-11-24 09:00 EST  +12125550002",
        "Skipped by window: 8",
        "line 5: They opted out.",
        "and 3 more",
        "Line 2 would hear: Hello, this is the AI",
        "45% answer",
    ):
        assert words in text
    assert plan_text(planned()).startswith("0 to be called, 0 skipped")
    many = plan_text(planned(*(contact(line) for line in range(2, 30))))
    assert "  line 21: " in many
    assert "  line 22: " not in many
    assert "  and 8 more: -o plan.csv writes all of them" in many


def test_ten_thousand_contacts_that_wait_are_planned_in_order() -> None:
    """Each once, when the window opens; `tests.benchmarks.big_batch` says how long it takes."""
    contacts = [contact(line) for line in range(2, 10_002)]
    opens = NOW + timedelta(hours=3)

    def decide(each: ContactRecord, at: datetime) -> Decision:
        return decision("wait", at, until=opens) if at < opens else allow(each, at)

    result = planned(*contacts, decide=decide, settings=BatchSettings(calls_per_second=5))
    assert len(result.calls) == 10_000
    assert result.calls == tuple(sorted(result.calls, key=lambda call: call.at))
    assert replace(result, calls=()).calls == ()
