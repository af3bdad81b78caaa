"""A library over a folder, with a far side that makes vectors of words."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson

from bot.brains.openai.embeddings import OpenAIEmbedder
from bot.child import Apart, in_this_process
from bot.knowledge import DocumentFolder, Embedder, Indexer
from bot.knowledge.searching import Search
from bot.knowledge.words import plain_words
from bot.store import Store

# What the far side takes for the same thing, as a model of many languages does.
MEANINGS = {"aparcar": "parking", "coche": "car", "parken": "parking", "donde": "where"}


class FarSide:
    """POST /embeddings, as a bag of words; and it can fail."""

    def __init__(self) -> None:
        self.status = 200
        self.refuses = ""  # an input that it answers with 400
        self.asked: list[list[str]] = []
        self.answer: Callable[[dict[str, Any]], Any] = lambda body: body
        self.embedder = OpenAIEmbedder(
            url="https://far.example/v1",
            api_key="key",
            model="text-embedding-3-small",
            client=httpx.AsyncClient(transport=httpx.MockTransport(self._respond)),
        )

    def _respond(self, request: httpx.Request) -> httpx.Response:
        assert request.url == "https://far.example/v1/embeddings"
        assert request.headers["Authorization"] == "Bearer key"
        body = orjson.loads(request.content)
        assert body["model"] == "text-embedding-3-small"
        self.asked.append(body["input"])
        if self.status != 200:
            return httpx.Response(self.status)
        if self.refuses in body["input"]:
            return httpx.Response(400)
        data = [
            {"index": n, "embedding": vector(text, body["dimensions"])}
            for n, text in enumerate(body["input"])
        ]
        return httpx.Response(200, json=self.answer({"data": data[::-1]}))


def vector(text: str, dimensions: int) -> list[float]:
    found = np.zeros(dimensions)
    for word in plain_words(text).split():
        found[zlib.crc32(MEANINGS.get(word, word).encode()) % dimensions] += 1
    return [float(value) for value in found]


class Room:
    """One process's knowledge of one folder."""

    def __init__(
        self, store: Store, root: Path, embedder: Embedder | None, apart: Apart = in_this_process
    ) -> None:
        self.store = store
        self.embedder = embedder
        self.root = root
        self.read: list[str] = []  # names of the files that were read, in order

        async def counted(function: str, content: bytes, asked: Any) -> Any:
            if "name" in asked:
                self.read.append(asked["name"])
            return await apart(function, content, asked)

        self.indexer = Indexer(
            store=store, folder=DocumentFolder(root), embedder=embedder, apart=counted
        )
        self.search = Search(store, embedder)

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.root / "clinic" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    async def texts(self, question: str) -> list[str]:
        return [each.text for each in await self.search.find("clinic", question)]
