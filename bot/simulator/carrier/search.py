"""The filters of GET Calls.json."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.errors import RestError
from bot.simulator.carrier.request import Form, one
from bot.simulator.carrier.resource import call_resource

_Moment = Callable[[SimCall], datetime | None]


def find_calls(calls: Iterable[SimCall], query: Form) -> list[SimCall]:
    """Calls that match To, From, Status, StartTime and EndTime (with < and >), newest first."""
    found = [call for call in calls if _matches(call, query)]
    return found[::-1]


def _matches(call: SimCall, query: Form) -> bool:
    shown = call_resource(call, "")
    for name in ("To", "From", "Status"):
        wanted = one(query, name)
        if wanted and shown[name.lower()] != wanted:
            return False
    # A call that was not dialled yet has no start; it is looked for under its creation.
    return _in_range(call, query, "StartTime", lambda c: c.started_at or c.created_at) and (
        _in_range(call, query, "EndTime", lambda c: c.ended_at)
    )


def _in_range(call: SimCall, query: Form, name: str, moment: _Moment) -> bool:
    exact, before, after = (one(query, name + sign) for sign in ("", "<", ">"))
    if not (exact or before or after):
        return True
    value = moment(call)
    if value is None:
        return False
    if exact:
        day = _parse(exact, name).replace(hour=0, minute=0, second=0, microsecond=0)
        if not day <= value < day + timedelta(days=1):
            return False
    # Bounds have whole seconds: what happened within that second counts.
    second = value.replace(microsecond=0)
    return (not before or second <= _parse(before, name)) and (
        not after or second >= _parse(after, name)
    )


def _parse(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RestError(20001, name) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
