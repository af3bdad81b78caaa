"""Passages are found by meaning and by words, in time, whatever fails."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from knowledge_kit import FarSide, Room
from loguru import logger

from bot.brains.openai.embeddings import INPUTS_AT_ONCE
from bot.knowledge import Library, NotEmbedded
from bot.knowledge.embedding import Vector
from bot.knowledge.library import LOOK_SECS, TASK_SECS
from bot.knowledge.searching import EMBEDDING_SECS, Search, fused
from bot.knowledge.words import asked_words
from bot.store import Store
from tools import Unavailable


@pytest.fixture
def far_side() -> FarSide:
    return FarSide()


@pytest.fixture
async def room(store: Store, tmp_path: Path, far_side: FarSide) -> Room:
    room = Room(store, tmp_path / "knowledge", far_side.embedder)
    room.put("a.md", "# Parking\n\nThe garage is free.\n\n# Hours\n\nOpen from nine to five.")
    room.put("b.md", "# Garden\n\nThe garden is open to all.")
    await room.indexer.refresh("clinic")
    far_side.asked.clear()
    return room


def test_two_rankings_are_fused() -> None:
    """What both have comes before what one has first; of equals the first ranking's goes first."""
    assert fused([[1, 2, 3], [4, 2, 5]], 3) == [2, 1, 4]
    assert fused([[], [7]], 5) == [7]
    assert fused([[1, 2, 3]], 2) == [1, 2]
    assert fused([], 2) == []


def test_the_words_of_a_question() -> None:
    """Without case and accents, each once; a question of a hundred words is no query of them."""
    assert asked_words("¿Dónde, DÓNDE está el Café? a 7") == ["donde", "esta", "el", "cafe", "7"]
    assert asked_words("STRASSE Straße größe") == ["strasse", "große".replace("ß", "ss")]
    assert len(asked_words(" ".join(map(str, range(100))))) == 24
    assert asked_words('"; DROP TABLE x --') == ["drop", "table"]


async def test_a_question_in_another_language_finds_by_meaning(room: Room) -> None:
    """No word of it stands in the document."""
    found = await room.search.find("clinic", "¿dónde aparcar?")
    assert (found[0].document, found[0].heading, found[0].text) == (
        "a.md",
        "Parking",
        "The garage is free.",
    )
    assert found[0].likeness is not None and 0 < found[0].likeness <= 1


async def test_documents_of_another_client_are_not_found(room: Room) -> None:
    """Whatever is asked."""
    assert await room.search.find("restaurant", "parking garden hours") == []


async def test_the_same_question_is_embedded_once(room: Room, far_side: FarSide) -> None:
    """The task of an agent comes with each call."""
    for _ in range(3):
        await room.texts("parking")
    assert far_side.asked == [["parking"]]


async def test_a_change_is_found_by_a_process_that_did_not_read_it(
    room: Room, store: Store, far_side: FarSide
) -> None:
    """Each keeps vectors at hand, as long as they are those that are in the store."""
    other = Search(store, far_side.embedder)
    assert len(await other.find("clinic", "donde aparcar")) == 3
    room.put("c.md", "# Bicycles\n\nParking for bicycles is behind the house.")
    await room.indexer.refresh("clinic")
    found = await other.find("clinic", "parking of bicycles")
    assert found[0].document == "c.md" and found[0].likeness is not None


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_without_the_model_words_decide(room: Room, far_side: FarSide, status: int) -> None:
    """A failure of the far side is no failure of the search, nor does it raise."""
    far_side.status = status
    assert await room.texts("garden") == ["The garden is open to all."]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": []},
        {"data": [{"index": 0}]},
        {"data": [{"index": 0, "embedding": ["x"]}]},
        {"data": [{"index": 0, "embedding": [0.0] * 512}]},
        {"data": [{"index": 0, "embedding": [1e308] * 512}]},  # too long to be measured
        [],
    ],
)
async def test_a_garbled_vector_is_none(far_side: FarSide, answer: object) -> None:
    """It is said, and nothing is kept of it."""
    far_side.answer = lambda _: answer
    with pytest.raises(NotEmbedded):
        await far_side.embedder.question("parking")


async def test_many_passages_go_in_parts_and_come_back_in_order(far_side: FarSide) -> None:
    """The far side answers in any order."""
    texts = [f"word{n}" for n in range(INPUTS_AT_ONCE + 3)]
    vectors = await far_side.embedder.passages(texts)
    assert [len(asked) for asked in far_side.asked] == [INPUTS_AT_ONCE, 3]
    for n in (0, INPUTS_AT_ONCE - 1, INPUTS_AT_ONCE + 2):
        alone = await far_side.embedder.question(texts[n])
        assert np.allclose(vectors[n], alone)
        assert float(np.linalg.norm(vectors[n])) == pytest.approx(1)


