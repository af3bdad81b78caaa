"""What a caller does with a script."""

from sim_carrier_service import CONNECT, Stream, ToneVoice, tone, wire

from bot.simulator.caller import (
    CallerScript,
    HangUp,
    HeardSpan,
    InterruptAfter,
    Pause,
    Press,
    Say,
    StayOn,
    WaitForAgent,
    finished_speaking,
    next_utterance,
)
from bot.simulator.carrier import EndReason

VOICE = ToneVoice()


def test_an_utterance_begins_behind_a_silence() -> None:
    """Short gaps belong to an utterance; one that began before the caller's words is not next."""
    sounds = [HeardSpan(0, 400), HeardSpan(500, 900), HeardSpan(1300, 1500)]
    assert next_utterance(sounds, -1) == 0
    assert next_utterance(sounds, 100) == 1300
    assert next_utterance(sounds, 1300) is None


def test_the_agent_has_finished_after_enough_silence() -> None:
    """Speech after `since` and then quiet; without such speech, silence means nothing."""
    sounds = [HeardSpan(0, 400)]
    assert not finished_speaking(sounds, since_ms=0, now_ms=1000, silence_ms=700)
    assert finished_speaking(sounds, since_ms=0, now_ms=1100, silence_ms=700)
    assert not finished_speaking(sounds, since_ms=400, now_ms=9000, silence_ms=700)


async def test_a_caller_waits_for_the_agent_then_speaks_presses_and_hangs_up() -> None:
    """Words come after the agent's last sound plus the silence; then keys, then the end."""

    async def greet(stream: Stream) -> None:
        await stream.media(tone(300))

    script = CallerScript(
        [WaitForAgent(silence_ms=200), Say("0123456789"), Press("5"), HangUp()], voice=VOICE
    )
    async with wire() as (carrier, service):
        service.talk = greet
        service.answer(CONNECT)
        call = await carrier.dial("+15552223333", caller=script)
        assert await call.wait_ended(5) is EndReason.CALLER_HUNG_UP
        says = await call.wait_for("caller_says")
        assert says.detail["text"] == "0123456789"
        silence_ms = says.detail["at_ms"] - call.agent_sounds()[0].end_ms
        assert 200 <= silence_ms < 280
        loud = [i for i, byte in enumerate(call.heard.caller) if byte not in (0xFF, 0x7F)]
        assert abs((loud[-1] - loud[0]) / 8 - 200) < 5
        assert service.streams[0].of("dtmf")[0]["dtmf"]["digit"] == "5"


async def test_a_caller_interrupts_at_the_moment_given() -> None:
    """The words begin so many ms after the agent's next utterance began to be heard."""

    async def answer_back(stream: Stream) -> None:
        await stream.wait("media", 20)
        await stream.media(tone(3000))
        await stream.wait("media", 60)
        await stream.clear()

    script = CallerScript([Say("hello"), InterruptAfter(400, "stop"), StayOn()], voice=VOICE)
    async with wire() as (carrier, service):
        service.talk = answer_back
        service.answer(CONNECT)
        call = await carrier.dial("+15552223333", caller=script)
        interrupts = await call.wait_for("caller_says", count=2)
        speaks = await call.wait_for("agent_speaks")
        await call.wait_for("clear")
        delay_ms = interrupts.detail["at_ms"] - speaks.detail["at_ms"]
        assert 380 <= delay_ms <= 440
        await call.hang_up()


async def test_a_caller_who_waits_in_vain_goes_on() -> None:
    """After the timeout the script continues, and the timeline says so."""
    script = CallerScript([WaitForAgent(timeout_secs=0.2), Pause(50)], voice=VOICE)
    async with wire() as (carrier, service):
        service.answer(CONNECT)
        call = await carrier.dial("+15552223333", caller=script)
        assert await call.wait_ended(5) is EndReason.CALLER_HUNG_UP
        assert call.timeline.of("caller_wait_timed_out")
        assert 0.25 <= call.now_ms / 1000 < 0.5
