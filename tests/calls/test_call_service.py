"""What the rest of the service wants of calls, with a carrier in memory and a real store.

Whole conversations are played in tests/service; here nobody gets as far as talking.
"""

import asyncio
import inspect
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.brains import Clips
from bot.business import HttpBusiness
from bot.calls import (
    Admission,
    CallFactory,
    CallOrder,
    CallRequest,
    CallRunner,
    CallService,
    CarrierCallbacks,
    CarrierTeardown,
    Feed,
    InboundCalls,
    NoColleagues,
    NoPeers,
    NoRoom,
    OptOuts,
    OutboundCalls,
    Recovery,
    Registry,
    Replayed,
    RingBack,
    SharedServices,
    UnknownAgent,
)
from bot.calls.arrivals import Arrivals
from bot.calls.call import Call
from bot.calls.events import TakenElsewhere
from bot.calls.factory import AFTER_RINGING_SECS, INBOUND_STREAM_SECS
from bot.calls.inbound import MOST_TURNED_AWAY
from bot.calls.known_callers import KnownCallers
from bot.calls.state import Stage
from bot.calls.taking_over import TakingOver
from bot.carriers import (
    CallStatus,
    CarrierError,
    DialEnded,
    MachineDetected,
    PersonAnswer,
    StatusUpdate,
    StreamEnded,
)
from bot.carriers.twilio.rest_calls import create_fields
from bot.carriers.twilio.webhooks import dial_ended, incoming_call, machine_detected
from bot.store import CallRecord, Dialled, Store, StoreError, Transfer, digest_of
from bot.testing.stage import run_virtual
from config import AgentError
from pipelines import PIPELINES, OnMachine
from tests.brains.some_brains import BRAINS
from tests.calls.call_kit import (
    ADDRESSES,
    AGENTS,
    CALLER,
    HUMAN,
    LINE,
    SID,
    FixedAgents,
    claims,
    told,
)
from tests.calls.memory_carrier import DOWN, GONE, MemoryCarrier
from tests.databases import open_store
from tests.media.far_carrier import FarCarrier

TABLE = CallOrder(to=CALLER, agent="table", request=CallRequest())


@dataclass(kw_only=True)
class Office:
    """The calls and all that they work with."""

    calls: CallService
    carrier: MemoryCarrier
    registry: Registry
    store: Store

    async def incoming(self, call_sid: str = SID, to: str = LINE) -> str:
        form = {"CallSid": call_sid, "From": CALLER, "To": to, "CallStatus": "ringing"}
        return told(await self.calls.inbound.take(incoming_call(form)))

    def status(self, call: Call, status: str, call_sid: str | None = None) -> None:
        update = StatusUpdate(call_sid=call_sid or call.call_sid or "", status=CallStatus(status))
        self.calls.callbacks.status(update, call.id)

    @property
    def call(self) -> Call:
        """The only live call."""
        (call,) = self.registry
        return call

    async def over(self, call: Call) -> CallRecord:
        """The record of a call once it is let go."""
        async with asyncio.timeout(120):
            await call.until(lambda state: state.stored)
        record = await self.store.get_call(call.id)
        assert record is not None
        assert len(self.registry) == 0 or call not in list(self.registry)
        return record


def made(kind: type[Any], given: dict[str, Any]) -> Any:
    """One of those that serve calls, with what it asks for."""
    wanted = inspect.signature(kind).parameters
    return kind(**{name: given[name] for name in wanted})


@asynccontextmanager
async def an_office(
    folder: Path, *, max_calls: int = 2, human: str | None = HUMAN, **changes: Any
) -> AsyncIterator[Office]:
    store = await open_store(folder / "calls.db")
    carrier = MemoryCarrier()
    registry = Registry(admission=Admission(max_calls=max_calls, inbound_reserve=0))
    feed = Feed()
    teardown = CarrierTeardown(carrier=carrier, human=human)
    given: dict[str, Any] = {
        "agents": AGENTS,
        "our_number": LINE,
        "ring_backs": None,
        "registry": registry,
        "carrier": carrier,
        "store": store,
        "teardown": teardown,
        "usual_agent": "reception",
        "peers": NoPeers(),
        "colleagues": NoColleagues(),
        "recovery": Recovery(store=store, carrier=carrier, agents=AGENTS, brains=BRAINS),
        "factory": CallFactory(
            store=store,
            pipelines=PIPELINES,
            brains=BRAINS,
            feed=feed,
            human=human,
            worker=None,
        ),
    } | changes
    given["agents"] = FixedAgents(given["agents"])
    async with HttpBusiness("http://127.0.0.1:9") as business:
        shared = SharedServices(
            brains=BRAINS,
            business=business,
            opt_outs=OptOuts(store.suppressions),
            clips=Clips(folder),
            human_available=True,
        )
        given["known_callers"] = KnownCallers(store=store, business=business)
        given["runner"] = CallRunner(
            registry=registry,
            carrier=carrier,
            teardown=teardown,
            shared=shared,
            connect=given["factory"].connect,
        )
        given["taking_over"] = made(TakingOver, given)
        calls = CallService(
            inbound=made(InboundCalls, given),
            outbound=made(OutboundCalls, given),
            callbacks=made(CarrierCallbacks, given),
            registry=registry,
            peers=given["peers"],
            colleagues=given["colleagues"],
            arrivals=made(Arrivals, given),
            feed=feed,
        )
        yield Office(calls=calls, carrier=carrier, registry=registry, store=store)
        await calls.drain(within_secs=0)
    await store.close()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


