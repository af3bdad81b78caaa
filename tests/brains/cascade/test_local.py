"""A sentence in, a sentence out, with three engines on this machine and nothing in the cloud."""

import asyncio

import pytest
from local_servers import chat_server, missing, piper_server
from loguru import logger
from loop_lag import LoopLag
from session_kit import Talk

from bot.brains.cascade import Accounts, CascadeBrain
from bot.brains.cascade.inventory import look
from bot.brains.config import SessionConfig
from bot.clock import monotonic
from bot.media.g711 import loudness

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.realtime,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing()), reason=missing()),
]


async def test_a_sentence_in_and_a_sentence_out() -> None:
    """Moonshine hears, SmolLM2 thinks (of nothing in particular), Piper speaks: timed by stages."""
    async with chat_server() as chat, piper_server() as piper:
        accounts = Accounts(chat_url=f"{chat}/v1", piper_url=piper)
        there = {found.name: found for found in await look(accounts)}
        assert there["local"].there and there["piper"].there and there["moonshine"].there
        brain = CascadeBrain(accounts)
        speaker = brain.speaker("moonshine > local > piper")
        config = SessionConfig(
            speaker=speaker,
            instructions="You answer the phone of a shop. Answer in one short sentence.",
            language="en",
            turns="local",
        )
        call = Talk(await brain.open(config))
        lag = LoopLag()
        try:
            await call.caller_says("What time do you open tomorrow?", then_ask=False)
            asked_at = monotonic()
            call.session.post(
                {"type": "response.create", "event_id": "ask_1", "response": {"metadata": {}}}
            )
            with lag.watched():
                async with asyncio.timeout(60):
                    await call.happened("response.output_audio.delta")
                first_sound_secs = monotonic() - asked_at
                done = await call.done(within_secs=60)
        finally:
            await call.close()
    (heard,) = call.of("conversation.item.input_audio_transcription.completed")
    assert "open tomorrow" in heard["transcript"].lower()
    assert done["status"] in ("completed", "incomplete")  # it is cut after 24 tokens
    assert len(call.words.split()) > 2
    assert call.sound_ms > 500 and loudness(call.sound) > 200
    usage = done["usage"]
    logger.info(
        "first sound after {:.2f} s, by stages {}; the loop was late by {:.0f} ms",
        first_sound_secs,
        usage["stages_ms"],
        lag.worst_ms,
    )
    assert usage["thinking"]["text_out"] > 2
    assert first_sound_secs < 60
