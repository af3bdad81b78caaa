"""Acts of people and programs on a live call, wherever it is, and the audit log of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from loguru import logger

from bot.calls import Act, ActKind, CallService, Reached
from bot.server.passes import GOOD_SECS, Passes, Purpose
from bot.store import Store, StoreError
from bot.store.audit import AuditLog

THE_API = "api"  # who acted, where the key of the API says no more
ASKED_FOR = "asked for by an operator"

_SLUGS: Mapping[ActKind, str] = {
    "say": "said",
    "whisper": "whispered",
    "context": "context_added",
    "keys": "keys_pressed",
    "transfer": "put_through",
    "give_back": "gave_back",
}
HUNG_UP, LISTENED, TOOK_OVER = "hung_up", "listened", "took_over"
GAVE_BACK = _SLUGS["give_back"]
SLUGS = (*_SLUGS.values(), HUNG_UP, LISTENED, TOOK_OVER)  # of the audit log

WHY = {
    Reached.ELSEWHERE: (
        "another process has the call, and it cannot be reached from here: try again in a moment"
    ),
    Reached.OVER: "the call is over",
    Reached.NOT_YET: "the call does not talk yet",
    Reached.WITH_PERSON: "a person is being called for the caller; the agent is not on the line",
    Reached.LEAVING: "the agent says its last line",
    Reached.NO_KEYS_NOW: "keys are being pressed, or the line is away: try again in a moment",
    Reached.TAKEN_OVER: "somebody else speaks in the agent's place",
    Reached.NOT_TAKEN_OVER: "nobody speaks in the agent's place",
}


class NoSuchCall(Exception):
    """No call has this id."""


class NotReached(Exception):
    """The call does not take the act; the sentence says why."""


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """What leads to the sound of a call (`bot.server.call_sound`)."""

    token: str
    sound: str  # the path of the websocket, which names the call and with it the worker
    good_secs: int = GOOD_SECS  # for so long the token is taken, once


class Reaching:
    """Reaches into calls of this process, and through its peers into those of the other workers."""

    def __init__(
        self, calls: CallService, store: Store, passes: Passes, *, can_transfer: bool
    ) -> None:
        """`can_transfer`: there is a person to put callers through to."""
        self._calls = calls
        self._store = store
        self._passes = passes
        self._can_transfer = can_transfer

    async def act(self, call_id: str, act: Act, *, who: str) -> str:
        """Does this in the call of this id, ours or the carrier's; returns ours.

        Raises NoSuchCall, NotReached, StoreError (nothing is done).
        """
        if act.kind == "transfer" and not self._can_transfer:
            raise NotReached("there is nobody to put callers through to: set HUMAN_TRANSFER_NUMBER")
        our_id = await self.ask(call_id, act)
        await noted(self._store.audit, who, _SLUGS[act.kind], our_id)
        return our_id

    async def ask(self, call_id: str, act: Act) -> str:
        """Has the call asked for this, and notes nothing: for what is no act yet. See `act`."""
        call = self._calls.registry.find(call_id)
        if call is not None:
            our_id, reached = call.id, self._calls.reach(call.id, act)
        else:
            our_id, reached = await self._elsewhere(call_id, act)
        if reached is not Reached.TAKEN:
            raise NotReached(WHY[reached])
        return our_id

    async def hang_up(self, call_id: str, *, who: str, farewell: bool = False) -> str:
        """Ends the call of this id, ours or the carrier's, at once or after the agent's last line;
        returns ours.

        Raises NoSuchCall, NotReached, StoreError (nothing is done).
        """
        call = self._calls.registry.find(call_id)
        if call is not None and self._calls.hang_up(call.id, farewell=farewell):
            our_id = call.id
        else:
            record = await self._store.get_call(call_id)
            if record is None:
                raise NoSuchCall
            over = record.ended_at is not None
            if over or not await self._calls.hang_up_anywhere(record.id, farewell=farewell):
                raise NotReached(WHY[Reached.OVER])
            our_id = record.id
        await noted(self._store.audit, who, HUNG_UP, our_id)
        return our_id

    async def invite(
        self, call_id: str, purpose: Purpose, *, who: str, session: str = ""
    ) -> Invitation:
        """Lets somebody listen to the call, or speak in its agent's place, for as long as their
        `session` of the console lasts, if they have one. What they do is noted when they do it.
        Raises as `act`, and ValueError.
        """
        our_id = await self.ask(call_id, Act.of(purpose, who if purpose == "take_over" else ""))
        return Invitation(
            token=self._passes.give(our_id, purpose, who, session=session),
            sound=f"/calls/{our_id}/sound",
        )

    async def _elsewhere(self, call_id: str, act: Act) -> tuple[str, Reached]:
        record = await self._store.get_call(call_id)
        if record is None:
            raise NoSuchCall
        if record.ended_at is not None:
            return record.id, Reached.OVER
        return record.id, await self._calls.reach_elsewhere(record.id, act)


async def noted(audit: AuditLog, who: str, slug: str, call_id: str) -> None:
    """Writes down what is done. It is not asked for again where the database is away: whoever did
    would have the line said twice.
    """
    try:
        await audit.note(who, slug, call_id)
    except StoreError as error:
        logger.error(
            "an act is missing in the audit log ({} by {}): {}",
            slug,
            who,
            error,
            call_id=call_id,
            event="act_not_noted",
        )