def stream_of(twiml: str) -> dict[str, str]:
    """The parameters of the stream that the TwiML connects."""
    stream = ET.fromstring(twiml).find("Connect/Stream")
    assert stream is not None
    return {p.attrib["name"]: p.attrib["value"] for p in stream.findall("Parameter")}


async def stream(
    office: Office,
    parameters: dict[str, str],
    call_sid: str = SID,
    socket: FarCarrier | None = None,
) -> bool:
    """A stream comes with these parameters."""
    leg = (socket or FarCarrier()).leg()
    return await office.calls.stream(leg, token=parameters.get("token", ""), call_sid=call_sid)


def outcome_of(record: CallRecord) -> tuple[str, str, str]:
    assert record.outcome is not None
    return record.status, record.outcome.result, record.outcome.reason


# -- inbound --------------------------------------------------------------------------------------


async def test_a_caller_is_put_on_our_stream(office: Office) -> None:
    """By an address without a query and a token that is new each time."""
    twiml = await office.incoming()
    connect = ET.fromstring(twiml).find("Connect")
    assert connect is not None
    assert connect.attrib["action"].endswith(f"/stream-ended?call={office.call.id}")
    stream = connect.find("Stream")
    assert stream is not None
    assert stream.attrib["url"] == "wss://line.example/twilio/stream"
    parameters = stream_of(twiml)
    assert parameters == {"call": office.call.id, "token": office.call.state.caller.token}
    other = stream_of(await office.incoming("CA" + "2" * 32))
    assert other["token"] != parameters["token"]


async def test_behind_the_stream_stands_an_apology_and_the_human(office: Office) -> None:
    """Should the line to us break, Twilio goes on with what follows."""
    verbs = [verb.tag for verb in ET.fromstring(await office.incoming())]
    assert verbs == ["Connect", "Say", "Dial", "Hangup"]


async def test_a_webhook_that_comes_again_gets_the_same_answer(office: Office) -> None:
    """The carrier did not get our first; there is still one call."""
    assert await office.incoming() == await office.incoming()
    assert len(office.registry) == 1


async def test_a_webhook_of_a_call_that_moved_on_is_a_replay(office: Office) -> None:
    """While it talks and when it is over: no second call comes of it."""
    parameters = stream_of(await office.incoming())
    call = office.call
    assert claims(office.registry, parameters["token"], SID)
    with pytest.raises(Replayed):
        await office.incoming()
    office.calls.hang_up(SID)
    await office.over(call)
    with pytest.raises(Replayed):
        await office.incoming()
    assert len(office.registry) == 0


async def test_the_number_called_chooses_the_agent(tmp_path: Path) -> None:
    """Otherwise the one that answers all."""
    table = replace(AGENTS["table"], numbers=("+15554445555",))
    async with an_office(tmp_path, agents={**AGENTS, "table": table}) as office:
        await office.incoming(to="+15554445555")
        assert office.call.agent.name == "table"
        await office.incoming("CA" + "2" * 32, to="sip:line@pbx.example")
        assert {call.agent.name for call in office.registry} == {"table", "reception"}


async def test_a_number_of_ours_is_known_however_it_is_written(tmp_path: Path) -> None:
    """A carrier may still write Mexico's old form."""
    table = replace(AGENTS["table"], numbers=("+525512345678",))
    async with an_office(tmp_path, agents={**AGENTS, "table": table}) as office:
        await office.incoming(to="+5215512345678")
        assert office.call.agent.name == "table"


async def test_one_call_too_many_hears_that_the_lines_are_busy(tmp_path: Path) -> None:
    """It is recorded, and takes nobody's place."""
    async with an_office(tmp_path, max_calls=1) as office:
        await office.incoming()
        first = office.call
        twiml = await office.incoming("CA" + "2" * 32)
        assert [verb.tag for verb in ET.fromstring(twiml)] == ["Say", "Hangup"]
        turned_away = next(call for call in office.registry if call is not first)
        assert outcome_of(await office.over(turned_away))[1:] == ("turned_away", "at_capacity")
        assert office.carrier.did == []
        assert office.call is first


class Waiting:
    """Whoever rings is looked up until somebody says (`bot.calls.RingBacks`)."""

    def __init__(self) -> None:
        self.asked = 0
        self.go_on = asyncio.Event()

    async def has_been_asked(self, times: int) -> None:
        while self.asked < times:  # noqa: ASYNC110 - of a moment
            await asyncio.sleep(0)

    async def find(self, number: str) -> RingBack | None:
        self.asked += 1
        await self.go_on.wait()
        return None


