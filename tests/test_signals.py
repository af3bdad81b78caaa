"""Which signals stop us, and how."""

import signal
from collections.abc import Iterator

import pytest

from bot.signals import is_hangup, is_patient, stop_signals


@pytest.fixture(autouse=True)
def with_a_terminal() -> Iterator[None]:
    """Whoever runs the tests may have them outlive a terminal of their own."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_what_is_heard() -> None:
    """SIGTERM and SIGHUP are patient, SIGINT is not."""
    assert set(stop_signals()) == {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    assert {each for each in stop_signals() if is_patient(each)} == {signal.SIGTERM, signal.SIGHUP}
    assert [each for each in signal.Signals if is_hangup(each)] == [signal.SIGHUP]


def test_nohup() -> None:
    """Who has us outlive the terminal is not undone."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert set(stop_signals()) == {signal.SIGTERM, signal.SIGINT}
    finally:
        signal.signal(signal.SIGHUP, before)
