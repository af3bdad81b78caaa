"""The recordings of calls: what there is, and their sound."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from bot.recordings import Recordings
from bot.recordings.storage import StorageError
from bot.store import RecordingRecord, Store

PIECE_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RecordingView(BaseModel):
    """A recording of a call."""

    id: str
    made_at: datetime
    state: str  # going, done (at the carrier), kept, absent, failed or deleted
    duration_secs: int | None
    channels: int | None  # 2: the caller left, the agent right
    bytes: int | None

    @classmethod
    def of(cls, record: RecordingRecord) -> "RecordingView":
        """The view of a stored recording."""
        state = record.move
        if not record.wanted or record.deleted_at is not None:
            state = "deleted"
        elif record.kept_at is not None:
            state = "kept"
        return cls(
            id=record.id,
            made_at=record.made_at,
            state=state,
            duration_secs=record.duration_secs,
            channels=record.channels,
            bytes=record.size,
        )


class RecordingList(BaseModel):
    """Newest first."""

    recordings: list[RecordingView]


def recordings(kept: Recordings, store: Store) -> APIRouter:
    """The routes below /calls/{id} about recordings, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/calls", tags=["calls"])

    @router.get("/{call_id}/recordings")
    async def show(call_id: str) -> RecordingList:
        """The recordings of a call."""
        found = await _of_call(call_id, store)
        return RecordingList(recordings=[RecordingView.of(record) for record in found])

    @router.get("/{call_id}/recording", response_class=Response)
    async def sound(call_id: str, request: Request) -> Response:
        """The newest one that is kept, as MP3; a Range of bytes is understood."""
        return await sound_of(await newest(call_id, store), kept, request)

    @router.get("/{call_id}/recording/words", response_class=Response)
    async def words(call_id: str) -> Response:
        """When each word of the newest one that is kept was said, in milliseconds of the file."""
        record = await newest(call_id, store)
        try:
            found = await kept.words(record) if record is not None else None
        except StorageError as error:
            raise HTTPException(503, "the recordings cannot be reached") from error
        if found is None:
            raise HTTPException(404, "the words of no recording of this call have been found")
        headers = {"Cache-Control": "private, no-store"}
        return Response(found, media_type="application/json", headers=headers)

    return router


async def _of_call(call_id: str, store: Store) -> Sequence[RecordingRecord]:
    """By our id or the carrier's. Raises HTTPException: there is no such call."""
    call = await store.get_call(call_id)
    if call is None:
        raise HTTPException(404, "no call has this id")
    return await store.recordings.of_call(call.id)


async def newest(call_id: str, store: Store) -> RecordingRecord | None:
    """The newest that is kept of this call, by our id or the carrier's. Raises HTTPException."""
    return next(iter(await kept_of(call_id, store)), None)


async def kept_of(call_id: str, store: Store) -> Sequence[RecordingRecord]:
    """Those that are kept of this call, by our id or the carrier's, newest first. Raises
    HTTPException.
    """
    return [each for each in await _of_call(call_id, store) if each.is_here]


async def sound_of(record: RecordingRecord | None, kept: Recordings, request: Request) -> Response:
    """The sound of a recording, or the part of it that is asked for. Raises HTTPException."""
    if record is None:
        raise HTTPException(404, "this call has no recording that is kept")
    try:
        size = await kept.size(record)
    except StorageError as error:
        raise HTTPException(503, "the recordings cannot be reached") from error
    if not size:
        raise HTTPException(404, "the file of this recording is gone")
    span = byte_range(request.headers.get("range"), size)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{record.call_id}.mp3"',
    }
    if span is None:
        refused = headers | {"Content-Range": f"bytes */{size}"}
        return Response(status_code=416, headers=refused)
    start, end = span
    headers["Content-Length"] = str(end - start)
    if (whole := (start, end) == (0, size)) is False:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        _pieces(kept, record, start, end),
        status_code=200 if whole else 206,
        media_type="audio/mpeg",
        headers=headers,
    )


async def _pieces(
    kept: Recordings, record: RecordingRecord, start: int, end: int
) -> AsyncIterator[bytes]:
    while start < end:
        piece = await kept.read(record, start, min(end, start + PIECE_BYTES))
        if not piece:
            return
        start += len(piece)
        yield piece


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """From which byte up to which, not included; of a header that is not understood, or has several
    ranges, all of them (RFC 9110, 14.2). None: none of these bytes are there.
    """
    match = _RANGE.fullmatch(header.replace(" ", "")) if header else None
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if not first:  # the last so many
        wanted = int(last)
        return (max(0, size - wanted), size) if wanted else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < int(first):
        return 0, size
    return (start, end) if start < size else None
