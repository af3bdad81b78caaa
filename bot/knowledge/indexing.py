"""Reads a client's documents into the store: only what has changed, and one process at a time."""

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loguru import logger

from bot.child import Apart, ChildFailed, ChildRefused
from bot.clock import utcnow
from bot.knowledge.embedding import Embedder, NotEmbedded, NotTheseEmbedded
from bot.knowledge.folder import DocumentFile, DocumentFolder
from bot.store import DocumentRecord, PieceRecord, Store
from bot.tasks import growing_pauses

CLAIM = timedelta(minutes=15)  # for one document; longer than it may take to read and to embed one
VECTORS_AGAIN = timedelta(minutes=5)  # after an embedder failed; then twice as long each time
VECTORS_AGAIN_AT_LAST = timedelta(hours=4)  # up to this; for texts that it refused, at once
PIECES_AT_ONCE = 100  # in one transaction


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a look at a client's documents came to."""

    client: str
    missing: bool = False  # no folder can be read: what was read before stays
    busy: bool = False  # another process reads them
    read: tuple[str, ...] = ()  # names of files that were read anew
    gone: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)  # name -> why it cannot be read
    without_vectors: str = ""  # why what was read is found by its words alone, if it is


class Indexer:
    """Brings the store up to the folder. What was read before is found until all is read."""

    def __init__(
        self, *, store: Store, folder: DocumentFolder, embedder: Embedder | None, apart: Apart
    ) -> None:
        self._store = store.knowledge
        self._folder = folder
        self._embedder = embedder
        self._apart = apart
        self._me = uuid.uuid4().hex
        self._tried: set[tuple[str, str, str]] = set()  # client, name, digest
        # What the embedder will not take, until when it is not offered again.
        self._unembedded: dict[tuple[str, str, str], datetime] = {}
        self._no_vectors_before: datetime | None = None
        self._trouble = ""  # why there are none before then
        self._pauses_secs = _pauses_secs()

    async def refresh(self, client: str) -> Report:
        """Raises StoreError."""
        try:
            files = await asyncio.to_thread(self._folder.files, client)
        except OSError:
            return Report(client=client, missing=True)
        known = await self._store.documents(client)
        if not (any(self._changed(client, files, known)) or _gone(files, known)):
            problems = {each.name: each.problem for each in known if each.problem}
            return Report(client=client, problems=problems)
        if not await self._claim(client):
            return Report(client=client, busy=True)
        try:
            return await self._read(client, files)
        finally:
            await self._store.let_go(client, self._me)

    async def _read(self, client: str, files: Sequence[DocumentFile]) -> Report:
        await self._store.drop_unshown(client)
        known = await self._store.documents(client)  # again: another may just have read them
        gone = _gone(files, known)
        read: list[DocumentRecord] = []
        trouble = ""
        for file in self._changed(client, files, known):
            self._tried.add((client, file.name, file.digest))
            record, why = await self._document(client, file)
            read.append(record)
            trouble = trouble or why
            if not await self._claim(client):
                return Report(client=client, busy=True)
        if read or gone:
            if not await self._store.show(client, read, gone=gone, by=self._me):
                return Report(client=client, busy=True)
            _tell(client, read, gone, trouble)
        there = await self._store.documents(client)
        return Report(
            client=client,
            read=tuple(each.name for each in read if not each.problem),
            gone=tuple(gone),
            problems={each.name: each.problem for each in there if each.problem},
            without_vectors=trouble,
        )

    def _changed(
        self, client: str, files: Sequence[DocumentFile], known: Sequence[DocumentRecord]
    ) -> Iterator[DocumentFile]:
        """Those that are not in the store as they are, or without the vectors they could have as
        they are asked for; and what could not be read, once for each process: it may have been
        the machine's fault.
        """
        by_name = {each.name: each for each in known}
        wanted = self._embedder.name if self._embedder else ""

        def stands(file: DocumentFile) -> bool:
            before = by_name.get(file.name)
            if before is None or before.digest != file.digest:
                return False
            if not file.digest:
                return before.problem == file.problem
            this = (client, file.name, file.digest)
            if before.problem:
                return this in self._tried
            if before.embedder == wanted:
                return True
            again = self._unembedded.get(this)
            return not self._can_embed() or (again is not None and utcnow() < again)

        return (file for file in files if not stands(file))

    def _can_embed(self) -> bool:
        return self._no_vectors_before is None or utcnow() >= self._no_vectors_before

    async def _claim(self, client: str) -> bool:
        now = utcnow()
        return await self._store.claim(client, self._me, now=now, until=now + CLAIM)

    async def _document(self, client: str, file: DocumentFile) -> tuple[DocumentRecord, str]:
        """What there is to be kept of it, its pieces kept already; and why they have no vectors."""
        edition, problem = uuid.uuid4().hex, file.problem
        parts: list[dict[str, str]] = []
        if not problem:
            parts, problem = await self._parts(file)
        try:
            vectors, trouble = await self._vectors(parts), ""
        except NotEmbedded as error:
            vectors, trouble = [], str(error)
            if isinstance(error, NotTheseEmbedded):
                this = (client, file.name, file.digest)
                self._unembedded[this] = utcnow() + VECTORS_AGAIN_AT_LAST
        for start in range(0, len(parts), PIECES_AT_ONCE):
            places = range(start, min(start + PIECES_AT_ONCE, len(parts)))
            await self._store.put_pieces(
                [
                    PieceRecord(
                        client=client,
                        edition=edition,
                        place=place,
                        vector=vectors[place] if vectors else None,
                        **parts[place],
                    )
                    for place in places
                ]
            )
        record = DocumentRecord(
            client=client,
            name=file.name,
            digest=file.digest,
            edition=edition,
            pieces=len(parts),
            embedder=self._embedder.name if self._embedder and (vectors or not parts) else "",
            problem=problem,
            read_at=utcnow(),
        )
        return record, trouble

    async def _parts(self, file: DocumentFile) -> tuple[list[dict[str, str]], str]:
        try:
            content = await asyncio.to_thread(file.path.read_bytes)
            with await self._apart(
                "bot.knowledge.reading:read", content, {"name": file.name}
            ) as out:
                return await asyncio.to_thread(lambda: [json.loads(line) for line in out]), ""
        except OSError as error:
            return [], f"it cannot be read: {error.strerror or error}"
        except (ChildRefused, ChildFailed) as error:
            return [], str(error)

    async def _vectors(self, parts: Sequence[Mapping[str, str]]) -> list[bytes]:
        """Raises NotEmbedded: at once while the embedder is thought to be away, for it may take
        minutes to say so, and other documents wait.
        """
        if self._embedder is None or not parts:
            return []
        if not self._can_embed():
            raise NotEmbedded(self._trouble)
        texts = [f"{part['heading']}\n{part['text']}".strip() for part in parts]
        try:
            vectors = await self._embedder.passages(texts)
        except NotTheseEmbedded:
            raise
        except NotEmbedded as error:
            self._trouble = str(error)
            self._no_vectors_before = utcnow() + timedelta(seconds=next(self._pauses_secs))
            raise
        self._pauses_secs = _pauses_secs()
        return [vector.tobytes() for vector in vectors]


def _pauses_secs() -> Iterator[float]:
    return growing_pauses(VECTORS_AGAIN.total_seconds(), VECTORS_AGAIN_AT_LAST.total_seconds())


def _gone(files: Sequence[DocumentFile], known: Sequence[DocumentRecord]) -> list[str]:
    there = {file.name for file in files}
    return [each.name for each in known if each.name not in there]


def _tell(client: str, read: Sequence[DocumentRecord], gone: Sequence[str], trouble: str) -> None:
    for each in read:
        if each.problem:
            logger.warning(
                "a document of {} cannot be read: {}: {}",
                client,
                each.name,
                each.problem,
                event="document_not_read",
            )
    if trouble:
        logger.warning(
            "documents of {} are found by their words alone, trying again: {}",
            client,
            trouble,
            event="documents_without_vectors",
        )
    logger.info(
        "documents of {}: {} read, {} gone",
        client,
        sum(not each.problem for each in read),
        len(gone),
        event="documents_read",
    )
