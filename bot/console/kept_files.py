"""Files that a browser is to keep: what was asked for, under a name."""

from collections.abc import AsyncIterator

from fastapi import Response
from fastapi.responses import StreamingResponse

BOM = "\ufeff"  # by which spreadsheets know UTF-8
_TYPES = {"txt": "text/plain", "json": "application/json", "csv": "text/csv"}


def kept_file(content: str | AsyncIterator[str], name: str) -> Response:
    """A file of this name, whose ending says what it is."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    kind = _TYPES[name.rpartition(".")[2]]
    if isinstance(content, str):
        return Response(content, media_type=kind, headers=headers)
    return StreamingResponse(content, media_type=kind, headers=headers)


def csv_file(pieces: AsyncIterator[str], name: str) -> Response:
    """A table for spreadsheets, of pieces that are CSV already."""

    async def marked() -> AsyncIterator[str]:
        yield BOM
        async for piece in pieces:
            yield piece

    return kept_file(marked(), name)
