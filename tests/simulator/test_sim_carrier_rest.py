"""The simulated REST API, through Twilio's own SDK."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import requests
from sim_carrier_service import ACCOUNT, CONNECT, LINE, PUBLIC, TOKEN, Service, wire
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bot.clock import utcnow
from bot.simulator.carrier import Answers, Carrier, EndReason, NoAnswer, RefusedByApi

CALLEE = "+15552223333"
HANGUP = "<Response><Hangup/></Response>"
HOLD = '<Response><Pause length="30"/></Response>'


class Sdk(NamedTuple):
    carrier: Carrier
    service: Service
    client: Client

    async def run(self, work: Callable[..., Any], *args: Any, **params: Any) -> Any:
        """The SDK is synchronous: call it in a thread."""
        return await asyncio.to_thread(work, *args, **params)

    async def create(self, **params: Any) -> Any:
        return await self.run(
            self.client.calls.create, **({"to": CALLEE, "from_": LINE, "twiml": HOLD} | params)
        )


@asynccontextmanager
async def sdk(user: str = ACCOUNT, password: str = TOKEN, **options: Any) -> AsyncIterator[Sdk]:
    async with wire(default_answer=Answers(ring_secs=0.05), **options) as (carrier, service):
        http = TwilioHttpClient(timeout=3)
        client = Client(user, password, ACCOUNT, http_client=http)
        client.api.base_url = carrier.url
        yield Sdk(carrier, service, client)
        assert http.session is not None
        http.session.close()


async def refused(work: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as error:
        await work
    return error.value


async def test_a_call_is_created_fetched_updated_and_listed() -> None:
    """Each reply loads into the SDK's CallInstance with its fields in their types."""
    async with sdk(user="SK123", password="s3", api_keys={"SK123": "s3"}) as line:
        created = await line.create()
        assert (created.status, created.direction) == ("queued", "outbound-api")
        assert (created.to, created._from) == (CALLEE, LINE)
        assert created.start_time is None
        call = line.carrier.calls[created.sid]
        await call.wait_for("twiml")
        fetched = await line.run(line.client.calls(created.sid).fetch)
        assert fetched.status == "in-progress"
        assert fetched.start_time.tzinfo is not None
        updated = await line.run(line.client.calls(created.sid).update, status="completed")
        assert updated.status == "completed"
        assert await call.wait_ended(5) is EndReason.REST_COMPLETED
        listed = await line.run(line.client.calls.list, to=CALLEE)
        assert [found.sid for found in listed] == [created.sid]
        assert (listed[0].status, listed[0].duration) == ("completed", "1")
        assert listed[0].end_time is not None


async def test_a_list_is_filtered() -> None:
    """To, From, Status and StartTime narrow it down; the newest call comes first."""
    async with sdk() as line:
        first = await line.create()
        other = await line.create(to="+15554445555", twiml=HANGUP)
        await line.carrier.calls[other.sid].wait_ended(5)
        await line.carrier.calls[first.sid].wait_for("twiml")
        hour = timedelta(hours=1)
        now = utcnow()

        async def sids(**filters: Any) -> list[str]:
            return [call.sid for call in await line.run(line.client.calls.list, **filters)]

        assert await sids() == [other.sid, first.sid]
        assert await sids(to=CALLEE) == [first.sid]
        assert await sids(from_="+15550000000") == []
        assert await sids(status="completed") == [other.sid]
        assert await sids(start_time_after=now - hour) == [other.sid, first.sid]
        assert await sids(start_time_after=now + hour) == []
        assert await sids(start_time_before=now - hour) == []
        assert await sids(to=CALLEE, start_time=now.date()) == [first.sid]
        assert await sids(limit=1) == [other.sid]


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"to": "12345"}, 21211),
    ({"from_": "+15550009999"}, 21210),
    ({"twiml": "x" * 4001}, 32018),
    ({"url": "not a url"}, 21205),
    ({"status_callback": "/relative"}, 21609),
    ({"machine_detection": "Maybe"}, 20001),
    ({"send_digits": "12x"}, 20001),
]


async def test_what_twilio_refuses_is_refused() -> None:
    """400 with Twilio's code, and no call."""
    async with sdk() as line:
        for params, code in REFUSED:
            error = await refused(line.create(**params))
            assert (error.status, error.code) == (400, code)
        assert line.carrier.calls == {}


async def test_a_number_that_is_refused() -> None:
    """Nothing is dialled, and no call is listed; the number may be in use later."""
    async with sdk() as line:
        line.carrier.answer(CALLEE, RefusedByApi())
        assert (await refused(line.create())).code == 21211
        assert not line.carrier.calls
        line.carrier.answer(CALLEE, Answers(ring_secs=0.05))
        assert (await line.create()).status == "queued"