def sid(number: int) -> str:
    return f"CA{number:032d}"


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("line", ["Say", "Hangup"]),
        ("queue", ["Say", "Hangup"]),
        ("human", ["Say", "Dial", "Say", "Hangup"]),
    ],
)
async def test_beyond_all_measure_nothing_is_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, expected: list[str]
) -> None:
    """More callers than there are places, and many of them in hand: the next hears the busy line at
    once, and the database is not asked."""
    monkeypatch.setattr("bot.calls.inbound.LOOK_UP_SECS", 60.0)
    far = Waiting()
    async with an_office(tmp_path, max_calls=3, agents=busy(then=then), ring_backs=far) as office:
        in_hand = [
            asyncio.create_task(office.incoming(sid(number), to=LINE))
            for number in range(MOST_TURNED_AWAY)
        ]
        await far.has_been_asked(MOST_TURNED_AWAY)
        for number in range(100, 120):
            assert verbs(await office.incoming(sid(number), to=LINE)) == expected
        assert far.asked == MOST_TURNED_AWAY
        assert len(office.registry) == 0
        far.go_on.set()
        connected = [verbs(twiml)[0] == "Connect" for twiml in await asyncio.gather(*in_hand)]
        assert connected.count(True) == 3
        assert await office.store.get_call(sid(100)) is None


async def test_where_there_is_room_all_are_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ring at once."""
    monkeypatch.setattr("bot.calls.inbound.LOOK_UP_SECS", 60.0)
    far, many = Waiting(), 3 * MOST_TURNED_AWAY
    async with an_office(tmp_path, max_calls=many, ring_backs=far) as office:
        coming = [
            asyncio.create_task(office.incoming(sid(number), to=LINE)) for number in range(many)
        ]
        await far.has_been_asked(many)
        beyond = await office.incoming(sid(many), to=LINE)
        assert verbs(beyond) == ["Say", "Hangup"]
        far.go_on.set()
        assert {verbs(twiml)[0] for twiml in await asyncio.gather(*coming)} == {"Connect"}


def busy(**how: Any) -> dict[str, Any]:
    """Agents as they ship, but for what a caller gets for whom there is no room."""
    reception = AGENTS["reception"]
    changed = replace(reception.busy, **how)
    return {**AGENTS, "reception": replace(reception, busy=changed)}


SECOND = "CA" + "2" * 32


def verbs(twiml: str) -> list[str]:
    return [verb.tag for verb in ET.fromstring(twiml)]


@pytest.mark.parametrize(
    ("human", "expected"), [(HUMAN, ["Say", "Dial", "Say", "Hangup"]), (None, ["Say", "Hangup"])]
)
async def test_one_call_too_many_may_go_to_the_human(
    tmp_path: Path, human: str | None, expected: list[str]
) -> None:
    """If there is one: after the busy line, and the record says to whom."""
    async with an_office(tmp_path, max_calls=1, human=human, agents=busy(then="human")) as office:
        await office.incoming()
        first = office.call
        twiml = await office.incoming(SECOND)
        assert verbs(twiml) == expected
        assert ET.fromstring(twiml).findtext("Say") == first.agent.lines.busy
        record = await office.over(next(call for call in office.registry if call is not first))
        assert outcome_of(record)[1:] == ("turned_away", "at_capacity")
        assert (record.transfer.target if record.transfer else None) == human


async def test_one_call_too_many_may_wait(tmp_path: Path) -> None:
    """It hears a line, comes back signed to the same address, and gets the place that is free."""
    async with an_office(tmp_path, max_calls=1, agents=busy(then="queue")) as office:
        await office.incoming()
        first = office.call
        twiml = await office.incoming(SECOND)
        assert verbs(twiml) == ["Say", "Pause", "Redirect"]
        waiting = next(call for call in office.registry if call is not first)
        again = ET.fromstring(twiml).findtext("Redirect")
        base = f"https://line.example/twilio/incoming?call={waiting.id}"
        assert again == f"{base}&tries=1"
        assert (
            ET.fromstring(await office.incoming(SECOND)).findtext("Redirect") == f"{base}&tries=2"
        )
        assert not waiting.state.session_asked
        office.calls.hang_up(first.id)
        await office.over(first)
        twiml = await office.incoming(SECOND)
        assert stream_of(twiml) == {"call": waiting.id, "token": waiting.state.caller.token}
        assert waiting.state.session_asked
        assert twiml == await office.incoming(SECOND)
        assert office.call is waiting


async def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    """The last pause is as long as the time left; then the lines are busy."""
    async with an_office(tmp_path, max_calls=1, agents=busy(then="queue", wait_secs=0.2)) as office:
        await office.incoming()
        first = office.call
        pause = ET.fromstring(await office.incoming(SECOND)).find("Pause")
        assert pause is not None
        assert pause.attrib["length"] == "1"
        waiting = next(call for call in office.registry if call is not first)
        await asyncio.sleep(0.25)
        assert verbs(await office.incoming(SECOND)) == ["Say", "Hangup"]
        assert outcome_of(await office.over(waiting)) == (
            "completed",
            "turned_away",
            "at_capacity",
        )


async def test_who_hangs_up_while_waiting_never_got_through(tmp_path: Path) -> None:
    """The record says so, with the carrier's own status; a session was never opened."""
    async with an_office(tmp_path, max_calls=1, agents=busy(then="queue")) as office:
        await office.incoming()
        first = office.call
        await office.incoming(SECOND)
        waiting = next(call for call in office.registry if call is not first)
        office.status(waiting, "in-progress")
        assert not waiting.state.session_asked
        office.status(waiting, "completed")
        assert outcome_of(await office.over(waiting)) == (
            "completed",
            "turned_away",
            "at_capacity",
        )


async def test_nobody_waits_for_a_service_that_stops(tmp_path: Path) -> None:
    """Who comes back from the queue hears that the lines are busy."""
    async with an_office(tmp_path, max_calls=1, agents=busy(then="queue")) as office:
        await office.incoming()
        await office.incoming(SECOND)
        office.registry.closed = True
        assert verbs(await office.incoming(SECOND)) == ["Say", "Hangup"]


