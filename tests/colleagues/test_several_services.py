"""Several services on one database, and a balancer that knows nothing of calls: all work."""

import asyncio
from pathlib import Path

from services_kit import KNOWN_SECS, open_services
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bot.simulator.model import ModelScript, Step
from bot.testing.line import CALLER, Line, begin_stream, stream_parameters, voice_form

GOES_ON = ModelScript(steps=(Step(opening=True, say="Where were we?"),))


async def announced(line: Line, call_sid: str = "CAfirst") -> dict[str, str]:
    """Somebody calls; what the stream that is to come bears."""
    return stream_parameters((await line.webhook("/twilio/incoming", voice_form(call_sid))).text)


async def is_refused(socket: ClientConnection) -> bool:
    """Whether the stream is turned away, and not spoken to."""
    try:
        async with asyncio.timeout(5):
            await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd is not None and closed.rcvd.code == 1008
    return False


async def test_a_stream_brings_its_call_to_where_it_comes(
    tmp_path: Path, database_url: str
) -> None:
    """The caller is greeted there, once; the first has forgotten the call and ends nothing; who
    asks the first to hang up is heard.
    """
    async with open_services(tmp_path, database_url) as services:
        first, second = services.lines
        await asyncio.sleep(KNOWN_SECS)
        services.send(webhooks=0, streams=1)
        sim = await first.carrier.dial(CALLER)
        record = await first.until(sim.sid, lambda record: bool(record["turns"]))
        assert await services.live() == [0, 1]
        await asyncio.sleep(16)  # longer than the first waits for any stream
        assert (await first.call(record["id"]))["status"] == "in-progress"
        assert (await first.api.post(f"/calls/{record['id']}/hangup")).status_code == 202
        record = await first.ended(sim.sid)
        assert record["outcome"]["reason"] == "hung_up_by_api"
        assert [turn["text"] for turn in record["turns"]].count("Hello.") == 1
        assert sim.errors == []
        assert not [event for event in sim.events if event.kind == "say"]
        assert len((await second.api.get("/calls")).json()["calls"]) == 1
        assert await services.live() == [0, 0]


async def test_three_services_and_every_request_to_the_next(
    tmp_path: Path, postgres_url: str
) -> None:
    """Streams, status callbacks and questions of three calls, each as it comes."""
    async with open_services(tmp_path, postgres_url, count=3) as services:
        await asyncio.sleep(KNOWN_SECS)
        services.go_round()
        line = services.lines[0]
        sims = [await line.carrier.dial(CALLER) for _ in range(3)]
        for sim in sims:
            await line.until(sim.sid, lambda record: bool(record["turns"]))
        for sim in sims:
            await sim.hang_up()
            record = await line.ended(sim.sid)
            assert (record["status"], record["outcome"]["reason"]) == (
                "completed",
                "caller_hung_up",
            )
            assert sim.errors == []
        assert await services.live() == [0, 0, 0]


async def test_a_call_that_we_make(tmp_path: Path, postgres_url: str) -> None:
    """Ordered of the first; its stream comes to the second, what is told of it to the third."""
    async with open_services(tmp_path, postgres_url, count=3) as services:
        await asyncio.sleep(KNOWN_SECS)
        services.send(webhooks=2, streams=1)
        line = services.lines[0]
        order = {"to": CALLER, "agent": "front"}
        placed = await line.api.post("/calls", json=order, headers={"Idempotency-Key": "one"})
        assert placed.status_code == 201, placed.text
        call_id = placed.json()["id"]
        record = await line.until(call_id, lambda record: bool(record["turns"]))
        assert await services.live() == [0, 1, 0]
        again = await services.lines[2].api.post(
            "/calls", json=order, headers={"Idempotency-Key": "one"}
        )
        assert again.json()["id"] == call_id
        (sim,) = line.carrier.calls.values()
        await sim.hang_up()
        record = await line.ended(call_id)
        assert (record["status"], record["outcome"]["reason"]) == ("completed", "caller_hung_up")
        assert record["answered_at"] is not None