async def test_a_wrong_password_is_20003() -> None:
    """401, whoever asks."""
    async with sdk(password="wrong") as line:
        error = await refused(line.create())
        assert (error.status, error.code) == (401, 20003)


async def test_unknown_and_finished_calls_cannot_be_changed() -> None:
    """20404 for what is unknown or gone, 21220 for a redirect out of season."""
    async with sdk() as line:
        unknown = line.client.calls("CA" + "0" * 32)
        assert (await refused(line.run(unknown.fetch))).code == 20404
        line.carrier.answer(CALLEE, NoAnswer())
        ringing = await line.create()
        handle = line.client.calls(ringing.sid)
        error = await refused(line.run(handle.update, twiml=HANGUP))
        assert (error.status, error.code) == (400, 21220)
        canceled = await line.run(handle.update, status="canceled")
        assert canceled.status == "canceled"
        await line.carrier.calls[ringing.sid].wait_ended(5)
        assert (await refused(line.run(handle.update, twiml=HANGUP))).code == 21220
        error = await refused(line.run(handle.update, status="completed"))
        assert (error.status, error.code) == (404, 20404)


async def test_an_update_ends_the_stream_and_runs_the_new_document() -> None:
    """A cold transfer: the stream is told to stop, then the new TwiML dials."""
    async with sdk() as line:
        line.service.answer(CONNECT)
        line.carrier.answer("+15559998888", Answers(ring_secs=0.05, talk_secs=0.05))
        call = await line.carrier.dial(CALLEE)
        stream = await line.service.wait_stream()
        twiml = "<Response><Say>Hold on</Say><Dial>+15559998888</Dial></Response>"
        updated = await line.run(line.client.calls(call.sid).update, twiml=twiml)
        assert updated.status == "in-progress"
        await stream.wait("stop")
        assert await call.wait_ended(5) is EndReason.TWIML_RAN_OUT
        assert [leg.address for leg in call.legs] == ["+15559998888"]
        assert call.documents[-1] == twiml


async def test_an_update_with_a_url_fetches_it() -> None:
    """The new document is asked of the service, signed."""
    async with sdk() as line:
        line.service.answer("<Hangup/>", path="next")
        created = await line.create()
        call = line.carrier.calls[created.sid]
        await call.wait_for("twiml")
        await line.run(line.client.calls(created.sid).update, url=f"{PUBLIC}/next")
        assert await call.wait_ended(5) is EndReason.TWIML_HANGUP
        assert line.service.of("next")[0].signed


async def test_a_time_limit_ends_the_call() -> None:
    """TimeLimit counts from the answer."""
    async with sdk() as line:
        created = await line.create(time_limit=1)
        call = line.carrier.calls[created.sid]
        assert await call.wait_ended(5) is EndReason.TIME_LIMIT
        assert 1000 <= call.now_ms < 1200


@pytest.mark.realtime
async def test_ordered_faults_befall_the_next_requests() -> None:
    """An error as often as ordered, a late reply, and a reply lost after the call was made."""
    async with sdk() as line:
        faults = line.carrier.rest_faults
        faults.fail_next(code=20429)
        faults.fail_next(code=20500, status=503)
        error = await refused(line.create())
        assert (error.status, error.code) == (429, 20429)
        assert (await refused(line.create())).status == 503
        faults.delay_next(secs=0.2)
        began_at = asyncio.get_running_loop().time()
        await line.create()
        assert asyncio.get_running_loop().time() - began_at >= 0.2
        line.client.http_client.timeout = 0.2
        faults.lose_reply_next()
        with pytest.raises(requests.exceptions.ReadTimeout):
            await line.create(to="+15554445555")
        lost = await line.run(line.client.calls.list, to="+15554445555")
        assert len(lost) == 1


async def test_a_recording_is_started_listed_and_fetched() -> None:
    """Its resources load into the SDK; the sound is a WAV of both channels."""
    async with sdk() as line:
        created = await line.create()
        call = line.carrier.calls[created.sid]
        await call.wait_for("twiml")
        handle = line.client.calls(created.sid)
        started = await line.run(handle.recordings.create, recording_channels="dual")
        assert (started.status, started.channels) == ("in-progress", 2)
        await asyncio.sleep(0.1)
        await line.run(handle.update, status="completed")
        await call.wait_ended(5)
        (listed,) = await line.run(handle.recordings.list)
        assert (listed.sid, listed.status) == (started.sid, "completed")
        fetched = await line.run(line.client.recordings(started.sid).fetch)
        sound = await line.run(requests.get, fetched.media_url + ".wav", timeout=3)
        assert sound.content[:4] == b"RIFF"
        assert int.from_bytes(sound.content[22:24], "little") == 2
