"""What the simulated carrier reports: status, machine detection, recordings, streams."""

import email.utils
from typing import Any

from sim_carrier_service import ACCOUNT, CONNECT, LINE, PUBLIC, STREAM_URL, TOKEN, Wire, wire

from bot.simulator.carrier import (
    AnswerPolicy,
    Answers,
    Busy,
    CallbackFaults,
    EndReason,
    Fails,
    NoAnswer,
    RecordingRequest,
    SimCall,
)
from bot.simulator.carrier.answers import Who
from bot.simulator.carrier.request import Callback
from bot.simulator.loopback_client import loopback_client

HOLD = '<Response><Pause length="30"/></Response>'
PAUSE = '<Response><Pause length="1"/></Response>'
CALLEE = "+15552223333"
EVENTS = ["initiated", "ringing", "answered", "completed"]
QUICK = Answers(ring_secs=0.05, detection_ms=50)


async def place(line: Wire, **params: Any) -> SimCall:
    """Create an outbound call by REST, reporting every event to /status."""
    form = {
        "To": CALLEE,
        "From": LINE,
        "Twiml": "<Response><Hangup/></Response>",
        "StatusCallback": f"{PUBLIC}/status",
        "StatusCallbackEvent": EVENTS,
    } | params
    async with loopback_client(auth=(ACCOUNT, TOKEN)) as client:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
        reply = await client.post(line.carrier.url + path, data=form)
    assert reply.status_code == 201, reply.text
    return line.carrier.calls[reply.json()["sid"]]


async def reported(line: Wire, call: SimCall) -> list[str]:
    await call.wait_ended(5)
    await line.carrier.settle()
    assert all(request.signed for request in line.service.of("status"))
    return [request.params["CallStatus"] for request in line.service.of("status")]


async def test_a_call_is_reported_from_initiated_to_completed() -> None:
    """In order, numbered from 0, with Twilio's parameters."""
    async with wire(default_answer=QUICK) as line:
        call = await place(line)
        assert await reported(line, call) == ["initiated", "ringing", "in-progress", "completed"]
        requests = [request.params for request in line.service.of("status")]
        assert [params["SequenceNumber"] for params in requests] == ["0", "1", "2", "3"]
        assert {params["CallbackSource"] for params in requests} == {"call-progress-events"}
        assert all(email.utils.parsedate_to_datetime(params["Timestamp"]) for params in requests)
        assert requests[-1]["CallDuration"] == "1"
        assert "CallDuration" not in requests[0]


async def test_only_completed_is_reported_unless_more_was_asked_for() -> None:
    """The default of StatusCallbackEvent."""
    async with wire(default_answer=QUICK) as line:
        call = await place(line, StatusCallbackEvent=[])
        assert await reported(line, call) == ["completed"]


async def test_a_call_nobody_answers_ends_as_it_does() -> None:
    """Busy, no answer within the timeout, failed: reported as the last event."""
    cases: dict[str, tuple[AnswerPolicy, str]] = {
        "+15550000001": (Busy(ring_secs=0.05), "busy"),
        "+15550000002": (NoAnswer(ring_secs=0.05), "no-answer"),
        "+15550000003": (Answers(ring_secs=5), "no-answer"),
        "+15550000004": (Fails(ring_secs=0.05), "failed"),
    }
    async with wire() as line:
        for number, (policy, _) in cases.items():
            line.carrier.answer(number, policy)
        calls = [await place(line, To=number, Timeout=1) for number in cases]
        for call in calls:
            await call.wait_ended(5)
            assert call.duration_secs is None
        await line.carrier.settle()
        for number, (_, status) in cases.items():
            mine = [r.params for r in line.service.of("status") if r.params["To"] == number]
            assert [p["CallStatus"] for p in mine] == ["initiated", "ringing", status]


async def test_a_call_canceled_in_the_queue_is_not_reported() -> None:
    """Nothing was dialled, nothing is told."""
    async with wire(default_answer=QUICK) as line:
        line.carrier.queue_secs = 5
        call = await place(line)
        await call.hang_up()
        assert await reported(line, call) == []


async def test_callbacks_are_dropped_doubled_delayed_and_disordered_on_order() -> None:
    """Each fault shows in what arrives, and the numbers tell the true order."""
    async with wire(default_answer=QUICK) as line:
        line.carrier.callback_faults = CallbackFaults(
            dropped=frozenset({"initiated"}),
            duplicated=frozenset({"answered"}),
            after={"ringing": "answered"},
            delay_secs={"completed": 0.1},
        )
        call = await place(line)
        assert await reported(line, call) == ["in-progress", "in-progress", "ringing", "completed"]
        numbers = [r.params["SequenceNumber"] for r in line.service.of("status")]
        assert numbers == ["2", "2", "1", "3"]


async def test_an_inbound_call_reports_only_its_end() -> None:
    """The status callback of a number hears of completed alone."""
    async with wire(status_callback=f"{PUBLIC}/status") as line:
        line.service.answer("<Hangup/>")
        call = await line.carrier.dial(CALLEE)
        assert await reported(line, call) == ["completed"]
        assert line.service.of("status")[0].params["SequenceNumber"] == "0"


