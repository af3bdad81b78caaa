"""Where a call is, as we see it: plain code."""

from enum import IntEnum


class Stage(IntEnum):
    """A call only moves forward."""

    EXPECTED = 1  # announced or placed; its stream has not come
    TALKING = 2  # its stream is here
    ENDING = 3  # how it ends is decided
    ENDED = 4  # everything is let go; what is not stored yet waits for the database


def may_move(now: Stage, to: Stage) -> bool:
    """Whether a call in this stage may move there: forward only; ENDED follows ENDING alone."""
    return to > now and (to is not Stage.ENDED or now is Stage.ENDING)
