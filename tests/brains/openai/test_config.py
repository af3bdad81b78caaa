"""What sessions with OpenAI are opened with."""

from dataclasses import replace
from typing import Any

import pytest
from openai.types.realtime import RealtimeSessionCreateRequest
from pydantic import TypeAdapter

from bot.brains import EarlierTurn, SessionConfig
from bot.brains.openai.config import retelling, session_config
from bot.brains.openai.members import OPENAI
from bot.brains.openai.quirks import Quirks
from bot.calls import prompts
from bot.calls.call_request import CallRequest
from config import SHIPPED, Agent, make_agent, read_agents
from pipelines import find_pipeline
from tests.brains.openai.client_events import assert_valid
from tests.brains.some_brains import BRAINS
from tools.signature import signature_of

SHIPPED_AGENTS = read_agents(SHIPPED)
SESSION: TypeAdapter[RealtimeSessionCreateRequest] = TypeAdapter(RealtimeSessionCreateRequest)
NONE = CallRequest()


def an_agent(**changes: Any) -> Agent:
    values = {"name": "test", "pipeline": "errand", "instructions": "-"}
    return make_agent(values | changes)


def of(agent: Agent, request: CallRequest = NONE, **more: Any) -> SessionConfig:
    """As a call opens it."""
    speaker = prompts.speaker(agent, request, BRAINS)
    return prompts.session_config(agent, request, "outbound", speaker=speaker, **more)


def config_of(agent: Agent, request: CallRequest = NONE) -> dict[str, Any]:
    return session_config(of(agent, request), OPENAI.quirks)


def with_formats(config: dict[str, Any]) -> dict[str, Any]:
    """As `OpenAISession` completes it."""
    audio = {
        way: {**parts, "format": {"type": "audio/pcmu"}} for way, parts in config["audio"].items()
    }
    return {**config, "audio": audio}


@pytest.mark.parametrize("agent", SHIPPED_AGENTS.values(), ids=SHIPPED_AGENTS)
@pytest.mark.parametrize("turns", ["hybrid", "server", "local"])
def test_the_session_is_one_the_api_takes(agent: Agent, turns: str) -> None:
    """Field by field, with all tools of the pipeline."""
    agent = replace(agent, turns=turns)
    request = CallRequest(variables={"task": "Ask whether my bicycle is repaired."})
    pipeline = find_pipeline(agent.pipeline)
    tools = [signature_of(tool) for tool in pipeline.tools]
    config = with_formats(session_config(of(agent, request, tools=tools), OPENAI.quirks))
    parsed = SESSION.validate_python(config)
    assert parsed.model_dump(exclude_unset=True, exclude_none=False)["tools"]
    assert not parsed.model_extra
    assert [tool["name"] for tool in config["tools"]] == [tool.__name__ for tool in pipeline.tools]


def test_who_ends_a_turn_and_who_interrupts() -> None:
    """Hybrid: its ear ends turns, ours interrupts. Server: it does both. Local: neither.

    An agent that holds first is never cut by the model's side.
    """

    def detection(turns: str, style: str = "cut") -> Any:
        config = config_of(an_agent(turns=turns, barge_in={"style": style}))
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
    agent = an_agent(language="de", voice="cedar")
    audio = config_of(agent)["audio"]
    assert audio["input"]["transcription"]["language"] == "de"
    assert audio["input"]["noise_reduction"] == {"type": "near_field"}
    assert audio["output"]["voice"] == "cedar"
    assert config_of(agent, CallRequest(voice="marin"))["audio"]["output"]["voice"] == "marin"


def test_each_side_says_again_what_it_said() -> None:
    """In order, as valid client events; a turn without words is none."""
    turns = [
        EarlierTurn(by="agent", text="Hello."),
        EarlierTurn(by="caller", text=""),
        EarlierTurn(by="caller", text="Two tickets."),
        EarlierTurn(by="agent", text="For which"),
    ]
    events = retelling(turns)
    for event in events:
        assert_valid(dict(event))
    assert [(e["item"]["role"], e["item"]["content"][0]["text"]) for e in events] == [
        ("assistant", "Hello."),
        ("user", "Two tickets."),
        ("assistant", "For which"),
    ]


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("gpt-realtime-2.1", True),
        ("gpt-realtime-2-mini", True),
        ("gpt-realtime", False),
        ("gpt-realtime-2025-08-28", False),
        ("support-line", False),
    ],
)
def test_models_that_do_not_reason_are_not_asked_to(model: str, reasons: bool) -> None:
    """Nor is one behind a proxy, whose name says nothing: it would refuse the session."""
    assert ("reasoning" in config_of(an_agent(model=model, reasoning="low"))) is reasons


def test_elsewhere_all_models_reason_by_the_servers_words() -> None:
    quirks = Quirks(efforts={"low": "none"})
    config = session_config(of(an_agent(model="grok-voice", reasoning="low")), quirks)
    assert config["reasoning"] == {"effort": "none"}
