"""TwiML as the simulated carrier reads and runs it."""

import asyncio

import pytest
from fastapi import Response
from sim_carrier_service import CONNECT, LINE, PUBLIC, Stream, wire
from twilio.twiml.voice_response import VoiceResponse

from bot.simulator.carrier import AnswerPolicy, Answers, Busy, CallStatus, EndReason, NoAnswer
from bot.simulator.carrier.errors import ApplicationError
from bot.simulator.carrier.request import CallRequest
from bot.simulator.carrier.states import Fetch
from bot.simulator.carrier.twiml import (
    ConnectStream,
    Dial,
    Hangup,
    Say,
    parse,
    read_reply,
    stream_url_problem,
)
from bot.simulator.carrier.webhooks import Reply

CALLER = "+15552223333"
DESK = "+15559998888"


async def close_at_once(stream: Stream) -> None:
    await stream.socket.close()


def test_what_the_twilio_package_writes_is_read() -> None:
    """A document of the vendor's own builder is understood without a complaint."""
    response = VoiceResponse()
    connect = response.connect(action="/after")
    connect.stream(url="wss://h/stream", name="s1").parameter(name="token", value="t")
    response.say("One moment")
    response.dial(timeout=5, caller_id=LINE).number(DESK)
    response.hangup()
    document = parse(str(response))
    stream, say, dial, hangup = document.verbs
    assert document.problems == ()
    assert isinstance(stream, ConnectStream)
    assert (stream.action, stream.parameters) == ("/after", {"token": "t"})
    assert say == Say(text="One moment", loop=1)
    assert isinstance(dial, Dial)
    assert (dial.callees[0].address, dial.timeout_secs) == (DESK, 5)
    assert hangup == Hangup()


@pytest.mark.parametrize(
    ("verbs", "complaint"),
    [
        ("<Dance/>", "<Dance> is not a verb"),
        ("<Say colour='red'>x</Say>", "<Say> has no attribute 'colour'"),
        ("<Connect><Socket url='x'/></Connect>", "<Socket> is not allowed in <Connect>"),
        ("<Pause length='soon'/>", "not a whole number"),
        ("<Play>http://x/y.mp3</Play>", "sound file"),
        ("<Play digits='1x'/>", "cannot play 'x'"),
        (
            f"<Connect><Stream url='wss://h'><Parameter name='n' value='{'v' * 499}'/>"
            "</Stream></Connect>",
            "reach 500 characters",
        ),
    ],
)
def test_what_twiml_does_not_know_is_a_schema_warning(verbs: str, complaint: str) -> None:
    """12200, naming the element; the rest of the document is executed."""
    document = parse(f"<Response>{verbs}<Hangup/></Response>")
    assert [problem.code for problem in document.problems][:1] == [12200]
    assert complaint in document.problems[0].message
    assert document.verbs[-1] == Hangup()


@pytest.mark.parametrize(
    ("content_type", "text", "code"),
    [
        ("text/plain", "<Response/>", 12300),
        ("text/xml", "<Response>", 12100),
        ("text/xml", "<Reply/>", 12200),
        ("application/xml", f"<Response><Say>{'x' * 65536}</Say></Response>", 11750),
    ],
)
def test_what_is_not_a_document_is_fatal(content_type: str, text: str, code: int) -> None:
    """Wrong type, broken XML, wrong root, too large: each has its number."""
    with pytest.raises(ApplicationError) as refused:
        read_reply(Reply(status=200, content_type=content_type, text=text), "u")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("url", "code"),
    [("ws://h/s", 31922), ("https://h/s", 31922), ("wss:///s", 31923), ("wss://h/s?a=1", 31920)],
)
def test_only_a_plain_wss_url_is_streamed_to(url: str, code: int) -> None:
    """Other schemes, no host and query strings are refused."""
    problem = stream_url_problem(url)
    assert problem is not None
    assert problem.code == code
    assert stream_url_problem("wss://h/s") is None


