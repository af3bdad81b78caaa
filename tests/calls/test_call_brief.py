"""What the model is told about a call."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from openai.types.realtime import RealtimeSessionCreateRequest
from pydantic import TypeAdapter

from bot.brains.realtime import Speaker
from bot.calls import brief
from bot.calls.agent_in_call import agent_in_call
from bot.calls.brief import CallRequest
from config import SHIPPED, Agent, AgentError, make_agent, read_agents
from pipelines import find_pipeline
from tools.signature import signature_of

SHIPPED_AGENTS = read_agents(SHIPPED)
SESSION: TypeAdapter[RealtimeSessionCreateRequest] = TypeAdapter(RealtimeSessionCreateRequest)
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


def config_of(agent: Agent, request: CallRequest = NONE) -> dict[str, Any]:
    return brief.session_config(agent, request, "inbound", [])


def with_formats(config: dict[str, Any]) -> dict[str, Any]:
    """As `RealtimeSession` completes it."""
    audio = {
        way: {**parts, "format": {"type": "audio/pcmu"}} for way, parts in config["audio"].items()
    }
    return {**config, "audio": audio}


def test_instructions_hold_manners_persona_and_task() -> None:
    """With variables of the call before those of the file."""
    request = CallRequest(variables={"party": "4", "guest": "Robin"})
    text = brief.instructions(an_agent(), request, "outbound")
    assert "You call for Robin." in text
    assert "Book for 4." in text
    assert "telephone" in text
    assert "English" in text
    assert "{" not in text


def test_who_has_called_whom_is_said() -> None:
    """An agent that calls behaves otherwise than one that answers."""
    request = CallRequest(variables={"party": "4"})
    inbound = brief.instructions(an_agent(), request, "inbound")
    outbound = brief.instructions(an_agent(), request, "outbound")
    assert "You answer the phone" in inbound
    assert "You have placed this call" in outbound
    assert "Never announce or narrate" in outbound


def test_a_call_may_replace_persona_and_task() -> None:
    """What the request leaves empty stays as in the file."""
    request = CallRequest(persona="You are Sam.", instructions="Ask {guest}'s question.")
    text = brief.instructions(an_agent(), request, "outbound")
    assert "You are Sam." in text
    assert "Ask Alex's question." in text
    assert "Book for" not in text


def test_who_calls_and_why_is_of_this_call() -> None:
    """With its variables; nobody is called whose assistant would hear of a gap, or of what is
    private."""
    agent = an_agent(lines={"screening": "A table for {party}."})
    party = CallRequest(variables={"party": "4"})
    assert brief.screening(agent, party) == "A table for 4."
    assert brief.screening(an_agent(), party) == ""
    texts = {"instructions": "-", "persona": "-", "first_line": "-", "variables": {}}
    bare = an_agent(**texts, lines={"screening": "For {guest}."})
    with pytest.raises(AgentError, match='"guest" is needed'):
        brief.check(bare, NONE, "outbound")
    with pytest.raises(AgentError, match='"guest" is private'):
        brief.check(bare, CallRequest(private={"guest": "Ann"}), "outbound")


@pytest.mark.parametrize("of", ["instructions", "persona", "first_line"])
def test_a_missing_variable_is_named(of: str) -> None:
    """Before anybody is called."""
    texts = {"instructions": "-", "persona": "-", "first_line": "-", "variables": {}}
    agent = an_agent(**(texts | {of: "{wish}"}))
    with pytest.raises(AgentError, match='"wish"'):
        brief.instructions(agent, NONE, "outbound")
        brief.first_line(agent, NONE)


def test_other_languages_are_named() -> None:
    """Also one we have no name for."""
    assert "German only" in brief.instructions(
        an_agent(language="de", instructions="-"), NONE, "inbound"
    )
    text = brief.instructions(an_agent(language="xx", instructions="-"), NONE, "inbound")
    assert "code xx" in text


def test_first_words_may_be_the_models_own() -> None:
    """An empty line: it finds them itself."""
    assert brief.first_line(an_agent(first_line=""), NONE) is None
    line = brief.first_line(an_agent(), CallRequest(variables={"party": "4"}))
    assert line == "Hello, a table for 4?"
    assert brief.first_line(an_agent(), CallRequest(first_line="Hi.")) == "Hi."


@pytest.mark.parametrize("agent", SHIPPED_AGENTS.values(), ids=SHIPPED_AGENTS)
@pytest.mark.parametrize("turns", ["hybrid", "server", "local"])
def test_the_session_is_one_the_api_takes(agent: Agent, turns: str) -> None:
    """Field by field, with all tools of the pipeline."""
    agent = replace(agent, turns=turns)
    request = CallRequest(variables={"task": "Ask whether my bicycle is repaired."})
    pipeline = find_pipeline(agent.pipeline)
    tools = [signature_of(tool).schema() for tool in pipeline.tools]
    config = with_formats(brief.session_config(agent, request, "outbound", tools))
    parsed = SESSION.validate_python(config)
    assert parsed.model_dump(exclude_unset=True, exclude_none=False)["tools"]
    assert not parsed.model_extra
    assert [tool["name"] for tool in config["tools"]] == [tool.__name__ for tool in pipeline.tools]


def test_who_ends_a_turn_and_who_interrupts() -> None:
    """Hybrid: its ear ends turns, ours interrupts. Server: it does both. Local: neither.

    An agent that holds first is never cut by the model's side.
    """

    def detection(turns: str, style: str = "cut") -> Any:
        config = config_of(an_agent(turns=turns, instructions="-", barge_in={"style": style}))
        return config["audio"]["input"]["turn_detection"]

    hybrid = {
        "type": "semantic_vad",
        "eagerness": "medium",
        "create_response": True,
        "interrupt_response": False,
    }
    assert detection("hybrid") == hybrid
    assert detection("server") == hybrid | {"interrupt_response": True}
    assert detection("server", "hold") == hybrid
    assert detection("local") is None


def test_language_and_voice_are_fixed() -> None:
    """The transcriber must not guess the language; a call may choose the voice."""
    agent = an_agent(language="de", instructions="-", voice="cedar")
    audio = config_of(agent)["audio"]
    assert audio["input"]["transcription"]["language"] == "de"
    assert audio["input"]["noise_reduction"] == {"type": "near_field"}
    assert audio["output"]["voice"] == "cedar"
    assert config_of(agent, CallRequest(voice="marin"))["audio"]["output"]["voice"] == "marin"


def test_the_models_processor_knows_whose_voice_speaks() -> None:
    """Clips belong to a model and a voice; a line that changes with each call is not kept."""
    told = brief.model_brief(an_agent(), CallRequest(voice="cedar", variables={"party": "4"}))
    assert told.speaker == Speaker(model="gpt-realtime-2.1", voice="cedar")
    assert told.first_line == "Hello, a table for 4?"
    assert told.first_line not in told.fixed_lines
    assert "" not in told.fixed_lines
    lines = an_agent().lines
    assert {lines.filler, lines.farewell, lines.time_limit} <= told.fixed_lines
    fixed = brief.model_brief(an_agent(first_line="Hello."), NONE)
    assert "Hello." in fixed.fixed_lines


def test_a_summary_asks_for_the_agents_fields() -> None:
    """As one JSON object."""
    agent = an_agent(outcome={"fields": {"booked": "day and time"}})
    assert '"booked": "day and time"' in brief.summary_request(agent)
    assert '"summary"' in brief.summary_request(agent)


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
    assert brief.read_summary(text, agent) == read


def test_the_model_is_told_the_time_of_the_business() -> None:
    """Without it "tomorrow" is no date; the zone is the agent's."""
    now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    text = brief.instructions(
        an_agent(timezone="Asia/Tokyo", instructions="-"), NONE, "inbound", now
    )
    assert "It is now Saturday, 2026-11-21, 08:30." in text


