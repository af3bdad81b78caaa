"""A model that goes silent without closing its session: noticed, bridged, replaced."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InterruptionFrame,
    VADUserStartedSpeakingFrame,
)

from bot.brains import Clips, ModelRefused, Speaker
from bot.brains.realtime import RealtimeSession
from processors.frames import (
    AgentAudioFrame,
    AnswerNowFrame,
    HangUpFrame,
    RanDryFrame,
    SayFrame,
)
from tests.brains.realtime.far_model import FarSession, ObligingModel, opened
from tests.brains.realtime.test_realtime_model import (
    CLIP,
    GREETING,
    MARIN,
    Scene,
    caller_sound,
    scene,
)
from tests.wire import openai_events

FILLER = "One moment."
ANSWER = openai_events.answer("resp_1", "item_1", "We open at nine.")


@asynccontextmanager
async def greeted(
    folder: Path, *, opens_after_secs: float = 0.0, fillers: Sequence[str] = (FILLER,)
) -> AsyncIterator[tuple[Scene, ObligingModel]]:
    """A call whose greeting was heard, and the session that would take the place of its own."""
    another = ObligingModel()
    async with scene(
        folder,
        clips=[GREETING, *fillers],
        waiting=(FILLER,),
        reopen=lambda: opened(another, after_secs=opens_after_secs),
    ) as s:
        (clip,) = s.stage.downs(AgentAudioFrame)
        await s.stage.up(BotStartedSpeakingFrame())
        await s.play(clip.utterance_id, 1000)
        await s.stage.up(BotStoppedSpeakingFrame())
        yield s, another


def begun() -> list[openai_events.Event]:
    """An answer, half of whose sound has come."""
    assert ANSWER[7]["type"] == "response.output_audio.delta"
    return ANSWER[:8]


def asides(s: Scene) -> list[float]:
    """When the caller was asked to wait."""
    heard = zip(s.stage.downs(AgentAudioFrame), s.stage.down_secs(AgentAudioFrame), strict=True)
    return [at for frame, at in heard if frame.utterance_id.startswith("aside")]


async def hear_aside(s: Scene, secs: float = 0.5) -> None:
    """The carrier plays the line that asks the caller to wait."""
    await s.stage.up(BotStartedSpeakingFrame())
    await s.stage.after(secs)
    await s.stage.up(BotStoppedSpeakingFrame())


async def show_that_it_answers(s: Scene) -> None:
    """The caller speaks, and the model, asked whether it lives, says so at once."""
    await s.caller_speaks(2.0)
    await s.stage.after(1.2)


async def test_the_caller_is_told_to_wait_within_a_second(tmp_path: Path) -> None:
    """From the end of the caller's speech, its last 0.4 s being silence already."""
    async with greeted(tmp_path) as (s, _):
        s.session.stalled = True
        await s.caller_speaks(2.0)
        fell_silent = s.stage.now_secs - 0.4
        await s.stage.after(1.0)
        assert [0.75 < at - fell_silent < 0.9 for at in asides(s)] == [True]


async def test_one_that_dies_while_it_thinks_is_noticed_within_a_second(tmp_path: Path) -> None:
    """However often it has answered before."""
    async with greeted(tmp_path) as (s, _):
        await s.caller_speaks(2.0)
        await s.stage.after(3.0)
        assert asides(s) == []
        s.session.stalled = True
        died = s.stage.now_secs
        await s.stage.after(1.0)
        assert [at - died < 1.0 for at in asides(s)] == [True]


async def test_the_caller_is_asked_again_until_the_model_is_heard(tmp_path: Path) -> None:
    """Never is it silent for a second, from the stall to the answer of another session."""
    async with greeted(tmp_path, opens_after_secs=3.0) as (s, another):
        await show_that_it_answers(s)
        s.session.stalled = True
        await s.caller_speaks(2.0)
        quiet_from = s.stage.now_secs - 0.4
        for count in range(1, 5):
            await s.stage.until(quiet_from + 0.9)
            assert len(asides(s)) == count
            await s.stage.until(asides(s)[-1])
            await hear_aside(s)
            quiet_from = s.stage.now_secs
        await s.stage.after(0.3)
        assert s.session.closed
        assert another.posted  # what was said so far: it is open
        another.hear("When are you open?", secs=0.0)
        await s.stage.after(5.0)
        assert len(asides(s)) == 4


async def test_a_model_that_comes_back_and_says_nothing_is_given_up(tmp_path: Path) -> None:
    """Nobody is asked to wait for ever."""
    async with greeted(tmp_path, opens_after_secs=4.0) as (s, _):
        s.session.lose()
        await s.caller_speaks(2.0)
        heard = 0
        while s.stage.now_secs < 30:
            await s.stage.after(0.1)
            if len(asides(s)) > heard:
                heard += 1
                await hear_aside(s)
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_silent"]
        assert s.stage.down_secs(HangUpFrame) == [pytest.approx(asides(s)[0] + 15.5, abs=1.0)]


