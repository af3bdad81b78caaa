"""Which callers are let in: decided while it rings, before a word of theirs is heard."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Protocol

from loguru import logger

from bot.calls.outcome import Ending
from bot.carriers import IncomingCall, is_sip, parse_target
from bot.same_number import canonical, is_withheld
from bot.store.block_list import CallerFacts, patterns_of
from config import Agent

HOUR = timedelta(hours=1)
LOOK_UP_SECS = 0.5  # for the database, while a phone rings
_BETWEEN_DIGITS = re.compile(r"[ \u00a0().\-/]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_BEGINNING = re.compile(r"\+[1-9][0-9]{0,13}\*")


class ListedCallers(Protocol):
    """What is known of numbers."""

    async def look_up(self, number: str, *, since: datetime) -> CallerFacts:
        """The facts of a number, its calls counted from then on. May raise StoreError."""
        ...


async def look_up_caller(
    listed: ListedCallers, incoming: IncomingCall, now: datetime
) -> CallerFacts:
    """What is known of who calls. Nothing, too, when the database does not say in time: answering
    the phone does not depend on it.
    """
    if incoming.agent or is_withheld(incoming.from_):
        return CallerFacts()
    try:
        async with asyncio.timeout(LOOK_UP_SECS):
            return await listed.look_up(incoming.from_, since=now - HOUR)
    except Exception as error:
        logger.warning("a caller is let in unchecked: {!r}", error, event="caller_not_checked")
        return CallerFacts()


def why_kept_out(agent: Agent, incoming: IncomingCall, facts: CallerFacts) -> Ending | None:
    """Why this caller is not let in to this agent; None: they are. Whoever asks for an agent by
    name, from a browser, has signed in and is let in.
    """
    rules = agent.shield
    if incoming.agent:
        return None
    if is_withheld(incoming.from_):
        return Ending.WITHHELD if rules.withheld == "turn_away" else None
    if facts.blocked_for & {"", agent.name} or _listed(rules.blocked, incoming.from_):
        return Ending.BLOCKED
    if 0 < rules.calls_per_hour <= facts.calls:
        return Ending.TOO_MANY_CALLS
    return None


def _listed(patterns: tuple[str, ...], number: str) -> bool:
    if not patterns:
        return False
    theirs = set(patterns_of(number))
    return any(each in theirs or canonical(each) in theirs for each in patterns)


def blocked_pattern(text: str, country: str | None = None) -> str:
    """What stands in the block list for a number as somebody writes it, a sip: address, or the
    beginning of an international number with a star: +1900*. A number without a country code is
    of `country` (ISO 3166). Raises ValueError, with a sentence.
    """
    written = text.strip()
    if is_sip(written):
        return canonical(written)
    bare = _BETWEEN_DIGITS.sub("", written)
    if _BEGINNING.fullmatch(bare):
        return bare
    if "*" in bare:
        raise ValueError(f"{text!r}: a beginning of numbers is written like +1900*")
    if not _E164.fullmatch(bare):
        bare = parse_target(written, default_region=country)
    if is_withheld(bare):
        raise ValueError(f"{text!r} is a number that nobody has: see shield.withheld")
    return canonical(bare)