def test_who_never_comes_back_from_the_queue_is_gone(tmp_path: Path) -> None:
    """Also when no callback says so."""

    async def story(office: Office) -> None:
        await office.incoming()
        first = office.call
        await office.incoming(SECOND)
        waiting = next(call for call in office.registry if call is not first)
        assert outcome_of(await office.over(waiting))[2] == "at_capacity"

    in_haste(tmp_path, story, max_calls=1, agents=busy(then="queue", wait_secs=600))


async def test_a_database_that_is_away_does_not_stop_the_phone(office: Office) -> None:
    """The call is taken; its record is lost."""
    await office.store.close()
    assert stream_of(await office.incoming())


def test_an_agent_that_lacks_a_variable_ends_its_calls_in_order(tmp_path: Path) -> None:
    """A file's mistake must not leave a call behind that nobody lets go."""
    broken = replace(AGENTS["reception"], instructions="For {nobody}.")

    async def story(office: Office) -> None:
        parameters = stream_of(await office.incoming())
        call = office.call
        serving = asyncio.create_task(stream(office, parameters))
        record = await office.over(call)
        assert await serving
        assert outcome_of(record)[1] == "failed"
        assert office.carrier.did == [("redirect", SID)]

    in_haste(tmp_path, story, agents={"reception": broken})


class Expecting:
    """Somebody may ring back; whoever asks is given this, or meets what is wrong with it."""

    def __init__(self, found: RingBack | Exception | None) -> None:
        self.found = found
        self.asked: list[str] = []

    async def find(self, number: str) -> RingBack | None:
        self.asked.append(number)
        if isinstance(self.found, TimeoutError):
            await asyncio.sleep(60)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


async def test_who_rings_back_gets_the_agent_that_called(tmp_path: Path) -> None:
    """With what it knew then; asked once, also when the webhook comes again."""
    asked = CallRequest(variables={"guest": "Robin"}, private={"zone": "UTC"}, contact="con_1")
    expecting = Expecting(RingBack(agent="table", request=asked))
    async with an_office(tmp_path, ring_backs=expecting) as office:
        await asyncio.gather(office.incoming(), office.incoming())
        assert (office.call.agent.name, office.call.direction) == ("table", "inbound")
        assert office.call.request == asked
        await office.incoming()
        assert set(expecting.asked) == {CALLER}
        assert len(expecting.asked) <= 2


@pytest.mark.parametrize(
    "found",
    [
        None,
        RingBack(agent="nobody", request=CallRequest()),
        RingBack(agent="errand", request=CallRequest()),  # it needs a task
        StoreError("the database is away"),
        ValueError("a batch with settings of another version"),
        TimeoutError(),
    ],
    ids=["stranger", "no agent", "no variable", "no database", "nonsense", "slow"],
)
async def test_whatever_is_wrong_a_caller_is_answered(
    tmp_path: Path, found: RingBack | Exception | None
) -> None:
    """By the agent that answers all, within a second."""
    async with an_office(tmp_path, ring_backs=Expecting(found)) as office:
        began = asyncio.get_running_loop().time()
        assert stream_of(await office.incoming())
        assert asyncio.get_running_loop().time() - began < 1
        assert office.call.agent.name == "reception"


async def test_another_number_of_ours_is_not_rung_back(tmp_path: Path) -> None:
    """People ring back the number that they were called from."""
    expecting = Expecting(RingBack(agent="table", request=CallRequest()))
    async with an_office(tmp_path, ring_backs=expecting) as office:
        await office.incoming(to="+15554445555")
        assert (office.call.agent.name, expecting.asked) == ("reception", [])


# -- streams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [{}, {"token": ""}, {"token": "guess"}])
async def test_a_stream_without_the_right_token_belongs_to_nobody(
    office: Office, parameters: dict[str, str]
) -> None:
    """Whatever CallSid it names."""
    await office.incoming()
    assert not await stream(office, parameters)
    assert office.call.state.stage is Stage.EXPECTED


async def test_a_call_that_is_being_left_is_let_go_of(office: Office) -> None:
    """However it was known first that another process has it: its own question, or that one's."""
    await office.incoming()
    call = office.call
    digest = digest_of(call.state.caller.token) or ""
    assert call.post(TakenElsewhere())
    released = await office.calls.let_go(call.id, digest)
    assert released.gone
    assert (await office.calls.let_go(call.id, digest)).gone  # and now nobody has it here


async def test_a_call_that_awaits_another_stream_is_kept(office: Office) -> None:
    await office.incoming()
    released = await office.calls.let_go(office.call.id, digest_of("x" * 32) or "")
    assert not released.gone
    assert office.call.state.stage is Stage.EXPECTED


async def test_a_token_does_not_fit_another_call(office: Office) -> None:
    """It was overheard."""
    parameters = stream_of(await office.incoming())
    assert not await stream(office, parameters, "CA" + "9" * 32)