async def test_nobody_is_asked_to_wait_while_he_speaks(tmp_path: Path) -> None:
    """Nor when nothing is due: the other session takes its place unnoticed."""
    async with greeted(tmp_path, opens_after_secs=3.0) as (s, _):
        s.session.lose()
        await s.stage.after(2.0)
        assert asides(s) == []
        await s.caller_speaks(3.0)
        assert asides(s) == []


async def test_a_dead_session_is_let_go_at_once(tmp_path: Path) -> None:
    """Two seconds after the caller's last word, and the other is told what was heard."""
    async with greeted(tmp_path) as (s, another):
        await show_that_it_answers(s)
        s.session.stalled = True
        await s.caller_speaks(2.0)
        await s.stage.after(1.45)
        assert not s.session.closed
        await s.stage.after(0.15)
        assert s.session.closed
        told = another.of("conversation.item.create")
        assert [item["item"]["content"][0]["text"] for item in told] == [GREETING]


async def test_a_question_is_heard_again_though_an_answer_was_asked_for(tmp_path: Path) -> None:
    """Whoever waited for the answer asked the dead session: the next has to hear the question."""
    async with greeted(tmp_path) as (s, another):
        s.session.stalled = True
        speaking = asyncio.create_task(s.caller_speaks(2.0))
        for number in range(100):
            await s.stage.down(caller_sound(number))
            await s.stage.after(0.02)
        await speaking
        await s.stage.after(1.0)
        await s.stage.up(AnswerNowFrame())
        await s.stage.after(4.0)
        assert s.session.closed
        assert len(another.appended) >= 75  # but for what came before half a second of silence
        assert another.of("response.create") == []


async def test_one_that_waits_for_the_end_of_the_turn_lives(tmp_path: Path) -> None:
    """Seconds without a word of it, but it answers when asked, once: nothing happens. Its socket is
    asked all the time.
    """
    async with greeted(tmp_path) as (s, _):
        await s.caller_speaks(2.0)
        await s.stage.after(8.0)
        assert not s.session.closed
        assert asides(s) == []
        assert s.session.asked_after == 1
        assert 14 <= s.session.pinged <= 17


async def test_one_that_is_silent_behind_a_living_socket_is_bridged(tmp_path: Path) -> None:
    """Within two and a half seconds of the caller's last word; it has time to think."""
    async with greeted(tmp_path) as (s, _):
        s.session.silent = True
        await s.caller_speaks(2.0)
        fell_silent = s.stage.now_secs - 0.4
        await s.stage.after(4.5)
        assert 1.0 < asides(s)[0] - fell_silent < 2.5
        assert not s.session.closed
        await s.stage.after(2.0)
        assert s.session.closed


@pytest.mark.parametrize("secs", [1.2, 2.0, 3.0])
@pytest.mark.parametrize("fillers", [(FILLER,), ()])
async def test_a_wire_that_stands_still_and_loses_nothing_costs_no_session(
    tmp_path: Path, secs: float, fillers: Sequence[str]
) -> None:
    """Again and again: the old session answers before another could be opened."""
    async with greeted(tmp_path, opens_after_secs=3.5, fillers=fillers) as (s, another):
        for number in range(3):
            s.session.stalled = True
            await s.caller_speaks(2.0)
            await s.stage.after(secs)
            s.session.come_back()
            await s.stage.after(0.1)
            answer_id = f"item_{number}"
            await s.tell(*openai_events.answer(f"resp_{number}", answer_id, "At nine."))
            await s.stage.after(1.0)
            await s.play(answer_id, 1000)
            await s.stage.after(10.0)
        assert not s.session.closed
        assert another.order == []
        assert s.stage.downs(HangUpFrame) == []


async def test_giving_up_on_our_own_is_a_loss_where_the_new_one_fails_too(tmp_path: Path) -> None:
    """What cannot be opened beside it is not opened in its place either."""

    async def refuse() -> RealtimeSession:
        raise ModelRefused("no")

    async with scene(tmp_path, clips=[GREETING], reopen=refuse) as s:
        s.session.stalled = True
        await s.caller_speaks(1.0)
        await s.stage.after(2.0)
        assert s.session.closed
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_lost"]


async def test_an_old_session_that_answers_first_stays(tmp_path: Path) -> None:
    """The other is not waited for any more."""
    async with greeted(tmp_path, opens_after_secs=1.0) as (s, another):
        s.session.stalled = True
        await s.caller_speaks(2.0)
        await s.stage.after(2.0)  # the other is being opened
        s.session.come_back()
        await s.stage.after(3.0)
        assert not s.session.closed
        assert another.order == []


