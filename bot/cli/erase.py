"""`trunkline erase`: taking a person out of all that is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import ask_store
from bot.cli.console import errors, give_up, out

if TYPE_CHECKING:
    from bot.store import CallRecord, NumberFacts, Store

COUNTED_MOST = 1000
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def erase(
    number: Annotated[str, typer.Argument(help="Theirs, like +15551234567, or a sip: address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase what is personal in all calls with a number, and in its contacts of batches."""
    theirs = _as_stored(number)
    if not theirs:
        give_up("give the number to be erased")

    async def look(store: "Store") -> "tuple[list[CallRecord], NumberFacts]":
        calls = await store.find_calls(number=theirs, limit=COUNTED_MOST)
        return calls, await store.ledger.number_facts(theirs, since=EVER)

    calls, facts = ask_store(look)
    if _is_ours(theirs, calls):
        give_up(f"{theirs} is the line's own number: with it everybody's calls would be erased")
    if facts.in_flight:
        give_up("a call with this number is under way: erase it when that is over", code=1)
    if not yes:
        many = f"{len(calls)} or more" if len(calls) == COUNTED_MOST else str(len(calls))
        about = f"{many} calls with {theirs}, and in its contacts of batches"
        if not typer.confirm(f"Erase what is personal in {about}, for good?", err=True):
            give_up("nothing is erased", code=1)
    erased = ask_store(lambda store: store.erase_number(theirs))
    out.print(f"erased in {erased} calls, and in the contacts of all batches")
    if facts.suppressed_at is not None:
        errors.print("the number stays among those that are never called: `trunkline suppress`")


def _as_stored(number: str) -> str:
    """E.164 or a SIP address; what cannot be dialled is stored as the carrier gave it."""
    from bot.carriers import parse_target

    try:
        return parse_target(number)
    except ValueError:
        return number.strip()


def _is_ours(number: str, calls: "Sequence[CallRecord]") -> bool:
    """Whether our side of a call had it: a number of ours is in everybody's calls."""
    ours = (call.to_number if call.direction == "inbound" else call.from_number for call in calls)
    return number in ours
