"""Sound formats and turns: the pure parts of the model's ear and mouth."""

import warnings
from typing import Any

import pytest
from sim_model_kit import silence, speech

from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from bot.simulator.model.sound import SoundIntake, encode, really_sent
from bot.simulator.model.turns import SpeechStarted, SpeechStopped, TurnDetector, TurnRules

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

WORDS = "I would like to book an appointment."


def marks(*sounds: bytes, rules: TurnRules | None = None) -> list[SpeechStarted | SpeechStopped]:
    detector = TurnDetector()
    detector.rules = rules or TurnRules()
    return [mark for sound in sounds for mark in detector.feed(ulaw_to_pcm(sound))]


def test_alaw_is_that_of_the_standard() -> None:
    """All 256 codes decode, and every level encodes, as audioop has it."""
    codes = bytes(range(256))
    assert SoundIntake({"type": "audio/pcma"}).ulaw(codes) == pcm_to_ulaw(
        audioop.alaw2lin(codes, 2)
    )
    back = audioop.alaw2lin(encode(codes, {"type": "audio/pcma"}), 2)
    expected = audioop.alaw2lin(audioop.lin2alaw(ulaw_to_pcm(codes), 2), 2)
    for index in range(256):
        got, want = (
            int.from_bytes(x[2 * index : 2 * index + 2], "little", signed=True)
            for x in (back, expected)
        )
        assert abs(got - want) <= max(16, abs(want) // 16)


def test_pcm_is_six_times_the_bytes() -> None:
    """24 kHz at 16 bits against 8 kHz at 8, and no less a piece at a time."""
    said = speech(WORDS)
    wide = encode(said, {"type": "audio/pcm", "rate": 24000})
    assert len(wide) == 6 * len(said)
    intake = SoundIntake({"type": "audio/pcm", "rate": 24000})
    back = b"".join(intake.ulaw(wide[at : at + 960]) for at in range(0, len(wide), 960))
    assert abs(len(back) - len(said)) <= 20 * 8


def test_half_a_sample_is_refused() -> None:
    """16-bit sound comes in pairs of bytes."""
    with pytest.raises(ValueError, match="even"):
        SoundIntake({"type": "audio/pcm"}).ulaw(b"\x00")


def test_silence_is_no_turn() -> None:
    """However long."""
    assert marks(silence(10_000)) == []


def test_every_turn_is_found_however_long_the_pause() -> None:
    """Long silence does not deafen the detector, and offsets go on counting."""
    said = speech(WORDS)
    found = marks(silence(5000), said, silence(8000), said, silence(2000))
    assert [type(mark) for mark in found] == [SpeechStarted, SpeechStopped] * 2
    second_onset_ms = 5000 + 8000 + len(said) / 8 + 60
    assert isinstance(found[2], SpeechStarted)
    assert abs(found[2].audio_start_ms - (second_onset_ms - 300)) <= 150


def test_sound_may_come_in_pieces_of_any_size() -> None:
    """The marks are those of the sound, not of its packets."""
    sound = silence(500) + speech(WORDS) + silence(1500)
    pieces = [sound[at : at + 37] for at in range(0, len(sound), 37)]
    assert marks(*pieces) == marks(sound)


def test_longer_silence_rule_bridges_a_pause() -> None:
    """Two sentences 700 ms apart are two turns at 300 ms and one at 1500 ms."""
    sound = speech(WORDS) + silence(700) + speech(WORDS) + silence(2500)
    assert len(marks(sound, rules=TurnRules(silence_ms=300))) == 4
    assert len(marks(sound, rules=TurnRules(silence_ms=1500))) == 2


def test_padding_never_reaches_into_the_turn_before() -> None:
    """A long prefix begins where the last turn ended."""
    sound = speech(WORDS) + silence(900) + speech(WORDS) + silence(1500)
    found = marks(sound, rules=TurnRules(prefix_ms=5000, silence_ms=400))
    assert isinstance(found[1], SpeechStopped)
    assert found[2] == SpeechStarted(found[1].audio_end_ms)


@pytest.mark.parametrize(
    ("told", "sends", "kind"),
    [
        ("audio/pcmu", "as_told", "audio/pcmu"),
        ("audio/pcmu", "pcm", "audio/pcm"),
        ("audio/pcm", "pcm", "audio/pcm"),
        ("audio/pcmu", "other", "audio/pcm"),
        ("audio/pcm", "other", "audio/pcmu"),
    ],
)
def test_a_model_may_send_another_format_than_it_tells(told: str, sends: Any, kind: str) -> None:
    """As some servers that call themselves compatible do."""
    assert really_sent({"type": told}, sends)["type"] == kind
