"""Which of the caller's sound the model is sent."""

import pytest

from bot.brains.realtime.input_buffer import PRE_ROLL_MS, UNHEARD_MS, InputAudioBuffer, Turns
from bot.media.g711 import ulaw_to_pcm
from processors.sound import CallerSound


def frame(number: int, ms: int = 20) -> CallerSound:
    ulaw = bytes([number % 256]) * (8 * ms)
    return CallerSound(ulaw=ulaw, payload=str(number), pcm=ulaw_to_pcm(ulaw))


def numbers(frames: list[CallerSound]) -> list[int]:
    return [int(frame.payload) for frame in frames]


@pytest.mark.parametrize("turns", ["hybrid", "server"])
def test_the_models_side_listens_all_the_time(turns: Turns) -> None:
    """Each frame goes out as it comes, silence too: the sound sent is the server's clock."""
    buffer = InputAudioBuffer(turns=turns)
    assert buffer.opened() == []
    assert [numbers(buffer.hear(frame(n))) for n in range(3)] == [[0], [1], [2]]
    buffer.caller_started()
    buffer.caller_stopped()
    assert numbers(buffer.hear(frame(3))) == [3]


@pytest.mark.parametrize("turns", ["hybrid", "server"])
def test_sound_waits_for_the_session(turns: Turns) -> None:
    """What the caller said while it opened is sent when it is open, in order, once."""
    buffer = InputAudioBuffer(turns=turns)
    assert [buffer.hear(frame(n)) for n in range(5)] == [[]] * 5
    assert numbers(buffer.opened()) == [0, 1, 2, 3, 4]
    assert numbers(buffer.hear(frame(5))) == [5]


def test_sound_waits_twenty_seconds_at_most() -> None:
    """Older sound is of no use any more."""
    buffer = InputAudioBuffer(turns="hybrid")
    for number in range(1200):
        buffer.hear(frame(number))
    kept = numbers(buffer.opened())
    assert kept == list(range(200, 1200))
    assert len(kept) * 20 == UNHEARD_MS


def test_local_turns_send_speech_alone() -> None:
    """From half a second before it was noticed to the end of the turn."""
    buffer = InputAudioBuffer(turns="local")
    buffer.opened()
    for number in range(100):
        assert buffer.hear(frame(number)) == []
    pre_roll = numbers(buffer.caller_started())
    assert pre_roll == list(range(75, 100))
    assert len(pre_roll) * 20 == PRE_ROLL_MS
    assert numbers(buffer.hear(frame(100))) == [100]
    buffer.caller_stopped()
    assert buffer.hear(frame(101)) == []
    assert numbers(buffer.caller_started()) == [101]


def test_local_speech_that_goes_on_while_the_session_opens_is_kept() -> None:
    """The first word too."""
    buffer = InputAudioBuffer(turns="local")
    buffer.hear(frame(0))
    assert buffer.caller_started() == []
    for number in range(1, 100):
        assert buffer.hear(frame(number)) == []
    assert numbers(buffer.opened()) == list(range(100))


def test_a_frame_longer_than_what_is_kept_is_kept_whole() -> None:
    """Frames are never cut; the newest always stays."""
    buffer = InputAudioBuffer(turns="local")
    buffer.opened()
    buffer.hear(frame(0, ms=300))
    buffer.hear(frame(1, ms=900))
    assert numbers(buffer.caller_started()) == [1]


def test_what_may_wait_is_gathered() -> None:
    """To a tenth of a second, or until something comes that may not wait."""
    buffer = InputAudioBuffer(turns="hybrid")
    buffer.opened()
    assert [numbers(buffer.hear(frame(n), may_wait=True)) for n in range(5)] == [
        *[[]] * 4,
        [0, 1, 2, 3, 4],
    ]
    assert buffer.hear(frame(5), may_wait=True) == []
    assert numbers(buffer.hear(frame(6))) == [5, 6]
    assert buffer.hear(frame(7), may_wait=True) == []
    assert numbers(buffer.caller_started()) == [7]


def test_what_was_gathered_goes_to_the_next_session() -> None:
    """In its place, between what was heard already and what follows."""
    buffer = InputAudioBuffer(turns="hybrid")
    buffer.opened()
    buffer.hear(frame(0))
    buffer.hear(frame(1), may_wait=True)
    buffer.lost()
    buffer.hear(frame(2), may_wait=True)
    buffer.again()
    assert numbers(buffer.opened()) == [0, 1, 2]


def test_a_turn_is_heard_again_by_the_next_session_alone() -> None:
    """What waits for the one after that, whose caller is silent, is no speech."""
    buffer = InputAudioBuffer(turns="local")
    buffer.opened()
    buffer.caller_started()
    buffer.hear(frame(0))
    buffer.caller_stopped()
    buffer.lost()
    buffer.again()
    assert numbers(buffer.opened()) == [0]
    buffer.answered()
    buffer.lost()
    assert buffer.hear(frame(1)) == []
    assert buffer.opened() == []
