"""Conferences and <Gather> at the simulated carrier, as Twilio's documents have them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sim_carrier_service import ACCOUNT, LINE, PUBLIC, TOKEN, Service, wire
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.simulator.caller import CallerScript, Pause, Press, StayOn
from bot.simulator.carrier import Answers, Carrier, EndReason, SimCall
from bot.simulator.carrier.request import CallRequest
from bot.simulator.carrier.states import Inline
from bot.simulator.carrier.twiml import Conference, Dial, Gather, parse

ANN, TOM, EVE = "+15552220001", "+15552220002", "+15552220003"


def room(name: str = "R", told: str = "room", after: str = "", **attributes: str) -> str:
    given = {"startConferenceOnEnter": "true", "endConferenceOnExit": "true", **attributes}
    written = " ".join(f'{key}="{value}"' for key, value in given.items())
    events = f'statusCallback="{PUBLIC}/{told}" statusCallbackEvent="start end join leave"'
    action = f' action="{PUBLIC}/{after}"' if after else ""
    dial = f"<Dial{action}><Conference {written} {events}>{name}</Conference></Dial>"
    return f"<Response>{dial}</Response>"


def call(carrier: Carrier, to: str, twiml: str, *actions: Any) -> SimCall:
    carrier.answer(to, Answers(ring_secs=0.1, caller=CallerScript(actions or (StayOn(),))))
    request = CallRequest(source=Inline(xml=twiml))
    return carrier.place_call(to=to, from_number=LINE, request=request)


def told(service: Service, path: str = "room") -> list[tuple[str, str]]:
    return [
        (each.params["StatusCallbackEvent"], each.params.get("CallSid", ""))
        for each in service.of(path)
    ]


async def test_two_meet_and_one_leaves() -> None:
    """The first makes the room; it starts with the second, and ends for both when one leaves. What
    a later one says of callbacks does not count.
    """
    async with wire() as (carrier, service):
        service.answer("<Hangup/>", "after")
        ann = call(carrier, ANN, room(after="after"))
        await ann.wait_for("conference_joined")
        assert carrier.conferences.named("R") is not None
        assert carrier.conferences.all[0].status == "init"
        tom = call(carrier, TOM, room(told="other"))
        await tom.wait_for("conference_joined")
        assert carrier.conferences.all[0].status == "in-progress"
        await asyncio.sleep(3)
        await tom.hang_up()
        assert await ann.wait_ended(5) is EndReason.TWIML_HANGUP
        await carrier.settle()
        assert told(service) == [
            ("participant-join", ann.sid),
            ("participant-join", tom.sid),
            ("conference-start", ""),
            ("participant-leave", tom.sid),
            ("conference-end", ""),
            ("participant-leave", ann.sid),
        ]
        assert service.of("other") == []
        (after,) = service.of("after")
        assert after.params["DialCallStatus"] == "answered"
        assert after.params["DialCallDuration"] == "3"
        sequence = [each.params["SequenceNumber"] for each in service.of("room")]
        assert sequence == ["1", "2", "3", "4", "5", "6"]


async def test_a_name_that_is_over_is_another_room() -> None:
    """Nobody comes into one that has ended."""
    async with wire() as (carrier, _):
        first = call(carrier, ANN, room())
        await first.wait_for("conference_joined")
        await first.hang_up()
        again = call(carrier, TOM, room())
        await again.wait_for("conference_joined")
        assert [each.name for each in carrier.conferences.all] == ["R", "R"]
        assert carrier.conferences.all[0].is_over


async def test_nobody_who_may_start_it_is_there() -> None:
    """Those who wait are not connected; one who leaves ends it only if they say so."""
    waits = {"startConferenceOnEnter": "false", "endConferenceOnExit": "false"}
    async with wire() as (carrier, service):
        ann = call(carrier, ANN, room(**waits))
        tom = call(carrier, TOM, room(**waits))
        for each in (ann, tom):
            await each.wait_for("conference_joined")
        assert carrier.conferences.all[0].status == "init"
        await tom.hang_up()
        await carrier.conferences.all[0].host.wait_for("conference_joined")
        assert not carrier.conferences.all[0].is_over
        await ann.hang_up()
        await carrier.settle()
        assert told(service)[-1] == ("conference-end", "")


async def test_no_more_than_it_may_have() -> None:
    """Who comes after them goes on with what stands after the <Dial>."""
    async with wire() as (carrier, _):
        calls = [call(carrier, to, room(maxParticipants="2")) for to in (ANN, TOM, EVE)]
        ended = [asyncio.create_task(each.wait_ended(5)) for each in calls]
        done, _ = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result() for task in done} == {EndReason.TWIML_RAN_OUT}
        assert [error.code for error in carrier.errors] == [16025]
        for each in calls:
            if not each.state.is_final:
                await each.hang_up()
        await asyncio.gather(*ended)


async def test_participants_over_rest() -> None:
    """Listed and taken out with Twilio's own package; what is not there is refused."""
    async with wire() as (carrier, _):
        http = TwilioHttpClient(timeout=3)
        client = Client(ACCOUNT, TOKEN, ACCOUNT, http_client=http)
        client.api.base_url = carrier.url
        ann = call(carrier, ANN, room(endConferenceOnExit="false"))
        tom = call(carrier, TOM, room(endConferenceOnExit="false"))
        for each in (ann, tom):
            await each.wait_for("conference_joined")
        (found,) = await asyncio.to_thread(client.conferences.list, friendly_name="R")
        assert found.status == "in-progress"
        there = await asyncio.to_thread(found.participants.list)
        assert {each.call_sid for each in there} == {ann.sid, tom.sid}
        await asyncio.to_thread(found.participants(tom.sid).delete)
        assert await tom.wait_ended(5) is EndReason.TWIML_RAN_OUT
        with pytest.raises(TwilioRestException) as refused:
            await asyncio.to_thread(found.participants(tom.sid).delete)
        assert refused.value.code == 20404
        await asyncio.to_thread(found.update, status="completed")
        assert await ann.wait_ended(5) is EndReason.TWIML_RAN_OUT
        with pytest.raises(TwilioRestException) as over:
            await asyncio.to_thread(found.update, status="completed")
        assert over.value.code == 20404
        assert http.session is not None
        http.session.close()