async def test_a_call_whose_model_cannot_be_reached_says_sorry(office: Office) -> None:
    """A stream that came is closed, the caller redirected; the token is used up."""
    parameters = stream_of(await office.incoming())
    call, socket = office.call, FarCarrier()
    serving = asyncio.create_task(stream(office, parameters, socket=socket))
    record = await office.over(call)
    assert await serving
    assert outcome_of(record) == ("completed", "failed", "model_unreachable")
    assert office.carrier.did == [("redirect", SID)]
    assert "<Say" in told(office.carrier.answers[0])
    assert socket.closed_with == 1000
    assert not await stream(office, parameters)


# -- outbound -------------------------------------------------------------------------------------


async def test_a_call_is_ordered_as_the_agents_file_says(office: Office) -> None:
    """Ring time, a cap after our own limit, callbacks by our id, the stream's TwiML."""
    call = await office.calls.outbound.place(TABLE)
    (order,) = office.carrier.orders
    assert (order.to, order.from_) == (CALLER, LINE)
    assert order.ring_timeout_secs == AGENTS["table"].limits.ring_secs
    table = AGENTS["table"]  # which waits on hold, and those times do not count
    assert order.time_limit_secs == table.limits.secs + table.hold.max_secs + 60
    asked = create_fields(order, ADDRESSES)
    assert asked["status_callback"] == f"https://line.example/twilio/status?call={call.id}"
    assert stream_of(told(order.on_answer))["token"] == call.state.caller.token
    verbs = [verb.tag for verb in ET.fromstring(told(order.on_answer))]
    assert "Dial" not in verbs  # whom we call is not put through to our own people


@pytest.mark.parametrize(
    ("on_machine", "awaits_end"), [("ignore", None), ("hang_up", False), ("leave_message", True)]
)
async def test_the_carrier_is_asked_who_answers_where_it_matters(
    office: Office, on_machine: OnMachine, awaits_end: bool | None
) -> None:
    """At once for whoever hangs up, at the greeting's end for whoever leaves a message."""
    request = CallRequest(
        on_machine=on_machine, voicemail="Ring us.", variables=TABLE.request.variables
    )
    call = await office.calls.outbound.place(replace(TABLE, request=request))
    detection = office.carrier.orders[-1].machine_detection
    assert (detection and detection.await_message_end) == awaits_end
    if detection is not None:
        asked = create_fields(office.carrier.orders[-1], ADDRESSES)
        address = f"https://line.example/twilio/machine?call={call.id}"
        assert asked["async_amd_status_callback"] == address


async def test_what_the_carrier_says_of_who_answered_waits_for_the_talk(office: Office) -> None:
    """However early it comes; what is said of another call, or of none of ours, is dropped."""

    def report(call_sid: str) -> MachineDetected:
        return machine_detected({"CallSid": call_sid, "AnsweredBy": "human"})

    call = await office.calls.outbound.place(TABLE)
    office.calls.callbacks.machine_detected(report(call.call_sid or ""), call.id)
    office.calls.callbacks.machine_detected(report("CAother"), call.id)
    office.calls.callbacks.machine_detected(report("CAother"), "call_of_nobody")
    assert len(call.state.machine_reports) == 1


async def test_what_cannot_be_placed_is_refused_before_anybody_is_called(tmp_path: Path) -> None:
    """With a sentence each."""
    async with an_office(tmp_path, max_calls=1) as office:
        with pytest.raises(UnknownAgent, match="errand, reception, reminder, table"):
            await office.calls.outbound.place(
                CallOrder(to=CALLER, agent="nobody", request=CallRequest())
            )
        with pytest.raises(AgentError, match='"task"'):
            await office.calls.outbound.place(
                CallOrder(to=CALLER, agent="errand", request=CallRequest())
            )
        await office.incoming()
        with pytest.raises(NoRoom):
            await office.calls.outbound.place(TABLE)
        assert office.carrier.orders == []
    async with an_office(tmp_path / "other", our_number="") as office:
        with pytest.raises(AgentError, match="TWILIO_PHONE_NUMBER"):
            await office.calls.outbound.place(TABLE)


async def test_a_call_the_carrier_would_not_place_is_over(office: Office) -> None:
    """The record says so at once; nothing is left to be hung up."""
    office.carrier.may_answer.clear()
    placing = asyncio.ensure_future(office.calls.outbound.place(TABLE))
    await office.carrier.ordered.wait()
    call = office.call
    office.carrier.fails["place"] = DOWN
    office.carrier.may_answer.set()
    with pytest.raises(CarrierError):
        await placing
    assert outcome_of(await office.over(call)) == ("failed", "failed", "not_placed")
    assert [what for what, _ in office.carrier.did] == ["place"]


async def test_an_order_that_no_carrier_could_take_is_none(office: Office) -> None:
    """It is not stored and holds no place."""
    with pytest.raises(ValueError, match="sip:"):
        await office.calls.outbound.place(
            CallOrder(to="nonsense", agent="table", request=CallRequest())
        )
    assert (office.carrier.orders, len(office.registry)) == ([], 0)
    assert await office.store.find_calls() == []


async def test_hung_up_while_it_was_being_dialled(office: Office) -> None:
    """Its id is not known yet: it is hung up as soon as it is, and nobody's phone rings on."""
    office.carrier.may_answer.clear()
    placing = asyncio.ensure_future(office.calls.outbound.place(TABLE))
    await office.carrier.ordered.wait()
    call = office.call
    assert office.calls.hang_up(call.id)
    await asyncio.sleep(0.05)
    office.carrier.may_answer.set()
    await placing
    record = await office.over(call)
    assert office.carrier.did == [("place", call.call_sid), ("end", call.call_sid)]
    assert outcome_of(record) == ("canceled", "completed", "hung_up_by_api")


