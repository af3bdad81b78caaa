"""The demo: what it shows, what it makes of how a call ended, and the whole of it once."""

import asyncio
import io
import json
import wave
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.simulator.carrier import Event
from bot.simulator.demo import UnknownStory, play
from bot.simulator.demo.narrator import Narrator
from bot.simulator.demo.rows import TimelineRow, Who
from bot.simulator.demo.screen import Screen
from bot.simulator.demo.service import ServiceFailed, running_service
from bot.simulator.demo.verdict import Ended, shortcomings
from bot.simulator.stories import Expectations
from tests.voices import share_kept

ANSWERED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Telling:
    """A narrator that is fed by hand; times are seconds since the answer."""

    def __init__(self) -> None:
        self.narrator = Narrator(other=Who.CALLER, ringing="the phone rings")
        self.record: dict[str, Any] = {
            "turns": [],
            "tool_calls": [],
            "latency": {"first_words_ms": 300},
        }
        self.see("status", 0.0, status="in-progress")

    def see(self, kind: str, at_secs: float, **detail: object) -> None:
        place = {} if kind == "status" else {"at_ms": at_secs * 1000}
        self.narrator.carrier_saw(Event(at_secs, kind, {**place, **detail}), ANSWERED)

    def write_turn(
        self, role: str, text: str, began: float, ended: float, *, cut: bool = False
    ) -> None:
        turn = {"role": role, "text": text, "started_at": _stamp(began), "ended_at": _stamp(ended)}
        self.record["turns"].append({**turn, "interrupted": cut})
        self.narrator.service_wrote(self.record)

    def write_tool_call(self, name: str, at_secs: float) -> None:
        self.record["tool_calls"].append(
            {
                "name": name,
                "arguments": {},
                "result": {"open": True},
                "started_at": _stamp(at_secs),
                "duration_ms": 12,
                "ok": True,
            }
        )
        self.narrator.service_wrote(self.record)

    def told(self, now_secs: float) -> list[TimelineRow]:
        return self.narrator.settled(now_secs)


def _stamp(secs: float) -> str:
    return (ANSWERED + timedelta(seconds=secs)).isoformat()


def texts(rows: list[TimelineRow]) -> list[str]:
    return [row.text.splitlines()[0] for row in rows]


def test_what_happens_while_somebody_speaks_is_told_behind_their_words() -> None:
    """A tool is called in the middle of a sentence, whose words are written down at its end."""
    telling = Telling()
    telling.see("agent_speaks", 1.0)
    telling.write_tool_call("lookup_hours", 1.5)
    assert texts(telling.told(2.0)) == ["answered"]
    assert texts(list(telling.narrator.now())) == ["is speaking", "lookup_hours()"]
    telling.write_turn("agent", "Let me look.", 1.02, 2.2)
    telling.see("agent_quiet", 2.2)
    assert texts(telling.told(2.5)) == ["Let me look.", "lookup_hours()"]


def test_an_interruption_stands_between_what_was_cut_and_what_was_said_instead() -> None:
    """And tells how long the agent went on, as the caller heard it."""
    telling = Telling()
    telling.see("agent_speaks", 1.0)
    telling.see("caller_says", 3.0)
    telling.see("clear", 3.15)
    telling.write_turn("agent", "We are open from", 1.0, 3.15, cut=True)
    telling.see("caller_said", 4.0)
    telling.write_turn("caller", "Ten, please.", 2.7, 4.5)
    assert texts(telling.told(5.0)) == [
        "answered",
        "We are open from —",
        "the caller cuts in; the agent is silent 150 ms later",
        "Ten, please.",
    ]
    assert telling.narrator.interruptions_ms == [pytest.approx(150.0)]


def test_a_turn_without_words_does_not_hold_up_the_story() -> None:
    """Nobody waits for ever for words that were cut before the first of them."""
    telling = Telling()
    telling.see("caller_says", 0.02)
    telling.see("agent_speaks", 0.05)
    telling.see("clear", 0.15)
    telling.see("caller_said", 1.3)
    telling.write_turn("caller", "Good evening.", 0.0, 1.8)
    rows = telling.told(1.9)
    assert texts(rows)[1:] == [
        "Good evening.",
        "both begin at once; the agent is silent 100 ms later",
    ]


