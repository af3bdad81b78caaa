"""The REST client against a small HTTP server that answers, refuses and fails like Twilio."""

import asyncio
import base64
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.carriers import (
    CallStatus,
    Carrier,
    CarrierCall,
    CarrierError,
    Connect,
    HangUp,
    MachineDetection,
    PlaceCall,
    PlacedCall,
)
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.carriers.twilio.twiml import hang_up

SID = "CA" + "0123456789abcdef" * 2
DIAL = PlaceCall(to="+15551112222", from_="+15553334444", on_answer=HangUp())
ADDRESSES = Addresses(public_url="https://example.com")
TOO_LONG = HangUp(line="x" * 4000)
RECORD = {
    "sid": SID,
    "status": "completed",
    "direction": "outbound-api",
    "from": "+15553334444",
    "to": "+15551112222",
    "date_created": "Tue, 06 Oct 2026 10:00:00 +0000",
    "start_time": "Tue, 06 Oct 2026 10:00:01 +0000",
    "end_time": "Tue, 06 Oct 2026 10:01:12 +0000",
    "duration": "71",
    "price": "-0.02600",
    "price_unit": "USD",
    "answered_by": "human",
    "queue_time": "1200",
}


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: dict[str, list[str]]


@dataclass(frozen=True)
class Reply:
    status: int
    body: object = ""
    cut: bool = False  # the connection breaks in the middle of the body


HANG = "no answer at all"
RESET = "the connection is reset after the request was read"


def refuse(http_status: int, code: int, message: str = "No.") -> Reply:
    return Reply(http_status, {"code": code, "message": message, "status": http_status})


def record(**changes: object) -> Reply:
    return Reply(200, RECORD | changes)


class FarSide:
    """Answers requests with its script, the last entry again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: list[Reply | str] = [record()]
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.asked.append(
            Asked(
                method=method,
                path=urlsplit(target).path,
                query=parse_qs(urlsplit(target).query),
                headers=headers,
                form=parse_qs(body.decode(), keep_blank_values=True),
            )
        )
        act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if not isinstance(act, Reply):
            if act == HANG:
                await reader.read(1)  # until the other side gives up
            writer.transport.abort()
            return False
        text = act.body if isinstance(act.body, str) else json.dumps(act.body)
        answer = f"HTTP/1.1 {act.status} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
        writer.write(answer[: -len(text) // 2] if act.cut else answer)
        await writer.drain()
        return not act.cut


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    far = FarSide()
    await far.open()
    yield far
    await far.close()


@pytest.fixture
async def carrier(far: FarSide) -> AsyncIterator[TwilioCarrier]:
    carrier = TwilioCarrier(
        account_sid="AC1",
        addresses=ADDRESSES,
        auth_token="t0k",
        api_url=far.url,
        timeout_secs=0.5,
        deadline_secs=2.0,
    )
    yield carrier
    await carrier.aclose()


async def failure_of(work: Awaitable[object]) -> CarrierError:
    with pytest.raises(CarrierError) as caught:
        await work
    return caught.value


def test_it_is_a_carrier() -> None:
    """The class fits the port the service uses (checked by mypy, and here by name)."""
    port: type[Carrier] = TwilioCarrier
    assert port is TwilioCarrier


async def test_a_call_is_placed_with_everything_asked_for(
    far: FarSide, carrier: TwilioCarrier
) -> None:
    """Every option arrives under Twilio's name, with the basic credentials of the account."""
    far.script = [Reply(201, RECORD | {"status": "queued"})]
    placed = await carrier.place(
        PlaceCall(
            to="sip:desk@example.com",
            from_="+15553334444",
            on_answer=HangUp(),
            call_id="call_1",
            ring_timeout_secs=25,
            time_limit_secs=900,
            machine_detection=MachineDetection(),
        )
    )
    assert placed == PlacedCall(call_sid=SID, status=CallStatus.QUEUED)
    (asked,) = far.asked
    assert (asked.method, asked.path) == ("POST", "/2010-04-01/Accounts/AC1/Calls.json")
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:t0k").decode()
    assert asked.form == {
        "To": ["sip:desk@example.com"],
        "From": ["+15553334444"],
        "Twiml": [hang_up()],
        "StatusCallback": ["https://example.com/twilio/status?call=call_1"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["25"],
        "TimeLimit": ["900"],
        "MachineDetection": ["Enable"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": ["https://example.com/twilio/machine?call=call_1"],
    }


async def test_a_plain_call_sends_nothing_it_was_not_asked_to(
    far: FarSide, carrier: TwilioCarrier
) -> None:
    """No option, no field."""
    await carrier.place(DIAL)
    assert far.asked[0].form == {
        "To": ["+15551112222"],
        "From": ["+15553334444"],
        "Twiml": [hang_up()],
        "Timeout": ["30"],
    }


async def test_an_api_key_is_preferred(far: FarSide) -> None:
    """With a key pair the key signs in, and the account stays in the path."""
    carrier = TwilioCarrier(
        account_sid="AC1",
        addresses=ADDRESSES,
        auth_token="t0k",
        api_key_sid="SK1",
        api_key_secret="s3c",
        api_url=f"{far.url}/prefix/",
    )
    await carrier.fetch(SID)
    await carrier.aclose()
    assert far.asked[0].headers["authorization"] == (
        "Basic " + base64.b64encode(b"SK1:s3c").decode()
    )
    assert far.asked[0].path == f"/prefix/2010-04-01/Accounts/AC1/Calls/{SID}.json"


@pytest.mark.parametrize(
    "credentials",
    [
        {"account_sid": "AC1"},
        {"account_sid": "", "auth_token": "x"},
        {"account_sid": "AC1", "auth_token": "x", "api_key_sid": "SK1"},
        {"account_sid": "AC1", "api_key_secret": "x"},
        {"account_sid": "AC1", "auth_token": "x", "api_url": "api.twilio.com"},
    ],
)
def test_half_credentials_and_half_addresses_are_refused(credentials: dict[str, str]) -> None:
    """What cannot work is named when the carrier is built."""
    with pytest.raises(ValueError, match=r"needs|look like"):
        TwilioCarrier(addresses=ADDRESSES, **credentials)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"to": "911"}, "A call goes to"),
        ({"to": "client:bob"}, "A call goes to"),
        ({"machine_detection": MachineDetection()}, "needs the call_id"),
        ({"ring_timeout_secs": 601}, "ring_timeout_secs must be from 5 to 600"),
        ({"time_limit_secs": 0}, "time_limit_secs"),
    ],
)
def test_a_call_that_cannot_be_placed_is_refused_at_once(
    changes: dict[str, object], sentence: str
) -> None:
    """The mistake is named before anything is sent."""
    with pytest.raises(ValueError, match=sentence):
        replace(DIAL, **changes)


