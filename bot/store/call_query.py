"""Which calls are asked for: by their id, or by what is known of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, or_, select

from bot.same_number import spellings
from bot.store.loading import PLACE
from bot.store.records import Direction
from bot.store.tables import calls

MOST_CALLS_AT_ONCE = 1000

_either = or_(calls.c.id == bindparam("named"), calls.c.call_sid == bindparam("named"))
NAMED = select(calls).where(_either).limit(1)  # by `named`, an id of ours or the carrier's


def matching_calls(
    *,
    status: str | None,
    agent: str | None,
    direction: Direction | None,
    number: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    open_only: bool,
) -> Select[Any]:
    """Those that match all that is given, newest first; see `Store.find_calls`."""
    if not 1 <= limit <= MOST_CALLS_AT_ONCE:
        raise ValueError(f"limit must be from 1 to {MOST_CALLS_AT_ONCE}, not {limit}")
    query = select(calls).order_by(*(column.desc() for column in PLACE)).limit(limit)
    if status is not None:
        query = query.where(calls.c.status == status)
    if agent is not None:
        query = query.where(calls.c.agent == agent)
    if direction is not None:
        query = query.where(calls.c.direction == direction)
    if number is not None:
        written = spellings(number)
        with_number = or_(calls.c.from_number.in_(written), calls.c.to_number.in_(written))
        query = query.where(with_number)
    if since is not None:
        query = query.where(calls.c.started_at >= since)
    if until is not None:
        query = query.where(calls.c.started_at < until)
    if open_only:
        query = query.where(calls.c.ended_at.is_(None))
    return query
