"""The signals that tell a process of ours to stop."""

import signal

# Windows has no SIGHUP: a terminal that goes away.
HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)


def stop_signals() -> tuple[signal.Signals, ...]:
    """Those we hear; SIGHUP not where somebody has told us to ignore it, as nohup does."""
    heard = (signal.SIGTERM, signal.SIGINT)
    if HANGUP is None or signal.getsignal(HANGUP) is signal.SIG_IGN:
        return heard
    return (*heard, HANGUP)


def is_patient(number: int) -> bool:
    """Whether what is under way may come to its end first."""
    return number in (signal.SIGTERM, HANGUP)


def is_hangup(number: int) -> bool:
    """A terminal may say twice that it goes, by its shell and by the kernel: the second time means
    no more than the first.
    """
    return number == HANGUP