async def test_twiml_above_the_rest_limit_is_not_sent(far: FarSide, carrier: TwilioCarrier) -> None:
    """4000 characters is the limit, for a new call and for a redirect."""
    with pytest.raises(ValueError, match="4000"):
        await carrier.place(replace(DIAL, on_answer=TOO_LONG))
    with pytest.raises(ValueError, match="4000"):
        await carrier.redirect(SID, TOO_LONG)
    assert far.asked == []


async def test_calls_are_changed(far: FarSide, carrier: TwilioCarrier) -> None:
    """end, cancel and redirect are updates of the call."""
    await carrier.end(SID)
    await carrier.cancel(SID)
    await carrier.redirect(SID, HangUp())
    assert [asked.form for asked in far.asked] == [
        {"Status": ["completed"]},
        {"Status": ["canceled"]},
        {"Twiml": [hang_up()]},
    ]
    assert {asked.path for asked in far.asked} == {f"/2010-04-01/Accounts/AC1/Calls/{SID}.json"}


@pytest.mark.parametrize("sid", ["", "../Keys", "CA1/Recordings", "CA1?x=1"])
async def test_a_call_sid_cannot_lead_elsewhere(
    far: FarSide, carrier: TwilioCarrier, sid: str
) -> None:
    """What is not a CallSid never becomes part of an address."""
    with pytest.raises(ValueError, match="CallSid"):
        await carrier.end(sid)
    assert far.asked == []


