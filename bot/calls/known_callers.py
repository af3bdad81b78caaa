"""Who calls, looked up by their number while the phone rings."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from loguru import logger

from bot.calls import caller_facts
from bot.calls.call_request import CallRequest
from bot.clock import utcnow
from bot.same_number import is_withheld, same_number
from bot.store import CallRecord, Store
from bot.tasks import TaskSet
from config import Agent
from tools import Business, NotFound

KNOWN_SECS = 0.3  # the phone rings on so long at most for it
LATE_SECS = 5.0  # what comes later is told to the model in the call; after this it is not
_CALLS_LOOKED_AT = 20  # of the newest, those without a summary among them


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a caller when their call is taken."""

    facts: str = ""  # for the model
    broken: CallRecord | None = None  # their call that broke, which this one goes on with
    late: Awaitable[str] | None = field(default=None, repr=False)  # facts that are still awaited

    def asked(self, agent: Agent, request: CallRequest) -> CallRequest:
        """The request with it."""
        if self.broken is None:
            return replace(request, caller=self.facts)
        return replace(
            request,
            caller=self.facts,
            continues=self.broken.id,
            first_line=agent.lines.resumed,
        )


NOBODY = Known()


class KnownCallers:
    """Looks callers up, as far as the agent's file asks for it."""

    def __init__(self, *, store: Store, business: Business) -> None:
        self._store = store
        self._business = business
        self._under_way = TaskSet()

    async def look_up(self, agent: Agent, number: str, our_number: str) -> Known:
        """What is known of this raw number within `KNOWN_SECS`. Raises nothing: the phone is
        answered in any case. A number that is withheld is nobody's.
        """
        if not agent.caller.asks or is_withheld(number):
            return NOBODY
        now = utcnow()
        parts = [
            self._start(self._broken(agent, number, our_number, now)),
            self._start(self._facts(agent, number, now)),
        ]
        done, waiting = await asyncio.wait(parts, timeout=KNOWN_SECS)
        broken, facts = (part.result() if part in done else None for part in parts)
        if parts[0] in waiting:
            parts[0].cancel()  # the greeting was decided without it
        told = [caller_facts.of_broken(broken, now)] if broken is not None else []
        late = parts[1] if parts[1] in waiting else None
        return Known(
            facts="\n\n".join(filter(None, (*told, facts or ""))), broken=broken, late=late
        )

    def _start(self, work: Any) -> "asyncio.Task[Any]":
        return self._under_way.start(_quietly(work), name="known caller")

    async def _broken(
        self, agent: Agent, number: str, our_number: str, now: datetime
    ) -> CallRecord | None:
        """Their newest call, if it is one to be gone on with."""
        within = timedelta(minutes=agent.caller.resume_mins)
        if not within:
            return None
        longest = timedelta(seconds=agent.limits.secs)
        newest = await self._store.find_calls(number=number, since=now - within - longest, limit=1)
        call = await self._store.get_call(newest[0].id) if newest else None
        if call is None or call.agent != agent.name or call.ended_at is None:
            return None
        ours = call.to_number if call.direction == "inbound" else call.from_number
        fits = same_number(ours, our_number) and now - call.ended_at <= within
        return call if fits and caller_facts.broke(call) else None

    async def _facts(self, agent: Agent, number: str, now: datetime) -> str:
        known = await asyncio.gather(
            _quietly(self._of_business(agent, number)), _quietly(self._memory(agent, number, now))
        )
        return "\n\n".join(filter(None, known))

    async def _of_business(self, agent: Agent, number: str) -> str:
        if not agent.caller.look_up:
            return ""
        contact = self._store.batches.find_recent_contact(number, utcnow() - timedelta(days=30))
        found, called = await asyncio.gather(self._appointments(number), _quietly(contact))
        names = [str(each.get("name") or "") for each in found]
        first = found[0] if found else {}
        when = " at ".join(str(first[key]) for key in ("day", "time") if first.get(key))
        if called is not None:
            names.append(called.name)
        return caller_facts.of_business(names, when)

    async def _appointments(self, number: str) -> list[dict[str, Any]]:
        try:
            found = await self._business.find_appointments(number, None)
        except NotFound:
            return []
        except Exception as error:
            logger.info("a caller is not looked up: {!r}", error, event="caller_not_looked_up")
            return []
        listed = found.get("appointments")
        return [each for each in listed if isinstance(each, dict)] if listed else []

    async def _memory(self, agent: Agent, number: str, now: datetime) -> str:
        days = agent.caller.memory_days
        if not days:
            return ""
        since = now - timedelta(days=days)
        calls, messages = await asyncio.gather(
            self._store.find_calls(
                number=number, agent=agent.name, since=since, limit=_CALLS_LOOKED_AT
            ),
            self._store.messages.find(number=number, since=since, open_only=True, limit=10),
        )
        zone = ZoneInfo(agent.timezone) if agent.timezone else None
        return caller_facts.of_memory(calls, list(messages), zone)


async def _quietly(work: Awaitable[Any]) -> Any:
    """None where it fails or takes too long: a call does not depend on it."""
    try:
        async with asyncio.timeout(LATE_SECS):
            return await work
    except Exception as error:
        logger.info("a caller is not looked up: {!r}", error, event="caller_not_looked_up")
        return None
