"""Sixty questions of callers, in four languages, put to the documents of two clients."""

from pathlib import Path

import pytest
from files_kit import DOCUMENTS
from knowledge_kit import Room

from bot.child import in_this_process
from bot.knowledge.embedding import Embedder
from bot.knowledge.local_embedder import LocalEmbedder, is_installed
from bot.knowledge.trial import BadQuestions, Trial, read_questions, tried
from bot.store import Store

CLIENTS = ("clinic", "restaurant")


async def put_all(store: Store, embedder: Embedder | None) -> dict[str, Trial]:
    """The questions of both clients."""
    room = Room(store, DOCUMENTS, embedder)
    trials = {}
    for client in CLIENTS:
        report = await room.indexer.refresh(client)
        assert report.problems == {} and report.without_vectors == ""
        questions = read_questions(DOCUMENTS / client / "questions.toml")

        async def find(question: str, client: str = client) -> list:  # type: ignore[type-arg]
            return await room.search.find(client, question)

        trials[client] = await tried(questions, find)
    return trials


def test_there_are_sixty_questions() -> None:
    """Of them some that no document answers, and some in other languages than the documents."""
    questions = [q for c in CLIENTS for q in read_questions(DOCUMENTS / c / "questions.toml")]
    assert len(questions) == 60
    assert sum(not each.says for each in questions) == 5
    assert len({each.ask for each in questions}) == 60


async def test_by_words_alone_most_english_questions_are_answered(store: Store) -> None:
    """What needs no model is the same on every machine."""
    trials = await put_all(store, None)
    assert sum(each.hits for each in trials.values()) >= 38
    assert sum(each.first for each in trials.values()) >= 31
    assert sum(each.counted for each in trials.values()) == 55


@pytest.mark.thorough
@pytest.mark.realtime
@pytest.mark.skipif(not is_installed(), reason="needs the extra embeddings")
async def test_by_meaning_nearly_all_are_answered(store: Store) -> None:
    """With the model of this machine, in other languages too."""
    embedder = LocalEmbedder(in_this_process)
    trials = await put_all(store, embedder)
    await embedder.close()
    assert sum(each.hits for each in trials.values()) >= 50
    assert sum(each.first for each in trials.values()) >= 38


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no \\[\\[questions"),
        ("questions = 3", "no \\[\\[questions"),
        ('[[questions]]\nask = "Who?"', "question 1"),
        ('[[questions]]\nask = ""\nsays = ""', "question 1"),
        ('[[questions]]\nask = "Who?"\nsays = 3', "question 1"),
        ("[[", "questions.toml: "),
    ],
)
def test_a_wrong_file_of_questions_is_told(tmp_path: Path, text: str, why: str) -> None:
    """With the place of what is wrong."""
    path = tmp_path / "questions.toml"
    path.write_text(text)
    with pytest.raises(BadQuestions, match=why):
        read_questions(path)