async def test_what_is_put_in_while_the_service_runs_is_found(room: Room) -> None:
    """At the next look; and a client whose folder fails keeps nobody from the others."""
    tasks = {"away": ["Go."], "clinic": []}
    library = Library(room.indexer, room.search)
    watching = asyncio.create_task(library.watch(lambda: tasks))
    await asyncio.sleep(LOOK_SECS / 2)
    room.put("new.txt", "Dogs may come along.")
    await asyncio.sleep(LOOK_SECS)
    assert (await library.of("clinic").look_up("dogs"))[0] == {
        "source": "new.txt",
        "text": "Dogs may come along.",
    }
    watching.cancel()
    await asyncio.wait({watching})


class Slow:
    """An embedder that takes its time for a question."""

    name = "openai:text-embedding-3-small/512"  # whose vectors it gives

    def __init__(self, far_side: FarSide, secs: float) -> None:
        self._far_side = far_side
        self.secs = secs

    async def prepare(self) -> None:
        """There is nothing to prepare."""

    async def question(self, text: str) -> Vector:
        await asyncio.sleep(self.secs)
        return await self._far_side.embedder.question(text)

    async def passages(self, texts: object) -> list[Vector]:
        raise NotEmbedded("slow")

    async def close(self) -> None:
        pass


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    told: list[str] = []
    sink = logger.add(lambda message: told.append(message.record["message"]), level="WARNING")
    yield told
    logger.remove(sink)


async def test_a_slow_model_is_not_waited_for(
    room: Room, store: Store, far_side: FarSide, warnings: list[str]
) -> None:
    """The caller waits no longer than EMBEDDING_SECS, a call that begins waits less; both have what
    the words find, and the log says why."""
    search = Search(store, Slow(far_side, secs=3600))
    clock = asyncio.get_running_loop().time
    began = clock()
    assert [each.text for each in await search.find("clinic", "garden")] == [
        "The garden is open to all."
    ]
    assert clock() - began == pytest.approx(EMBEDDING_SECS, abs=0.3)
    began = clock()
    found = await Library(room.indexer, search).for_task("clinic", "garden")
    assert [each["source"] for each in found] == ["b.md > Garden"]
    assert clock() - began < TASK_SECS
    assert warnings == [
        "documents are searched by words alone: no vector within 1.5 s",
        "documents are searched by words alone: no vector within 0.3 s",
    ]
    await search.close()


async def test_a_vector_that_comes_late_is_there_for_the_next_call(
    room: Room, store: Store, far_side: FarSide
) -> None:
    """And is asked for once, however many begin meanwhile."""
    search = Search(store, Slow(far_side, secs=1))
    library = Library(room.indexer, search)
    task = "aparcar"  # a word that no document has
    assert await asyncio.gather(*(library.for_task("clinic", task) for _ in range(3))) == [[]] * 3
    await asyncio.sleep(1)
    (best, *_) = await library.for_task("clinic", task)
    assert best["source"] == "a.md > Parking"
    assert far_side.asked == [[task]]


async def test_the_first_call_finds_the_vector_of_its_task(
    room: Room, store: Store, far_side: FarSide
) -> None:
    """It is made when the folders are looked at, once; of a model that is away nothing is lost."""
    slow = Slow(far_side, secs=1)
    library = Library(room.indexer, Search(store, slow))
    far_side.status = 503
    await library.look("clinic", ["aparcar", "coche"])
    assert far_side.asked == [["aparcar"]]
    far_side.status = 200
    for _ in range(2):
        await library.look("clinic", ["aparcar", "coche"])
    assert far_side.asked == [["aparcar"], ["aparcar"], ["coche"]]
    (best, *_) = await library.for_task("clinic", "aparcar")
    assert best["source"] == "a.md > Parking"


async def test_a_database_that_is_away_is_a_sentence(room: Room, store: Store) -> None:
    """A call begins without its documents, and a tool is told."""
    library = Library(room.indexer, room.search)
    assert [each["source"] for each in await library.for_task("clinic", "garden")][0] == (
        "b.md > Garden"
    )
    await store.close()
    assert await library.for_task("clinic", "garden") == []
    with pytest.raises(Unavailable):
        await library.of("clinic").look_up("garden")
    await library.look("clinic")  # which raises nothing
