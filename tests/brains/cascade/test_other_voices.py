"""Whole answers through the voices of Cartesia and ElevenLabs, which are simulated from what
Pipecat's clients of them send and read; and what becomes of an answer when such a voice fails.
"""

import asyncio

import pytest
from session_kit import ANSWER, services, talk

from bot.brains.errors import ModelError, ModelLost, ModelRefused, ModelUnreachable
from bot.brains.openai import client_events
from bot.simulator.services import SpeechFaults

PATHS = {
    "cartesia": "/tts/websocket",
    "elevenlabs": "/v1/text-to-speech/a-voice/multi-stream-input",
}
ASK = "When are you open?"


@pytest.fixture(params=PATHS)
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def test_a_turn_is_heard_and_answered_sentence_by_sentence(vendor: str) -> None:
    """All words and all sound, twice over: the second answer is as whole as the first."""
    async with services() as far, talk(far, f"openai > openai > {vendor}", voice="a-voice") as call:
        await call.caller_says(ASK)
        assert (await call.done())["status"] == "completed"
        assert call.words == ANSWER
        assert call.sound_ms == pytest.approx(250 * len(ANSWER.split()), abs=1)
        assert far.state.sentences == ["We are open from nine to five.", "On Sundays we are not."]
        call.session.post(client_events.opening_request("One moment, please."))
        assert (await call.done(2))["status"] == "completed"
        assert call.words.endswith("One moment, please.")
        assert call.sound_ms == pytest.approx(250 * (len(ANSWER.split()) + 3), abs=1)
        assert far.state.opened.count(PATHS[vendor]) == 1


async def test_what_is_cut_off_is_not_heard_in_the_next_answer(vendor: str) -> None:
    """The caller speaks over it."""
    async with services() as far, talk(far, f"openai > openai > {vendor}", voice="a-voice") as call:
        await call.caller_says(ASK)
        await call.happened("response.output_audio.delta", 3)
        (created,) = call.of("response.created")
        call.session.post(client_events.cancel(created["response"]["id"]))
        assert (await call.done())["status"] == "cancelled"
        heard_ms = call.sound_ms
        call.session.post(client_events.opening_request("One moment, please."))
        assert (await call.done(2))["status"] == "completed"
        assert call.sound_ms - heard_ms == pytest.approx(750, abs=1)


async def test_a_voice_that_breaks_off_ends_the_answer_unfinished(vendor: str) -> None:
    """The sound that came is heard."""
    async with services() as far, talk(far, f"openai > openai > {vendor}", voice="a-voice") as call:
        far.state.faults.speaking = SpeechFaults(times=1, drop=True)
        await call.caller_says(ASK)
        assert (await call.done())["status"] in ("incomplete", "failed")
        assert 0 < call.sound_ms < 250 * len(ANSWER.split())


async def test_a_voice_that_falls_silent_ends_the_session(vendor: str) -> None:
    """Within its deadline: another session may find it well."""
    async with services() as far, talk(far, f"openai > openai > {vendor}", voice="a-voice") as call:
        far.state.faults.speaking = SpeechFaults(times=99, silent=True)
        before = asyncio.get_running_loop().time()
        await call.caller_says(ASK)
        assert (await call.done())["status"] == "failed"
        await asyncio.sleep(0.01)
        assert isinstance(call.lost, ModelLost) and call.sound == b""
        assert asyncio.get_running_loop().time() - before < 10


@pytest.mark.parametrize(("status", "error"), [(500, ModelUnreachable), (401, ModelRefused)])
async def test_a_voice_that_cannot_be_reached_opens_no_session(
    vendor: str, status: int, error: type[ModelError]
) -> None:
    """The shell tries again, or not: it may pass, or it will not."""
    async with services() as far:
        far.state.faults.speaking = SpeechFaults(times=9, status=status)
        with pytest.raises(error):
            async with talk(far, f"openai > openai > {vendor}", voice="a-voice"):
                pass
