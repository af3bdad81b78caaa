"""What becomes of an answer when one of the three services fails: never silence without an end."""

import asyncio

import pytest
from session_kit import ANSWER, GREETING, services, talk

from bot.brains.errors import ModelLost, ModelRefused, ModelUnreachable
from bot.brains.openai import client_events
from bot.simulator.services import ChatFaults, SpeechFaults
from tests.voices import kept_voice

UPLOAD = "openai > openai > openai"  # turns and sentences in requests of their own


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (ChatFaults(status=429, retry_after="2"), "rate_limit_exceeded", "try again in 2s"),
        (ChatFaults(status=500), "server_error", "This is a fault"),
        (ChatFaults(status=401), "invalid_api_key", "This is a fault"),
        (ChatFaults(status=404), "model_not_found", "This is a fault"),
        (ChatFaults(garbage=True), "server_error", "JSON"),
        (ChatFaults(cut_after_words=0), "server_error", ""),
        (ChatFaults(silent=True), "server_error", "no words for 10 s"),
    ],
    ids=["429", "500", "401", "404", "garbage", "cut before a word", "silent"],
)
async def test_a_chat_model_that_fails_is_asked_again(
    fault: ChatFaults, code: str, said: str
) -> None:
    """The answer fails with a code that the conversation knows, and the next one is given."""
    async with services() as far, talk(far) as call:
        fault.times = 1
        far.state.faults.thinking = fault
        failed = await call.ask(1)
        assert failed["status"] == "failed"
        assert failed["status_details"]["error"]["code"] == code
        assert said in failed["status_details"]["error"]["message"]
        assert call.sound == b""
        assert (await call.ask(2))["status"] == "completed"
        assert call.words == GREETING


@pytest.mark.parametrize(
    "fault", [ChatFaults(cut_after_words=5), ChatFaults(stops_after_words=5)], ids=["cut", "ends"]
)
async def test_an_answer_that_breaks_off_is_heard_as_far_as_it_came(fault: ChatFaults) -> None:
    """And counts as unfinished: the conversation asks for the rest."""
    async with services() as far, talk(far) as call:
        fault.times = 1
        far.state.faults.thinking = fault
        done = await call.ask()
        assert done["status"] == "incomplete"
        assert call.words == "Hello there."
        assert call.sound_ms == 500


async def test_an_empty_answer_ends_as_one() -> None:
    """Without a word, and without a failure."""
    async with services() as far, talk(far) as call:
        far.state.faults.thinking = ChatFaults(times=1, empty=True)
        assert (await call.ask())["status"] == "completed"
        assert call.of("response.output_item.added") == []


@pytest.mark.parametrize("model", [UPLOAD, "deepgram > openai > deepgram"])
async def test_a_voice_that_says_nothing_and_not_why_ends_the_session(model: str) -> None:
    """Within its deadline: another session may find it well."""
    async with services() as far, talk(far, model) as call:
        far.state.faults.speaking = SpeechFaults(times=99, silent=True)
        before = asyncio.get_running_loop().time()
        assert (await call.ask())["status"] == "failed"
        await asyncio.sleep(0.01)
        assert isinstance(call.lost, ModelLost)
        assert asyncio.get_running_loop().time() - before < 6
        assert call.sound == b""


@pytest.mark.parametrize("status", [429, 500])
async def test_a_voice_that_refuses_a_sentence_leaves_the_answer_unfinished(status: int) -> None:
    """What it said of the answer is heard."""
    async with services() as far, talk(far, UPLOAD) as call:
        far.state.faults.speaking = SpeechFaults(times=3, status=status)
        assert (await call.ask())["status"] == "incomplete"
        assert call.sound_ms == pytest.approx(1500, abs=1)  # of the second sentence


@pytest.mark.parametrize(("status", "error"), [(500, ModelUnreachable), (401, ModelRefused)])
async def test_a_voice_that_cannot_be_reached_opens_no_session(
    status: int, error: type[Exception]
) -> None:
    """The shell tries again, or not: it may pass, or it will not."""
    async with services() as far:
        far.state.faults.speaking = SpeechFaults(times=9, status=status)
        with pytest.raises(error):
            async with talk(far):
                pass


async def test_a_voice_that_breaks_off_ends_the_answer_unfinished() -> None:
    """The sound that came is heard."""
    async with services() as far, talk(far) as call:
        far.state.faults.speaking = SpeechFaults(times=1, drop=True)
        done = await call.ask()
        assert done["status"] in ("incomplete", "failed")
        assert 0 < call.sound_ms < 2000


@pytest.mark.parametrize("model", [UPLOAD, "deepgram > openai > deepgram"])
async def test_what_nobody_made_out_is_told_to_the_model_as_sound(model: str) -> None:
    """An ear that says nothing costs a moment, and the caller an answer that asks again."""
    async with services() as far, talk(far, model) as call:
        far.state.faults.hearing = SpeechFaults(times=9, silent=True)
        before = asyncio.get_running_loop().time()
        await call.caller_says("When are you open?")
        assert (await call.done())["status"] == "completed"
        assert asyncio.get_running_loop().time() - before < 7
        (heard,) = call.of("conversation.item.input_audio_transcription.completed") or [{}]
        if model == UPLOAD:
            assert heard["transcript"] == ""
            assert "without words" in far.state.chats[0]["messages"][-1]["content"]


