"""What the store keeps of clients' documents."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class DocumentRecord:
    """One file of a client, as it was read last."""

    client: str
    name: str  # of the file, from the client's folder on
    digest: str  # of its content
    edition: str  # an id of this reading: its pieces bear it
    pieces: int = 0
    embedder: str = ""  # the model of its pieces' vectors; empty: they have none
    problem: str = ""  # why nothing of it can be found; empty: nothing is wrong with it
    read_at: datetime


@dataclass(frozen=True, kw_only=True)
class PieceRecord:
    """Some sentences of a document."""

    client: str
    edition: str
    place: int  # in its document, from 0
    heading: str  # those above it and where it stands, as in "Prices > Cleaning (page 2)"
    text: str
    words: str  # of heading and text, for full text
    vector: bytes | None = field(default=None, repr=False)  # float32, of length 1


@dataclass(frozen=True, kw_only=True)
class FoundPiece:
    """A piece with the document that it is from."""

    id: int
    document: str
    heading: str
    text: str
