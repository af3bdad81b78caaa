"""Forms are read tolerantly; only one that names no call is refused."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers import CallStatus
from bot.carriers.twilio.webhooks import (
    BadWebhook,
    dial_ended,
    incoming_call,
    machine_detected,
    status_update,
    stream_ended,
)

SID = "CA" + "0123456789abcdef" * 2
Reader = Callable[[Mapping[str, object]], Any]
READERS: tuple[Reader, ...] = (
    incoming_call,
    status_update,
    machine_detected,
    dial_ended,
    stream_ended,
)


def test_an_incoming_call_from_a_phone() -> None:
    """The usual form of a call from the telephone network."""
    call = incoming_call(
        {
            "CallSid": SID,
            "AccountSid": "AC1",
            "From": "+15551112222",
            "To": "+15553334444",
            "CallStatus": "ringing",
            "Direction": "inbound",
            "SomethingNew": "x",
        }
    )
    assert (call.call_sid, call.from_, call.to) == (SID, "+15551112222", "+15553334444")


def test_an_incoming_call_from_sip() -> None:
    """From and To may be SIP addresses."""
    call = incoming_call(
        {
            "CallSid": SID,
            "From": "sip:+15551112222@10.0.0.1:5060;user=phone",
            "To": "sip:line@acme.sip.twilio.com",
            "SipHeader_X-Account": "42",
        }
    )
    assert call.from_ == "sip:+15551112222@10.0.0.1:5060;user=phone"
    assert call.to == "sip:line@acme.sip.twilio.com"


@pytest.mark.parametrize("caller", ["anonymous", "unknown", "", "+266696687", "client:bob", "☎"])
def test_any_caller_will_do(caller: str) -> None:
    """From is what the network says, number or not."""
    assert incoming_call({"CallSid": SID, "From": caller}).from_ == caller


def test_a_missing_field_has_its_empty_value() -> None:
    """Only the CallSid is needed; an upload in place of a text counts as missing."""
    call = incoming_call({"CallSid": SID, "From": b"\x00"})
    assert (call.from_, call.to) == ("", "")


def test_a_status_update() -> None:
    """The time (RFC 2822) comes out in UTC."""
    update = status_update(
        {
            "CallSid": SID,
            "CallStatus": "completed",
            "SequenceNumber": "3",
            "Timestamp": "Tue, 06 Oct 2026 12:00:00 +0200",
        }
    )
    assert update.status is CallStatus.COMPLETED
    assert update.timestamp == datetime(2026, 10, 6, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "Tue, 99 Oct 2026 12:00:00 +0000"])
def test_a_strange_time_counts_as_missing(text: str) -> None:
    """One field nobody can read does not lose the update."""
    update = status_update({"CallSid": SID, "CallStatus": "ringing", "Timestamp": text})
    assert (update.status, update.timestamp) == (CallStatus.RINGING, None)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "٣", "9" * 5000])
def test_a_strange_number_counts_as_missing(text: str) -> None:
    """Likewise of a verdict that took strangely long."""
    form = {"CallSid": SID, "AnsweredBy": "human", "MachineDetectionDuration": text}
    assert machine_detected(form).after_ms is None


def test_a_status_nobody_knows_is_a_bad_webhook() -> None:
    """A status callback without a status we know says nothing; the sentence lists them."""
    for form in ({"CallSid": SID}, {"CallSid": SID, "CallStatus": "levitating"}):
        with pytest.raises(BadWebhook, match="CallStatus, one of: queued, initiated"):
            status_update(form)


def test_a_machine_verdict() -> None:
    """The verdict and how long it took."""
    verdict = machine_detected(
        {"CallSid": SID, "AnsweredBy": "machine_start", "MachineDetectionDuration": "2450"}
    )
    assert (verdict.answered_by, verdict.after_ms) == ("machine_start", 2450)


def test_a_machine_verdict_needs_one() -> None:
    """A report without AnsweredBy is refused."""
    with pytest.raises(BadWebhook, match="AnsweredBy"):
        machine_detected({"CallSid": SID})


@pytest.mark.parametrize(
    ("told", "status", "answered"),
    [
        ("completed", CallStatus.COMPLETED, True),
        ("answered", CallStatus.COMPLETED, True),
        ("busy", CallStatus.BUSY, False),
        ("no-answer", CallStatus.NO_ANSWER, False),
        ("", None, False),
    ],
)
def test_the_end_of_a_dial(told: str, status: CallStatus | None, answered: bool) -> None:
    """How the human's side ended, and for how long they talked."""
    ended = dial_ended(
        {
            "CallSid": SID,
            "DialCallStatus": told,
            "DialCallDuration": "12",
            "DialSipResponseCode": "486",
        }
    )
    assert (ended.status, ended.was_answered) == (status, answered)
    assert (ended.duration_secs, ended.sip_response_code) == (12, 486)


def test_the_end_of_a_stream() -> None:
    """The action of <Connect> says whether the caller is still there."""
    ended = stream_ended({"CallSid": SID, "CallStatus": "in-progress", "StreamSid": "MZ1"})
    assert ended.call_status is CallStatus.IN_PROGRESS
    assert stream_ended({"CallSid": SID, "CallStatus": "levitating"}).call_status is None


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("sid", [None, "", "../../Accounts", "CA 1", "C" * 65, "CA1\n"])
def test_a_form_that_names_no_call_is_refused(read: Reader, sid: str | None) -> None:
    """Without a CallSid that is safe in a URL there is nothing to do with a form."""
    form = {"CallStatus": "ringing", "AnsweredBy": "human"}
    if sid == "CA1\n":  # control characters are dropped before anything else looks
        assert read(form | {"CallSid": sid}).call_sid == "CA1"
        return
    with pytest.raises(BadWebhook, match="CallSid"):
        read(form if sid is None else form | {"CallSid": sid})


def test_control_characters_and_endless_values_are_cut() -> None:
    """No value can break a log line, a database text or the memory."""
    call = incoming_call({"CallSid": SID, "From": "+1\x00\r\n\ud8005", "To": "x" * 9999})
    assert call.from_ == "+15"
    assert len(call.to) == 1024


def test_personal_data_does_not_show_in_a_repr() -> None:
    """A form that ends up in a log line by accident shows no number."""
    call = incoming_call({"CallSid": SID, "From": "+15551112222", "To": "sip:jane@example.com"})
    assert "5551112222" not in repr(call)
    assert "jane" not in repr(call)


@given(
    form=st.dictionaries(
        st.sampled_from(
            ["CallSid", "CallStatus", "SequenceNumber", "Timestamp", "Duration", "AnsweredBy"]
        )
        | st.text(max_size=5).map("SipHeader_".__add__),
        st.text() | st.integers() | st.none(),
    )
)
@pytest.mark.parametrize("read", READERS)
def test_any_form_is_read_or_refused(read: Reader, form: Mapping[str, object]) -> None:
    """No form raises anything but BadWebhook."""
    try:
        parsed = read(form)
    except BadWebhook:
        return
    assert parsed.call_sid
