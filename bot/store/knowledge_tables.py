"""The tables of knowledge; `migrations/` builds them, and a test holds the two together.

Beside them is `knowledge_words`, made and filled by the database itself: the words of pieces for
full text (see 0017).
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from bot.store.columns import CleanText, UtcDateTime
from bot.store.tables import metadata

clients = Table(  # whose documents there are, and who reads them now
    "knowledge_clients",
    metadata,
    Column("client", CleanText, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("claimed_by", CleanText, nullable=False),
    Column("claimed_until", UtcDateTime),
)

documents = Table(
    "knowledge_documents",
    metadata,
    Column("client", CleanText, primary_key=True),
    Column("name", CleanText, primary_key=True),
    Column("digest", CleanText, nullable=False),
    Column("edition", CleanText, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("embedder", CleanText, nullable=False),
    Column("problem", CleanText, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

pieces = Table(  # of documents; those of an edition that no document has are not found
    "knowledge_pieces",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("client", CleanText, nullable=False, index=True),
    Column("edition", CleanText, nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("heading", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("words", CleanText, nullable=False),
    Column("vector", LargeBinary),
)
