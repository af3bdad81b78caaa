"""What the documents of clients say, in pieces that can be found; and which of it a call was told.

The words of pieces are found by full text, which each database does in its own way: FTS5 of SQLite,
`tsvector` of PostgreSQL. Both follow the pieces by triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SQLITE = (
    "CREATE VIRTUAL TABLE knowledge_words USING fts5(words, content='knowledge_pieces', "
    "content_rowid='id', tokenize='porter unicode61')",
    "CREATE TRIGGER knowledge_words_come AFTER INSERT ON knowledge_pieces BEGIN "
    "INSERT INTO knowledge_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER knowledge_words_go AFTER DELETE ON knowledge_pieces BEGIN "
    "INSERT INTO knowledge_words(knowledge_words, rowid, words) "
    "VALUES ('delete', old.id, old.words); END",
)
_POSTGRESQL = (
    "CREATE TABLE knowledge_words (piece BIGINT PRIMARY KEY "
    "REFERENCES knowledge_pieces(id) ON DELETE CASCADE, lexemes TSVECTOR NOT NULL)",
    "CREATE INDEX knowledge_words_lexemes ON knowledge_words USING gin (lexemes)",
    "CREATE FUNCTION knowledge_words_come() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO knowledge_words VALUES (new.id, to_tsvector('english', new.words)); "
    "RETURN new; END $$",
    "CREATE TRIGGER knowledge_words_come AFTER INSERT ON knowledge_pieces "
    "FOR EACH ROW EXECUTE FUNCTION knowledge_words_come()",
)


def upgrade() -> None:
    op.create_table(
        "knowledge_clients",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("client", name="pk_knowledge_clients"),
    )
    op.create_table(
        "knowledge_documents",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("embedder", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "name", name="pk_knowledge_documents"),
    )
    op.create_table(
        "knowledge_pieces",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_pieces"),
    )
    op.create_index("ix_knowledge_pieces_client", "knowledge_pieces", ["client"])
    op.create_index("ix_knowledge_pieces_edition", "knowledge_pieces", ["edition"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        op.execute(statement)
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("knowledge", sa.JSON()))


def downgrade() -> None:
    with op.batch_alter_table("calls") as calls:
        calls.drop_column("knowledge")
    op.execute("DROP TABLE knowledge_words")
    op.drop_table("knowledge_pieces")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION knowledge_words_come")
    op.drop_table("knowledge_documents")
    op.drop_table("knowledge_clients")
