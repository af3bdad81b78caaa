"""Which worker gets a request: a table of heads, and whatever else may come over a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.call_ids import new_call_id, worker_of
from bot.workers.router import HEAD_BYTES, BadHead, Candidate, Route, choose, keeper, route_of

ANYONE = Route()
NEW = Route(begins_call=True)
ALL = Route(about_all=True)


def head(request: str) -> bytes:
    return f"{request} HTTP/1.1\r\nHost: line.example\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("request_line", "route"),
    [
        ("POST /twilio/incoming", NEW),
        ("POST /twilio/incoming?x=1", NEW),
        ("POST /calls", NEW),
        ("GET /calls", ANYONE),
        ("GET /calls?limit=5", ANYONE),
        ("GET /calls/call_w2_0a", Route(call_id="call_w2_0a")),
        ("POST /calls/call_w12_0a/hangup", Route(call_id="call_w12_0a")),
        ("POST /calls/CA0/hangup", Route(call_id="CA0")),
        ("GET /calls/call_0a", Route(call_id="call_0a")),
        ("GET /calls/call_w1_0a/turns", ANYONE),
        ("GET /console/calls/call_w2_0a", Route(call_id="call_w2_0a")),
        ("GET /console/calls/call_w2_0a/events", Route(call_id="call_w2_0a")),
        ("POST /console/calls/call_w2_0a/hang-up", Route(call_id="call_w2_0a")),
        ("GET /calls/call_w2_0a/sound", Route(call_id="call_w2_0a")),
        ("POST /calls/call_w2_0a/take-over", Route(call_id="call_w2_0a")),
        ("POST /console/calls/call_w2_0a/put-through", Route(call_id="call_w2_0a")),
        ("GET /console/calls", ANYONE),
        ("GET /console/live/events", ANYONE),
        ("POST /console/sign-in", Route(worker=0)),
        ("POST /console/phone/calls", NEW),
        ("GET /console/phone/stream/2", Route(worker=2)),
        ("GET /console/phone/stream", ANYONE),
        ("POST /twilio/status?call=call_w1_0a", Route(call_id="call_w1_0a")),
        ("POST /twilio/status", ANYONE),
        ("POST /twilio/machine?call=call_w1_0a", Route(call_id="call_w1_0a")),
        ("POST /twilio/status?call=", ANYONE),
        ("POST /twilio/status?call=call_w1_0a&call=call_w2_0a", Route(call_id="call_w2_0a")),
        (
            "POST /twilio/stream-ended?call=call_w0_0a",
            Route(call_id="call_w0_0a", begins_call=True),
        ),
        (
            "POST /twilio/incoming?call=call_w1_0a&tries=2",
            Route(call_id="call_w1_0a", begins_call=True),
        ),
        ("POST /twilio/dialled?a=b&call=call_w3_0a#x", Route(call_id="call_w3_0a")),
        ("GET /twilio/stream/3", Route(worker=3)),
        ("GET /twilio/stream/3/", Route(worker=3)),
        ("GET /twilio/%73tream/3", Route(worker=3)),
        ("GET /twilio/stream", ANYONE),
        ("GET /twilio/stream/x", ANYONE),
        ("GET /twilio/stream/12345", ANYONE),
        ("GET /twilio/stream/\u0663".encode().decode("latin-1"), None),
        ("GET /health/ready", ALL),
        ("GET /health/live", ALL),
        ("GET https://line.example/health/live", ALL),
        ("GET https://[line/health/live", ANYONE),
        ("OPTIONS *", ANYONE),
        ("GET /", ANYONE),
    ],
)
def test_where_a_request_goes(request_line: str, route: Route | None) -> None:
    """Ids and streams name their worker; new calls and health have rules; the rest is anyone's."""
    if route is None:
        with pytest.raises(BadHead):
            route_of(head(request_line))
    else:
        assert route_of(head(request_line)) == route


def test_a_head_is_waited_for_byte_by_byte() -> None:
    """Nothing is decided, and nothing refused, before the empty line; what follows is no matter."""
    whole = head("POST /twilio/status?call=call_w1_0a")
    for length in range(len(whole)):
        assert route_of(whole[:length]) is None, whole[:length]
    assert route_of(whole + b"CallSid=CA1\r\n\r\n\xff") == Route(call_id="call_w1_0a")


