"""The media stream leg of the simulated carrier, over a real websocket."""

import asyncio
import base64
import io
import wave

from sim_carrier_service import ACCOUNT, CONNECT, STREAM_URL, TOKEN, Stream, tone, wire
from twilio.request_validator import RequestValidator

from bot.simulator.caller import CallerScript, Sound, StayOn
from bot.simulator.carrier import CallStatus, EndReason
from bot.simulator.recording import stereo_wav
from bot.testing.virtual_loop import VirtualLoop

TOLERANCE_SECS = 0.04


async def test_a_stream_opens_as_twilio_opens_it() -> None:
    """The upgrade is signed for the wss URL; connected and start come first, numbers as strings."""
    async with wire() as (carrier, service):
        service.answer(
            f'<Connect><Stream url="{STREAM_URL}"><Parameter name="token" value="t1"/>'
            "</Stream></Connect>"
        )
        call = await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        await stream.wait("media", 3)
        signature = stream.headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate(STREAM_URL, {}, signature)
        messages = [message for _, message in stream.messages[:4]]
        assert messages[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        assert messages[1] == {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": stream.sid,
            "start": {
                "accountSid": ACCOUNT,
                "callSid": call.sid,
                "streamSid": stream.sid,
                "tracks": ["inbound"],
                "customParameters": {"token": "t1"},
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            },
        }
        media = messages[2]
        assert media["sequenceNumber"] == "2"
        assert media["media"]["chunk"] == "1"
        assert media["media"]["track"] == "inbound"
        assert media["media"]["timestamp"].isdigit()
        assert base64.b64decode(media["media"]["payload"]) == b"\xff" * 160
        await call.hang_up()
        stop = await stream.wait("stop")
        assert stop["stop"] == {"accountSid": ACCOUNT, "callSid": call.sid}
        assert carrier.errors == []


def stand_still(secs: float) -> None:
    """As if something had held up the loop of this test for so long: its clock has gone on."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop._jumping.now_secs += secs


async def test_media_keeps_time_and_makes_up_for_a_stall() -> None:
    """A second has 50 chunks, also when the event loop stood still in the middle of it."""
    async with wire() as (carrier, service):
        service.answer(CONNECT)
        await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        await stream.wait("media", 10)
        stand_still(0.3)
        await stream.wait("media", 60)
        times = stream.times("media")
        assert abs((times[59] - times[9]) - 1.0) < TOLERANCE_SECS
        timestamps = [int(m["media"]["timestamp"]) for m in stream.of("media")]
        assert timestamps[:60] == list(range(0, 1200, 20))


async def test_marks_come_back_when_the_sound_before_them_has_played() -> None:
    """A mark after 500 ms of sound comes after 500 ms; with nothing buffered, at once."""
    async with wire() as (carrier, service):
        service.answer(CONNECT)
        call = await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        asked_at = await stream.mark("empty")
        await stream.wait("mark")
        assert stream.times("mark")[0] - asked_at < TOLERANCE_SECS
        sent_at = await stream.media(tone(200))
        await stream.media(tone(300))
        await stream.mark("half a second")
        await stream.media(tone(100))
        await stream.mark("the rest")
        await stream.wait("mark", 3)
        waited = [t - sent_at for t in stream.times("mark")[1:]]
        assert abs(waited[0] - 0.5) < TOLERANCE_SECS
        assert abs(waited[1] - 0.6) < TOLERANCE_SECS
        assert stream.of("mark")[1]["mark"] == {"name": "half a second"}
        assert [mark.cleared for mark in call.marks] == [False, False, False]


async def test_clear_drops_the_buffer_and_returns_all_marks() -> None:
    """After a clear nothing more is heard, outstanding marks come at once, new sound plays."""
    async with wire() as (carrier, service):
        service.answer(CONNECT)
        call = await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        await stream.media(tone(2000))
        await stream.mark("a")
        await stream.mark("b")
        await asyncio.sleep(0.3)
        cleared_at = await stream.clear()
        await stream.wait("mark", 2)
        assert stream.times("mark")[1] - cleared_at < TOLERANCE_SECS
        assert [mark.cleared for mark in call.marks] == [True, True]
        await asyncio.sleep(0.02)
        again_at = await stream.media(tone(100))
        await stream.mark("c")
        await stream.wait("mark", 3)
        assert abs(stream.times("mark")[2] - again_at - 0.1) < TOLERANCE_SECS
        assert len(call.clears) == 1
        assert abs(call.clears[0].dropped_ms - 1700) < 40
        await call.hang_up()
        sounds = call.agent_sounds()
        assert abs(sounds[0].end_ms - sounds[0].start_ms - 300) < 40
        heard = call.heard
        loud_bytes = sum(byte not in (0xFF, 0x7F) for byte in heard.agent)
        assert loud_bytes < (300 + 100 + 60) * 8


async def test_what_does_not_fit_the_protocol_is_refused_and_ignored() -> None:
    """Every malformed message is recorded under Twilio's code and has no other effect."""
    async with wire() as (carrier, service):
        service.answer(CONNECT)
        await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        sid = stream.sid
        await stream.socket.send_bytes(b"\x00")
        await stream.socket.send_text("{not json")
        await stream.socket.send_text("[1]")
        for message in (
            {"event": "hello", "streamSid": sid},
            {"event": "clear"},
            {"event": "clear", "streamSid": "MZ0"},
            {"event": "clear", "streamSid": sid, "extra": 1},
            {"event": "media", "streamSid": sid, "media": {"payload": "!"}},
            {"event": "media", "streamSid": sid, "media": {"payload": "AAAA", "track": "outbound"}},
            {"event": "mark", "streamSid": sid},
            {"event": "mark", "streamSid": sid, "mark": {"name": 1}},
        ):
            await stream.send(message)
        await stream.mark("still alive")
        await stream.wait("mark")
        assert [error.code for error in carrier.errors] == [31950] + [31951] * 10
        assert "unknown fields extra" in carrier.errors[6].message


async def test_keys_arrive_as_dtmf() -> None:
    """Each key the caller presses is one dtmf message, in order."""
    async with wire() as (carrier, service):
        service.answer(CONNECT)
        call = await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        await call.press("1#")
        await stream.wait("dtmf", 2)
        assert [m["dtmf"] for m in stream.of("dtmf")] == [
            {"track": "inbound_track", "digit": digit} for digit in "1#"
        ]


async def test_a_cut_stream_ends_without_a_word_and_twiml_goes_on() -> None:
    """After a TCP cut the service sees no close frame, and the next verb is run."""
    async with wire() as (carrier, service):
        service.answer(CONNECT + "<Say>Sorry</Say>")
        call = await carrier.dial("+15552223333")
        stream = await service.wait_stream()
        call.cut_stream()
        await asyncio.wait_for(stream.closed.wait(), 5)
        assert stream.close_code in (1005, 1006)
        assert stream.of("stop") == []
        await call.wait_for("say")
        assert await call.wait_ended(5) is EndReason.TWIML_RAN_OUT
        assert call.state is CallStatus.COMPLETED
        assert [error.code for error in carrier.errors] == [31903]


async def test_a_refused_handshake_is_an_error_and_twiml_goes_on() -> None:
    """A service that refuses the upgrade gets 31920, and the next verb is run."""
    async with wire() as (carrier, service):
        service.refuse_streams = True
        service.answer(CONNECT + "<Hangup/>")
        call = await carrier.dial("+15552223333")
        assert await call.wait_ended(5) is EndReason.TWIML_HANGUP
        assert [error.code for error in carrier.errors] == [31920]


async def test_a_recording_has_both_sides_at_their_times() -> None:
    """The WAV is as long as the call; the caller is left, the agent right, each when it was."""

    async def talk(stream: Stream) -> None:
        await stream.wait("media", 25)
        await stream.media(tone(200))

    async with wire() as (carrier, service):
        service.talk = talk
        service.answer(CONNECT)
        script = CallerScript([Sound(tone(160, 300)), StayOn()])
        call = await carrier.dial("+15552223333", caller=script)
        stream = await service.wait_stream()
        await stream.wait("media", 60)
        await call.hang_up()
        with wave.open(io.BytesIO(stereo_wav(call.heard))) as wav:
            assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (2, 8000, 2)
            assert abs(wav.getnframes() / 8000 - call.now_ms / 1000) < TOLERANCE_SECS
        heard = call.heard
        assert any(byte != 0xFF for byte in heard.caller[: 160 * 8])
        assert set(heard.caller[400 * 8 :]) == {0xFF}
        assert set(heard.agent[: 400 * 8]) == {0xFF}
        (span,) = call.agent_sounds()
        assert abs(span.end_ms - span.start_ms - 200) < 1