async def test_async_detection_reports_while_the_call_goes_on() -> None:
    """The AMD callback comes beside the TwiML, which is not held up."""
    cases: dict[str, tuple[str, Who, str]] = {
        "+15550000001": ("Enable", "human", "human"),
        "+15550000002": ("Enable", "machine", "machine_start"),
        "+15550000003": ("DetectMessageEnd", "machine", "machine_end_beep"),
    }
    async with wire() as line:
        calls = {}
        for number, (mode, who, _) in cases.items():
            policy = Answers(ring_secs=0.05, who=who, detection_ms=50)
            line.carrier.answer(number, policy)
            amd = {"AsyncAmd": "true", "AsyncAmdStatusCallback": f"{PUBLIC}/amd"}
            calls[number] = await place(line, To=number, Twiml=HOLD, MachineDetection=mode, **amd)
        await line.service.wait("amd", count=len(cases))
        reports = {r.params["CallSid"]: r for r in line.service.of("amd")}
        for number, (_, _, answered_by) in cases.items():
            call = calls[number]
            assert reports[call.sid].signed
            assert reports[call.sid].params == {
                "AccountSid": ACCOUNT,
                "CallSid": call.sid,
                "AnsweredBy": answered_by,
                "MachineDetectionDuration": "50",
            }
            assert call.end_reason is None


async def test_detection_errs_and_repeats_itself_as_it_is_told() -> None:
    """Another verdict than the truth, posted twice; or none at all."""
    async with wire() as line:
        wrong = Answers(ring_secs=0.05, detection_ms=50, verdict="machine_start", verdict_copies=2)
        amd = {"AsyncAmd": "true", "AsyncAmdStatusCallback": f"{PUBLIC}/amd"}
        for number, policy in (
            ("+15550000001", wrong),
            ("+15550000002", Answers(ring_secs=0.05, detection_ms=50, verdict_copies=0)),
        ):
            line.carrier.answer(number, policy)
        calls = [
            await place(line, To=number, Twiml=HOLD, MachineDetection="Enable", **amd)
            for number in ("+15550000002", "+15550000001")
        ]
        await line.service.wait("amd", count=2)
        reports = [(r.params["CallSid"], r.params["AnsweredBy"]) for r in line.service.of("amd")]
        assert reports == [(calls[1].sid, "machine_start")] * 2
        assert calls[0].answered_by == "human"


async def test_detection_in_line_holds_the_document_until_it_has_decided() -> None:
    """Without AsyncAmd the voice request carries AnsweredBy; SendDigits switches AMD off."""
    async with wire(default_answer=QUICK) as line:
        line.service.answer("<Hangup/>")
        url = {"Twiml": "", "Url": f"{PUBLIC}/voice", "MachineDetection": "Enable"}
        await (await place(line, **url)).wait_ended(5)
        await (await place(line, **url, SendDigits="1")).wait_ended(5)
        first, second = line.service.of("voice")
        assert first.params["AnsweredBy"] == "human"
        assert "AnsweredBy" not in second.params


async def test_a_recording_is_reported_and_can_be_had() -> None:
    """RecordingUrl plus .wav is the file; mono unless dual was asked for."""
    async with wire(default_answer=QUICK) as line:
        call = await place(
            line,
            Twiml=PAUSE,
            Record="true",
            RecordingChannels="dual",
            RecordingStatusCallback=f"{PUBLIC}/recording",
        )
        request = await line.service.wait("recording")
        await call.wait_ended(5)
        assert request.signed
        assert request.params["RecordingStatus"] == "completed"
        assert request.params["RecordingDuration"] == "1"
        async with loopback_client() as client:
            sound = await client.get(request.params["RecordingUrl"] + ".wav")
        assert sound.content[:4] == b"RIFF"
        assert abs(len(sound.content) - 44 - 4 * 8000) < 4 * 8 * 60


async def test_an_inbound_call_can_be_recorded() -> None:
    """A mixed file, reported in progress and completed when both are asked for."""
    async with wire() as line:
        line.service.answer("<Say>Hello there</Say>")
        callback = Callback(
            url=f"{PUBLIC}/recording", events=frozenset({"in-progress", "completed"})
        )
        call = await line.carrier.dial(CALLEE, recording=RecordingRequest(callback=callback))
        await call.wait_ended(5)
        await line.carrier.settle()
        states = {request.params["RecordingStatus"] for request in line.service.of("recording")}
        assert states == {"in-progress", "completed"}
        assert int.from_bytes(call.recordings[0].wav[22:24], "little") == 1


async def test_a_stream_reports_its_beginning_and_end() -> None:
    """statusCallback of <Stream> hears of stream-started and stream-stopped."""
    async with wire() as line:
        line.service.answer(
            f'<Connect><Stream url="{STREAM_URL}" statusCallback="{PUBLIC}/stream-status"/>'
            "</Connect>"
        )
        call = await line.carrier.dial(CALLEE)
        stream = await line.service.wait_stream()
        await call.hang_up()
        await line.carrier.settle()
        requests = [request.params for request in line.service.of("stream-status")]
        events = {params["StreamEvent"] for params in requests}
        assert events == {"stream-started", "stream-stopped"}
        assert {params["StreamSid"] for params in requests} == {stream.sid}


async def test_a_carrier_that_closes_hangs_up_everywhere() -> None:
    """Live calls end, streams are told to stop, nothing stays behind."""
    async with wire() as line:
        line.service.answer(CONNECT)
        call = await line.carrier.dial(CALLEE)
        stream = await line.service.wait_stream()
    assert call.end_reason is EndReason.CARRIER_CLOSED
    assert len(stream.of("stop")) == 1
