"""Requests for no more calls: stored at once, or as soon as the database is back."""

import asyncio
from dataclasses import dataclass

from loguru import logger

from bot.carriers import parse_target
from bot.clock import utcnow
from bot.same_number import country_of, is_withheld, number_in_sip
from bot.store import StoreError, Suppression, Suppressions
from bot.tasks import TaskSet, growing_pauses
from tools import NumberNeeded, Unavailable

ANSWER_SECS = 6.0  # the caller waits to hear that it is done
FIRST_PAUSE_SECS = 0.2
LONGEST_PAUSE_SECS = 30.0
LAST_WORDS_SECS = 10.0  # when the service stops


class OptOuts:
    """Brings opt-outs to the list, for as long as this process lives."""

    def __init__(self, suppressions: Suppressions) -> None:
        self._suppressions = suppressions
        self._writing = TaskSet()

    async def add(self, wish: Suppression) -> None:
        """On disk when it returns.

        Raises:
            Unavailable: not yet. It is tried again while the database says that this may help,
                whether the call lasts or not.
        """
        task = self._writing.start(self._write(wish))
        await asyncio.wait({task}, timeout=ANSWER_SECS)
        if not task.done():
            raise Unavailable("an opt-out waits for the database", maybe_done=True)
        try:
            task.result()
        except StoreError as error:
            raise Unavailable(str(error), maybe_done=False) from error

    async def finish(self) -> None:
        """Waits for what is not written yet; what then is left is lost, and the log says so."""
        if under_way := set(self._writing):
            _, lost = await asyncio.wait(under_way, timeout=LAST_WORDS_SECS)
            if lost:
                logger.critical(
                    "{} opt-outs are lost: the database did not come back",
                    len(lost),
                    event="opt_out_lost",
                )
            for task in lost:
                task.cancel()

    async def _write(self, wish: Suppression) -> None:
        for pause_secs in growing_pauses(FIRST_PAUSE_SECS, LONGEST_PAUSE_SECS):
            try:
                await self._suppressions.add(wish)
                return
            except StoreError as error:
                log = logger.bind(call_id=wish.call_id)
                if not error.temporary:
                    log.critical("an opt-out is lost: {}", error, event="opt_out_lost")
                    raise
                log.error(
                    "an opt-out is not stored yet, trying again: {}", error, event="opt_out_waits"
                )
            await asyncio.sleep(pause_secs)


@dataclass(frozen=True, kw_only=True)
class OtherParty:
    """Whom we speak with in one call (the `Contacts` port of tools)."""

    opt_outs: OptOuts
    number: str  # raw, as the carrier said it; of a call of ours, the one that was dialled
    call_id: str
    our_number: str = ""  # what they say without a country code is of its country

    async def opt_out(self, note: str, number: str = "") -> None:
        """See `Contacts.opt_out`."""
        said = self._said(number)
        theirs = () if is_withheld(self.number) else (self.number, number_in_sip(self.number))
        listed = [each for each in dict.fromkeys((*theirs, said)) if each]
        if not listed:
            raise NumberNeeded("Their number is withheld, so it is not known which one is theirs")
        for each in listed:
            how = f"The number that they said, {each}. {note}".strip() if each == said else note
            await self.opt_outs.add(
                Suppression(
                    number=each,
                    at=utcnow(),
                    source="call",
                    call_id=self.call_id,
                    note=how,
                )
            )

    def _said(self, number: str) -> str:
        """What they said as E.164; empty where they said none. Raises NumberNeeded."""
        if not number.strip():
            return ""
        try:
            said = parse_target(number, default_region=country_of(self.our_number))
        except ValueError as fault:
            raise NumberNeeded(f"What they said is no whole number. {fault}") from None
        if is_withheld(said):
            raise NumberNeeded("What they said is no number that anybody can have")
        return said