async def test_a_stream_that_breaks_goes_on_elsewhere(tmp_path: Path, database_url: str) -> None:
    """The carrier asks the first what follows, which asks the second, which has the call; the next
    stream comes to the first, where the agent goes on knowing what was said.
    """
    async with open_services(tmp_path, database_url, script=GOES_ON) as services:
        await asyncio.sleep(KNOWN_SECS)
        services.send(webhooks=0, streams=1)
        line = services.lines[0]
        sim = await line.carrier.dial(CALLER)
        await line.until(sim.sid, lambda record: bool(record["turns"]))
        services.send(webhooks=0, streams=0)
        sim.cut_stream()
        await line.until(sim.sid, lambda record: len(record["turns"]) == 2)
        assert await services.live() == [1, 0]
        told = line.model.sessions[-1].received("conversation.item.create")
        assert told[0]["item"]["content"][0]["text"] == "Hello."
        await asyncio.sleep(6)  # longer than the second waits for the next stream
        await sim.hang_up()
        record = await line.ended(sim.sid)
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert [turn["text"] for turn in record["turns"]][:2] == ["Hello.", "Where were we?"]
        assert not [event for event in sim.events if event.kind == "say"]


async def test_of_two_streams_with_one_token_one_is_taken(
    tmp_path: Path, postgres_url: str
) -> None:
    """At the same moment, at two services that have not got the call; and never again."""
    async with open_services(tmp_path, postgres_url, count=3) as services:
        await asyncio.sleep(KNOWN_SECS)
        given = await announced(services.lines[0])
        async with (
            services.lines[1].stream() as one,
            services.lines[2].stream() as two,
            services.lines[0].stream() as three,
        ):
            await asyncio.gather(*(begin_stream(each, "CAfirst", given) for each in (one, two)))
            refused = await asyncio.gather(is_refused(one), is_refused(two))
            assert sorted(refused) == [False, True]
            assert sorted(await services.live()) == [0, 0, 1]
            await begin_stream(three, "CAfirst", given)
            assert await is_refused(three)
        await services.lines[0].api.post(f"/calls/{given['call']}/hangup")
        await services.lines[0].ended("CAfirst")


async def test_a_stream_that_its_own_service_has_is_not_taken_away(
    tmp_path: Path, postgres_url: str
) -> None:
    """Whoever repeats its token elsewhere, in the same moment or later, is turned away."""
    async with open_services(tmp_path, postgres_url) as services:
        first, second = services.lines
        await asyncio.sleep(KNOWN_SECS)
        given = await announced(first)
        async with first.stream() as own, second.stream() as copy:
            await asyncio.gather(*(begin_stream(each, "CAfirst", given) for each in (own, copy)))
            refused = await asyncio.gather(is_refused(own), is_refused(copy))
            assert sorted(refused) == [False, True]
            assert sum(await services.live()) == 1


async def test_without_its_token_nothing_is_taken(tmp_path: Path) -> None:
    """1008, and the call still waits for its stream where it is."""
    wrong: list[dict[str, str]] = [
        {"token": "A" * 32},
        {"token": ""},
        {"call": "call_" + "0" * 20},
        {"call": "'; DROP TABLE calls; --"},
        {"call": ""},
    ]
    async with open_services(tmp_path, f"sqlite:///{tmp_path}/trunkline.db") as services:
        first, second = services.lines
        given = await announced(first)
        tried = [("CAfirst", given | changes) for changes in wrong] + [("CAother", given)]
        for call_sid, parameters in tried:
            async with second.stream() as socket:
                await begin_stream(socket, call_sid, parameters)
                assert await is_refused(socket)
        assert await services.live() == [1, 0]


async def test_an_act_reaches_the_call_wherever_it_is(tmp_path: Path) -> None:
    """A line for the agent, asked of a service that has not got the call."""
    async with open_services(tmp_path, f"sqlite:///{tmp_path}/trunkline.db") as services:
        await asyncio.sleep(KNOWN_SECS)
        services.send(webhooks=0, streams=1)
        line = services.lines[0]
        sim = await line.carrier.dial(CALLER)
        record = await line.until(sim.sid, lambda record: bool(record["turns"]))
        said = await line.api.post(f"/calls/{record['id']}/say", json={"text": "One moment."})
        assert said.status_code == 202, said.text
        await line.until(sim.sid, lambda record: len(record["turns"]) == 2)
        await sim.hang_up()
        await line.ended(sim.sid)
