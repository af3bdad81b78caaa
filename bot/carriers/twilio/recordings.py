"""Recordings at Twilio, over REST, in the words of the twilio package and back in ours.

Source: twilio.com/docs/voice/api/recording, with the status callback; and the package's own
docstrings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from bot.carriers.errors import CarrierError
from bot.carriers.recordings import (
    RECORDING_SID,
    CarrierRecording,
    RecordingMove,
    RecordingMoved,
)
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.http import TwilioHttp
from bot.carriers.twilio.webhooks import BadWebhook, Form

_MOST_OF_A_CALL = 20
_MOVES: MappingProxyType[str, RecordingMove] = MappingProxyType(
    {
        "in-progress": "going",
        "paused": "going",
        "stopped": "going",  # and being made into a file
        "processing": "going",
        "completed": "done",
        "absent": "absent",
        "deleted": "absent",
        "failed": "failed",
    }
)


class Send(Protocol):
    """`TwilioCarrier._send`: until it succeeds, its error says to stop, or it takes too long."""

    def __call__(
        self,
        request: Callable[[], Awaitable[Any]],
        read: Callable[[Any], Any],
        *,
        repeatable: bool = True,
    ) -> Awaitable[Any]: ...


class TwilioRecordings:
    """The `RecordingCarrier` of a Twilio account."""

    def __init__(
        self,
        *,
        client: Any,  # of the twilio package
        http: TwilioHttp,
        send: Send,
        addresses: Addresses,
    ) -> None:
        self._client = client
        self._http = http
        self._send = send
        self._addresses = addresses

    async def start(self, call_sid: str, *, recording_id: str) -> str:
        """See `RecordingCarrier.start`."""
        recordings = self._client.calls(call_sid).recordings
        made = await self._send(
            lambda: recordings.create_async(
                recording_channels="dual",
                recording_track="both",
                trim="do-not-trim",
                recording_status_callback=self._addresses.recording(recording_id),
                recording_status_callback_event=["in-progress", "completed", "absent"],
            ),
            carrier_recording,
            repeatable=False,
        )
        sid: str = made.sid
        return sid

    async def pause(self, call_sid: str, sid: str) -> None:
        """See `RecordingCarrier.pause`."""
        await self._update(call_sid, sid, status="paused", pause_behavior="silence")

    async def resume(self, call_sid: str, sid: str) -> None:
        """See `RecordingCarrier.resume`."""
        await self._update(call_sid, sid, status="in-progress")

    async def stop(self, call_sid: str, sid: str) -> None:
        """See `RecordingCarrier.stop`."""
        try:
            await self._update(call_sid, sid, status="stopped")
        except CarrierError as error:
            if not error.gone and (await self.fetch(sid)).move == "going":
                raise

    async def of_call(self, call_sid: str) -> Sequence[CarrierRecording]:
        """See `RecordingCarrier.of_call`."""
        recordings = self._client.calls(call_sid).recordings
        found: Sequence[CarrierRecording] = await self._send(
            lambda: recordings.list_async(limit=_MOST_OF_A_CALL),
            lambda listed: [carrier_recording(each) for each in listed],
        )
        return found

    async def fetch(self, sid: str) -> CarrierRecording:
        """See `RecordingCarrier.fetch`."""
        recording = self._client.recordings(_checked(sid))
        found: CarrierRecording = await self._send(recording.fetch_async, carrier_recording)
        return found

    async def download(self, sid: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        """See `RecordingCarrier.download`. Its address is made here: none that we are told is
        asked, for it would be sent our credentials.
        """
        account = self._client.account_sid
        path = f"/2010-04-01/Accounts/{account}/Recordings/{_checked(sid)}.mp3"
        await self._http.download(
            path,
            take,
            params={"RequestedChannels": "2"},
            auth=(self._client.username, self._client.password),
        )

    async def delete(self, sid: str) -> None:
        """See `RecordingCarrier.delete`."""
        recording = self._client.recordings(_checked(sid))
        try:
            await self._send(recording.delete_async, lambda _: None)
        except CarrierError as error:
            if not error.gone:
                raise

    async def _update(self, call_sid: str, sid: str, **changes: str) -> None:
        recording = self._client.calls(call_sid).recordings(_checked(sid))
        await self._send(lambda: recording.update_async(**changes), lambda _: None)


def _checked(sid: str) -> str:
    if not RECORDING_SID.fullmatch(sid):
        raise ValueError("The name of a recording only has letters, digits, - and _")
    return sid


def carrier_recording(recording: Any) -> CarrierRecording:
    """From the package's RecordingInstance; ValueError without an identity or a known status."""
    sid, move = recording.sid, _MOVES.get(str(recording.status or ""))
    if not isinstance(sid, str) or not RECORDING_SID.fullmatch(sid):
        raise ValueError("The carrier's answer names no recording")
    if move is None:
        raise ValueError("The carrier's answer has no known status")
    return CarrierRecording(
        sid=sid,
        move=move,
        duration_secs=_number(recording.duration),
        channels=_number(recording.channels),
    )


def recording_moved(form: Form) -> RecordingMoved:
    """What a status callback says. Raises BadWebhook."""
    sid, call_sid = str(form.get("RecordingSid", "")), str(form.get("CallSid", ""))
    move = _MOVES.get(str(form.get("RecordingStatus", "")))
    if not RECORDING_SID.fullmatch(sid):
        raise BadWebhook("The form has no RecordingSid: it does not say which one it is about")
    if move is None:
        raise BadWebhook("A status callback of a recording needs a known RecordingStatus")
    recording = CarrierRecording(
        sid=sid,
        move=move,
        duration_secs=_number(form.get("RecordingDuration")),
        channels=_number(form.get("RecordingChannels")),
    )
    return RecordingMoved(call_sid=call_sid, recording=recording)


def _number(told: Any) -> int | None:
    """A small number as Twilio writes it: digits, or nothing."""
    text = str(told) if told is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