@pytest.mark.parametrize("fault", [SpeechFaults(status=500), SpeechFaults(garbage=True)])
async def test_an_ear_that_fails_leaves_words_not_understood(fault: SpeechFaults) -> None:
    """The record says so, and the caller is answered."""
    async with services() as far, talk(far, UPLOAD) as call:
        fault.times = 9
        far.state.faults.hearing = fault
        await call.caller_says("When are you open?")
        assert (await call.done())["status"] == "completed"
        assert len(call.of("conversation.item.input_audio_transcription.failed")) == 1


@pytest.mark.parametrize(
    ("model", "silence_secs"), [(UPLOAD, 0.0), ("deepgram > openai > openai", 1.0)]
)
async def test_the_sound_that_an_ear_is_given_is_billed(model: str, silence_secs: float) -> None:
    """Of a turn, and the silence after it that a streaming one waits for."""
    spoken_secs = len(kept_voice("caller").render("When are you open?")) / 8000
    async with services() as far, talk(far, model) as call:
        await call.caller_says("When are you open?", then_ask=False)
        await call.happened("conversation.item.input_audio_transcription.completed")
        (heard,) = call.of("conversation.item.input_audio_transcription.completed")
    assert heard["usage"]["seconds"] == pytest.approx(spoken_secs + silence_secs, abs=0.01)


async def test_words_are_heard_and_answered() -> None:
    """With nothing wrong: heard once, billed by the second, answered in words and sound."""
    async with services() as far, talk(far, UPLOAD) as call:
        await call.caller_says("When are you open?")
        done = await call.done()
        (heard,) = call.of("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == "When are you open?"
        assert heard["usage"]["seconds"] > 0.8
        assert call.words == ANSWER
        assert call.sound_ms == pytest.approx(250 * len(ANSWER.split()), abs=1)
        usage = done["usage"]
        assert usage["thinking"]["text_in"] > 0 and usage["thinking"]["text_out"] > 0
        assert usage["speaking"]["characters"] == sum(map(len, far.state.sentences))
        assert 150 <= usage["stages_ms"]["hearing"] < 400
        assert 200 <= usage["stages_ms"]["thinking"] < 400
        assert 100 <= usage["stages_ms"]["speaking"] < 250


async def asked_and_answered(*, guesses_wrong: bool) -> tuple[list[str], int, int]:
    """What the chat model was asked about each time, how long its answer took from the caller's
    last words on, and how many tokens were paid for."""
    async with services() as far, talk(far) as call:
        far.state.faults.hearing = SpeechFaults(guesses_wrong=guesses_wrong)
        await call.caller_says("When are you open?")
        done = await call.done()
        assert call.words == ANSWER
        asked = [chat["messages"][-1]["content"] for chat in far.state.chats]
        stages, thinking = done["usage"]["stages_ms"], done["usage"]["thinking"]
        return asked, stages["thinking"], sum(thinking.values())


async def test_an_answer_is_begun_before_the_words_are_sure() -> None:
    """By the ear's guess at the end of the turn: if that was right, it is the answer; if not, it is
    thrown away, paid for, and asked for again."""
    right, soon_ms, cheap = await asked_and_answered(guesses_wrong=False)
    wrong, late_ms, dear = await asked_and_answered(guesses_wrong=True)
    assert right == ["When are you open?"]
    assert wrong == ["When are you open? or not", "When are you open?"]
    assert soon_ms < late_ms - 50
    assert dear > cheap


async def test_another_answer_may_be_asked_for_as_soon_as_the_end_of_one_is_told() -> None:
    """Whoever reads the end asks at once, before anything else has its turn."""
    async with services() as far, talk(far, reads=False) as call:
        statuses = []
        call.session.post(client_events.response("answer", event_id="ask_1"))
        async with asyncio.timeout(20):
            async for event in call.session.events():
                if event["type"] == "response.done":
                    statuses.append(event["response"]["status"])
                    if len(statuses) == 3:
                        break
                    call.session.post(client_events.response("answer", event_id="ask_2"))
                assert event["type"] != "error"
        assert statuses == ["completed"] * 3


PIPER = "openai > local > piper"


async def test_a_cascade_without_any_cloud_but_its_ear_speaks() -> None:
    """Piper's 22 kHz become the line's 8 kHz to the millisecond; the chat server needs no model."""
    async with services() as far, talk(far, PIPER) as call:
        assert (await call.ask())["status"] == "completed"
        assert call.words == GREETING
        assert call.sound_ms == pytest.approx(2000, abs=2)
        assert all(message["role"] != "developer" for message in far.state.chats[0]["messages"])


@pytest.mark.parametrize("fault", [SpeechFaults(status=500), SpeechFaults(garbage=True)])
async def test_piper_out_of_order_fails_the_answer(fault: SpeechFaults) -> None:
    """It does not hang."""
    async with services() as far, talk(far, PIPER) as call:
        fault.times = 2
        far.state.faults.speaking = fault
        assert (await call.ask(1))["status"] == "failed"
        assert (await call.ask(2))["status"] == "completed"
