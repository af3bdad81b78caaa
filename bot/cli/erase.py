"""`trunkline erase`: removes a person's data from all that is stored."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import ask_store
from bot.cli.console import errors, give_up, out

if TYPE_CHECKING:
    from bot.server.erasing import OfPerson
    from bot.store import Store


def erase(
    number: Annotated[
        str, typer.Argument(help="The person's number, like +15551234567, or a sip: address.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Erase what is personal in all calls, recordings, messages and texts with a number, and in its
    contacts of batches.
    """
    from bot.server.erasing import COUNTED_MOST, of_person

    theirs = _as_stored(number)

    async def look(store: "Store") -> "OfPerson":
        return await of_person(store, theirs)

    person = ask_store(look)
    calls, contacts, written = person.calls, person.contacts, person.written
    if person.is_ours:
        give_up(f"{theirs} is the line's own number: all calls would be erased with it")
    if person.in_flight:
        give_up("a call with this number is under way: erase it when that is over", code=1)
    found = calls or contacts or written
    if not found and not person.suppressed:
        give_up(f"nothing is erased: nothing that is stored has the number {theirs}", code=1)
    if found and not yes:
        many = f"{COUNTED_MOST} or more calls"
        of_calls = many if calls == COUNTED_MOST else _count(calls, "call")
        about = f"{of_calls} with {theirs}, and in {_count(contacts, 'contact')} of batches"
        about += f", and in {written} of messages, texts and recordings" if written else ""
        if not typer.confirm(f"Erase what is personal in {about}, for good?", err=True):
            give_up("nothing is erased", code=1)
    erased = ask_store(lambda store: store.erase_number(theirs))
    if found:
        done = f"{_count(erased, 'call')} and {_count(contacts, 'contact')} of batches"
        done += f", and in {written} of messages, texts and recordings" if written else ""
        out.print(f"erased in {done}")
    else:
        errors.print(f"nothing else that is stored has the number {theirs}")
    if person.suppressed:
        errors.print(
            "the number stays, without a word about it, among those that are never called: "
            "`trunkline suppress`"
        )
    if not found:
        raise typer.Exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _as_stored(number: str) -> str:
    """E.164 or a SIP address, also of who may not be dialled; gives up on what is neither."""
    from bot.carriers import parse_target
    from bot.same_number import is_withheld

    try:
        theirs = parse_target(number)
    except ValueError:
        theirs = re.sub(r"[\s().\-/]", "", number)
    if is_withheld(theirs):
        give_up(f"{number!r} is no phone number: write it like +15551234567")
    return theirs
