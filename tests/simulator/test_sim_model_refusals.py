"""The simulated model refuses what the service refuses, and goes on."""

import base64
import json
import random
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from openai.types.realtime import RealtimeClientEvent
from pydantic import BaseModel
from sim_model_kit import BRISK, Client, Hum, client_of
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bot.simulator.model import Faults, Manner, ModelScript, RealtimeModelServer
from bot.simulator.model.session import ModelSession
from bot.simulator.model.state import Render

UPDATE = "session.update"
TEXT = {"type": "input_text", "text": "Hi"}
USER = {"type": "message", "role": "user", "content": [TEXT]}


def realtime(**session: Any) -> dict[str, Any]:
    return {"session": {"type": "realtime", **session}}


def hearing(**fields: Any) -> dict[str, Any]:
    return realtime(audio={"input": fields})


def creating(**item: Any) -> dict[str, Any]:
    return {"item": {**USER, **item}}


REFUSED: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("response.audio.make", {}, "invalid_value", "type"),
    (UPDATE, {}, "missing_required_parameter", "session"),
    (UPDATE, {"session": {"instructions": ""}}, "missing_required_parameter", "session.type"),
    (UPDATE, {"session": {"type": "transcription"}}, "invalid_value", "session.type"),
    (UPDATE, realtime(modalities=["audio"]), "unknown_parameter", "session.modalities"),
    (UPDATE, realtime(id="sess_mine"), "unknown_parameter", "session.id"),
    (UPDATE, realtime(temperature=0.8), "unknown_parameter", "session.temperature"),
    (UPDATE, realtime(model="gpt-realtime-1.5"), "invalid_value", "session.model"),
    (
        UPDATE,
        realtime(output_modalities=["text", "audio"]),
        "invalid_value",
        "session.output_modalities",
    ),
    (UPDATE, realtime(max_output_tokens=5000), "invalid_value", "session.max_output_tokens"),
    (UPDATE, realtime(instructions=5), "invalid_type", "session.instructions"),
    (
        UPDATE,
        realtime(tools=[{"type": "function"}]),
        "missing_required_parameter",
        "session.tools[0].name",
    ),
    (
        UPDATE,
        realtime(tools=[{"type": "function", "function": {"name": "x"}}]),
        "unknown_parameter",
        "session.tools[0].function",
    ),
    (
        UPDATE,
        hearing(format={"type": "g711_ulaw"}),
        "invalid_value",
        "session.audio.input.format.type",
    ),
    (
        UPDATE,
        hearing(format={"type": "audio/pcm", "rate": 16000}),
        "invalid_value",
        "session.audio.input.format.rate",
    ),
    (
        UPDATE,
        hearing(format={"type": "audio/pcmu", "rate": 8000}),
        "unknown_parameter",
        "session.audio.input.format.rate",
    ),
    (
        UPDATE,
        hearing(turn_detection={"type": "semantic_vad", "threshold": 0.5}),
        "unknown_parameter",
        "session.audio.input.turn_detection.threshold",
    ),
    (
        UPDATE,
        hearing(turn_detection={"type": "semantic_vad", "eagerness": "eager"}),
        "invalid_value",
        "session.audio.input.turn_detection.eagerness",
    ),
    (
        UPDATE,
        realtime(audio={"output": {"voice": "joe"}}),
        "invalid_value",
        "session.audio.output.voice",
    ),
    (
        UPDATE,
        realtime(audio={"output": {"speed": 2.0}}),
        "invalid_value",
        "session.audio.output.speed",
    ),
    ("input_audio_buffer.append", {"audio": "not base64!"}, "invalid_value", "audio"),
    (
        "input_audio_buffer.append",
        {"audio": "AAAA", "loud": True},
        "unknown_parameter",
        "loud",
    ),
    ("input_audio_buffer.append", {}, "missing_required_parameter", "audio"),
    ("input_audio_buffer.commit", {}, "input_audio_buffer_commit_empty", None),
    ("output_audio_buffer.clear", {}, "invalid_value", "type"),
    ("response.cancel", {}, "response_cancel_not_active", None),
    ("response.cancel", {"response_id": "resp_1"}, "response_cancel_not_active", None),
    (
        "response.create",
        {"response": {"modalities": ["text"]}},
        "unknown_parameter",
        "response.modalities",
    ),
    (
        "response.create",
        {"response": {"input": [{"type": "item_reference", "id": "nobody"}]}},
        "item_retrieve_invalid_item_id",
        "item_id",
    ),
    ("conversation.item.create", creating(id="x" * 33), "string_above_max_length", "item.id"),
    ("conversation.item.create", creating(content=[{"text": "Hi"}]),
     "missing_required_parameter", "item.content[0].type"),
    ("conversation.item.create", creating(content=[{"type": "text", "text": "Hi"}]),
     "invalid_value", "item.content[0].type"),
    (
        "conversation.item.create",
        creating(role="assistant", content=[{"type": "output_audio", "audio": "AAAA"}]),
        "invalid_value",
        "item.content[0].type",
    ),
    (
        "conversation.item.create",
        {"item": {"type": "function_call_output", "call_id": "call_1", "output": "{}"}},
        "invalid_tool_call_id",
        "item.call_id",
    ),
    (
        "conversation.item.create",
        {**creating(), "previous_item_id": "nobody"},
        "item_create_invalid_item_id",
        "item_id",
    ),
    (
        "conversation.item.delete",
        {"item_id": "nobody"},
        "item_delete_invalid_item_id",
        "item_id",
    ),
    (
        "conversation.item.truncate",
        {"item_id": "nobody", "content_index": 0, "audio_end_ms": 0},
        "item_truncate_invalid_item_id",
        "item_id",
    ),
    (
        "conversation.item.truncate",
        {"item_id": "nobody", "content_index": 0, "audio_end_ms": "5"},
        "invalid_type",
        "audio_end_ms",
    ),
]  # fmt: skip