async def test_our_own_client_ends_a_conference() -> None:
    """Also one in which somebody waits alone; one that is over, or is none, is done already."""
    async with wire() as (carrier, _):
        twilio = TwilioCarrier(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            api_url=carrier.url,
            addresses=Addresses(public_url=PUBLIC),
        )
        ann, eve = call(carrier, ANN, room()), call(carrier, EVE, room("other"))
        for each in (ann, eve):
            await each.wait_for("conference_joined")
        for _ in range(2):
            await twilio.end_meeting("R")
            assert await ann.wait_ended(5) is EndReason.TWIML_RAN_OUT
        assert not eve.state.is_final
        await eve.hang_up()
        await twilio.aclose()


@pytest.mark.parametrize(
    ("dial", "complaint"),
    [
        ("<Conference/>", "a name of 1 to 128"),
        (f"<Conference>{'x' * 129}</Conference>", "a name of 1 to 128"),
        ("<Conference maxParticipants='1'>R</Conference>", "from 2 to 250"),
        ("<Conference colour='red'>R</Conference>", "no attribute 'colour'"),
        ("<Conference>R</Conference><Number>+15551110000</Number>", "nothing else"),
        (
            "<Conference statusCallback='https://h/x' statusCallbackEvent='dance'>R</Conference>",
            "has no 'dance'",
        ),
    ],
)
def test_what_is_left_out_of_a_conference(dial: str, complaint: str) -> None:
    """As a schema warning."""
    document = parse(f"<Response><Dial>{dial}</Dial></Response>")
    assert any(complaint in problem.message for problem in document.problems)


def test_a_conference_is_the_noun_of_a_dial() -> None:
    document = parse(room())
    (dial,) = document.verbs
    assert isinstance(dial, Dial) and isinstance(dial.conference, Conference)
    assert document.problems == ()


ASKS = (
    f'<Response><Gather input="dtmf speech" numDigits="1" timeout="2" action="{PUBLIC}/said"{{}}>'
    "<Say>Press a key.</Say></Gather><Pause length='1'/></Response>"
)


@pytest.mark.parametrize(
    ("actions", "more", "posted"),
    [
        ((Pause(300), Press("1"), StayOn()), "", [{"Digits": "1"}]),
        ((StayOn(),), "", []),
        ((StayOn(),), ' actionOnEmptyResult="true"', [{"Digits": ""}]),
        ((Pause(30_000), Press("1")), "", []),
    ],
)
async def test_gather(actions: Sequence[Any], more: str, posted: list[dict[str, str]]) -> None:
    """A key is told, and cuts the line; without one the document goes on, unless asked to tell."""
    async with wire() as (carrier, service):
        service.answer("<Hangup/>", "said")
        answered = call(carrier, ANN, ASKS.format(more), *actions)
        await answered.wait_ended(20)
        told = [{"Digits": each.params["Digits"]} for each in service.of("said")]
        assert told == posted


def test_what_gather_takes() -> None:
    document = parse('<Response><Gather input="dtmf smell"><Dance/></Gather></Response>')
    (gather,) = document.verbs
    assert isinstance(gather, Gather)
    complaints = " ".join(problem.message for problem in document.problems)
    assert "no 'smell'" in complaints and "<Dance> is not allowed" in complaints