async def test_a_call_is_fetched(carrier: TwilioCarrier) -> None:
    """Numbers and times come out typed."""
    assert await carrier.fetch(SID) == CarrierCall(
        call_sid=SID,
        status=CallStatus.COMPLETED,
        direction="outbound-api",
        created_at=datetime(2026, 10, 6, 10, 0, 0, tzinfo=UTC),
        started_at=datetime(2026, 10, 6, 10, 0, 1, tzinfo=UTC),
        ended_at=datetime(2026, 10, 6, 10, 1, 12, tzinfo=UTC),
        duration_secs=71,
    )


async def test_a_call_that_still_runs_has_gaps(far: FarSide, carrier: TwilioCarrier) -> None:
    """What is not known yet is None or empty."""
    far.script = [Reply(200, {"sid": SID, "status": "ringing", "price": None, "end_time": None})]
    assert await carrier.fetch(SID) == CarrierCall(call_sid=SID, status=CallStatus.RINGING)


async def test_calls_are_found(far: FarSide, carrier: TwilioCarrier) -> None:
    """Filtered by Twilio for the numbers and by us for the time of creation."""
    old = RECORD | {"sid": "CAold", "date_created": "Tue, 06 Oct 2026 09:59:59 +0000"}
    queued = RECORD | {"sid": "CAqueued", "status": "queued", "start_time": None}
    far.script = [Reply(200, {"calls": [queued, RECORD, old], "page": 0, "next_page_uri": None})]
    found = await carrier.find(
        to="+15551112222",
        from_="+15553334444",
        since=datetime(2026, 10, 6, 10, 0, 0, 900_000, tzinfo=UTC),
    )
    assert [call.call_sid for call in found] == ["CAqueued", SID]
    assert far.asked[0].query == {
        "To": ["+15551112222"],
        "From": ["+15553334444"],
        "PageSize": ["50"],
    }
    assert len(await carrier.find()) == 3


Ask = Callable[[TwilioCarrier], Awaitable[object]]
REPEATABLE: dict[str, Ask] = {
    "end": lambda carrier: carrier.end(SID),
    "cancel": lambda carrier: carrier.cancel(SID),
    "redirect": lambda carrier: carrier.redirect(SID, HangUp()),
    "fetch": lambda carrier: carrier.fetch(SID),
}


@pytest.mark.parametrize("ask", REPEATABLE.values(), ids=REPEATABLE)
@pytest.mark.parametrize(
    "first",
    [
        Reply(500),
        Reply(503, "<html>"),
        refuse(429, 20429),
        RESET,
        HANG,
        Reply(200, "{}" * 9, cut=True),
    ],
    ids=["500", "503", "429", "reset", "hang", "cut"],
)
async def test_what_may_be_repeated_is_repeated(
    far: FarSide, carrier: TwilioCarrier, ask: Ask, first: Reply | str
) -> None:
    """A failure that may pass is tried again, and then it works."""
    far.script = [first, record()]
    await ask(carrier)
    assert len(far.asked) == 2


@pytest.mark.parametrize("ask", REPEATABLE.values(), ids=REPEATABLE)
async def test_what_cannot_pass_is_not_repeated(
    far: FarSide, carrier: TwilioCarrier, ask: Ask
) -> None:
    """Refused credentials stay refused: one request, one clear error."""
    far.script = [refuse(401, 20003)]
    error = await failure_of(ask(carrier))
    assert (error.reason, error.fault, error.retry) == ("credentials_refused", "ours", False)
    assert len(far.asked) == 1


async def test_a_busy_api_is_asked_again_for_a_list(far: FarSide, carrier: TwilioCarrier) -> None:
    """A list fails in another way inside the twilio package; it is understood all the same."""
    far.script = [refuse(429, 20429), Reply(200, {"calls": [], "page": 0})]
    assert await carrier.find() == []
    far.script = [refuse(401, 20003)]
    assert (await failure_of(carrier.find())).reason == "credentials_refused"


@pytest.mark.parametrize("ended", [refuse(404, 20404), Reply(404)], ids=["20404", "404"])
async def test_ending_a_call_that_is_gone_is_done(
    far: FarSide, carrier: TwilioCarrier, ended: Reply
) -> None:
    """end and cancel are about the call being over; a redirect needs it alive."""
    far.script = [ended]
    await carrier.end(SID)
    await carrier.cancel(SID)
    error = await failure_of(carrier.redirect(SID, HangUp()))
    assert (error.gone, error.retry, error.reason) == (True, False, "gone")


