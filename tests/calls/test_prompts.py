"""What the model is told about a call."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.brains import Speaker
from bot.calls import prompts
from bot.calls.agent_in_call import agent_in_call
from bot.calls.call_request import CallRequest
from bot.calls.summary import read_summary, summary_request
from config import Agent, AgentError, make_agent
from tests.brains.some_brains import BRAINS, MARIN

NONE = CallRequest()


def an_agent(**changes: Any) -> Agent:
    values = {
        "name": "test",
        "pipeline": "errand",
        "persona": "You call for {guest}.",
        "instructions": "Book for {party}.",
        "first_line": "Hello, a table for {party}?",
        "variables": {"guest": "Alex"},
    }
    return make_agent(values | changes)


def test_instructions_hold_manners_persona_and_task() -> None:
    """With variables of the call before those of the file."""
    request = CallRequest(variables={"party": "4", "guest": "Robin"})
    text = prompts.instructions(an_agent(), request, "outbound")
    assert "You call for Robin." in text
    assert "Book for 4." in text
    assert "telephone" in text
    assert "English" in text
    assert "{" not in text


def test_who_has_called_whom_is_said() -> None:
    """An agent that calls behaves otherwise than one that answers."""
    request = CallRequest(variables={"party": "4"})
    inbound = prompts.instructions(an_agent(), request, "inbound")
    outbound = prompts.instructions(an_agent(), request, "outbound")
    assert "You are answering the phone" in inbound
    assert "You have placed this call" in outbound
    assert "Never announce or narrate" in outbound


def test_a_call_may_replace_persona_and_task() -> None:
    """What the request leaves empty stays as in the file."""
    request = CallRequest(persona="You are Sam.", instructions="Ask {guest}'s question.")
    text = prompts.instructions(an_agent(), request, "outbound")
    assert "You are Sam." in text
    assert "Ask Alex's question." in text
    assert "Book for" not in text


def test_who_calls_and_why_is_of_this_call() -> None:
    """With its variables; nobody is called whose assistant would hear of a gap, or of what is
    private."""
    agent = an_agent(lines={"screening": "A table for {party}."})
    party = CallRequest(variables={"party": "4"})
    assert prompts.screening(agent, party) == "A table for 4."
    assert prompts.screening(an_agent(), party) == ""
    texts = {"instructions": "-", "persona": "-", "first_line": "-", "variables": {}}
    bare = an_agent(**texts, lines={"screening": "For {guest}."})
    with pytest.raises(AgentError, match='"guest" is needed'):
        prompts.check(bare, NONE, "outbound")
    with pytest.raises(AgentError, match='"guest" is private'):
        prompts.check(bare, CallRequest(private={"guest": "Ann"}), "outbound")


@pytest.mark.parametrize("of", ["instructions", "persona", "first_line"])
def test_a_missing_variable_is_named(of: str) -> None:
    """Before anybody is called."""
    texts = {"instructions": "-", "persona": "-", "first_line": "-", "variables": {}}
    agent = an_agent(**(texts | {of: "{wish}"}))
    with pytest.raises(AgentError, match='"wish"'):
        prompts.instructions(agent, NONE, "outbound")
        prompts.first_line(agent, NONE)


def test_other_languages_are_named() -> None:
    """Also one we have no name for."""
    assert "German only" in prompts.instructions(
        an_agent(language="de", instructions="-"), NONE, "inbound"
    )
    text = prompts.instructions(an_agent(language="xx", instructions="-"), NONE, "inbound")
    assert "code xx" in text


def test_first_words_may_be_the_models_own() -> None:
    """An empty line: it finds them itself."""
    assert prompts.first_line(an_agent(first_line=""), NONE) is None
    line = prompts.first_line(an_agent(), CallRequest(variables={"party": "4"}))
    assert line == "Hello, a table for 4?"
    assert prompts.first_line(an_agent(), CallRequest(first_line="Hi.")) == "Hi."


def test_the_models_processor_knows_whose_voice_speaks() -> None:
    """Clips belong to a model and a voice; a line that changes with each call is not kept."""
    request = CallRequest(voice="cedar", variables={"party": "4"})
    speaker = prompts.speaker(an_agent(), request, BRAINS)
    assert speaker == Speaker(brain="openai", model="gpt-realtime-2.1", voice="cedar")
    told = prompts.model_config(an_agent(), request, speaker)
    assert told.speaker == speaker
    assert told.first_line == "Hello, a table for 4?"
    assert told.first_line not in told.fixed_lines
    assert "" not in told.fixed_lines
    lines = an_agent().lines
    assert {lines.filler, lines.farewell, lines.time_limit} <= told.fixed_lines
    fixed = prompts.model_config(an_agent(first_line="Hello."), NONE, MARIN)
    assert "Hello." in fixed.fixed_lines


def test_a_summary_asks_for_the_agents_fields() -> None:
    """As one JSON object."""
    agent = an_agent(outcome={"fields": {"booked": "day and time"}})
    assert '"booked": "day and time"' in summary_request(agent)
    assert '"summary"' in summary_request(agent)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"summary": "Booked.", "booked": "Monday"}', ("Booked.", {"booked": "Monday"})),
        ('```json\n{"summary": " Booked. "}\n```', ("Booked.", {})),
        ('{"summary": "Booked.", "other": 1}', ("Booked.", {})),
        ('{"summary": null, "booked": null}', ("", {"booked": None})),
        ('{"booked": ["Monday", 9]}', ("", {"booked": ["Monday", 9]})),
        ("", ("", {})),
        ("I cannot do that.", ("", {})),
        ("{broken}", ("", {})),
        ("}{", ("", {})),
        ("[1, 2]", ("", {})),
        ('{"booked": NaN}', ("", {})),
        ('{"booked": 1e999}', ("", {})),
    ],
)
def test_a_summary_is_read_as_far_as_it_can_be(text: str, read: tuple[str, Any]) -> None:
    """Whatever the model answers; what no database takes as JSON is left out."""
    agent = an_agent(outcome={"fields": {"booked": "day and time"}})
    assert read_summary(text, agent) == read


def test_the_model_is_told_the_time_of_the_business() -> None:
    """Without it "tomorrow" is no date; the zone is the agent's."""
    now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    text = prompts.instructions(
        an_agent(timezone="Asia/Tokyo", instructions="-"), NONE, "inbound", now
    )
    assert "It is now Saturday, 2026-11-21, 08:30." in text