async def test_the_next_verb_runs_when_the_service_closes_the_stream() -> None:
    """Without an action, what follows <Connect> is run; then the call is over."""
    async with wire() as (carrier, service):
        service.talk = close_at_once
        service.answer(CONNECT + '<Say>Bye</Say><Play digits="12"/>')
        call = await carrier.dial(CALLER)
        assert await call.wait_ended(5) is EndReason.TWIML_RAN_OUT
        kinds = [event.kind for event in call.events]
        assert kinds.index("stream_closed") < kinds.index("say") < kinds.index("digits_played")
        assert carrier.errors == []


async def test_the_action_runs_instead_of_the_next_verb() -> None:
    """A signed request is made to the action, and its document goes on with the call."""
    async with wire() as (carrier, service):
        service.talk = close_at_once
        service.answer(CONNECT.replace("<Connect>", '<Connect action="/after">') + "<Say>No</Say>")
        service.answer("<Say>Yes</Say><Hangup/>", path="after")
        call = await carrier.dial(CALLER)
        assert await call.wait_ended(5) is EndReason.TWIML_HANGUP
        assert [event.detail["text"] for event in call.events if event.kind == "say"] == ["Yes"]
        (request,) = service.of("after")
        assert request.signed
        assert request.params["CallSid"] == call.sid
        assert request.params["CallStatus"] == "in-progress"
        assert len(call.documents) == 2


async def test_a_failing_action_is_an_application_error() -> None:
    """The call ends, the reason is known and the HTTP failure recorded."""
    async with wire() as (carrier, service):
        service.talk = close_at_once
        service.answer(CONNECT.replace("<Connect>", '<Connect action="/after">'))
        service.documents["after"] = Response(status_code=500)
        call = await carrier.dial(CALLER)
        assert await call.wait_ended(5) is EndReason.APPLICATION_ERROR
        assert call.state is CallStatus.COMPLETED
        assert [error.code for error in carrier.errors] == [11200]


async def test_a_failing_voice_url_fails_the_call() -> None:
    """A call whose first document cannot be had was never answered."""
    async with wire() as (carrier, service):
        service.documents["voice"] = Response("hello", media_type="text/plain")
        call = await carrier.dial(CALLER)
        assert await call.wait_ended(5) is EndReason.APPLICATION_ERROR
        assert call.state is CallStatus.FAILED
        assert call.line is None
        assert [error.code for error in carrier.errors] == [12300]


async def test_a_fallback_is_told_what_failed_and_goes_on_with_the_call() -> None:
    """FallbackUrl gets ErrorCode and ErrorUrl, and its document is run."""
    async with wire() as (carrier, service):
        service.documents["voice"] = Response(status_code=503)
        service.answer("<Say>Later</Say>", path="fallback")
        request = CallRequest(
            source=Fetch(url=f"{PUBLIC}/voice"), fallback=Fetch(url=f"{PUBLIC}/fallback")
        )
        carrier.answer(CALLER, Answers(ring_secs=0.05))
        call = carrier.place_call(to=CALLER, from_number=LINE, request=request)
        assert await call.wait_ended(5) is EndReason.TWIML_RAN_OUT
        (told,) = service.of("fallback")
        assert (told.params["ErrorCode"], told.params["ErrorUrl"]) == ("11200", f"{PUBLIC}/voice")
        assert [error.code for error in carrier.errors] == [11200]


async def test_a_rejected_call_is_never_answered() -> None:
    """<Reject> as the first verb ends the call before there is any sound."""
    async with wire() as (carrier, service):
        for reason, state in (("busy", CallStatus.BUSY), ("rejected", CallStatus.NO_ANSWER)):
            service.answer(f'<Reject reason="{reason}"/>')
            call = await carrier.dial("anonymous")
            assert await call.wait_ended(5) is EndReason.TWIML_REJECTED
            assert call.state is state
            assert call.line is None


async def test_a_redirect_goes_to_the_next_document() -> None:
    """<Redirect> is requested like any voice URL, relative to the document it stands in."""
    async with wire() as (carrier, service):
        service.answer("<Redirect>/second</Redirect>")
        service.answer("<Hangup/>", path="second")
        call = await carrier.dial(CALLER)
        assert await call.wait_ended(5) is EndReason.TWIML_HANGUP
        assert service.of("second")[0].signed


