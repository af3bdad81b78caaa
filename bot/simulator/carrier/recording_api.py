"""The REST API of the carrier, as far as it is about recordings."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.errors import RestError
from bot.simulator.carrier.recordings import PauseBehavior, SimRecording
from bot.simulator.carrier.request import Form, one, read_recording
from bot.simulator.carrier.resource import page, recording_resource
from bot.simulator.carrier.states import CallStatus


class RecordingApi:
    """Starts, pauses, stops, shows and deletes recordings, as Twilio does or refuses to."""

    def __init__(
        self,
        *,
        account_sid: str,
        calls: Mapping[str, SimCall],
        form: Callable[[Request], Awaitable[Form]],
        authenticate: Callable[[Request], None],
        media_is_open: Callable[[], bool],
    ) -> None:
        self._account_sid = account_sid
        self._calls = calls
        self._form = form
        self._authenticate = authenticate
        self._media_is_open = media_is_open

    async def start(self, request: Request) -> Response:
        call = self._call(request)
        if call.state is not CallStatus.IN_PROGRESS:
            raise RestError(21220, "Cannot record.")
        recording = call.start_recording(
            read_recording(await self._form(request), source="StartCallRecordingAPI")
        )
        return JSONResponse(self._shown(recording, call), status_code=201)

    async def list(self, request: Request) -> Response:
        call = self._call(request)
        shown = [self._shown(each, call) for each in call.recordings if not each.deleted]
        return JSONResponse(page("recordings", shown, request.url.path))

    async def update(self, request: Request) -> Response:
        """Pauses, resumes or stops one that goes on; of a call that does."""
        recording, call = self._recording(request)
        form = await self._form(request)
        wanted = one(form, "Status")
        if wanted not in ("stopped", "paused", "in-progress"):
            raise RestError(20001, "Status")
        if call.state is not CallStatus.IN_PROGRESS or not recording.goes_on:
            raise RestError(21220, "Cannot update the recording.")
        if wanted == "stopped":
            call.finish_recording(recording)
        elif wanted == "paused":
            recording.pause(call.now_ms, _behavior(form))
            call.note("recording_paused")
        else:
            recording.resume(call.now_ms)
            call.note("recording_resumed")
        return JSONResponse(self._shown(recording, call))

    async def fetch(self, request: Request) -> Response:
        return JSONResponse(self._shown(*self._recording(request)))

    async def delete(self, request: Request) -> Response:
        """One that goes on cannot be deleted."""
        recording, call = self._recording(request)
        if recording.goes_on:
            raise RestError(21220, "Cannot delete a recording in progress.")
        recording.deleted = True
        call.note("recording_deleted")
        return Response(status_code=204)

    async def media(self, request: Request) -> Response:
        """The sound: WAV, or MP3 where that ending is asked for and an encoder is there."""
        try:
            if not self._media_is_open():
                self._authenticate(request)
            recording, _ = self._recording(request)
            if recording.status != "completed":
                raise RestError(20404, request.url.path)
        except RestError as error:
            return JSONResponse(error.body, status_code=error.status)
        recording.downloads += 1
        if request.url.path.endswith(".mp3") and (mp3 := recording.mp3) is not None:
            return Response(mp3, media_type="audio/mpeg")
        return Response(recording.wav, media_type="audio/x-wav")

    def _call(self, request: Request) -> SimCall:
        call = self._calls.get(request.path_params["call_sid"])
        if call is None:
            raise RestError(20404, request.url.path)
        return call

    def _recording(self, request: Request) -> tuple[SimRecording, SimCall]:
        for call in self._calls.values():
            for recording in call.recordings:
                if recording.sid == request.path_params["recording_sid"] and not recording.deleted:
                    return recording, call
        raise RestError(20404, request.url.path)

    def _shown(self, recording: SimRecording, call: SimCall) -> dict[str, Any]:
        return recording_resource(recording, call, self._account_sid)


def _behavior(form: Form) -> PauseBehavior:
    return "skip" if one(form, "PauseBehavior") == "skip" else "silence"
