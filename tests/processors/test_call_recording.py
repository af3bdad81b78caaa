"""When a call may be recorded: told, heard to the end, not refused."""

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import InputDTMFFrame, TranscriptionFrame

from bot.testing.stage import Stage, on_stage
from processors import CallRecording
from processors.frames import AgentSaidFrame, GreetFrame, HushFrame, RecordingFrame, SayFrame

TOLD = "This call is recorded."
GREETING = f"{TOLD} Hello, how can I help?"


def recording(**changes: object) -> CallRecording:
    values = {"wanted": True, "announcement": TOLD, "not_recorded": "Not recorded."} | changes
    return CallRecording(**values)  # type: ignore[arg-type]


def steps(stage: Stage) -> list[str]:
    return [frame.step for frame in stage.downs(RecordingFrame)]


def said(text: str, *, interrupted: bool = False) -> AgentSaidFrame:
    return AgentSaidFrame(text=text, interrupted=interrupted, began_secs_ago=2.0)


def words(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text=text, user_id="caller", timestamp="")


async def test_it_begins_when_the_announcement_was_heard() -> None:
    """Its begin is told by how long ago it was; capitals and points are no matter."""
    async with on_stage(recording()) as stage:
        await stage.at(1.0, said("this call is recorded! hello, how can I help?"))
        await stage.until(2.0)
    assert steps(stage) == ["announced", "heard", "start"]
    assert stage.downs(RecordingFrame)[0].secs_ago == 2.0


async def test_a_cut_line_was_not_heard_whatever_is_thought_to_have_been() -> None:
    """How far it came is a guess; it is said again after the next sentence."""
    async with on_stage(recording()) as stage:
        await stage.at(1.0, said(GREETING, interrupted=True))
        await stage.at(2.0, said("We are open."))
        await stage.until(3.0)
        assert steps(stage) == []
        assert [frame.text for frame in stage.ups(SayFrame)] == [TOLD]
        await stage.at(4.0, said(TOLD))
        await stage.until(5.0)
    assert steps(stage) == ["announced", "heard", "start"]


async def test_a_line_that_is_never_heard_is_not_said_for_ever() -> None:
    async with on_stage(recording()) as stage:
        for second in range(1, 9):
            await stage.at(float(second), said("We are open."))
        await stage.until(10.0)
    assert (steps(stage), len(stage.ups(SayFrame))) == ([], 3)


async def test_without_an_announcement_it_begins_at_once() -> None:
    async with on_stage(recording(announcement="")) as stage:
        await stage.until(1.0)
    assert steps(stage) == ["start"]


async def test_an_unwanted_recording_never_begins() -> None:
    for announcement in ("", TOLD):
        async with on_stage(recording(wanted=False, announcement=announcement)) as stage:
            await stage.at(1.0, said(GREETING))
            await stage.until(2.0)
        assert steps(stage) == []


async def test_words_and_keys_refuse_once_and_for_all() -> None:
    """Before the line too; what is heard after it begins nothing."""
    for refusal, by in (
        (words("Please don't record this."), "words"),
        (InputDTMFFrame(button=KeypadEntry.STAR), "key"),
    ):
        async with on_stage(recording()) as stage:
            await stage.at(1.0, refusal)
            await stage.at(2.0, said(GREETING))
            await stage.until(3.0)
        assert [(f.step, f.by) for f in stage.downs(RecordingFrame)] == [("refused", by)]


async def test_a_plain_no_counts_right_after_the_line_only() -> None:
    async with on_stage(recording()) as stage:
        await stage.at(1.0, said(GREETING))
        await stage.at(2.0, words("When are you open?"))
        await stage.at(3.0, words("No."))
        await stage.until(4.0)
    assert "refused" not in steps(stage)
    async with on_stage(recording()) as stage:
        await stage.at(1.0, said(GREETING))
        await stage.at(2.0, words("No."))
        await stage.until(3.0)
    assert steps(stage)[-1] == "refused"


async def test_a_machine_is_not_recorded() -> None:
    """What it says is no refusal, and a person who comes to the phone is told anew."""
    async with on_stage(recording()) as stage:
        await stage.at(1.0, said(GREETING))
        await stage.at(2.0, HushFrame())
        await stage.at(3.0, words("This call is not recorded."))
        await stage.at(4.0, GreetFrame())
        await stage.at(5.0, said(GREETING))
        await stage.until(6.0)
    assert steps(stage) == ["announced", "heard", "start", "stop", "announced", "heard", "start"]
