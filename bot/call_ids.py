"""Ids of calls: unguessable, for they are part of URLs; with several workers they name theirs."""

import re
import uuid

_OF_WORKER = re.compile(r"call_w([0-9]{1,3})_[0-9a-f]+")


def new_call_id(worker: int | None = None) -> str:
    """An id of ours: `call_<20 hex digits>`, or `call_w<worker>_<20 hex digits>`."""
    own = "" if worker is None else f"w{worker}_"
    return f"call_{own}{uuid.uuid4().hex[:20]}"


def worker_of(call_id: str) -> int | None:
    """The worker that an id names; None for one that names none, and for everything else."""
    found = _OF_WORKER.fullmatch(call_id)
    return int(found[1]) if found else None
