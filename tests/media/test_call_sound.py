"""Listeners of a call: what they hear, what they lose, what nobody may hear; when one speaks."""

import asyncio

from bot.media.call_sound import CallSound, Piece
from bot.media.g711 import SILENCE
from bot.media.speech_gate import BEFORE_MS, PAUSE_MS, SpeechGate

QUIET, LOUD = bytes([SILENCE]) * 160, bytes([0x10, 0x90]) * 80  # 20 ms


async def test_a_slow_listener_loses_the_oldest_and_is_told() -> None:
    sound = CallSound()
    with sound.listen(most_waiting=3) as slow, sound.listen() as fast:
        for number in range(5):
            sound.caller(bytes([number]) * 160)
        assert [(await slow.take()) for _ in range(3)] == [
            (Piece("caller", bytes([2]) * 160), 40),
            (Piece("caller", bytes([3]) * 160), 0),
            (Piece("caller", bytes([4]) * 160), 0),
        ]
        assert [(await fast.take())[1] for _ in range(5)] == [0] * 5
    assert sound.listeners == ()


async def test_a_listener_waits_for_sound() -> None:
    sound = CallSound()
    with sound.listen() as listener:
        waiting = asyncio.create_task(listener.take())
        await asyncio.sleep(0.1)
        assert not waiting.done()
        sound.agent(LOUD, 319.6)
        assert await waiting == (Piece("agent", LOUD, 320), 0)
        sound.cut()
        assert await listener.take() == (Piece("agent", b""), 0)


async def test_what_is_private_is_silence() -> None:
    """Of the other side alone: it says the number."""
    sound = CallSound()
    with sound.listen() as listener:
        sound.is_private = True
        sound.caller(LOUD)
        sound.agent(LOUD, 0)
        assert [(await listener.take())[0].ulaw for _ in range(2)] == [QUIET, LOUD]


def test_speech_begins_with_what_came_before_it_and_ends_after_a_pause() -> None:
    gate = SpeechGate()
    assert [gate.hear(QUIET) for _ in range(50)] == [[]] * 50
    begins = gate.hear(LOUD)
    assert begins == [QUIET] * (BEFORE_MS // 20 - 1) + [LOUD]
    for _ in range(PAUSE_MS // 20 - 1):
        assert gate.hear(QUIET) == [QUIET]
    assert gate.hear(LOUD) == [LOUD]  # a pause too short
    heard = [gate.hear(QUIET) for _ in range(PAUSE_MS // 20)]
    assert heard[-1] == [QUIET, None]
    assert gate.hear(QUIET) == []
