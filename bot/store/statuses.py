"""The carrier's words for where a call stands, and their order."""

_RANKS = {
    "queued": 0,
    "ringing": 1,
    "in-progress": 2,
    "completed": 3,
    "busy": 3,
    "no-answer": 3,
    "failed": 3,
    "canceled": 3,
}

STATUSES = frozenset(_RANKS)
TERMINAL_STATUSES = frozenset(status for status, rank in _RANKS.items() if rank == 3)


def statuses_before(status: str) -> tuple[str, ...]:
    """The statuses that `status` may follow; none of them is terminal.

    Raises `ValueError` for a word that is not one of `STATUSES`.
    """
    if status not in _RANKS:
        raise ValueError(f"{status!r} is no call status: use one of {', '.join(_RANKS)}")
    return tuple(earlier for earlier, rank in _RANKS.items() if rank < _RANKS[status])
