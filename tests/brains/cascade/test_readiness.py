"""What is said of a cascade before any call: each of the three is asked, not the voice alone."""

from dataclasses import replace

import pytest
from session_kit import accounts, services

from bot.brains.cascade import Accounts, CascadeBrain
from bot.brains.errors import KeyRefused, ModelError, ModelRefused, ModelUnreachable
from bot.simulator.services import ChatFaults, SpeechFaults

MODEL = "deepgram > openai > deepgram"


async def test_a_chat_server_of_ones_own_is_asked() -> None:
    """Whether it is there, and takes the key; without a list of its models it is taken to."""
    local = "openai > local > openai"
    async with services() as far:
        there = accounts(far)
        await CascadeBrain(there).check_model(local, within_secs=2.0)
        with pytest.raises(KeyRefused, match="CHAT_API_KEY"):
            wrong = replace(there, chat_key="sk-other")
            await CascadeBrain(wrong).check_model(local, within_secs=2.0)
        listless = replace(there, chat_url=far.http_url)
        await CascadeBrain(listless).check_model(local, within_secs=2.0)
    nobody = Accounts(openai_key="k", chat_url="http://127.0.0.1:1/v1")
    with pytest.raises(ModelUnreachable, match="nobody answers"):
        await CascadeBrain(nobody).check_model(local, within_secs=2.0)


async def test_a_first_sound_is_one_of_three_that_work() -> None:
    """The line is said word for word, and the chat model has written a word."""
    async with services() as far:
        brain = CascadeBrain(accounts(far))
        first = await brain.first_sound(brain.speaker(MODEL), within_secs=10.0)
        assert 0 < first.sound_ms < 1000
        assert {"/v2/listen", "/v1/speak"} <= set(far.state.opened)
        assert len(far.state.chats) == 1


@pytest.mark.parametrize("dead", ["ear", "chat model"])
async def test_a_dead_ear_or_chat_model_is_no_first_sound(dead: str) -> None:
    """However well the voice speaks."""
    async with services() as far:
        brain = CascadeBrain(accounts(far))
        error: type[ModelError] = ModelRefused
        if dead == "ear":
            far.state.faults.hearing = SpeechFaults(times=9, status=503)
            error = ModelUnreachable
        else:
            far.state.faults.thinking = ChatFaults(times=9, status=404)
        with pytest.raises(error):
            await brain.first_sound(brain.speaker(MODEL), within_secs=10.0)
