"""What a call is told of the hours when it rings."""

import datetime as dt
from typing import Any

import pytest

from bot.brains.openai.config import session_config as openai_session
from bot.brains.openai.members import OPENAI
from bot.calls.call_request import CallRequest
from bot.calls.prompts import first_line, instructions, session_config
from bot.calls.ringing import asked_when_it_rings
from bot.store import Direction
from config import Agent, make_agent
from tests.brains.some_brains import MARIN

OPEN = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)  # a Tuesday
CLOSED = dt.datetime(2026, 12, 1, 19, tzinfo=dt.UTC)


def agent(**changes: Any) -> Agent:
    values: dict[str, Any] = {
        "name": "desk",
        "pipeline": "reception",
        "instructions": "Help.",
        "first_line": "Hello, the clinic.",
        "hours": {"timezone": "UTC", "week": {"mon-fri": "08:00-18:00"}},
        "after_hours": {
            "first_line": "We are closed and open {next_opening}.",
            "instructions": "Take a message. Book nothing before {next_opening}.",
        },
    }
    return make_agent(values | changes)


def told(
    now: dt.datetime, speaker: Agent, request: CallRequest, direction: Direction = "inbound"
) -> tuple[str | None, str]:
    asked = asked_when_it_rings(speaker, request, direction, now)
    return first_line(speaker, asked), instructions(speaker, asked, direction, now)


def test_while_open_the_agent_greets_as_always() -> None:
    """And knows until when it is open."""
    line, text = told(OPEN, agent(), CallRequest())
    assert line == "Hello, the clinic."
    assert "The business is open now and closes today at 6:00 PM." in text
    assert "Take a message" not in text


def test_after_hours_it_greets_otherwise() -> None:
    """With the instructions of that time, too, in addition to its own."""
    line, text = told(CLOSED, agent(), CallRequest())
    assert line == "We are closed and open tomorrow at 8:00 AM."
    assert "The business is closed now and opens again tomorrow at 8:00 AM." in text
    assert "Take a message. Book nothing before tomorrow at 8:00 AM." in text
    assert text.endswith("Help.")


def test_facts_are_in_the_agents_language() -> None:
    """So is a moment in its greeting."""
    spanish = agent(language="es", after_hours={"first_line": "Abrimos {next_opening}."})
    line, text = told(CLOSED, spanish, CallRequest())
    assert line == "Abrimos mañana a las 8:00."
    assert "El negocio está cerrado ahora y vuelve a abrir mañana a las 8:00." in text


def test_whom_we_call_is_greeted_as_always() -> None:
    """We have called; but the agent knows how it stands."""
    line, text = told(CLOSED, agent(), CallRequest(), "outbound")
    assert line == "Hello, the clinic."
    assert "closed now" in text
    assert "Take a message" not in text


def test_a_call_may_have_a_greeting_of_its_own() -> None:
    """It comes before that of the hours; a variable of the call before ours."""
    own = CallRequest(first_line="Till {next_opening}!", variables={"next_opening": "spring"})
    line, _ = told(CLOSED, agent(), own)
    assert line == "Till spring!"


def test_what_a_call_was_told_is_in_its_record() -> None:
    """Whoever takes it over tells the same."""
    asked = asked_when_it_rings(agent(), CallRequest(), "inbound", CLOSED)
    assert CallRequest.of_record(asked.as_record()) == asked


def test_an_agent_without_hours_is_told_nothing() -> None:
    """Its request stays as it is."""
    plain = agent(hours=None, after_hours={})
    assert asked_when_it_rings(plain, CallRequest(), "inbound", CLOSED) == CallRequest()


# -- disclosure and words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Hello.", "I am a machine. Hello."),
        ("Hello. I am a machine.", "Hello. I am a machine."),
    ],
)
def test_a_disclosure_is_said_first(line: str, said: str) -> None:
    """Before the first line, after hours too, unless that says it already."""
    speaker = agent(
        disclosure="I am a machine.", first_line=line, after_hours={"first_line": "Closed."}
    )
    assert told(OPEN, speaker, CallRequest())[0] == said
    assert told(CLOSED, speaker, CallRequest())[0] == "I am a machine. Closed."


def test_a_disclosure_is_asked_of_a_model_that_finds_its_own_words() -> None:
    """Word for word, as its very first."""
    speaker = agent(disclosure="I am a machine.", first_line="", after_hours={})
    line, text = told(OPEN, speaker, CallRequest())
    assert line is None
    assert "Your very first words in this call, word for word: I am a machine." in text


def test_a_vocabulary_reaches_the_transcription_and_the_model() -> None:
    """What is to be pronounced is also listened for."""
    speaker = agent(vocabulary=["Ozempic", "Nguyen"], pronounce={"Nguyen": "win"})
    config = session_config(speaker, CallRequest(), "inbound", speaker=MARIN)
    assert config.keywords == ("Ozempic", "Nguyen")
    assert "spelled as they are written: Ozempic, Nguyen." in config.instructions
    assert '"Nguyen" is said "win"' in config.instructions
    transcription = openai_session(config, OPENAI.quirks)["audio"]["input"]["transcription"]
    assert transcription == {
        "model": "gpt-transcribe",
        "language": "en",
        "keywords": ["Ozempic", "Nguyen"],
    }


def test_without_a_vocabulary_nothing_is_said_of_one() -> None:
    """A session is opened with what it needs."""
    config = session_config(agent(), CallRequest(), "inbound", speaker=MARIN)
    assert (
        "keywords" not in openai_session(config, OPENAI.quirks)["audio"]["input"]["transcription"]
    )
    assert "spelled" not in config.instructions
