"""The recording of a call on its page: its sound, and the picture of it."""

from fastapi import HTTPException, Request, Response

from bot.console import roles
from bot.console.page_routes import PageRoutes
from bot.recordings import Recordings
from bot.recordings.storage import StorageError
from bot.server.recordings import newest, sound_of
from bot.store import Store

_HEADERS = {"Cache-Control": "private, no-store"}


def player(kept: Recordings, store: Store) -> PageRoutes:
    """The routes of these."""
    router = PageRoutes(f"{roles.PREFIX}/calls")

    @router.get("/{call_id}/recording.mp3")
    async def sound(request: Request, call_id: str) -> Response:
        return await sound_of(await newest(call_id, store), kept, request)

    @router.get("/{call_id}/recording.json")
    async def peaks(call_id: str) -> Response:
        """How loud both sides are from moment to moment (`bot.sound_peaks`)."""
        record = await newest(call_id, store)
        try:
            made = await kept.peaks(record) if record is not None else None
        except StorageError as error:
            raise HTTPException(503, "the recordings cannot be reached") from error
        if made is None:
            raise HTTPException(404, "there is no picture of this recording")
        return Response(made, media_type="application/json", headers=_HEADERS)

    return router