async def test_giving_up_on_our_own_is_no_loss_where_another_answers(tmp_path: Path) -> None:
    """Five times within a minute, and the call goes on."""
    others: list[FarSession] = []

    async def reopen() -> RealtimeSession:
        others.append(FarSession())
        return await opened(others[-1])

    async with scene(tmp_path, clips=[GREETING], reopen=reopen) as s:
        (clip,) = s.stage.downs(AgentAudioFrame)
        await s.play(clip.utterance_id, 1000)
        current = s.session
        for number in range(5):
            current.stalled = True
            await s.caller_speaks(1.0)
            await s.stage.after(2.0)
            assert current.closed
            current = others[number]
            current.tell(*openai_events.answer(f"resp_{number}", f"item_{number}", "At nine."))
            await s.stage.after(0.5)
            await s.play(f"item_{number}", 1000)
        assert s.stage.downs(HangUpFrame) == []


async def test_a_sentence_that_breaks_off_is_bridged(tmp_path: Path) -> None:
    """From the moment at which the caller heard the last of it; once for each silence."""
    async with greeted(tmp_path) as (s, _):
        await s.tell(*begun())
        await s.stage.up(BotStartedSpeakingFrame())
        await s.stage.after(0.5)
        s.session.stalled = True
        await s.stage.up(RanDryFrame())
        dry = s.stage.now_secs
        await s.stage.after(1.0)
        assert [at - dry for at in asides(s)] == [pytest.approx(0.7, abs=0.06)]


async def test_a_sentence_cut_by_the_caller_is_not_gone_on_with(tmp_path: Path) -> None:
    """It broke off with its session; they spoke into it, and what they said is what counts."""
    async with greeted(tmp_path, opens_after_secs=4.0) as (s, another):
        await s.tell(*begun())
        await s.stage.up(BotStartedSpeakingFrame())
        s.session.lose()
        await s.settle()
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), InterruptionFrame())
        await s.play("item_1", 300, interrupted=True)
        await s.stage.after(4.1)
        assert another.posted
        assert "system" not in [e["item"].get("role") for e in another.posted if "item" in e]
        assert another.asked_for() == []


async def test_a_prepared_line_is_no_sign_of_a_model_that_is_gone(tmp_path: Path) -> None:
    """Company goes on after it."""
    async with greeted(tmp_path, opens_after_secs=5.0) as (s, _):
        s.clips.put(MARIN, "Are you there?", CLIP)
        s.session.lose()
        await s.settle()
        await s.stage.up(SayFrame(text="Are you there?"))
        await hear_aside(s, 1.0)
        await s.caller_speaks(1.0)
        await s.stage.after(0.8)
        assert len(asides(s)) == 1


async def test_a_sentence_that_goes_on_in_time_is_not_interrupted(tmp_path: Path) -> None:
    """A generator that falls behind for a moment needs no excuse."""
    async with greeted(tmp_path) as (s, _):
        await s.tell(*begun())
        await s.stage.up(BotStartedSpeakingFrame(), RanDryFrame())
        await s.stage.after(0.5)
        await s.tell(*ANSWER[8:])
        await s.stage.after(3.0)
        assert asides(s) == []


async def test_the_wait_of_a_first_session_is_bridged(tmp_path: Path) -> None:
    """Before the first words, and between its opening and its voice; a line after the other."""
    session = FarSession()
    async with scene(
        tmp_path,
        session=session,
        opens_after_secs=2.0,
        clips=[FILLER, "Soon."],
        waiting=(FILLER, "Soon."),
    ) as s:
        await s.stage.until(0.8)
        assert asides(s) == [pytest.approx(0.7, abs=0.06)]
        await hear_aside(s)
        await s.stage.until(2.5)
        assert len(asides(s)) == 2
        await hear_aside(s)
        await s.tell(*openai_events.answer("resp_1", "item_1", GREETING, purpose="opening"))
        await s.stage.after(5.0)
        assert len(asides(s)) == 2
        for frame, text in zip(s.stage.downs(AgentAudioFrame), (FILLER, "Soon."), strict=False):
            await s.play(frame.utterance_id, 1000)
            assert s.notes.said[-1] == ("agent", text)


async def test_a_first_session_in_time_is_a_model_like_any_other(tmp_path: Path) -> None:
    """That it takes its time over the first words is no reason to ask anybody to wait."""
    async with scene(tmp_path, opens_after_secs=0.5, clips=[FILLER], waiting=(FILLER,)) as s:
        await s.stage.until(3.0)
        assert asides(s) == []


@pytest.mark.parametrize(("voice", "count"), [("cedar", 1), ("", 0)])
async def test_without_a_clip_of_its_own_another_voice_is_heard(
    tmp_path: Path, voice: str, count: int
) -> None:
    """A strange voice is better than none; where nobody has said the line, nothing happens."""
    if voice:
        Clips(tmp_path).put(Speaker(brain="openai", model=MARIN.model, voice=voice), FILLER, CLIP)
    async with scene(tmp_path, opens_after_secs=1.2, waiting=(FILLER,)) as s:
        await s.stage.until(1.0)
        assert len(asides(s)) == count
