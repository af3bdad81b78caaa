"""The database: reachable, writable, and with the schema of this version."""

from collections.abc import Sequence

from bot.doctor.finding import Finding, ok, warning, wrong
from bot.store import DatabaseLook, StoreError, look_at, place_of

_REACH = "look whether it runs and whether DATABASE_URL is right"


async def database(url: str) -> Sequence[Finding]:
    """How it stands; nothing in it is changed, and none is made."""
    try:
        return [_told(await look_at(url), place_of(url))]
    except StoreError as error:
        return [wrong("database", str(error), _REACH)]


def _told(look: DatabaseLook, place: str) -> Finding:
    match look.schema:
        case "current":
            return ok("database", f"{place} can be written to, and its schema is current")
        case "absent":
            return ok("database", f"{place} is made when the service starts")
    seen = f"{place} has the schema of an older version"
    if look.migrates_itself:
        do = "run `trunkline migrate`, or let `trunkline serve` do so at its start"
        return warning("database", seen, do)
    return wrong("database", seen, "run `trunkline migrate`")
