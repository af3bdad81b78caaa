"""The simulated chat model: OpenAI's chat completions, streamed, with tools and faults.

Source: OpenAI, Chat Completions API reference, `chat.completion.chunk`.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.simulator.model.script import News, ScriptAnswer
from bot.simulator.services.faults import ChatFaults
from bot.simulator.services.state import State

CHARACTERS_PER_TOKEN = 4
NOTE = "[Not said by the caller"  # how a model is told something that knows no developer
_ids = itertools.count(1)


class Broken(Exception):
    """The connection breaks here."""


async def completions(request: Request) -> Response:
    """POST /v1/chat/completions"""
    state: State = request.app.state.services
    body = json.loads(await request.body())
    state.chats.append(body)
    if not may_ask(request):
        return refused()
    if problem := _problem(body):
        return _error(400, problem, "invalid_request_error")
    faults = state.take_thinking()
    if faults.status:
        headers = {"retry-after": faults.retry_after} if faults.retry_after else {}
        return _error(faults.status, "This is a fault.", "fault", headers=headers)
    answer = ScriptAnswer(say="") if faults.empty else _answer(state, body)
    return StreamingResponse(_stream(state, body, answer, faults), media_type="text/event-stream")


def may_ask(request: Request) -> bool:
    """It brings the key."""
    state: State = request.app.state.services
    return request.headers.get("authorization") == f"Bearer {state.key}"


def refused() -> Response:
    """What a request without the key is answered with."""
    return _error(401, "Incorrect API key provided.", "invalid_api_key")


def _problem(body: dict[str, Any]) -> str:
    """What the service would refuse: a call of a function without its result, above all."""
    if not body.get("stream") or not body.get("messages"):
        return "This simulator streams, and needs messages."
    waiting: set[str] = set()
    for message in body["messages"]:
        if message["role"] == "tool":
            waiting.discard(message["tool_call_id"])
        elif waiting:
            return f"An assistant message with 'tool_calls' must be followed by {sorted(waiting)}."
        waiting |= {call["id"] for call in message.get("tool_calls") or ()}
    return f"No result of {sorted(waiting)}." if waiting else ""


def _answer(state: State, body: dict[str, Any]) -> ScriptAnswer:
    messages = body["messages"]
    if any("JSON object" in text for text in _told(messages)):
        return ScriptAnswer(say=state.judgement.script.summary)
    # Who asks again at the same place has not heard the answer: words were guessed wrongly, say.
    place = [message["role"] for message in messages[1:] if message["role"] != "developer"]
    if place == state.place and state.answer is not None:
        state.judgement.take_back(state.answer)
    state.place = place
    state.answer = answer = state.judgement.answer(_news(messages))
    offered = {tool["function"]["name"] for tool in body.get("tools") or ()}
    calls = tuple(call for call in answer.calls if call.name in offered)
    return ScriptAnswer(say=answer.say, calls=calls, step=answer.step)


def _news(messages: list[dict[str, Any]]) -> News:
    """What came after the assistant's last words; of a function, after its call."""
    heard: list[str] = []
    results: list[tuple[str, str]] = []
    names = {
        call["id"]: call["function"]["name"]
        for message in messages
        for call in message.get("tool_calls") or ()
    }
    for message in reversed(messages[1:]):
        if message["role"] == "user" and not str(message["content"]).startswith(NOTE):
            heard.insert(0, str(message["content"]))
        elif message["role"] == "tool":
            name = names.get(message["tool_call_id"], "")
            results.insert(0, (name, str(message["content"])))
        elif message["role"] == "assistant" and (message.get("content") or not results):
            break
    first = all(message["role"] != "assistant" for message in messages)
    told = tuple(_told(messages))
    return News(heard=tuple(heard), results=tuple(results), first=first, told=told)


def _told(messages: list[dict[str, Any]]) -> list[str]:
    return [str(m["content"]) for m in messages if m["role"] == "developer"]


async def _stream(
    state: State, body: dict[str, Any], answer: ScriptAnswer, faults: ChatFaults
) -> AsyncIterator[bytes]:
    about = {"id": f"chatcmpl-{next(_ids)}", "object": "chat.completion.chunk", "created": 0}
    about["model"] = body["model"]
    if faults.silent:
        yield b": nothing comes\n\n"
        await asyncio.sleep(3600)
    await asyncio.sleep(state.pace.first_word_secs + faults.first_after_secs)
    if faults.garbage:
        yield b'data: {"id": "chatcmpl-0", "choices": [{\n\n'
    for place, word in enumerate(answer.say.split(" ") if answer.say else ()):
        if place == faults.cut_after_words:
            raise Broken
        if place == faults.stops_after_words:
            return
        text = word if place == 0 else f" {word}"
        yield _chunk(about, {"role": "assistant", "content": text})
        await asyncio.sleep(state.pace.word_secs)
    for place, call in enumerate(answer.calls):
        arguments, half = json.dumps(dict(call.arguments)), 5
        function = {"name": call.name, "arguments": arguments[:half]}
        begun = {"index": place, "id": f"call_{next(_ids)}", "type": "function"}
        yield _chunk(about, {"tool_calls": [{**begun, "function": function}]})
        rest = {"index": place, "function": {"arguments": arguments[half:]}}
        yield _chunk(about, {"tool_calls": [rest]})
    yield _chunk(about, {}, finish="tool_calls" if answer.calls else "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _data({**about, "choices": [], "usage": _usage(body, answer)})
    yield b"data: [DONE]\n\n"


def _usage(body: dict[str, Any], answer: ScriptAnswer) -> dict[str, Any]:
    read = len(json.dumps(body["messages"])) // CHARACTERS_PER_TOKEN
    written = (len(answer.say) + 20 * len(answer.calls)) // CHARACTERS_PER_TOKEN
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": read // 2},
    }


def _chunk(about: dict[str, Any], delta: dict[str, Any], *, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({**about, "choices": [choice]})


def _data(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _error(
    status: int, message: str, code: str, *, headers: dict[str, str] | None = None
) -> Response:
    error = {"message": message, "type": code, "code": code, "param": None}
    return JSONResponse({"error": error}, status_code=status, headers=headers)
