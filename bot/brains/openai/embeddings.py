"""Vectors of sentences by OpenAI's API, POST /embeddings.

Fields as in openai 3.57, `types/create_embedding_params.py`: up to 2,048 inputs of 8,192 tokens in
one request, 300,000 tokens over all; `data` holds an `embedding` for each, with its `index`.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from bot.knowledge.embedding import NotEmbedded, NotTheseEmbedded, Vector, unit
from bot.trust import machine_trust

DIMENSIONS = 512  # of the third generation, which can be shortened: a third of the room
INPUTS_AT_ONCE = 32  # whose answer is read in some milliseconds
_LONGEST = 6_000  # characters of one input: fewer than 8,192 tokens in any language
_QUESTION_SECS, _PASSAGES_SECS = 2.0, 30.0
_CONNECT_SECS = 5.0  # of them, where nothing answers at all
_TRIES = 3  # of passages
_PAUSE_SECS = 1.0
_PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})
_OF_TEXTS = frozenset({400, 413, 422})  # what refuses these texts, and maybe no others


class OpenAIEmbedder:
    """`Embedder` by an account at OpenAI, or at a server that answers as it does."""

    def __init__(
        self, *, url: str, api_key: str, model: str, client: httpx.AsyncClient | None = None
    ) -> None:
        self._url = f"{url.rstrip('/')}/embeddings"
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._model = model
        self._client = client or httpx.AsyncClient(verify=machine_trust())
        self._short = "-3-" in model

    @property
    def name(self) -> str:
        """See `Embedder.name`."""
        return f"openai:{self._model}{f'/{DIMENSIONS}' if self._short else ''}"

    async def prepare(self) -> None:
        """See `Embedder.prepare`."""

    async def question(self, text: str) -> Vector:
        """See `Embedder.question`."""
        return (await self._ask([text], _QUESTION_SECS))[0]

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See `Embedder.passages`."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), INPUTS_AT_ONCE):
            some = texts[start : start + INPUTS_AT_ONCE]
            for tries_left in reversed(range(_TRIES)):
                try:
                    vectors += await self._ask(some, _PASSAGES_SECS)
                    break
                except _Passing:
                    if not tries_left:
                        raise
                await asyncio.sleep(_PAUSE_SECS)
        return vectors

    async def close(self) -> None:
        """See `Embedder.close`."""
        await self._client.aclose()

    async def _ask(self, texts: Sequence[str], secs: float) -> list[Vector]:
        body: dict[str, Any] = {"model": self._model, "input": [each[:_LONGEST] for each in texts]}
        if self._short:
            body["dimensions"] = DIMENSIONS
        timeout = httpx.Timeout(secs, connect=min(secs, _CONNECT_SECS))
        try:
            answer = await self._client.post(
                self._url, json=body, headers=self._headers, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise _Passing(f"{self._model} cannot be reached: {type(error).__name__}") from None
        if answer.status_code in _PASSING:
            raise _Passing(f"{self._model} was answered {answer.status_code}")
        if answer.status_code != httpx.codes.OK:
            refused = NotTheseEmbedded if answer.status_code in _OF_TEXTS else NotEmbedded
            raise refused(f"{self._model} was refused: {answer.status_code}")
        try:
            data = sorted(orjson.loads(answer.content)["data"], key=lambda each: each["index"])
            if [each["index"] for each in data] != list(range(len(texts))):
                raise NotEmbedded(f"{self._model} left out some of what it was asked for")
            return [unit(each["embedding"]) for each in data]
        except (ValueError, KeyError, TypeError) as error:
            raise NotEmbedded(f"{self._model} gave an answer that is none") from error


class _Passing(NotEmbedded):
    """It may go well the next time."""