def test_an_answer_tells_how_long_the_caller_waited_for_it() -> None:
    """From the caller's last sound to the agent's first; the first words have their own figure."""
    telling = Telling()
    telling.see("agent_speaks", 0.3)
    telling.see("agent_quiet", 1.0)
    telling.write_turn("agent", "Hello.", 0.3, 1.0)
    telling.see("caller_says", 2.0)
    telling.see("caller_said", 3.06)
    telling.write_turn("caller", "Hi.", 1.8, 3.5)
    telling.see("agent_speaks", 3.9)
    telling.see("agent_quiet", 5.0)
    telling.write_turn("agent", "How can I help?", 3.9, 5.0)
    rows = {row.text: row for row in telling.told(5.5)}
    assert rows["Hello."].note == "first words 300 ms"
    assert rows["How can I help?"].note == "heard after 900 ms"
    assert rows["Hi."].at_secs == pytest.approx(2.0)  # not where the service's padding began


def ended(**changes: Any) -> Ended:
    record = {
        "outcome": {"result": "completed", "reason": "goodbye", "fields": {"booked": "ten"}},
        "turns": [
            {"role": "agent", "text": "Hello.", "interrupted": False},
            {"role": "agent", "text": "We are", "interrupted": True},
        ],
        "tool_calls": [{"name": "book_appointment", "ok": True}],
        "latency": {"first_words_ms": 310},
    }
    sides: dict[str, Any] = {
        "bookings": [{"id": 1, "name": "Anna Baker"}],
        "carrier_errors": [],
        "model_errors": [{"code": "response_cancel_not_active", "message": "too late"}],
    }
    given = {name: changes.pop(name) for name in list(changes) if name in sides}
    return Ended(record={**record, **changes}, **{**sides, **given})


EXPECTED = Expectations(
    reasons=("goodbye",),
    first_line="Hello.",
    interruptions=1,
    tools=("book_appointment",),
    bookings=({"name": "Anna Baker"},),
    fields={"booked": "ten"},
)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, ""),
        ({"outcome": None}, "it ended no outcome"),
        ({"outcome": {"result": "completed", "reason": "silence", "fields": {}}}, "by silence"),
        ({"outcome": {"result": "completed", "reason": "goodbye", "fields": {}}}, "field booked"),
        ({"turns": []}, "0 turns of the agent were interrupted"),
        ({"latency": {"first_words_ms": 501}}, "first words came after 501 ms"),
        ({"tool_calls": [{"name": "book_appointment", "ok": False}]}, "did their work: none"),
        ({"bookings": [{"name": "Anna Baker"}] * 2}, "2 new entries"),
        ({"bookings": [{"name": "Hannah Baker"}]}, "1 new entries"),
        ({"carrier_errors": ["31921 closed"]}, "31921"),
        ({"model_errors": [{"code": "invalid_value", "message": "No such item."}]}, "No such item"),
    ],
)
def test_whatever_is_missing_is_named(changes: Mapping[str, Any], complaint: str) -> None:
    """Every expectation that is not met yields a complaint; a call that meets all yields none."""
    found = "; ".join(shortcomings(EXPECTED, ended(**changes)))
    assert complaint in found
    assert bool(found) is bool(complaint)


@pytest.mark.realtime
async def test_a_service_that_does_not_start_is_quoted(tmp_path: Path) -> None:
    """What is wrong with its settings is shown in its own words."""
    with pytest.raises(ServiceFailed, match=r"exit code 2(.|\n)*OPENAI_API_KEY"):
        async with running_service({"DATABASE_URL": "sqlite:///x.db"}, tmp_path) as service:
            await service.until_ready()


async def test_an_unknown_story_is_refused(tmp_path: Path) -> None:
    """Nothing is started; those there are, are named."""
    with pytest.raises(UnknownStory, match="no story opera; there are: appointment, table"):
        await play(only=["opera"], var_dir=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.realtime
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "only",
    [
        pytest.param(["appointment"], id="the call that comes in"),
        pytest.param([], id="all", marks=pytest.mark.thorough),
    ],
)
async def test_the_demo_in_its_fast_mode(only: list[str], tmp_path: Path) -> None:
    """Calls end as they have to and leave their transcript, record and recording."""
    share_kept(tmp_path)
    shown, names = io.StringIO(), only or ["appointment", "table"]
    code = await play(fast=True, only=only, var_dir=tmp_path, screen=Screen(Console(file=shown)))
    assert code == 0, shown.getvalue()
    assert "barge-in the caller cuts in" in shown.getvalue()
    calls = "the call" if only else "2 calls, each"
    assert f"✓ {calls} ended as it has to" in shown.getvalue()
    (folder,) = (tmp_path / "demo").iterdir()
    for name in names:
        transcript = (folder / f"{name}.txt").read_text()
        record = json.loads((folder / f"{name}.json").read_text())
        assert record["outcome"]["summary"] in transcript
        with wave.open(str(folder / f"{name}.wav")) as recording:
            assert recording.getnchannels() == 2
            assert recording.getnframes() / recording.getframerate() > 15
    assert not asyncio.all_tasks() - {asyncio.current_task()}