@pytest.mark.parametrize(
    ("received", "status"),
    [
        (b"\x16\x03\x01", 400),  # TLS
        (b"get / HTTP/1.1\r\n", 400),
        (b"GET /\r\n", 400),
        (b"GET / HTTP/2.0\r\n", 400),
        (b"GET  / HTTP/1.1\r\n", 400),
        (b"GET / HTTP/1.1 \r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"A" * 21, 400),
        (b"GET /" + b"a" * HEAD_BYTES, 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * HEAD_BYTES, 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * HEAD_BYTES + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused_at_once(received: bytes, status: int) -> None:
    """As soon as no byte that may still come could make it one."""
    with pytest.raises(BadHead) as bad:
        route_of(received)
    assert bad.value.status == status


REQUESTS = st.one_of(
    st.binary(max_size=HEAD_BYTES + 10),
    st.text(max_size=200).map(lambda text: head(f"GET /{text}")),
    st.text(max_size=60).map(lambda text: head(f"POST /twilio/status?call={text}")),
    st.from_regex(rb"[A-Z]{1,9} [\x21-\x7e]{1,80} HTTP/1\.[01]\r\n\r\n", fullmatch=True),
)


@given(REQUESTS)
def test_garbage_never_raises_anything_else(received: bytes) -> None:
    """A route, a wish for more, or BadHead with a status of HTTP; more only while it is short."""
    try:
        route = route_of(received)
    except BadHead as bad:
        assert bad.status in (400, 431)
    else:
        assert route is not None or len(received) < HEAD_BYTES
        if route is not None and route.worker is not None:
            assert 0 <= route.worker < 1000


@given(st.integers(0, 999))
def test_an_id_names_its_worker(worker: int) -> None:
    """And is as hard to guess as one that names none."""
    call_id = new_call_id(worker)
    assert worker_of(call_id) == worker
    assert len(call_id.rpartition("_")[2]) == 20
    assert worker_of(new_call_id()) is None
    assert route_of(head(f"GET /calls/{call_id}")) == Route(call_id=call_id)


def worker(number: int, *, calls: int = 0, room: int = 10, prompt: bool = True) -> Candidate:
    return Candidate(worker=number, live_calls=calls, room=room, is_prompt=prompt)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([worker(0, calls=2), worker(1, calls=1), worker(2, calls=1)], 1),
        ([worker(0, calls=1, room=0), worker(1, calls=5, room=1)], 1),
        ([worker(0, calls=5, room=0), worker(1, calls=3, room=-1)], 1),
        ([worker(0, calls=0, prompt=False), worker(1, calls=9)], 1),
        ([worker(0, calls=3, prompt=False), worker(1, calls=2, prompt=False)], 1),
    ],
)
def test_where_a_new_call_goes(candidates: list[Candidate], chosen: int | None) -> None:
    """To one with room, of those to the one with the fewest; stuck ones only if all are."""
    assert choose(NEW, candidates, 0) == chosen


def test_everything_else_goes_round() -> None:
    """Also what is about a worker that is not there; its own requests follow a worker anywhere."""
    there = [worker(0), worker(2, prompt=False), worker(3)]
    assert [choose(ANYONE, there, turn) for turn in range(4)] == [0, 3, 0, 3]
    assert [choose(Route(worker=1), there, turn) for turn in range(2)] == [0, 3]
    assert choose(Route(worker=2), there, 0) == 2
    assert choose(Route(worker=2), [], 0) is None


@pytest.mark.parametrize("begins_call", [False, True])
def test_a_call_is_with_its_worker_or_with_who_adopted_it(begins_call: bool) -> None:
    """Adopting goes before the name in the id, also when another worker of that name has come."""
    route = Route(call_id="call_w1_0a", begins_call=begins_call)
    heir = Candidate(worker=2, live_calls=9, room=0, is_prompt=False, adopted=["call_w1_0a"])
    named = worker(1, calls=5, room=0, prompt=False)
    assert choose(route, [worker(0), named], 0) == 1
    assert choose(route, [worker(0), heir], 0) == 2
    assert choose(route, [worker(0), named, heir], 0) == 2
    assert keeper(route, [worker(0)]) is None


@pytest.mark.parametrize("call_id", ["", "call_0a", "call_w_0a", "call_w9999_0a", "CA0"])
def test_ids_that_name_no_worker(call_id: str) -> None:
    """No worker has such a call unless it says so."""
    assert keeper(Route(call_id=call_id), [worker(0), worker(9)]) is None


def test_a_call_without_a_worker_goes_where_there_is_room() -> None:
    """As a new one does: whoever is asked has to take it over."""
    route = Route(call_id="call_w1_0a", begins_call=True)
    assert choose(route, [worker(0, calls=3), worker(2, calls=2), worker(3, room=0)], 0) == 2
