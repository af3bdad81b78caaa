"""LevelGate: what is loud enough to be the caller, and what is echo, noise or another voice."""

import pytest

from processors.listening.level_gate import LevelGate, level_db

SECS = 0.02


def rms(db: float) -> float:
    return 32768 * 10 ** (db / 20)


class Line:
    """A gate, fed with 20 ms at a time."""

    def __init__(self) -> None:
        self.gate = LevelGate()

    def play(self, secs: float, *, heard: float, sent: float = -90.0, speech: float = 0.0) -> float:
        """Levels in dB; returns the share of the time in which it was taken for the caller's."""
        count, taken = round(secs / SECS), 0
        for _ in range(count):
            self.gate.hear(rms(heard), sent_rms=rms(sent), secs=SECS)
            taken += self.gate.weigh(speech, secs=SECS) > 0
        return taken / count


@pytest.mark.parametrize("echo_db", [-20, -25, -30, -42, -60])
@pytest.mark.parametrize("agent_db", [-10, -16, -24])
def test_an_echo_is_nobody(echo_db: float, agent_db: float) -> None:
    """From the first sound of a call, and when the line has been learnt."""
    line = Line()
    heard = agent_db + echo_db
    assert line.play(10, heard=heard, sent=agent_db, speech=0.9) == 0


@pytest.mark.parametrize("echo_db", [-20, -30, -42, -90])
@pytest.mark.parametrize("caller_db", [-12, -20, -24])
def test_a_caller_over_the_echo_is_heard_at_once(echo_db: float, caller_db: float) -> None:
    """In the first second and after ten of the agent."""
    for before_secs in (0.5, 10):
        line = Line()
        line.play(before_secs, heard=-12 + echo_db, sent=-12)
        assert line.play(0.3, heard=caller_db, sent=-12, speech=0.9) == 1


def test_a_soft_caller_is_heard_over_the_agent_on_a_line_without_echo() -> None:
    """The line is learnt within some seconds of the agent's first words."""
    line = Line()
    assert line.play(0.3, heard=-38, sent=-12, speech=0.9) == 0
    line = Line()
    line.play(4, heard=-75, sent=-12)
    assert line.play(0.3, heard=-38, sent=-12, speech=0.9) == 1


@pytest.mark.parametrize("radio_db", [-40, -44, -56])
def test_a_voice_in_the_background_is_nobody_once_the_caller_has_spoken(radio_db: float) -> None:
    """From 20 dB below the caller on; in the beginning it may be taken for the caller."""
    line = Line()
    line.play(1.5, heard=-20, speech=0.9)
    line.play(0.2, heard=radio_db, speech=0.9)
    assert line.play(2, heard=radio_db, speech=0.9) == 0


def test_a_caller_who_speaks_softly_from_then_on_is_heard_again() -> None:
    """The caller has put the telephone down: within half a minute of their speech at the most."""
    line = Line()
    line.play(1.5, heard=-20, speech=0.9)
    assert line.play(1, heard=-42, speech=0.9) < 0.2
    for _ in range(40):  # speech, not a steady noise
        line.play(0.3, heard=-42, speech=0.9)
        line.play(0.1, heard=-70)
    assert line.play(1, heard=-42, speech=0.9) == 1


@pytest.mark.parametrize("noise_db", [-60, -50, -44, -38])
def test_noise_is_no_speech_and_a_caller_above_it_is(noise_db: float) -> None:
    """However sure the voice detector is of the noise."""
    line = Line()
    line.play(8, heard=noise_db)
    assert line.play(5, heard=noise_db, speech=0.9) == 0
    assert line.play(0.3, heard=noise_db + 14, speech=0.9) > 0.9


def test_noise_never_shuts_the_caller_out() -> None:
    """In the loudest place the caller is heard at the loudness of a telephone."""
    line = Line()
    line.play(60, heard=-20)
    assert line.play(0.3, heard=-20, speech=0.9) == 1


def test_levels_are_those_of_full_scale() -> None:
    """Silence has one too."""
    assert level_db(32768) == 0
    assert level_db(3276.8) == pytest.approx(-20)
    assert level_db(0) == level_db(0.5) == -90


def test_nobody_speaks_when_all_is_too_soft_for_longer_than_a_gap_between_syllables() -> None:
    """One loud piece is enough; and while nobody does, no probability counts."""
    line = Line()
    assert not line.gate.nobody_speaks
    line.play(0.1, heard=-55)
    assert not line.gate.nobody_speaks
    line.play(0.02, heard=-55)
    assert line.gate.nobody_speaks
    assert line.gate.weigh(0.99, secs=SECS) == 0
    line.play(0.02, heard=-40)
    assert not line.gate.nobody_speaks