# -- news -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("busy", ("busy", "unreached", "busy")),
        ("no-answer", ("no-answer", "unreached", "no_answer")),
        ("canceled", ("canceled", "unreached", "canceled")),
        ("failed", ("failed", "failed", "not_placed")),
        ("completed", ("completed", "completed", "caller_hung_up")),
    ],
)
async def test_a_final_status_ends_a_call(
    office: Office, status: str, expected: tuple[str, str, str]
) -> None:
    """With nothing more to do at the carrier."""
    call = await office.calls.outbound.place(TABLE)
    office.status(call, "ringing")
    office.status(call, status)
    assert outcome_of(await office.over(call)) == expected
    assert [what for what, _ in office.carrier.did] == ["place"]


async def test_statuses_come_in_any_order_and_twice(office: Office) -> None:
    """A late one changes nothing; the answer is noted once."""
    call = await office.calls.outbound.place(TABLE)
    office.status(call, "in-progress")
    answered_at = call.state.answered_at
    for late in ("ringing", "in-progress", "initiated"):
        office.status(call, late)
    assert call.state.status_log.status is CallStatus.IN_PROGRESS
    assert call.state.answered_at == answered_at is not None
    await call.journal.written()
    record = await office.store.get_call(call.id)
    assert record is not None
    assert record.status == "in-progress"


async def test_a_status_of_another_call_changes_nothing(office: Office) -> None:
    """Our id in the address alone does not make it this call's."""
    call = await office.calls.outbound.place(TABLE)
    office.status(call, "completed", call_sid="CA" + "9" * 32)
    assert call.state.stage is Stage.EXPECTED
    office.calls.callbacks.status(
        StatusUpdate(call_sid="CA" + "8" * 32, status=CallStatus.COMPLETED)
    )


async def test_a_status_may_come_before_the_answer_of_the_carrier(office: Office) -> None:
    """It tells the id that we still wait for."""
    office.carrier.may_answer.clear()
    placing = asyncio.ensure_future(office.calls.outbound.place(TABLE))
    await office.carrier.ordered.wait()
    call = office.call
    sid = f"CA{1:032d}"
    office.status(call, "ringing", call_sid=sid)
    assert call.call_sid == sid
    office.carrier.may_answer.set()
    assert (await placing).call_sid == sid


@pytest.mark.parametrize(
    ("call_status", "reason", "verbs"),
    [
        (CallStatus.COMPLETED, "caller_hung_up", ["Hangup"]),
        (CallStatus.IN_PROGRESS, "stream_lost", ["Say", "Dial", "Hangup"]),
        (None, "stream_lost", ["Say", "Dial", "Hangup"]),
    ],
)
async def test_what_comes_after_the_stream(
    office: Office, call_status: CallStatus | None, reason: str, verbs: list[str]
) -> None:
    """Nothing for who is gone, sorry and the human for who is still on the line; once."""
    await office.incoming()
    call = office.call
    twiml = told(await office.calls.callbacks.stream_ended(ended(SID, call_status), call.id))
    assert [verb.tag for verb in ET.fromstring(twiml)] == verbs
    assert outcome_of(await office.over(call))[2] == reason
    assert office.carrier.did == []


def ended(call_sid: str, call_status: CallStatus | None) -> StreamEnded:
    return StreamEnded(call_sid=call_sid, call_status=call_status)


async def test_a_stranger_learns_nothing_behind_a_stream(office: Office) -> None:
    """Another CallSid, or a call that is over: hang up."""
    await office.incoming()
    for call_sid, call_id in (("CA" + "9" * 32, office.call.id), (SID, "call_other")):
        answer = await office.calls.callbacks.stream_ended(
            ended(call_sid, CallStatus.COMPLETED), call_id
        )
        assert [verb.tag for verb in ET.fromstring(told(answer))] == ["Hangup"]
    assert office.call.state.stage is Stage.EXPECTED


# -- a call that another process left -------------------------------------------------------------


async def left_behind(office: Office, **changes: Any) -> CallRecord:
    """The record of a call that is under way somewhere else, or was."""
    values: dict[str, Any] = {
        "id": "call_left",
        "call_sid": SID,
        "direction": "outbound",
        "agent": "table",
        "from_number": LINE,
        "to_number": CALLER,
        "request": CallRequest(variables={"name": "Ann"}, voice="cedar").as_record(),
        "started_at": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        "answered_at": datetime(2026, 11, 20, 12, 1, tzinfo=UTC),
        "status": "in-progress",
    }
    record = CallRecord(**(values | changes))
    await office.store.add_call(record)
    return record


async def ask(office: Office, call_status: CallStatus | None = CallStatus.IN_PROGRESS) -> str:
    return told(await office.calls.callbacks.stream_ended(ended(SID, call_status), "call_left"))


async def test_a_call_that_another_process_left_is_taken_over(office: Office) -> None:
    """Under the same id, with its agent, its request and its numbers, on a stream of its own."""
    record = await left_behind(office)
    asked_twice = await asyncio.gather(ask(office), ask(office))
    call = office.call
    for twiml in asked_twice:
        assert stream_of(twiml) == {"call": "call_left", "token": call.state.caller.token}
    assert (call.id, call.call_sid, call.agent.name) == ("call_left", SID, "table")
    assert call.request == CallRequest(variables={"name": "Ann"}, voice="cedar")
    assert (call.other_party, call.our_number) == (CALLER, LINE)
    assert (call.started_at, call.state.answered_at) == (record.started_at, record.answered_at)
    assert call.state.session_asked


