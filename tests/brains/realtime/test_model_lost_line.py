"""The realtime model while the carrier's stream is gone and when another has come."""

from pathlib import Path

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from processors.frames import AgentAudioFrame, LineBackFrame, LineLostFrame, SayFrame
from tests.brains.realtime.test_realtime_model import GREETING, Scene, scene
from tests.wire import openai_events


def told_of_the_break(s: Scene) -> int:
    items = [event["item"] for event in s.session.of("conversation.item.create")]
    return sum(item.get("role") == "system" for item in items)


async def greeted(s: Scene) -> None:
    """The greeting was heard to its end."""
    (clip,) = s.stage.downs(AgentAudioFrame)
    await s.stage.up(BotStartedSpeakingFrame())
    await s.play(clip.utterance_id, 1000)
    await s.stage.up(BotStoppedSpeakingFrame())


async def begin_an_answer(s: Scene) -> None:
    """The model's answer is being heard and still made."""
    await greeted(s)
    await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine.")[:-2])
    await s.stage.up(BotStartedSpeakingFrame())


async def lose_the_line(s: Scene, *, heard_ms: int = 400) -> None:
    await s.stage.down(LineLostFrame())
    await s.play("item_1", heard_ms, interrupted=True)
    await s.stage.up(BotStoppedSpeakingFrame())
    await s.settle()


async def test_an_answer_is_cut_like_at_an_interruption_and_the_thread_picked_up(
    tmp_path: Path,
) -> None:
    """Cancelled, then truncated; when the line is back the model hears why, and is asked once."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await begin_an_answer(s)
        await lose_the_line(s)
        assert s.session.order[-2:] == ["response.cancel", "conversation.item.truncate"]
        assert s.session.of("conversation.item.truncate")[0]["audio_end_ms"] == 400
        await s.tell(openai_events.done("resp_1", "cancelled"))
        assert (s.session.asked_for(), told_of_the_break(s)) == ([], 0)
        await s.stage.down(LineBackFrame())
        assert (s.session.asked_for(), told_of_the_break(s)) == (["answer"], 1)


async def test_nothing_is_asked_for_while_there_is_no_line(tmp_path: Path) -> None:
    """Lines and results wait; two answers that wait are one."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.tools.secs = 0.5
        await greeted(s)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.function_call("resp_1", "call_1", "lookup_hours"),
            openai_events.done("resp_1"),
        )
        await s.stage.down(LineLostFrame())
        await s.stage.after(2.0)
        await s.stage.up(SayFrame(text="Still there?"))
        assert s.session.asked_for() == []
        assert len(s.session.of("conversation.item.create")) == 2  # the greeting, the result
        await s.stage.down(LineBackFrame())
        await s.tell(*openai_events.answer("resp_2", "item_2", "Nine to five.", purpose="answer"))
        assert s.session.asked_for() == ["answer", '"Still there?"']
        assert told_of_the_break(s) == 1


async def test_a_tool_that_still_runs_brings_the_answer_itself(tmp_path: Path) -> None:
    """The model is not asked about a function whose result it does not have."""
    async with scene(tmp_path, clips=[GREETING], filler="") as s:
        s.tools.secs = 3.0
        await greeted(s)
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.function_call("resp_1", "call_1", "lookup_hours"),
            openai_events.done("resp_1"),
        )
        await s.stage.down(LineLostFrame(), LineBackFrame())
        assert s.session.asked_for() == []
        await s.stage.after(3.1)
        assert s.session.asked_for() == ["answer"]


async def test_a_caller_who_was_speaking_speaks_on(tmp_path: Path) -> None:
    """Nobody tells them what they can hear themselves."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await greeted(s)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.down(LineLostFrame(), LineBackFrame())
        await s.stage.after(5)
        assert (s.session.asked_for(), told_of_the_break(s)) == ([], 0)


async def test_a_quiet_line_comes_back_quietly(tmp_path: Path) -> None:
    """Nobody spoke and no answer was due."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await greeted(s)
        await s.stage.down(LineLostFrame(), LineBackFrame())
        await s.stage.after(5)
        assert (s.session.asked_for(), told_of_the_break(s)) == ([], 0)


async def test_an_answer_begun_while_there_was_no_line_is_the_answer(tmp_path: Path) -> None:
    """The model's side started it for the caller's last words: it is not asked for another."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await greeted(s)
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4), LineLostFrame())
        heard = len(s.stage.downs(AgentAudioFrame))
        await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine.")[:-1])
        await s.stage.down(LineBackFrame())
        await s.tell(openai_events.done("resp_1"))
        assert len(s.stage.downs(AgentAudioFrame)) > heard
        assert (s.session.asked_for(), told_of_the_break(s)) == ([], 0)


async def test_a_greeting_nobody_heard_is_said_again(tmp_path: Path) -> None:
    """From the clip, with no word of a line that broke."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        (clip,) = s.stage.downs(AgentAudioFrame)
        await s.stage.down(LineLostFrame())
        await s.play(clip.utterance_id, 0, interrupted=True)
        await s.stage.down(LineBackFrame())
        await s.settle()
        assert told_of_the_break(s) == 0
        assert len(s.stage.downs(AgentAudioFrame)) == 2