DIALS: dict[str, tuple[AnswerPolicy, str, str | None]] = {
    "+15550000001": (Answers(ring_secs=0.05, talk_secs=0.6), "completed", "1"),
    "+15550000002": (Busy(ring_secs=0.05), "busy", None),
    "+15550000003": (NoAnswer(ring_secs=0.05), "no-answer", None),
    "+15550000004": (NoAnswer(), "no-answer", None),
    "not a number": (Answers(), "failed", None),
}


async def test_dial_tells_its_action_what_came_of_it() -> None:
    """DialCallStatus and DialCallDuration are those of the leg that was called."""
    async with wire() as (carrier, service):
        service.answer("<Hangup/>", path="dialled")
        calls = {}
        for index, (number, (policy, _, _)) in enumerate(DIALS.items()):
            carrier.answer(number, policy)
            dial = f'<Dial timeout="1" action="/dialled"><Number>{number}</Number></Dial>'
            service.answer(dial, path=f"voice{index}")
            calls[number] = await carrier.dial(CALLER, voice_url=f"{PUBLIC}/voice{index}")
        for number, (_, status, duration) in DIALS.items():
            call = calls[number]
            assert await call.wait_ended(5) is EndReason.TWIML_HANGUP
            (request,) = [r for r in service.of("dialled") if r.params["CallSid"] == call.sid]
            assert request.params["DialCallStatus"] == status
            assert request.params.get("DialCallDuration") == duration
            (leg,) = call.legs
            assert (leg.address, leg.status) == (number, status)
            assert request.params["DialCallSid"] == leg.sid
        assert [error.code for error in carrier.errors] == [13224]


async def test_the_first_to_answer_is_connected() -> None:
    """Of several callees the quickest talks, and the others stop ringing."""
    async with wire() as (carrier, service):
        carrier.answer(DESK, Answers(ring_secs=0.3))
        carrier.answer("sip:desk@example.com", Answers(ring_secs=0.1, talk_secs=0.1))
        service.answer(
            f"<Dial><Number>{DESK}</Number><Sip>sip:desk@example.com</Sip></Dial><Say>Thanks</Say>"
        )
        call = await carrier.dial(CALLER)
        await call.wait_ended(5)
        assert [leg.status for leg in call.legs] == ["canceled", "completed"]
        assert [event.detail["text"] for event in call.events if event.kind == "say"] == ["Thanks"]


async def test_a_caller_who_hangs_up_ends_the_transfer() -> None:
    """The leg ends with the call, and no action is requested."""
    async with wire() as (carrier, service):
        carrier.answer(DESK, Answers(ring_secs=0.05, talk_secs=30))
        service.answer(f'<Dial action="/dialled">{DESK}</Dial>')
        call = await carrier.dial(CALLER)
        await call.wait_for("dial_answered")
        await call.hang_up()
        assert call.end_reason is EndReason.CALLER_HUNG_UP
        assert call.legs[0].status == "completed"
        assert service.of("dialled") == []


async def test_an_incoming_call_is_announced_with_twilios_parameters() -> None:
    """One signed POST with the caller's number as it is, empty values included."""
    async with wire() as (carrier, service):
        service.answer("<Hangup/>")
        call = await carrier.dial("+1 (555) weird")
        await call.wait_ended(5)
        (request,) = service.of("voice")
        assert request.signed
        expected = {
            "CallSid": call.sid,
            "From": "+1 (555) weird",
            "To": LINE,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "FromCity": "",
        }
        assert expected.items() <= request.params.items()


async def test_an_ended_call_is_over_for_the_caller_too() -> None:
    """A caller who stays on is released when the document runs out."""
    async with wire() as (carrier, service):
        service.answer('<Pause length="1"/>')
        began_at = asyncio.get_running_loop().time()
        call = await carrier.dial(CALLER, voice_url=f"{PUBLIC}/voice")
        await call.wait_ended(5)
        assert asyncio.get_running_loop().time() - began_at >= 1
        await carrier.settle()
        assert [task for task in asyncio.all_tasks() if "perform" in repr(task)] == []