def model(**given: Any) -> RealtimeModelServer:
    script = ModelScript(greeting="Good morning", fallback="Good morning")
    return RealtimeModelServer(**{"script": script, "voice": Hum(), "manner": BRISK, **given})


async def still_works(client: Client) -> None:
    assert (await client.update(instructions="Still here."))["instructions"] == "Still here."


async def test_refusals_name_the_field_and_the_event() -> None:
    """Code, param and the client's event id come back; the session stays open and unchanged."""
    async with model() as server, client_of(server) as client:
        for number, (kind, fields, code, param) in enumerate(REFUSED):
            await client.send(kind, event_id=f"mine_{number}", **fields)
            error = await client.error()
            told = (error["code"], error["param"], error["event_id"], error["type"])
            expected = (code, param, f"mine_{number}", "invalid_request_error")
            assert told == expected, (kind, fields, error["message"])
        await still_works(client)
        assert server.sessions[0].items == []


@pytest.mark.parametrize(
    "garbage",
    ["", "{", "[]", "null", '"hi"', "5", "[" * 100_000, '{"type": 5}', '{"type": ["a"]}', b"\x00"],
    ids=lambda garbage: repr(garbage[:8]),
)
async def test_garbage_is_answered_with_an_error(garbage: str | bytes) -> None:
    """Nothing a client sends brings the session down."""
    async with model() as server, client_of(server) as client:
        await client.socket.send(garbage)
        assert (await client.error())["type"] == "invalid_request_error"
        await still_works(client)