def test_private_facts_stand_in_no_text() -> None:
    """Neither those of the request nor those the agent's file keeps private; tools have them."""
    request = CallRequest(variables={"party": "4"}, private={"doctor": "Dr. Lee"})
    text = brief.instructions(an_agent(), request, "outbound")
    assert "Lee" not in text + str(brief.first_line(an_agent(), request))
    assert brief.variables(an_agent(), request) == {
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
        brief.check(agent, request, "outbound")


def test_an_agents_file_cannot_tell_what_it_keeps_private() -> None:
    """It is refused when it is read."""
    with pytest.raises(AgentError, match=r"^private: .*\{party\}"):
        an_agent(private=("party",))


def test_what_a_call_asks_for_is_checked() -> None:
    """A voice the model does not have, a fact given twice, a message without words."""
    for request, said in (
        (CallRequest(voice="robot"), 'no voice "robot"; choose one of: alloy'),
        (CallRequest(private={"party": "4"}), "both in variables and in private"),
        (CallRequest(on_machine="leave_message", voicemail=" "), "voicemail says nothing"),
    ):
        asked = replace(request, variables={"party": "4"})
        with pytest.raises(AgentError, match=said):
            brief.check(an_agent(), asked, "outbound")
    with pytest.raises(AgentError, match="no voice"):
        an_agent(voice="robot")


def test_an_agent_knows_what_to_do_with_a_machine_in_its_call() -> None:
    """The message with its variables filled in."""
    request = CallRequest(
        on_machine="leave_message", voicemail="This is {guest}. ", variables={"party": "4"}
    )
    agent = agent_in_call(an_agent(), request)
    assert (agent.on_machine, agent.voicemail) == ("leave_message", "This is Alex.")
    assert CallRequest.of_record(request.as_record()) == request


LONG = "x" * brief.LONGEST_VARIABLE


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
        brief.check_lengths(an_agent(), CallRequest(**{where: given}), "outbound")
    assert len(str(error.value)) < 200


def test_a_text_that_names_a_variable_too_often_is_refused() -> None:
    """What it comes to with its variables filled in is what the model would have to read."""
    agent = an_agent(instructions="{party} " * 100)
    with pytest.raises(AgentError, match="the instructions have 399"):
        brief.check_lengths(agent, CallRequest(variables={"party": LONG[9:]}), "outbound")
