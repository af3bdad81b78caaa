"""Services that are slow, but do not fail: nothing is cut short, mixed up or left behind."""

import asyncio
from importlib import import_module

import pytest
from session_kit import ANSWER, KEY, services, talk

from bot.brains.cascade import Accounts, CascadeBrain
from bot.brains.cascade.brain import _load
from bot.brains.config import SessionConfig
from bot.brains.errors import ModelMute
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.services import Pace, SpeechFaults

UPLOAD = "openai > openai > openai"


async def test_the_last_sentence_of_a_slow_chat_model_is_heard_to_its_end() -> None:
    """It is given as long as any other, however long ago the one before it was heard."""
    async with services() as far, talk(far) as call:
        far.state.pace = Pace(word_secs=2.0)
        await call.caller_says("When are you open?")
        assert (await call.done())["status"] == "completed"
        assert call.words == ANSWER
        assert call.sound_ms == pytest.approx(250 * len(ANSWER.split()), abs=1)


async def test_a_turn_whose_words_come_too_late_does_not_give_them_to_the_next() -> None:
    """The upload of a turn is given up with the turn, and the next one has its own words."""
    script = ModelScript(expects=("Yes.", "No."), steps=(Step(hears=ANYTHING, say="Fine."),) * 2)
    async with services(script) as far, talk(far, UPLOAD) as call:
        far.state.faults.hearing = SpeechFaults(times=1, after_secs=4.0)
        await call.caller_says("Yes.", then_ask=False)
        await asyncio.sleep(2.5)
        await call.caller_says("No.", then_ask=False)
        completed = "conversation.item.input_audio_transcription.completed"
        async with asyncio.timeout(10):
            await call.happened(completed)
        (failed,) = call.of("conversation.item.input_audio_transcription.failed")
        (heard,) = call.of(completed)
        first, second = call.of("input_audio_buffer.committed")
        assert failed["item_id"] == first["item_id"]
        assert heard["item_id"] == second["item_id"]
        assert far.state.opened.count("/v1/audio/transcriptions") == 2  # none is made again


async def test_words_of_a_streaming_ear_that_come_in_the_next_turn_are_of_their_own() -> None:
    """The chat model is told both turns as they were spoken, though it was not when it answered
    the first; in what is told of the turns, nothing is taken back.
    """
    said = "I would like to have it, if that is all right with you.", "No."
    script = ModelScript(expects=said, steps=(Step(hears=ANYTHING, say="Fine."),) * 2)
    async with services(script) as far, talk(far) as call:
        far.state.faults.hearing = SpeechFaults(times=1, after_secs=4.5)
        await call.caller_says("I would like to have it.", then_ask=False)
        await asyncio.sleep(4.0)
        await call.caller_says("No, I would not like that at all, really.", then_ask=False)
        completed = "conversation.item.input_audio_transcription.completed"
        async with asyncio.timeout(20):
            await call.happened(completed, 2)
        await call.ask()
        told = [m["content"] for m in far.state.chats[-1]["messages"] if m["role"] == "user"]
        assert told == list(said)
        first, second = call.of(completed)
        assert said[0].startswith(first["transcript"]) and first["transcript"] != said[0]
        assert second["transcript"] == said[1]


@pytest.mark.parametrize("model", ["deepgram > openai > openai", "openai > openai > deepgram"])
async def test_a_caller_who_hangs_up_while_it_opens_leaves_nothing_connected(model: str) -> None:
    """Neither the ear nor the mouth, which were still shaking hands."""
    came, gone = asyncio.Event(), asyncio.Event()

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        while await reader.read(4096):
            pass
        writer.close()
        gone.set()

    server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    async with server, services() as far:
        slow = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        accounts = Accounts(
            openai_key=KEY, openai_url=f"{far.http_url}/v1", deepgram_key=KEY, deepgram_url=slow
        )
        brain = CascadeBrain(accounts)
        config = SessionConfig(
            speaker=brain.speaker(model), instructions="", language="en", turns="local"
        )
        opening = asyncio.create_task(brain.open(config))
        await came.wait()
        await asyncio.sleep(0.5)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        left = {task.get_name() for task in asyncio.all_tasks()}
        assert "cascade-studio" not in left
        async with asyncio.timeout(5):
            await gone.wait()


async def test_a_call_does_not_wait_for_an_ear_that_is_still_being_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told in time that there is none; a later one will find it."""
    brain = CascadeBrain(Accounts())
    await asyncio.to_thread(_load)
    opening = import_module("bot.brains.cascade.opening")

    async def loads(*_: object, **__: object) -> None:
        await asyncio.sleep(600)

    monkeypatch.setattr(opening.services, "recogniser_of", loads)
    speaker = brain.speaker("whisper:large-v3 > local > piper")
    config = SessionConfig(speaker=speaker, instructions="", language="en", turns="local")
    before = asyncio.get_running_loop().time()
    with pytest.raises(ModelMute, match="whisper:large-v3 is still being loaded"):
        await brain.open(config)
    assert asyncio.get_running_loop().time() - before < 5
