"""The floor: who speaks and what is under way."""

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from processors.floor import Floor
from processors.frames import (
    AgentAudioFrame,
    HoldFrame,
    ResumeFrame,
    ToolsRunningFrame,
    UtterancePlayedFrame,
)

AUDIO = {"audio": bytes(2), "sample_rate": 8000, "num_channels": 1}


def floor_after(*frames: Frame) -> Floor:
    floor = Floor()
    for frame in frames:
        floor.note(frame)
    return floor


def test_a_new_call_is_quiet() -> None:
    """And frames that say nothing about speech leave it so."""
    assert floor_after(TextFrame("hello")).quiet


def test_each_thing_that_goes_on_ends_the_quiet() -> None:
    """Speech of either side, a response and a tool, each until its own end."""
    for begin, end in [
        (VADUserStartedSpeakingFrame(), VADUserStoppedSpeakingFrame()),
        (UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()),
        (BotStartedSpeakingFrame(), BotStoppedSpeakingFrame()),
        (LLMFullResponseStartFrame(), LLMFullResponseEndFrame()),
        (ToolsRunningFrame(count=1), ToolsRunningFrame(count=0)),
        (AgentAudioFrame(**AUDIO, utterance_id="a"), UtterancePlayedFrame(utterance_id="a")),
    ]:
        assert not floor_after(begin).quiet
        assert floor_after(begin, end).quiet


def test_of_two_ears_the_one_that_spoke_last_is_believed() -> None:
    """An ear that never reports the end cannot hold the floor for ever."""
    floor = floor_after(UserStartedSpeakingFrame(), VADUserStartedSpeakingFrame())
    floor.note(VADUserStoppedSpeakingFrame())
    assert not floor.caller_speaking


def test_what_was_sent_counts_as_heard_until_it_was_played() -> None:
    """Each utterance by itself, whether or not the carrier has begun to play it."""
    first, second = (AgentAudioFrame(**AUDIO, utterance_id=name) for name in ("1", "2"))
    floor = floor_after(first, first, second, UtterancePlayedFrame(utterance_id="1"))
    assert floor.agent_audible
    assert floor.unplayed == {"2"}
    floor.note(UtterancePlayedFrame(utterance_id="2"))
    assert not floor.agent_audible


def test_an_interruption_silences_what_was_on_its_way() -> None:
    """No response is under way after it and nothing sent remains to be played."""
    floor = floor_after(
        LLMFullResponseStartFrame(),
        AgentAudioFrame(**AUDIO, utterance_id="1"),
        InterruptionFrame(),
    )
    assert floor.quiet


def test_a_held_agent_is_busy_until_the_hold_ends() -> None:
    """Whatever the line tells meanwhile: it has not finished."""
    held = (BotStartedSpeakingFrame(), HoldFrame(), BotStoppedSpeakingFrame())
    assert floor_after(*held).agent_audible
    for end in (ResumeFrame(), InterruptionFrame()):
        assert floor_after(*held, end).quiet