async def test_ending_a_call_that_just_ended_is_done(far: FarSide, carrier: TwilioCarrier) -> None:
    """ "Not in progress" is looked into: the call has ended, so there is nothing left to do."""
    far.script = [refuse(400, 21220), record(status="completed")]
    await carrier.end(SID)
    assert [asked.method for asked in far.asked] == ["POST", "GET"]
    far.script = [refuse(400, 21220), record(status="no-answer")]
    error = await failure_of(carrier.redirect(SID, HangUp()))
    assert (error.gone, error.code) == (True, 21220)


@pytest.mark.parametrize("look", [record(status="in-progress"), refuse(401, 20003)])
async def test_a_call_that_cannot_be_cancelled_any_more_says_so(
    far: FarSide, carrier: TwilioCarrier, look: Reply
) -> None:
    """It was answered meanwhile, or nobody knows: then the refusal stands."""
    far.script = [refuse(400, 21220), look]
    error = await failure_of(carrier.cancel(SID))
    assert (error.reason, error.gone, error.code) == ("not_in_progress", False, 21220)


@pytest.mark.parametrize(
    "first",
    [Reply(500), Reply(503), RESET, HANG, Reply(201, "{}" * 9, cut=True), Reply(201, "<html>")],
    ids=["500", "503", "reset", "hang", "cut", "html"],
)
async def test_a_call_is_never_placed_twice(
    far: FarSide, carrier: TwilioCarrier, first: Reply | str
) -> None:
    """Once it is not sure that nothing happened, there is no second attempt."""
    far.script = [first, record()]
    error = await failure_of(carrier.place(DIAL))
    assert error.reason == "unknown_whether_placed"
    assert (error.retry, error.settled, error.fault) == (False, False, "carrier")
    assert len(far.asked) == 1


@pytest.mark.parametrize("first", [Reply(500), RESET, HANG], ids=["500", "reset", "hang"])
async def test_keys_are_never_pressed_twice(
    far: FarSide, carrier: TwilioCarrier, first: Reply | str
) -> None:
    """A menu would take the second time for another choice."""
    far.script = [first, record()]
    then = Connect(call_id="call_1", token="t", worker=None, otherwise=HangUp())
    error = await failure_of(carrier.press_keys(SID, "1", then))
    assert (error.settled, len(far.asked)) == (False, 1)
    assert not await carrier.press_keys(SID, "12#", then)
    (twiml,) = far.asked[-1].form["Twiml"]
    assert '<Play digits="12#" /><Connect' in twiml


async def test_a_call_that_was_not_processed_is_placed_again(
    far: FarSide, carrier: TwilioCarrier
) -> None:
    """429 says that nothing was done: trying again is safe."""
    far.script = [refuse(429, 20429), Reply(429), Reply(201, RECORD | {"status": "queued"})]
    assert (await carrier.place(DIAL)).call_sid == SID
    assert len(far.asked) == 3


async def test_a_carrier_that_cannot_be_reached_placed_nothing(far: FarSide) -> None:
    """No connection, no call: the error says so and invites another try."""
    url = far.url
    await far.close()
    carrier = TwilioCarrier(
        account_sid="AC1", addresses=ADDRESSES, auth_token="t", api_url=url, deadline_secs=0.3
    )
    error = await failure_of(carrier.place(DIAL))
    await carrier.aclose()
    assert (error.reason, error.retry, error.settled) == ("unreachable", True, True)


async def test_a_carrier_that_does_not_take_the_connection_placed_nothing() -> None:
    """A connection that is never accepted proves that nothing was sent."""
    with contextlib.ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # fill its queue: from here on nobody gets through
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        carrier = TwilioCarrier(
            account_sid="AC1",
            addresses=ADDRESSES,
            auth_token="t",
            api_url=f"http://127.0.0.1:{deaf.getsockname()[1]}",
            timeout_secs=0.3,
            deadline_secs=0.25,
        )
        error = await failure_of(carrier.place(DIAL))
        await carrier.aclose()
    assert (error.reason, error.settled) == ("unreachable", True)


