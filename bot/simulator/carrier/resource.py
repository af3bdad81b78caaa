"""Calls and recordings as the REST API shows them (2010-04-01)."""

from typing import Any

from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.legs import DialLeg
from bot.simulator.carrier.recordings import SimRecording
from bot.simulator.carrier.states import CallStatus
from bot.simulator.carrier.status import timestamp

API_VERSION = "2010-04-01"


def account_path(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}"


def leg_resource(leg: DialLeg, parent: SimCall, account_sid: str) -> dict[str, Any]:
    """A call that a <Dial> has made. Until it has ended the duration is null."""
    ended = leg.status not in ("initiated", "ringing", "in-progress")
    return {
        **call_resource(parent, account_sid),
        "sid": leg.sid,
        "date_created": timestamp(leg.created_at),
        "direction": "outbound-dial",
        "duration": str(round(leg.talked_secs)) if ended else None,
        "end_time": timestamp(parent.ended_at) if ended and parent.ended_at else None,
        "from": leg.caller_id or parent.from_number,
        "parent_call_sid": parent.sid,
        "status": leg.status if parent.ended_at is None or ended else "completed",
        "to": leg.address,
    }


def call_resource(call: SimCall, account_sid: str) -> dict[str, Any]:
    """A call. Times are RFC 2822 or null, numbers are strings."""
    path = f"{account_path(account_sid)}/Calls/{call.sid}"
    queued = call.state in (CallStatus.QUEUED, CallStatus.INITIATED)
    duration_secs = call.duration_secs
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "answered_by": call.answered_by,
        "caller_name": None,
        "date_created": timestamp(call.created_at),
        "date_updated": timestamp(call.ended_at or call.started_at or call.created_at),
        "direction": call.direction,
        "duration": None if duration_secs is None else str(duration_secs),
        "end_time": timestamp(call.ended_at) if call.ended_at else None,
        "forwarded_from": None,
        "from": call.from_number,
        "from_formatted": call.from_number,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "start_time": timestamp(call.started_at) if call.started_at else None,
        "status": str(CallStatus.QUEUED if queued else call.state),
        "subresource_uris": {"recordings": f"{path}/Recordings.json"},
        "to": call.to_number,
        "to_formatted": call.to_number,
        "trunk_sid": None,
        "uri": f"{path}.json",
    }


def recording_resource(recording: SimRecording, call: SimCall, account_sid: str) -> dict[str, Any]:
    """A recording; its sound is at `media_url` + ".wav"."""
    done = recording.status == "completed"
    return {
        "sid": recording.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "call_sid": call.sid,
        "conference_sid": None,
        "channels": recording.request.channels,
        "date_created": timestamp(recording.started_at),
        "date_updated": timestamp(recording.started_at),
        "start_time": timestamp(recording.started_at),
        "duration": str(recording.duration_secs) if done else None,
        "encryption_details": None,
        "error_code": None,
        "media_url": call.recording_url(recording),
        "price": None,
        "price_unit": "USD",
        "source": recording.request.source,
        "status": recording.status,
        "subresource_uris": {},
        "track": "both",
        "uri": f"{account_path(account_sid)}/Recordings/{recording.sid}.json",
    }


def page(kind: str, items: list[dict[str, Any]], uri: str) -> dict[str, Any]:
    """One page holding everything."""
    return {
        kind: items,
        "end": max(0, len(items) - 1),
        "first_page_uri": uri,
        "next_page_uri": None,
        "page": 0,
        "page_size": max(50, len(items)),
        "previous_page_uri": None,
        "start": 0,
        "uri": uri,
    }