async def test_a_call_that_was_dialled_and_left_begins_here(office: Office) -> None:
    """The process died before it learnt the carrier's id; nothing has been said."""
    await left_behind(office, call_sid=None, answered_at=None, status="queued")
    assert stream_of(await ask(office))
    assert (office.call.call_sid, office.call.earlier) == (SID, None)


async def test_a_call_in_which_something_was_said_goes_on_here(office: Office) -> None:
    """From where it was."""
    await left_behind(office, first_words_ms=300)
    await ask(office)
    assert office.call.earlier is not None


async def left_asking(office: Office) -> None:
    """A call in which tom was being called for the caller."""
    wanted = Transfer(reason="A bill.", at=datetime(2026, 11, 20, 12, 2, tzinfo=UTC), target=HUMAN)
    await left_behind(office, direction="inbound", agent="reception", first_words_ms=300)
    await office.store.set_call("call_left", transfer=wanted)
    await office.store.add_transfer_step("call_left", step="called", to="tom", at=wanted.at)


async def written(office: Office) -> tuple[CallRecord, list[str]]:
    """What stands of it, and which steps."""
    await office.call.journal.written()
    record = await office.store.get_call("call_left")
    assert record is not None
    return record, [step["step"] for step in record.transfer_steps or ()]


async def test_a_person_who_was_asked_for_the_caller_is_let_go(office: Office) -> None:
    """Whoever waits for them waits in vain; the agent knows it, and a late yes is too late."""
    await left_asking(office)
    assert stream_of(await ask(office))
    assert "You were putting the caller through to tom, because: A bill." in office.call.handed_over
    record, steps = await written(office)
    assert steps == ["called", "failed"]
    assert record.dialled == Dialled(outcome="failed", status="failed")
    assert ("end_meeting", "call_left") in office.carrier.did
    said = PersonAnswer(call_sid="CA2", key="1", words="")
    late = told(office.calls.callbacks.people.said(said, "call_left", 1))
    assert ET.fromstring(late).findtext("Say") == office.call.agent.lines.caller_left
    assert office.call.state.people_asked == 1  # so the next one is another attempt


@pytest.mark.parametrize(
    ("status", "steps"),
    [(CallStatus.BUSY, ["called", "busy", "back"]), (CallStatus.COMPLETED, ["called"])],
)
async def test_who_was_put_through_comes_back_here(
    office: Office, status: CallStatus, steps: list[str]
) -> None:
    """The process that was to go on with them is gone; unless they have talked with somebody."""
    await left_asking(office)
    dial = DialEnded(call_sid=SID, status=status, call_status=CallStatus.IN_PROGRESS)
    twiml = told(await office.calls.callbacks.dial_ended(dial, "call_left"))
    if status is CallStatus.COMPLETED:
        assert [verb.tag for verb in ET.fromstring(twiml)] == ["Hangup"]
        return
    assert stream_of(twiml) == {"call": "call_left", "token": office.call.state.caller.token}
    assert "The line was busy." in office.call.handed_over
    assert (await written(office))[1] == steps
    assert office.carrier.did == []


async def test_news_of_a_call_that_was_left_are_stored(office: Office) -> None:
    """Though nobody has it."""
    await left_behind(office, call_sid=None, answered_at=None, status="queued")
    office.calls.callbacks.status(StatusUpdate(call_sid=SID, status=CallStatus.BUSY), "call_left")
    async with asyncio.timeout(5):
        while (record := await office.store.get_call("call_left")) and not record.ended_at:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert record is not None
    assert record.call_sid == SID
    assert outcome_of(record) == ("busy", "unreached", "busy")


@pytest.mark.parametrize("call_status", [CallStatus.COMPLETED, None])
async def test_a_call_that_may_be_over_is_not_taken_over(
    office: Office, call_status: CallStatus | None
) -> None:
    """Only a caller who is on the line is connected."""
    await left_behind(office)
    assert [verb.tag for verb in ET.fromstring(await ask(office, call_status))] == ["Hangup"]
    assert len(office.registry) == 0


async def test_a_call_that_has_ended_is_not_taken_over(office: Office) -> None:
    """Nor one of another CallSid."""
    await left_behind(office, ended_at=datetime(2026, 11, 20, 12, 2, tzinfo=UTC))
    await left_behind(office, id="call_other", call_sid="CA" + "8" * 32)
    assert [verb.tag for verb in ET.fromstring(await ask(office))] == ["Hangup"]
    other = await office.calls.callbacks.stream_ended(
        ended(SID, CallStatus.IN_PROGRESS), "call_other"
    )
    assert [verb.tag for verb in ET.fromstring(told(other))] == ["Hangup"]


@pytest.mark.parametrize("lacking", ["agent", "room"])
async def test_a_call_nobody_can_go_on_with(office: Office, lacking: str) -> None:
    """Its agent is gone, or this process stops: sorry, the human, and an ended record."""
    await left_behind(
        office, direction="inbound", agent="gone" if lacking == "agent" else "reception"
    )
    office.registry.closed = lacking == "room"
    twiml = await ask(office)
    assert [verb.tag for verb in ET.fromstring(twiml)] == ["Say", "Dial", "Hangup"]
    call = next(iter(office.registry))
    assert outcome_of(await office.over(call)) == ("completed", "failed", "stream_lost")
    assert office.carrier.did == []