async def test_an_attempt_that_could_not_finish_is_not_begun(far: FarSide) -> None:
    """Near the deadline a request is given up rather than sent and abandoned."""
    far.script = [refuse(429, 20429), HANG]
    carrier = TwilioCarrier(
        account_sid="AC1",
        addresses=ADDRESSES,
        auth_token="t",
        api_url=far.url,
        timeout_secs=0.5,
        deadline_secs=0.55,
    )
    error = await failure_of(carrier.place(DIAL))
    await carrier.aclose()
    assert (error.reason, len(far.asked)) == ("too_many_requests", 1)


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda carrier: carrier.end(SID), "timed_out"),
        (lambda carrier: carrier.place(DIAL), "unknown_whether_placed"),
    ],
)
async def test_all_attempts_together_have_a_deadline(far: FarSide, ask: Ask, reason: str) -> None:
    """A carrier that never answers is given up on when the deadline has come."""
    far.script = [HANG]
    carrier = TwilioCarrier(
        account_sid="AC1",
        addresses=ADDRESSES,
        auth_token="t",
        api_url=far.url,
        timeout_secs=30,
        deadline_secs=0.3,
    )
    started = asyncio.get_running_loop().time()
    error = await failure_of(ask(carrier))
    await carrier.aclose()
    assert error.reason == reason
    assert asyncio.get_running_loop().time() - started < 2


async def test_the_deadline_between_two_attempts_tells_the_last_error(far: FarSide) -> None:
    """A carrier that stays busy is reported as busy, not as slow."""
    far.script = [refuse(429, 20429)]
    carrier = TwilioCarrier(
        account_sid="AC1",
        addresses=ADDRESSES,
        auth_token="t",
        api_url=far.url,
        timeout_secs=0.05,
        deadline_secs=0.4,
    )
    error = await failure_of(carrier.place(DIAL))
    await carrier.aclose()
    assert error.reason == "too_many_requests"
    assert len(far.asked) > 1


@pytest.mark.parametrize(
    ("code", "reason", "fault"),
    [
        (13227, "geo_blocked", "ours"),
        (21210, "from_not_ours", "ours"),
        (21211, "invalid_number", "callee"),
        (21215, "geo_blocked", "ours"),
        (21216, "blocked", "carrier"),
        (21217, "invalid_number", "callee"),
        (21219, "number_not_verified", "ours"),
        (573005, "number_not_verified", "ours"),
        (32018, "bad_twiml", "ours"),
        (99999, "refused", "ours"),
    ],
)
async def test_a_refused_call_carries_its_verdict(
    far: FarSide, carrier: TwilioCarrier, code: int, reason: str, fault: str
) -> None:
    """Reason and fault come from the code; the carrier's words stay out of the message."""
    far.script = [refuse(400, code, "The number +15551112222 is not good.")]
    error = await failure_of(carrier.place(DIAL))
    assert (error.reason, error.fault, error.code) == (reason, fault, code)
    assert (error.retry, error.settled, error.gone) == (False, True, False)
    assert "5551112222" not in str(error) + repr(error)
    assert "5551112222" in error.detail


async def test_problem_details_are_understood(far: FarSide, carrier: TwilioCarrier) -> None:
    """Twilio's newer form of an error (RFC 9457) carries the same code."""
    problem = {"type": "about:x", "title": "Bad", "status": 400, "code": 21211, "detail": "d"}
    far.script = [Reply(400, problem)]
    error = await failure_of(carrier.place(DIAL))
    assert (error.reason, error.code, error.detail) == ("invalid_number", 21211, "d")


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", "null", '{"sid": "CA1", "status": "levitating"}', '{"sid": 1}']
)
async def test_an_answer_nobody_understands_is_an_error(
    far: FarSide, carrier: TwilioCarrier, body: str
) -> None:
    """HTTP 200 with a wrong shape is no call."""
    far.script = [Reply(200, body)]
    assert (await failure_of(carrier.fetch(SID))).reason == "bad_response"


async def test_a_redirect_is_not_followed(far: FarSide, carrier: TwilioCarrier) -> None:
    """Credentials are not carried to another address."""
    far.script = [Reply(302), record()]
    assert (await failure_of(carrier.end(SID))).reason == "refused"
    assert len(far.asked) == 1


async def test_many_requests_share_a_few_connections(far: FarSide, carrier: TwilioCarrier) -> None:
    """The pool is kept open between requests."""
    for _ in range(5):
        await carrier.fetch(SID)
    assert len(far._writers) == 1