def test_private_facts_stand_in_no_text() -> None:
    """Neither those of the request nor those the agent's file keeps private; tools have them."""
    request = CallRequest(variables={"party": "4"}, private={"doctor": "Dr. Lee"})
    text = prompts.instructions(an_agent(), request, "outbound")
    assert "Lee" not in text + str(prompts.first_line(an_agent(), request))
    assert prompts.variables(an_agent(), request) == {
        "guest": "Alex",
        "party": "4",
        "doctor": "Dr. Lee",
    }


@pytest.mark.parametrize("of", ["instructions", "persona", "first_line", "voicemail"])
@pytest.mark.parametrize("kept_by", ["request", "file"])
def test_a_text_that_names_a_private_fact_is_refused(of: str, kept_by: str) -> None:
    """Whoever keeps it private: with a sentence that names it, before anybody is called."""
    given = {"doctor": "Dr. Lee"}
    agent = an_agent(private=("doctor",) if kept_by == "file" else ())
    facts: Any = {"private" if kept_by == "request" else "variables": given}
    facts.setdefault("variables", {})["party"] = "4"
    request = CallRequest(**{of: "You see {doctor}."}, **facts)
    with pytest.raises(AgentError, match='"doctor" is private'):
        prompts.check(agent, request, "outbound")


def test_an_agents_file_cannot_tell_what_it_keeps_private() -> None:
    """It is refused when it is read."""
    with pytest.raises(AgentError, match=r"^private: .*\{party\}"):
        an_agent(private=("party",))


def test_what_a_call_asks_for_is_checked() -> None:
    """A fact given twice, a message without words."""
    for request, said in (
        (CallRequest(private={"party": "4"}), "both in variables and in private"),
        (CallRequest(on_machine="leave_message", voicemail=" "), "voicemail says nothing"),
    ):
        asked = replace(request, variables={"party": "4"})
        with pytest.raises(AgentError, match=said):
            prompts.check(an_agent(), asked, "outbound")


def test_a_voice_that_a_call_asks_for_is_one_of_its_brain() -> None:
    """The sentence names those there are; so it does of brains."""
    with pytest.raises(AgentError, match='no voice "robot"; choose one of: alloy'):
        prompts.speaker(an_agent(), CallRequest(voice="robot"), BRAINS)
    with pytest.raises(AgentError, match='no brain "parrot"; choose one of: openai'):
        prompts.speaker(an_agent(brain="parrot"), NONE, BRAINS)


def test_an_agent_knows_what_to_do_with_a_machine_in_its_call() -> None:
    """The message with its variables filled in."""
    request = CallRequest(
        on_machine="leave_message", voicemail="This is {guest}. ", variables={"party": "4"}
    )
    agent = agent_in_call(an_agent(), request)
    assert (agent.on_machine, agent.voicemail) == ("leave_message", "This is Alex.")
    assert CallRequest.of_record(request.as_record()) == request


LONG = "x" * prompts.LONGEST_VARIABLE


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"notes": LONG}, '"notes" is too long'),
        ({LONG + "x": ""}, "is too long"),
        ({f"n{number}": LONG[9:] for number in range(9)}, "the variables are too long"),
    ],
)
@pytest.mark.parametrize("where", ["variables", "private"])
def test_what_a_call_brings_along_has_a_bound(where: str, given: dict[str, str], said: str) -> None:
    """Two megabytes in a variable are no call's business."""
    with pytest.raises(AgentError, match=said) as error:
        prompts.check_lengths(an_agent(), CallRequest(**{where: given}), "outbound")
    assert len(str(error.value)) < 200


def test_a_text_that_names_a_variable_too_often_is_refused() -> None:
    """What it comes to with its variables filled in is what the model would have to read."""
    agent = an_agent(instructions="{party} " * 100)
    with pytest.raises(AgentError, match="the instructions have 399"):
        prompts.check_lengths(agent, CallRequest(variables={"party": LONG[9:]}), "outbound")
