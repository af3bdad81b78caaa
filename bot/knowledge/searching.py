"""Finds the pieces that answer a question: by meaning and by words, the two rankings fused."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from loguru import logger
from numpy.typing import NDArray

from bot.knowledge.embedding import Embedder, NotEmbedded, Vector
from bot.knowledge.words import asked_words
from bot.store import Store
from bot.store.knowledge import VECTORS_AT_ONCE

BEST = 5
_RANKED = 20  # of each ranking
_K = 60  # of reciprocal rank fusion: how little the first place counts before the next ones
EMBEDDING_SECS = 1.5  # a caller waits; then words alone decide
_REMEMBERED = 1_000  # questions with their vectors: the tasks of agents come with each call


@dataclass(frozen=True, kw_only=True)
class Found:
    """One piece that may answer a question."""

    document: str
    heading: str
    text: str
    likeness: float | None  # cosine to the question, where it was found by meaning


@dataclass(frozen=True, kw_only=True)
class Meanings:
    """The vectors of all pieces of a client, as of one version."""

    version: int
    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]  # a row for each

    def nearest(self, vector: Vector, limit: int) -> list[tuple[int, float]]:
        """Ids with their cosines, the nearest first."""
        if not len(self.ids) or self.vectors.shape[1] != len(vector):
            return []
        likeness = self.vectors @ vector
        order = np.argsort(-likeness, kind="stable")[:limit]
        return [(int(self.ids[n]), float(likeness[n])) for n in order]


def fused(rankings: Iterable[Sequence[int]], limit: int) -> list[int]:
    """The ids that several rankings have far in front, the best first (reciprocal rank fusion:
    Cormack, Clarke and Büttcher, 2009). Of equals the one that an earlier ranking has.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, id_ in enumerate(ranking, 1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (_K + rank)
    return sorted(scores, key=lambda id_: -scores[id_])[:limit]


class Search:
    """Over all clients of one store."""

    def __init__(self, store: Store, embedder: Embedder | None) -> None:
        self._store = store.knowledge
        self._embedder = embedder
        self._meanings: dict[str, Meanings] = {}
        self._loading = asyncio.Lock()
        self._remembered: OrderedDict[str, Vector] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Vector]] = {}  # by their questions

    async def find(
        self,
        client: str,
        question: str,
        *,
        limit: int = BEST,
        embedding_secs: float = EMBEDDING_SECS,
    ) -> list[Found]:
        """The best pieces; none where no document has anything near. Where the question has no
        vector within `embedding_secs`, words alone decide. Raises StoreError.
        """
        by_meaning, by_words = await asyncio.gather(
            self._by_meaning(client, question, embedding_secs),
            self._store.find_by_words(client, asked_words(question), limit=_RANKED),
        )
        near = dict(by_meaning)
        ids = fused([list(near), by_words], limit)
        return [
            Found(
                document=piece.document,
                heading=piece.heading,
                text=piece.text,
                likeness=near.get(piece.id),
            )
            for piece in await self._store.pieces(client, ids)
        ]

    async def warm(self, client: str, questions: Iterable[str] = ()) -> None:
        """Has what is needed at hand before somebody calls, with the vectors of these questions as
        far as the embedder gives them. Raises StoreError.
        """
        if self._embedder is not None:
            await self._embedder.prepare()
        await self._meanings_of(client)
        with suppress(NotEmbedded, TimeoutError):  # one that is away is not asked for each
            for question in questions:
                await self._vector(question, EMBEDDING_SECS)

    async def close(self) -> None:
        """Waits for no vector any more."""
        asking = list(self._asking.values())
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _by_meaning(
        self, client: str, question: str, embedding_secs: float
    ) -> list[tuple[int, float]]:
        try:
            vector = await self._vector(question, embedding_secs)
        except (NotEmbedded, TimeoutError) as error:
            logger.warning(
                "documents are searched by words alone: {}",
                str(error) or f"no vector within {embedding_secs:g} s",
                event="question_without_vector",
            )
            return []
        if vector is None:
            return []
        meanings = await self._meanings_of(client)
        return await asyncio.to_thread(meanings.nearest, vector, _RANKED)

    async def _vector(self, question: str, secs: float) -> Vector | None:
        """Raises NotEmbedded, TimeoutError: what comes later than that is still remembered."""
        if self._embedder is None or not question.strip():
            return None
        if (known := self._remembered.get(question)) is not None:
            self._remembered.move_to_end(question)
            return known
        if (asking := self._asking.get(question)) is None:
            asking = asyncio.create_task(self._embedder.question(question), name="embedding")
            self._asking[question] = asking
            asking.add_done_callback(partial(self._answered, question))
        async with asyncio.timeout(secs):
            return await asyncio.shield(asking)

    def _answered(self, question: str, asking: "asyncio.Task[Vector]") -> None:
        del self._asking[question]
        if asking.cancelled() or asking.exception() is not None:
            return
        self._remembered[question] = asking.result()
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    async def _meanings_of(self, client: str) -> Meanings:
        """Loaded anew when the documents have changed: some pages, between which sound goes on."""
        version = await self._store.version(client)
        known = self._meanings.get(client)
        if known is not None and known.version == version:
            return known
        async with self._loading:
            known = self._meanings.get(client)
            if known is None or known.version != version:
                known = self._meanings[client] = await self._load(client, version)
            return known

    async def _load(self, client: str, version: int) -> Meanings:
        name = self._embedder.name if self._embedder else ""
        ids: list[int] = []
        rows: list[bytes] = []
        last = 0
        while True:
            page = await self._store.vectors(client, after=last)
            ids += [id_ for id_, of, _ in page if of == name]
            rows += [vector for _, of, vector in page if of == name]
            if len(page) < VECTORS_AT_ONCE:
                return await asyncio.to_thread(_meanings, version, ids, rows)
            last = page[-1][0]


def _meanings(version: int, ids: list[int], rows: list[bytes]) -> Meanings:
    matrix = np.frombuffer(b"".join(rows), "<f4").reshape(len(rows), -1 if rows else 0)
    return Meanings(version=version, ids=np.array(ids, np.int64), vectors=matrix)
