"""Documents of clients in pieces: written beside what is there, shown at once, found by words."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Double,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.knowledge_records import DocumentRecord, FoundPiece, PieceRecord
from bot.store.knowledge_tables import clients, documents, pieces

VECTORS_AT_ONCE = 500  # rows that become objects while sound waits: some milliseconds

_SHOWN = pieces.join(
    documents,
    (documents.c.client == pieces.c.client) & (documents.c.edition == pieces.c.edition),
)
_words = table("knowledge_words", column("piece"), column("lexemes"))  # of PostgreSQL
_lexemes = _words.c.lexemes
_BY_FTS5 = text(
    "SELECT p.id FROM knowledge_words w JOIN knowledge_pieces p ON p.id = w.rowid "
    "JOIN knowledge_documents d ON d.client = p.client AND d.edition = p.edition "
    "WHERE knowledge_words MATCH :words AND p.client = :client ORDER BY w.rank, p.id LIMIT :limit"
)


class KnowledgeStore:
    """Each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, client: str, by: str, *, now: datetime, until: datetime) -> bool:
        """Whether `by` alone may read this client's documents until then; also to go on with it."""
        row = {"client": client, "version": 0, "claimed_by": "", "claimed_until": None}
        new = self._database.insert_if_new(clients)
        free = or_(
            clients.c.claimed_until.is_(None),
            clients.c.claimed_until <= now,
            clients.c.claimed_by == by,
        )
        take = update(clients).where(clients.c.client == client, free)
        values = {"claimed_by": by, "claimed_until": until}

        async def claim(connection: AsyncConnection) -> bool:
            await connection.execute(new, row)
            return (await connection.execute(take.values(values))).rowcount == 1

        return await self._database.write("claim a client's documents", claim)

    async def let_go(self, client: str, by: str) -> None:
        """Others may read them now."""
        mine = (clients.c.client == client) & (clients.c.claimed_by == by)
        free = update(clients).where(mine).values(claimed_by="", claimed_until=None)
        await self._database.change("let go of a client's documents", free)

    async def version(self, client: str) -> int:
        """A number that changes with what can be found; 0: nothing was ever read."""
        query = select(clients.c.version).where(clients.c.client == client)

        async def look(connection: AsyncConnection) -> int:
            return (await connection.execute(query)).scalar() or 0

        return await self._database.read("look at a client's documents", look)

    async def documents(self, client: str) -> Sequence[DocumentRecord]:
        """Those of a client, by name."""
        query = select(documents).where(documents.c.client == client).order_by(documents.c.name)

        async def find(connection: AsyncConnection) -> list[DocumentRecord]:
            return [DocumentRecord(**row) for row in (await connection.execute(query)).mappings()]

        return await self._database.read("list a client's documents", find)

    async def clients(self) -> Sequence[str]:
        """All that documents were read of."""
        query = select(documents.c.client).distinct().order_by(documents.c.client)

        async def find(connection: AsyncConnection) -> Sequence[str]:
            return (await connection.execute(query)).scalars().all()

        return await self._database.read("list clients", find)

    async def put_pieces(self, some: Sequence[PieceRecord]) -> None:
        """Keeps pieces, which nobody finds before a document has their edition."""
        rows = [dict(vars(piece)) for piece in some]

        async def put(connection: AsyncConnection) -> None:
            await connection.execute(pieces.insert(), rows)

        if rows:
            await self._database.write("keep pieces of a document", put)

    async def show(
        self,
        client: str,
        read: Sequence[DocumentRecord],
        *,
        by: str,
        gone: Collection[str] = (),
    ) -> bool:
        """From here on the pieces of these readings are found, in place of earlier ones of the same
        files, and nothing of files that are gone. What is not found any more is deleted. False, and
        nothing changes: another than `by` has claimed the documents, and may have deleted them.
        """
        put = self._database.upsert(documents, documents.c.keys())
        leave = delete(documents).where(documents.c.client == client, documents.c.name.in_(gone))
        mine = (clients.c.client == client) & (clients.c.claimed_by == by)
        newer = update(clients).where(mine)
        newer = newer.values(version=clients.c.version + 1)

        async def show(connection: AsyncConnection) -> bool:
            if (await connection.execute(newer)).rowcount == 0:
                return False
            for document in read:
                await connection.execute(put, dict(vars(document)))
            if gone:
                await connection.execute(leave)
            await connection.execute(_unshown(client))
            return True

        return await self._database.write("show what a client's documents say", show)

    async def drop_unshown(self, client: str) -> None:
        """Deletes what a reading that came to no end has left."""
        await self._database.change("drop unread pieces", _unshown(client))

    async def find_by_words(
        self, client: str, words: Sequence[str], *, limit: int
    ) -> Sequence[int]:
        """Ids of pieces that have any of these words, the best first: rare words count more."""
        if not words:
            return []
        if self._database.sqlite:
            quoted = " OR ".join(f'"{word}"' for word in words)
            asked = {"words": quoted, "client": client, "limit": limit}

            async def match(connection: AsyncConnection) -> Sequence[int]:
                return (await connection.execute(_BY_FTS5, asked)).scalars().all()

            return await self._database.read("look for words in documents", match)
        return await self._find_by_lexemes(client, words, limit)

    async def _find_by_lexemes(
        self, client: str, words: Sequence[str], limit: int
    ) -> Sequence[int]:
        """PostgreSQL ranks by no rarity of words: it looks which piece has which, counts them, and
        sums up for each piece what its words are worth.
        """
        names = [f"w{n}" for n in range(len(words))]
        has = (
            _lexemes.op("@@")(_asked(word)).label(name)
            for word, name in zip(words, names, strict=True)
        )
        found = (
            select(pieces.c.id, *has)
            .select_from(_SHOWN.join(_words, _words.c.piece == pieces.c.id))
            .where(pieces.c.client == client, _lexemes.op("@@")(_asked(*words)))
            .cte("found")
        )
        total = select(func.sum(documents.c.pieces)).where(documents.c.client == client)
        there = cast(total.scalar_subquery(), Double)
        having = {name: func.greatest(func.count().filter(found.c[name]), 1) for name in names}
        worth = select(*(func.ln(1 + there / having[name]).label(name) for name in names)).cte(
            "worth"
        )
        worth = worth.prefix_with("MATERIALIZED")  # else it is counted anew for each piece
        scores = (case((found.c[name], worth.c[name]), else_=0.0) for name in names)
        best = select(found.c.id).select_from(found.join(worth, true()))
        best = best.order_by(sum(scores, literal(0.0)).desc(), found.c.id).limit(limit)

        async def match(connection: AsyncConnection) -> Sequence[int]:
            return (await connection.execute(best)).scalars().all()

        return await self._database.read("look for words in documents", match)

    async def vectors(self, client: str, *, after: int = 0) -> Sequence[tuple[int, str, bytes]]:
        """Up to `VECTORS_AT_ONCE` vectors by the ids of their pieces, each with its model."""
        query = (
            select(pieces.c.id, documents.c.embedder, pieces.c.vector)
            .select_from(_SHOWN)
            .where(pieces.c.client == client, pieces.c.id > after, pieces.c.vector.is_not(None))
            .order_by(pieces.c.id)
            .limit(VECTORS_AT_ONCE)
        )

        async def find(connection: AsyncConnection) -> list[tuple[int, str, bytes]]:
            return [(row[0], row[1], row[2]) for row in await connection.execute(query)]

        return await self._database.read("look at what documents say", find)

    async def pieces(self, client: str, ids: Sequence[int]) -> Sequence[FoundPiece]:
        """These pieces, as far as they are still there, in this order."""
        query = (
            select(pieces.c.id, documents.c.name, pieces.c.heading, pieces.c.text)
            .select_from(_SHOWN)
            .where(pieces.c.client == client, pieces.c.id.in_(ids))
        )

        async def find(connection: AsyncConnection) -> dict[int, FoundPiece]:
            return {
                row.id: FoundPiece(id=row.id, document=row.name, heading=row.heading, text=row.text)
                for row in await connection.execute(query)
            }

        found = await self._database.read("look at what documents say", find)
        return [found[each] for each in ids if each in found]


def _unshown(client: str) -> Any:
    shown = select(documents.c.edition).where(documents.c.client == client)
    return delete(pieces).where(pieces.c.client == client, pieces.c.edition.not_in(shown))


def _asked(*words: str) -> Any:
    """Any of these words, as PostgreSQL is asked for it."""
    return func.to_tsquery("english", " | ".join(f"'{word}'" for word in words))
