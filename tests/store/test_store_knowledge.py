"""What documents say, in both databases: shown whole, found by words, read by one at a time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.store import DocumentRecord, PieceRecord, Store

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


def a_document(edition: str, *, name: str = "prices.md", pieces: int = 1) -> DocumentRecord:
    return DocumentRecord(
        client="clinic",
        name=name,
        digest=f"digest of {edition}",
        edition=edition,
        pieces=pieces,
        embedder="test",
        read_at=NOW,
    )


def a_piece(edition: str, words: str, *, place: int = 0, client: str = "clinic") -> PieceRecord:
    return PieceRecord(
        client=client,
        edition=edition,
        place=place,
        heading="Prices",
        text=f"Text of {words}",
        words=words,
        vector=bytes(8),
    )


async def put(store: Store, edition: str, *words: str, name: str = "prices.md") -> None:
    """A document that is shown."""
    await store.knowledge.claim("clinic", "me", now=NOW, until=NOW)
    await store.knowledge.put_pieces(
        [a_piece(edition, each, place=place) for place, each in enumerate(words)]
    )
    document = a_document(edition, name=name, pieces=len(words))
    assert await store.knowledge.show("clinic", [document], by="me")


async def found(store: Store, *words: str) -> list[str]:
    ids = await store.knowledge.find_by_words("clinic", words, limit=5)
    return [each.text for each in await store.knowledge.pieces("clinic", ids)]


async def test_a_new_reading_is_shown_at_once_and_whole(store: Store) -> None:
    """Until it is shown the earlier one is found, in words and vectors; afterwards it alone."""
    await put(store, "first", "cleaning costs ninety")
    await store.knowledge.put_pieces([a_piece("second", "cleaning costs a hundred")])
    assert await found(store, "cleaning") == ["Text of cleaning costs ninety"]
    assert len(await store.knowledge.vectors("clinic")) == 1
    before = await store.knowledge.version("clinic")

    await store.knowledge.show("clinic", [a_document("second")], by="me")
    assert await found(store, "cleaning") == ["Text of cleaning costs a hundred"]
    assert await found(store, "ninety") == []
    assert len(await store.knowledge.vectors("clinic")) == 1
    assert await store.knowledge.version("clinic") != before

    await store.knowledge.show("clinic", [], gone=["prices.md"], by="me")
    assert await found(store, "cleaning") == []
    assert await store.knowledge.documents("clinic") == []


async def test_rare_words_count_more(store: Store) -> None:
    """A piece with the one rare word comes before those that have a common one; words are found in
    another form; those of another client are not."""
    await put(
        store,
        "one",
        "parking at clinic free",
        "opening hours of the clinic",
        "clinic insurance",
        "the clinic has a garden",
    )
    await store.knowledge.put_pieces([a_piece("x", "parking", client="restaurant")])
    assert (await found(store, "clinic", "parking"))[0] == "Text of parking at clinic free"
    assert await found(store, "gardens") == ["Text of the clinic has a garden"]
    assert await found(store, "restaurant") == []
    assert await found(store) == []
    assert await found(store, "nowhere") == []


async def test_one_rare_word_counts_more_than_two_common_ones(store: Store) -> None:
    """Those of which all the documents speak say little of what is asked."""
    await put(store, "one", *(f"clinic hours number{n}" for n in range(6)), "parking")
    assert (await found(store, "clinic", "hours", "parking"))[0] == "Text of parking"


async def test_the_best_of_many_pieces_is_found(store: Store) -> None:
    """However many have a word of the question too, and come before it."""
    await put(store, "one", *["clinic hours"] * 2_100, "clinic parking")
    assert (await found(store, "clinic", "parking"))[0] == "Text of clinic parking"


@pytest.mark.parametrize("word", ["or", "and", "near", "the", "not", "12", "größe", "ν"])
async def test_no_word_is_an_operator(store: Store, word: str) -> None:
    """Whatever a caller asks, it is looked for and never understood as a command."""
    await put(store, "one", "sizes")
    assert await found(store, word, "sizes") == ["Text of sizes"]


async def test_one_process_reads_at_a_time(store: Store) -> None:
    """A claim keeps others away until it is let go of, or runs out; its owner may go on with it."""
    later, knowledge = NOW + timedelta(minutes=5), store.knowledge
    assert await knowledge.claim("clinic", "a", now=NOW, until=later)
    assert not await knowledge.claim("clinic", "b", now=NOW, until=later)
    assert await knowledge.claim("restaurant", "b", now=NOW, until=later)
    assert await knowledge.claim("clinic", "a", now=NOW, until=later)
    assert await knowledge.claim("clinic", "b", now=later, until=later + timedelta(minutes=5))
    await knowledge.let_go("clinic", "a")  # it is not a's any more
    assert not await knowledge.claim("clinic", "a", now=later, until=later)
    await knowledge.let_go("clinic", "b")
    assert await knowledge.claim("clinic", "a", now=NOW, until=later)


async def test_what_a_dead_process_has_left_goes(store: Store) -> None:
    """Pieces of a reading that came to no end are deleted, and nothing else is."""
    await put(store, "one", "sizes")
    await store.knowledge.put_pieces([a_piece("half", "halves")])
    await store.knowledge.drop_unshown("clinic")
    await store.knowledge.show("clinic", [a_document("half", name="half.md")], by="me")
    assert await found(store, "halves") == []
    assert await found(store, "sizes") == ["Text of sizes"]


async def test_who_has_lost_the_claim_shows_nothing(store: Store) -> None:
    """Another may have deleted what was not shown yet: half a document would stand for all."""
    await put(store, "one", "sizes")
    await store.knowledge.put_pieces([a_piece("two", "halves")])
    await store.knowledge.claim("clinic", "other", now=NOW, until=NOW)
    assert not await store.knowledge.show("clinic", [a_document("two")], by="me")
    assert await found(store, "sizes") == ["Text of sizes"]
    assert await found(store, "halves") == []
