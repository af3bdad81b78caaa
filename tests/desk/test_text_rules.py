"""Which texts may be sent, what a keyword asks for, who gets a text back: tables."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from desk_kit import CALLER, LINE, NOON, a_call
from pydantic import ValidationError

from bot.carriers.twilio.rest_texts import HELP_WORDS, STOP_WORDS
from bot.store import Dialled, Outcome, TextRecord, ToolCallRecord, Transfer
from bot.texts.after_calls import booking_words
from bot.texts.caps import refusal
from bot.texts.keywords import language_of_keyword, wish_of
from bot.texts.text_back import text_back
from processors.desk import TextRules

RULES = TextRules(per_call=2, per_day=3)


def a_text(n: int = 0, *, ago: timedelta = timedelta(0), **changes: Any) -> TextRecord:
    values: dict[str, Any] = {
        "id": f"text_{n}",
        "direction": "out",
        "our_number": LINE,
        "number": CALLER,
        "body": f"words {n}",
        "purpose": "call",
        "call_id": f"call_{n}",
        "made_at": NOON - ago,
        "status": "waiting",
    }
    return TextRecord(**(values | changes))


HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
SAME_CALL = {"call_id": "call_0"}
MISSED = {"purpose": "missed"}


@pytest.mark.parametrize(
    ("text", "earlier", "refused"),
    [
        ({}, [], ""),
        ({}, [a_text(1, ago=HOUR), a_text(2, ago=HOUR)], ""),
        ({}, [a_text(n, ago=HOUR) for n in (1, 2, 3)], "3 text messages"),
        ({}, [a_text(n, ago=DAY) for n in (1, 2, 3)], ""),  # a day ago to the second
        ({}, [a_text(n, ago=DAY - timedelta(seconds=1)) for n in (1, 2, 3)], "3 text messages"),
        ({}, [a_text(1, **SAME_CALL), a_text(2, **SAME_CALL)], "2 text messages"),
        ({}, [a_text(1, ago=timedelta(minutes=9), body="words 0")], "minutes ago"),
        ({}, [a_text(1, ago=timedelta(minutes=10), body="words 0")], ""),
        (MISSED, [a_text(1, ago=HOUR, **MISSED)], "missed call"),
        (MISSED, [a_text(1, ago=HOUR, purpose="dropped")], "missed call"),
        (MISSED, [a_text(1, ago=HOUR)], ""),
        (MISSED, [a_text(n, ago=HOUR) for n in (1, 2, 3)], "3 text messages"),
        ({}, [a_text(n, ago=HOUR, purpose="staff") for n in range(1, 9)], ""),
        ({"purpose": "staff"}, [a_text(n, ago=HOUR) for n in range(1, 9)], ""),
        (
            {"purpose": "staff"},
            [a_text(n, ago=HOUR, purpose="staff") for n in range(1, 51)],
            "50 text messages",
        ),
        (
            {"purpose": "reply"},
            [a_text(n, ago=HOUR, purpose="reply") for n in (1, 2, 3)],
            "3 text messages",
        ),
    ],
)
def test_caps(text: dict[str, Any], earlier: list[TextRecord], refused: str) -> None:
    """So many in a call, so many in any 24 hours, one about a missed call, none twice."""
    why = refusal(a_text(**text), earlier, False, RULES)
    assert refused in why
    assert bool(refused) == bool(why)


@pytest.mark.parametrize("purpose", ["call", "missed", "dropped", "staff", "reply"])
def test_who_wants_none_gets_none(purpose: str) -> None:
    """But for the confirmation that nothing more will come."""
    why = refusal(a_text(purpose=purpose), [], True, RULES)
    assert bool(why) == (purpose != "reply")


def test_a_cap_of_nothing_sends_nothing() -> None:
    assert refusal(a_text(), [], False, TextRules(per_day=0))
    assert refusal(a_text(), [], False, TextRules(per_call=0))


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        *((word, "stop") for word in sorted(STOP_WORDS)),
        *((word.upper(), "help") for word in sorted(HELP_WORDS)),
        ("Start", "start"),
        ("UNSTOP", "start"),
        (" Stop. ", "stop"),
        ("STOP!!", "stop"),
        ("Stopp", "stop"),
        ("abmelden", "stop"),
        ("BAJA", "stop"),
        ("Alta", "start"),
        ("Arrêt", "stop"),
        ("ARRETER", "stop"),
        ("disiscrivi", "stop"),
        ("Uitschrijven", "stop"),
        ("rezygnuję", "stop"),
        ("rezygnuje", "stop"),
        ("SAIR", "stop"),
        ("İPTAL", "stop"),
        ("iptal", "stop"),
        ("ÇIK", "stop"),
        ("Yardım", "help"),
        ("YARDIM", "help"),
        ("Ayuda?", "help"),
        ("stop calling me about the bus stop", ""),  # words, not a keyword
        ("yes", ""),
        ("OK", ""),
        ("", ""),
        ("🙂", ""),
    ],
)
def test_keywords(body: str, wish: str) -> None:
    """The whole text is one word of a list, in any language that ships, however it is written."""
    assert wish_of(body) == wish


@pytest.mark.parametrize(("body", "code"), [("STOP", "en"), ("Baja", "es"), ("hmm", "en")])
def test_the_language_of_the_reply(body: str, code: str) -> None:
    assert language_of_keyword(body) == code


BOOKED = "Riverside Clinic: {name}, {day} at {time}."


def booking(**changes: Any) -> ToolCallRecord:
    values: dict[str, Any] = {
        "key": "t1",
        "name": "book_appointment",
        "arguments": {"name": "Sam", "day": "2027-03-09", "time": "10:00"},
        "started_at": NOON,
        "ok": True,
    }
    return ToolCallRecord(**(values | changes))


@pytest.mark.parametrize(
    ("done", "template", "words"),
    [
        (booking(), BOOKED, "Riverside Clinic: Sam, 2027-03-09 at 10:00."),
        (
            booking(result={"booked": True, "appointment": {"day": "Tuesday, 9 March"}}),
            BOOKED,
            "Riverside Clinic: Sam, Tuesday, 9 March at 10:00.",
        ),
        (booking(), "See you!", "See you!"),
        (booking(), "", ""),
        (booking(ok=False), BOOKED, ""),
        (booking(arguments={"day": "2027-03-09", "time": "10:00"}), BOOKED, ""),
        (booking(arguments={"name": "S", "day": 9, "time": "10:00"}), BOOKED, ""),
        (
            booking(arguments={"name": "{time}", "day": "d", "time": "t"}),
            "{name} {time}",
            "{time} t",
        ),
    ],
)
def test_the_words_after_a_booking(done: ToolCallRecord, template: str, words: str) -> None:
    """As the business has it, else as the caller wanted it; half of it is not sent."""
    call = ended("completed", tool_calls=(done,))
    assert booking_words(call, "t1", template) == words


def test_places_of_a_booking_are_checked_when_the_file_is_read() -> None:
    with pytest.raises(ValidationError, match=r"\{doctor\} is not known"):
        TextRules(booked="With {doctor} at {time}")


END = NOON + timedelta(minutes=2)
ANSWERED = Dialled(outcome="answered", status="completed")
IN_VAIN = Dialled(outcome="no_answer", status="no-answer")
NEVER_MIND = Dialled(outcome="cancelled", status="canceled")


def ended(result: str, reason: str = "", **changes: Any) -> Any:
    outcome = Outcome(result=result, reason=reason or result)
    return a_call(**({"answered_at": NOON, "ended_at": END, "outcome": outcome} | changes))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (ended("completed", "goodbye"), None),
        (ended("completed", "caller_hung_up"), None),
        (ended("completed", "caller_hung_up", answered_at=None), "missed"),
        (ended("turned_away", "at_capacity", answered_at=None), "missed"),
        (ended("failed", "stream_lost"), "dropped"),
        (ended("failed", "model_lost"), "dropped"),
        (ended("failed", "model_unreachable", answered_at=None), "missed"),
        (ended("completed", "shutdown"), "dropped"),
        (ended("transferred", dialled=ANSWERED), None),
        (ended("transferred", dialled=IN_VAIN), "missed"),
        (ended("completed", "goodbye", dialled=NEVER_MIND), None),
        (ended("failed", "model_lost", dialled=NEVER_MIND), "dropped"),
        (
            ended("failed", "model_lost", dialled=ANSWERED),
            None,
        ),
        (
            ended("failed", transfer=Transfer(reason="r", at=NOON, target="+15559990000")),
            None,
        ),
        (ended("failed", "stream_lost", direction="outbound"), None),
        (ended("failed", "stream_lost", from_number="anonymous"), None),
        (ended("failed", "stream_lost", from_number="+266696687"), None),
        (ended("failed", "stream_lost", from_number="sip:a@b.example"), None),
        (ended("failed", "stream_lost", from_number=""), None),
        (a_call(), None),
    ],
)
def test_who_gets_a_text_back(call: Any, expected: str | None) -> None:
    """Callers who were not served, and those whose call broke; only where a text can reach them."""
    assert text_back(call, now=END) == expected


def test_not_after_half_an_hour() -> None:
    """Nobody knows then what it is about."""
    call = ended("failed", "stream_lost")
    assert text_back(call, now=END + timedelta(minutes=30)) == "dropped"
    assert text_back(call, now=END + timedelta(minutes=31)) is None
    assert text_back(replace(call, ended_at=None), now=END) is None
