"""What Twilio tells of recordings over HTTP, each request with its signature."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, HTTPException, Response

from bot.carriers.recordings import RecordingMoved
from bot.carriers.twilio.addresses import PREFIX
from bot.carriers.twilio.recordings import recording_moved
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.signed import read, signed_form_by
from tools import Unavailable


class Recordings(Protocol):
    """Who is told of recordings."""

    async def moved(self, moved: RecordingMoved, recording_id: str) -> None:
        """Raises Unavailable: it is not noted, and may be told again."""
        ...


def recording_routes(recordings: Recordings, signatures: TwilioSignatures) -> APIRouter:
    """The route of recordings below /twilio. It answers 403 to a request not signed by Twilio."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    signed = Depends(signed_form_by(signatures))
    Signed = Annotated[dict[str, str], signed]  # noqa: N806

    @router.post("/recording")
    async def status(form: Signed, recording: str = "") -> Response:
        """A recording of ours has come further."""
        try:
            await recordings.moved(read(recording_moved, form), recording)
        except Unavailable as away:
            raise HTTPException(503, "the database does not take it yet") from away
        return Response(status_code=204)

    return router