async def test_a_human_who_did_not_answer(office: Office) -> None:
    """The caller is told, in the agent's words; after a talk there is nothing to say."""
    await office.incoming()
    call = office.call
    await call.journal.written()
    for status, said in (
        (CallStatus.NO_ANSWER, call.agent.lines.nobody),
        (CallStatus.BUSY, call.agent.lines.nobody),
        (CallStatus.COMPLETED, None),
    ):
        dial = DialEnded(call_sid=SID, status=status, duration_secs=None)
        document = ET.fromstring(told(await office.calls.callbacks.dial_ended(dial, call.id)))
        assert document.findtext("Say") == said
        assert document.find("Hangup") is not None


@pytest.mark.parametrize(
    ("form", "dialled"),
    [
        ({"DialCallStatus": "no-answer"}, Dialled(outcome="no_answer", status="no-answer")),
        (
            {"DialCallStatus": "completed", "DialCallDuration": "42"},
            Dialled(outcome="answered", status="completed", talked_secs=42),
        ),
        ({"DialCallStatus": "answered"}, Dialled(outcome="answered", status="completed")),
        ({"DialCallStatus": "no-answer", "CallSid": "CA" + "9" * 32}, None),
        ({}, None),
    ],
)
async def test_how_a_transfer_went_is_stored(
    office: Office, form: dict[str, str], dialled: Dialled | None
) -> None:
    """Also after the end of the call; not what is said of another call."""
    await office.incoming()
    call = office.call
    office.calls.hang_up(call.id)
    await office.over(call)
    await office.calls.callbacks.dial_ended(dial_ended({"CallSid": SID} | form), call.id)
    await asyncio.sleep(0.1)
    record = await office.store.get_call(call.id)
    assert record is not None
    assert record.dialled == dialled


async def test_hanging_up_what_is_not_there(office: Office) -> None:
    """False, and nothing happens."""
    assert not office.calls.hang_up("call_other")
    assert not office.calls.hang_up("")


async def test_a_service_that_stops_ends_what_is_left(tmp_path: Path) -> None:
    """It takes no new calls; who waits hears that we are sorry."""
    async with an_office(tmp_path) as office:
        await office.incoming()
        call = office.call
        await office.calls.drain(within_secs=0.05)
        assert outcome_of(await office.over(call))[1:] == ("completed", "shutdown")
        assert office.carrier.did == [("redirect", SID)]
        with pytest.raises(NoRoom):
            await office.calls.outbound.place(TABLE)


# -- waiting for a stream -------------------------------------------------------------------------


def in_haste(folder: Path, story: Callable[[Office], Awaitable[None]], **changes: Any) -> None:
    async def whole() -> None:
        async with an_office(folder, **changes) as office:
            await story(office)

    run_virtual(whole())


@pytest.mark.parametrize(
    ("answer", "reason", "done"),
    [
        (CallStatus.IN_PROGRESS, "stream_never_came", ["fetch", "redirect"]),
        (CallStatus.COMPLETED, "caller_hung_up", ["fetch"]),
        (GONE, "caller_hung_up", ["fetch"]),
        (DOWN, "stream_never_came", ["fetch", "redirect"]),
    ],
)
def test_a_caller_whose_stream_never_comes(
    tmp_path: Path, answer: CallStatus | CarrierError, reason: str, done: list[str]
) -> None:
    """After 15 s the carrier is asked: they have hung up, or they are told that we are sorry."""

    async def story(office: Office) -> None:
        if isinstance(answer, CarrierError):
            office.carrier.fails["fetch"] = answer
        else:
            office.carrier.statuses[SID] = answer
        began = asyncio.get_running_loop().time()
        await office.incoming()
        record = await office.over(office.call)
        assert asyncio.get_running_loop().time() - began >= INBOUND_STREAM_SECS
        assert outcome_of(record)[2] == reason
        assert [what for what, _ in office.carrier.did] == done

    in_haste(tmp_path, story)


def test_a_call_that_rings_for_ever_is_given_up(tmp_path: Path) -> None:
    """When it has rung for as long as it may and every callback was lost."""

    async def story(office: Office) -> None:
        began = asyncio.get_running_loop().time()
        call = await office.calls.outbound.place(TABLE)
        office.carrier.statuses[call.call_sid or ""] = CallStatus.NO_ANSWER
        record = await office.over(call)
        waited = asyncio.get_running_loop().time() - began
        assert waited >= AGENTS["table"].limits.ring_secs + AFTER_RINGING_SECS
        assert outcome_of(record) == ("no-answer", "unreached", "no_answer")

    in_haste(tmp_path, story)


def test_a_redirect_that_fails_is_followed_by_a_plain_end(tmp_path: Path) -> None:
    """Nobody is left on a silent line."""

    async def story(office: Office) -> None:
        office.carrier.fails["redirect"] = DOWN
        await office.incoming()
        await office.over(office.call)
        assert [what for what, _ in office.carrier.did] == ["fetch", "redirect", "end"]

    in_haste(tmp_path, story)
