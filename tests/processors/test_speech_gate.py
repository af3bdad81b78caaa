"""The gate between probabilities and the start and end of speech."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.listening.speech_gate import Edge, SpeechGate

probabilities = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.34, 0.35, 0.5, 0.6, 1.0])), max_size=400
)


def edges(gate: SpeechGate, *runs: tuple[float, int]) -> list[tuple[int, Edge]]:
    """Feeds runs of (probability, windows); gives the edges with the window that made them."""
    found, window = [], 0
    for probability, count in runs:
        for _ in range(count):
            window += 1
            edge = gate.feed(probability)
            if edge is not None:
                found.append((window, edge))
    return found


def test_speech_must_last_before_it_counts() -> None:
    """0.2 s are 6 windows: five are a click, the sixth is a start."""
    assert edges(SpeechGate(start_secs=0.2), (0.9, 5), (0.0, 9)) == []
    assert edges(SpeechGate(start_secs=0.2), (0.9, 6)) == [(6, Edge.STARTED)]


def test_silence_must_last_before_it_ends_speech() -> None:
    """0.4 s are 12 windows: eleven are a pause for breath."""
    gate = SpeechGate(stop_secs=0.4)
    assert edges(gate, (0.9, 6), (0.1, 11), (0.9, 1)) == [(6, Edge.STARTED)]
    assert edges(gate, (0.1, 12)) == [(12, Edge.STOPPED)]


def test_between_the_thresholds_nothing_changes() -> None:
    """From 0.6 on it is speech, below 0.35 it is none; in between it is what it was."""
    assert edges(SpeechGate(), (0.59, 100)) == []
    assert edges(SpeechGate(), (0.6, 1), (0.4, 100)) == [(6, Edge.STARTED)]
    assert edges(SpeechGate(), (0.9, 6), (0.35, 100)) == [(6, Edge.STARTED)]
    assert edges(SpeechGate(), (0.9, 6), (0.34, 1), (0.5, 100)) == [
        (6, Edge.STARTED),
        (18, Edge.STOPPED),
    ]


def test_it_is_quiet_only_when_nothing_stirs() -> None:
    """Quiet ends with the first voiced window and returns after the end of speech."""
    gate = SpeechGate()
    assert gate.quiet
    gate.feed(0.9)
    assert not gate.quiet
    edges(gate, (0.9, 6), (0.0, 11))
    assert not gate.quiet
    gate.feed(0.0)
    assert gate.quiet


@given(probabilities)
def test_edges_alternate(sequence: list[float]) -> None:
    """Whatever is heard: STARTED first, then in turn, and `open` follows them."""
    gate = SpeechGate()
    found = []
    for probability in sequence:
        edge = gate.feed(probability)
        if edge is not None:
            found.append(edge)
            assert gate.open is (edge is Edge.STARTED)
    assert all(one is not other for one, other in pairwise(found))
    assert not found or found[0] is Edge.STARTED


@given(probabilities)
def test_no_speech_is_shorter_than_the_silence_that_ends_it(sequence: list[float]) -> None:
    """Between a start and an end lie at least the windows that make an end, and the reverse."""
    gate = SpeechGate(start_secs=0.2, stop_secs=0.4)
    at = [(i, edge) for i, p in enumerate(sequence) if (edge := gate.feed(p)) is not None]
    for (begin, edge), (end, _) in pairwise(at):
        assert end - begin >= (12 if edge is Edge.STARTED else 6)


def test_thresholds_must_make_sense() -> None:
    """A gate that would leave above where it enters is refused."""
    with pytest.raises(ValueError, match="leave <= enter"):
        SpeechGate(enter=0.3, leave=0.5)
