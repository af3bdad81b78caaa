"""A call as its page shows it: made of its record, then following what happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.calls.feed import Interrupted, Item, Said, ToolFinished, ToolStarted, TransferStep, Words
from bot.console.strip import SLOW_MS, strip
from bot.console.transcript import Transcript
from bot.console.words import step_words
from bot.store import CallRecord, Role, TurnRecord
from bot.store.announcing import STEPS

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def at(secs: float) -> datetime:
    return NOON + timedelta(seconds=secs)


def a_record(*turns: TurnRecord) -> CallRecord:
    return CallRecord(
        id="call_1",
        direction="inbound",
        agent="front",
        from_number="+15550001111",
        to_number="+15550002222",
        started_at=NOON,
        status="in-progress",
        turns=turns,
    )


def of(*turns: TurnRecord) -> Transcript:
    return Transcript(a_record(*turns))


def words(key: str, text: str, secs: float, who: Role = "agent") -> Words:
    return Words(call_id="call_1", at=at(secs), who=who, key=key, text=text)


def said(
    key: str,
    text: str,
    secs: float,
    who: Role = "agent",
    *,
    interrupted: bool = False,
    latency_ms: int | None = None,
) -> Said:
    return Said(
        call_id="call_1",
        who=who,
        key=key,
        text=text,
        started_at=at(secs),
        ended_at=at(secs),
        interrupted=interrupted,
        latency_ms=latency_ms,
    )


def after(transcript: Transcript, *items: Item) -> list[str]:
    for item in items:
        transcript.take(item)
    return [turn.text for turn in transcript.turns]


def test_words_grow_in_place() -> None:
    """A turn is new once, and looks otherwise after that."""
    transcript = of()
    transcript.take(words("a", "Hel", 1))
    (new,) = transcript.changes().new
    assert (new.text, new.growing) == ("Hel", True)
    transcript.take(words("a", "Hello.", 2))
    transcript.take(said("a", "Hello.", 1, latency_ms=300))
    changes = transcript.changes()
    ((turn,), new_ones) = changes.turns, changes.new
    assert (turn.text, turn.growing, turn.element, new_ones) == ("Hello.", False, new.element, [])
    assert (changes.order, changes.latencies, transcript.latencies_ms) == (False, True, [300])
    nothing = transcript.changes()
    assert not (nothing.turns or nothing.new or nothing.order or nothing.tools)


def test_turns_stand_in_the_order_they_were_begun() -> None:
    """What the caller said is recognised late, and stands before the answer all the same."""
    transcript = of()
    transcript.take(words("answer", "We", 3))
    transcript.changes()
    assert after(transcript, said("question", "When?", 1, "caller")) == ["When?", "We"]
    assert transcript.changes().order


def test_what_was_not_heard_is_told_apart() -> None:
    """Of an agent that was interrupted."""
    transcript = of()
    for item in (
        words("a", "We are open until six.", 1),
        Interrupted(call_id="call_1"),
        words("a", "We are open until six. Always.", 1.5),
    ):
        transcript.take(item)
    (turn,) = transcript.turns
    assert turn.interrupted
    transcript.take(said("a", "We are open", 1, interrupted=True))
    (turn,) = transcript.turns
    assert (turn.text, turn.unheard) == ("We are open", "until six. Always.")
    transcript.take(words("b", "Something", 3))
    transcript.take(said("b", "Else", 3, interrupted=True))
    assert transcript.turns[-1].unheard == ""


def test_what_the_record_has_comes_once() -> None:
    """It may be told again by the feed: it is the same turn."""
    transcript = of(TurnRecord(key="a", role="agent", text="Hello.", started_at=at(1)))
    assert after(transcript, words("a", "Hel", 1), said("a", "Hello.", 1)) == ["Hello."]
    assert not transcript.turns[0].growing
    assert not transcript.changes().new


def test_tools() -> None:
    """They run, and then have a result; the newest comes first."""
    transcript = of()
    for key in ("one", "two"):
        transcript.take(
            ToolStarted(call_id="call_1", at=at(1), key=key, name=key, arguments={"day": "Monday"})
        )
    assert transcript.changes().tools
    finish = ToolFinished(call_id="call_1", key="one", result={"a": 1}, ok=False, duration_ms=20)
    transcript.take(finish)
    transcript.take(ToolFinished(call_id="call_1", key="x", result={}, ok=True, duration_ms=1))
    one = next(tool for tool in transcript.tools if tool.key == "one")
    assert (one.ok, one.result, one.duration_ms, one.arguments) == (
        False,
        {"a": 1},
        20,
        {"day": "Monday"},
    )
    assert next(tool for tool in transcript.tools if tool.key == "two").ok is None


def test_the_strip() -> None:
    """Bars fit into the picture, are as high as the wait is long, and slow ones are marked."""
    empty = strip([])
    assert (empty.bars, empty.median_ms) == ([], None)
    drawn = strip([400, 800, SLOW_MS + 1, 4000])
    assert [bar.slow for bar in drawn.bars] == [False, False, True, True]
    assert drawn.bars[3].y == 0
    assert drawn.bars[1].height == 2 * drawn.bars[0].height
    assert drawn.median_ms == SLOW_MS + 1
    assert len(strip(list(range(100))).bars) == 24


def test_how_putting_through_goes() -> None:
    """What stands in the record already is told once more by the feed, and stays one step."""
    record = replace(
        a_record(), transfer_steps=[{"at": at(1).isoformat(), "step": "called", "to": "tom"}]
    )
    transcript = Transcript(record)
    for secs, step in ((1, "called"), (9, "no_answer"), (9, "back")):
        transcript.take(TransferStep(call_id="call_1", at=at(secs), step=step, to="tom"))
    assert transcript.changes().steps and not transcript.changes()
    assert [step_words(one.step, one.to) for one in transcript.steps] == [
        "tom is called",
        "tom does not answer",
        "The caller is back with the agent",
    ]


def test_every_step_has_words() -> None:
    """And one to nobody by name is to the human of the line."""
    assert step_words("called", "") == "The human of the line is called"
    assert not any("_" in step_words(step, "tom") for step in STEPS)
