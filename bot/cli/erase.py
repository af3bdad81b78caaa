"""`trunkline erase`: taking a person out of all that is stored."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import ask_store
from bot.cli.console import errors, give_up, out
from config import load_settings

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
    _refuse_ours(theirs)

    async def look(store: "Store") -> "tuple[list[CallRecord], NumberFacts]":
        calls = await store.find_calls(number=theirs, limit=COUNTED_MOST)
        return calls, await store.ledger.number_facts(theirs, since=EVER)

    calls, facts = ask_store(look)
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


def _refuse_ours(number: str) -> None:
    """A number of ours is in everybody's calls."""
    from bot.agents import load_agents

    settings = load_settings()
    ours = {settings.twilio_phone_number}
    ours.update(*(agent.numbers for agent in load_agents(settings).values()))
    if not number or number in ours:
        give_up(f"{number or 'an empty text'} is not a person's number")
