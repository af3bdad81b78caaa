"""One answer of a chat model, as it streams: words, calls of functions, what it used."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openai
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.base_llm import BaseOpenAILLMService

from bot.brains.cascade.sentences import Aloud

Chat = list[dict[str, Any]]


class ThinkingFailed(Exception):
    """No answer, or not all of it. `code` is one of those that a failed response may carry."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Called:
    """A function is to be run."""

    call_id: str
    name: str
    arguments: str  # JSON, as the model wrote it


@dataclass(slots=True)
class Thought:
    """What came of one request beside its words."""

    text_in: int = 0  # tokens, cached ones not among them
    text_cached: int = 0
    text_out: int = 0
    cut: bool = False  # by the longest answer that is allowed
    calls: list[Called] = field(default_factory=list)


class Tool(FunctionSchema):
    """A function with the whole of its JSON schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        parameters = schema["parameters"]
        super().__init__(
            name=schema["name"],
            description=schema["description"],
            properties=parameters.get("properties", {}),
            required=parameters.get("required", []),
        )
        self._parameters = parameters

    def to_default_dict(self) -> dict[str, Any]:
        return {**super().to_default_dict(), "parameters": dict(self._parameters)}


async def think(
    service: BaseOpenAILLMService,
    chat: Chat,
    *,
    tools: Sequence[Mapping[str, Any]],
    thought: Thought,
) -> AsyncGenerator[str]:
    """Streams the words of one answer; what else comes of it is in `thought` once they have ended.
    Raises ThinkingFailed."""
    given = {"tools": ToolsSchema(standard_tools=[Tool(each) for each in tools])} if tools else {}
    context = LLMContext(messages=list(chat), **given)  # type: ignore[arg-type]
    parts: dict[int, list[str]] = {}  # id, name, arguments of each call, by its place
    finished, aloud = "", Aloud()
    try:
        stream = await service.get_chat_completions(context)
        async with stream:
            async for chunk in stream:
                if chunk.usage:
                    _count(thought, chunk.usage)
                for choice in (chunk.choices or ())[:1]:
                    finished = choice.finish_reason or finished
                    for call in (choice.delta and choice.delta.tool_calls) or ():
                        _gather(parts, call)
                    content = (choice.delta and choice.delta.content) or ""
                    if words := aloud.feed(content):
                        yield words
        if words := aloud.rest():
            yield words
    except Exception as error:  # of the client that it happens to use, or of what was answered
        raise _failure(error) from error
    if not finished:
        raise ThinkingFailed("server_error", "the answer broke off")
    thought.cut = finished == "length"
    thought.calls = [
        Called(call_id or f"call_{place}_{id(thought):x}", name, arguments or "{}")
        for place, (call_id, name, arguments) in sorted(parts.items())
        if name
    ]


def _gather(parts: dict[int, list[str]], call: Any) -> None:
    """A piece of one of the calls that the model makes side by side."""
    known = parts.setdefault(call.index or 0, ["", "", ""])
    known[0] = known[0] or call.id or ""
    if call.function:
        known[1] += call.function.name or ""
        known[2] += call.function.arguments or ""


def _count(thought: Thought, usage: Any) -> None:
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", 0) or 0
    thought.text_cached = cached
    thought.text_in = max(0, (usage.prompt_tokens or 0) - cached)
    thought.text_out = usage.completion_tokens or 0


_CODES = {401: "invalid_api_key", 403: "permission_error", 404: "model_not_found"}


def _failure(error: Exception) -> ThinkingFailed:
    """In the codes that the conversation knows: which pass, and which do not."""
    if not isinstance(error, openai.APIStatusError):
        return ThinkingFailed("server_error", f"{type(error).__name__}: {error}"[:300])
    status, said = error.status_code, str(error.message)[:300]
    if status == 429:
        code = error.code if error.code == "insufficient_quota" else "rate_limit_exceeded"
        after = error.response.headers.get("retry-after", "")
        told = f" Please try again in {after}s." if after.replace(".", "", 1).isdigit() else ""
        return ThinkingFailed(str(code), f"{said}{told}")
    code = "server_error" if status >= 500 else "invalid_request"
    return ThinkingFailed(_CODES.get(status, code), said)