def anything_like(kind: Any, dice: random.Random) -> Any:
    """A value of this type of the `openai` package, by chance."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return anything_like(inner[0], dice)
    if origin is Literal:
        return dice.choice(inner)
    if origin in (Union, UnionType):
        return anything_like(dice.choice(inner), dice)
    if origin is list:
        return [anything_like(inner[0], dice) for _ in range(dice.randint(0, 2))]
    if origin is dict:
        return {dice.choice(STRINGS): anything_like(inner[1], dice)}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            name: anything_like(field.annotation, dice)
            for name, field in kind.model_fields.items()
            if field.is_required() or dice.random() < 0.3
        }
    simple = {str: STRINGS, int: [0, -1, 5, 5000], float: [0.0, 0.5, -1.0, 9e9], bool: [True]}
    return dice.choice(simple.get(kind, [None, {}, "x"]))


STRINGS = ["", "a", "b", "AAAA", "AAAAAAAA", "none", "root", "alloy", 'Say exactly: "x"']


def test_no_event_makes_the_server_stumble() -> None:
    """Whatever the types allow, the answer is an event or a refusal, never a server error."""
    kinds = get_args(get_args(RealtimeClientEvent)[0])
    dice = random.Random(7)
    understood: set[str] = set()
    for _ in range(300):
        session = ModelSession(
            model="m", script=ModelScript(), manner=BRISK, faults=Faults(), has_ears=False
        )
        session.open(0.0)
        for second in range(8):
            event = anything_like(dice.choice(kinds), dice)
            session.receive(json.dumps(event), float(second))
            for job in session.take_jobs():
                assert isinstance(job, Render)
                session.rendered(job.response_id, b"\x00" * 800, float(second))
            session.wake(second + 0.5)
            last = session.record.server_events[-1].event
            if last["type"] != "error":
                understood.add(event["type"])
            assert last.get("error", {}).get("type") != "server_error", event
    assert len(understood) >= 7  # the chances are not so poor that all is refused


async def test_null_goes_back_to_the_default() -> None:
    """Only turn_detection is turned off by null; the rest returns to what it was at first."""
    async with model() as server, client_of(server) as client:
        before = server.sessions[0].session
        await client.update(instructions="Be brief.", tool_choice="none", max_output_tokens=9)
        names = ("instructions", "tools", "tool_choice", "output_modalities", "max_output_tokens")
        audio = {
            "input": {"turn_detection": None, "format": None},
            "output": {"voice": None, "format": None, "speed": None},
        }
        after = await client.update(**dict.fromkeys(names), audio=audio)
        assert after["audio"]["input"].pop("turn_detection") is None
        del before["audio"]["input"]["turn_detection"]
        assert after == before


async def test_second_response_is_refused_while_one_runs() -> None:
    """One response at a time writes to the conversation."""
    slow = Manner(first_audio_after_secs=5.0)
    async with model(manner=slow) as server, client_of(server) as client:
        await client.telephone()
        await client.send("response.create")
        await client.send("response.create", event_id="again")
        error = await client.error()
        assert error["code"] == "conversation_already_has_active_response"
        assert error["event_id"] == "again"


async def test_cancel_after_the_end_is_refused() -> None:
    """A finished response cannot be cancelled."""
    async with model() as server, client_of(server) as client:
        await client.telephone()
        await client.send("response.create")
        await client.receive("response.done")
        await client.send("response.cancel")
        assert (await client.error())["code"] == "response_cancel_not_active"


async def test_only_spoken_words_of_the_model_are_truncated() -> None:
    """Not a user's message, not beyond the sound, not another part, not twice the same."""
    async with model() as server, client_of(server) as client:
        await client.telephone()
        await client.send("conversation.item.create", item={**USER, "id": "mine"})
        await client.receive("conversation.item.done")
        await client.send("response.create")
        spoken = (await client.receive("response.done"))["response"]["output"][0]["id"]
        length_ms = len(Hum().render("Good morning")) // 8
        for item_id, index, end_ms in [
            ("mine", 0, 0),
            (spoken, 0, length_ms + 1),
            (spoken, 1, 0),
            (spoken, 0, -1),
        ]:
            where = {"item_id": item_id, "content_index": index, "audio_end_ms": end_ms}
            await client.send("conversation.item.truncate", **where)
            assert (await client.error())["code"] == "invalid_value"
        for end_ms in (length_ms, 100):
            where = {"item_id": spoken, "content_index": 0, "audio_end_ms": end_ms}
            await client.send("conversation.item.truncate", **where)
            assert (await client.receive("conversation.item.truncated"))["audio_end_ms"] == end_ms
        where["audio_end_ms"] = 200
        await client.send("conversation.item.truncate", **where)
        assert "100ms is already shorter than 200ms" in (await client.error())["message"]


async def test_voice_is_settled_once_it_was_heard() -> None:
    """Before the first sound the voice may change; after it the whole update is refused."""
    async with model() as server, client_of(server) as client:
        await client.telephone()
        await client.update(audio={"output": {"voice": "marin"}})
        await client.send("response.create")
        await client.receive("response.done")
        await client.send(
            "session.update", **realtime(instructions="No", audio={"output": {"voice": "ash"}})
        )  # noqa: E501
        assert (await client.error())["code"] == "cannot_update_voice"
        session = await client.update(audio={"output": {"voice": "marin"}})
        assert session["instructions"] != "No"


async def test_more_than_15_mib_of_sound_is_refused() -> None:
    """One append carries 15 MiB at most."""
    async with model() as server, client_of(server) as client:
        audio = base64.b64encode(bytes(15 * 1024 * 1024 + 2)).decode()
        await client.send("input_audio_buffer.append", audio=audio)
        error = await client.error()
        assert (error["code"], error["param"]) == ("invalid_value", "audio")
        await still_works(client)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/realtime?model=gpt-realtime-2.1", {}, 401),
        ("/v1/realtime?model=gpt-realtime-2.1", {"Authorization": "Bearer wrong"}, 401),
        ("/v1/realtime", {"Authorization": "Bearer sk-simulated"}, 400),
        ("/v1/chat?model=gpt-realtime-2.1", {"Authorization": "Bearer sk-simulated"}, 404),
        (
            "/v1/realtime?model=gpt-realtime-2.1",
            {"Authorization": "Bearer sk-simulated", "OpenAI-Beta": "realtime=v1"},
            400,
        ),
    ],
)
async def test_handshake_is_refused(path: str, headers: dict[str, str], status: int) -> None:
    """Without key, model or the right path nobody gets in."""
    async with model() as server:
        url = server.url.removesuffix("/v1/realtime") + path
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, additional_headers=headers):
                pass
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body)["error"]["message"]
        assert server.refused == [status]
        assert server.sessions == []
