"""Conferences: rooms that calls are put into by <Dial><Conference>, with Twilio's rules.

The first to join makes the room, under its name; who joins later under that name is in the same
one. What the first says of status callbacks holds, what later ones say does not. It starts once
somebody joins whose `startConferenceOnEnter` is true, and two are there; until then they wait. It
ends when somebody leaves whose `endConferenceOnExit` is true, or nobody is left. A room that has
ended is never entered again: the same name makes another.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.carrier import twiml
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.exchange import Exchange, new_sid
from bot.simulator.carrier.request import Callback
from bot.simulator.carrier.status import post_callback, timestamp


@dataclass(kw_only=True, eq=False)
class Participant:
    """One call in a conference."""

    call: SimCall
    starts: bool
    ends: bool
    label: str = ""
    out: asyncio.Event = field(default_factory=asyncio.Event)  # is to leave


@dataclass(kw_only=True, eq=False)
class Conference:
    """A room."""

    sid: str
    name: str
    callback: Callback | None
    host: SimCall  # who made it
    told: "asyncio.Task[Any] | None" = None  # the last callback
    participants: list[Participant] = field(default_factory=list)
    status: str = "init"  # in-progress once it has started, at last completed
    began_at: float | None = None
    reported: int = 0

    @property
    def is_over(self) -> bool:
        return self.status == "completed"


class Conferences:
    """All of a carrier's, newest last."""

    def __init__(self) -> None:
        self.all: list[Conference] = []

    async def join(self, call: SimCall, exchange: Exchange, noun: twiml.Conference) -> float:
        """Stays until the room ends or the call is taken out; returns how long they talked."""
        room = self._room(noun, call)
        if len(room.participants) >= noun.most:
            call.complain(16025, "The conference has as many participants as it may have")
            return 0.0
        who = Participant(call=call, starts=noun.starts, ends=noun.ends, label=noun.label)
        room.participants.append(who)
        call.note("conference_joined", name=room.name, sid=room.sid)
        self._tell(exchange, room, "participant-join", "join", who)
        self._maybe_start(exchange, room)
        began = asyncio.get_running_loop().time()
        try:
            await who.out.wait()
        finally:
            self._leave(exchange, room, who)
        since = began if room.began_at is None else max(began, room.began_at)
        return asyncio.get_running_loop().time() - since

    def named(self, name: str) -> Conference | None:
        """The room of this name that is not over."""
        return next((room for room in self.all if room.name == name and not room.is_over), None)

    def _room(self, noun: twiml.Conference, call: SimCall) -> Conference:
        room = self.named(noun.name)
        if room is None:
            room = Conference(sid=new_sid("CF"), name=noun.name, callback=noun.callback, host=call)
            self.all.append(room)
        return room

    def _maybe_start(self, exchange: Exchange, room: Conference) -> None:
        may_start = any(each.starts for each in room.participants)
        if room.status == "init" and may_start and len(room.participants) >= 2:
            room.status, room.began_at = "in-progress", asyncio.get_running_loop().time()
            self._tell(exchange, room, "conference-start", "start", None)

    def _leave(self, exchange: Exchange, room: Conference, who: Participant) -> None:
        room.participants.remove(who)
        who.call.note("conference_left", name=room.name)
        self._tell(exchange, room, "participant-leave", "leave", who)
        if (who.ends or not room.participants) and not room.is_over:
            room.status = "completed"
            self._tell(exchange, room, "conference-end", "end", None)
            for other in room.participants:
                other.out.set()

    def _tell(
        self, exchange: Exchange, room: Conference, kind: str, event: str, who: Participant | None
    ) -> None:
        callback = room.callback
        if callback is None or event not in callback.events:
            return
        room.reported += 1
        params = {
            "AccountSid": exchange.account_sid,
            "ConferenceSid": room.sid,
            "FriendlyName": room.name,
            "StatusCallbackEvent": kind,
            "SequenceNumber": str(room.reported),
            "Timestamp": timestamp(),
        }
        if who is not None:
            params |= {
                "CallSid": who.call.sid,
                "StartConferenceOnEnter": str(who.starts).lower(),
                "EndConferenceOnExit": str(who.ends).lower(),
                "Muted": "false",
                "Hold": "false",
                "Coaching": "false",
            }
            if who.label:
                params["ParticipantLabel"] = who.label
        subject = who.call if who is not None else room.host
        told = _tell_after(
            room.told, post_callback(exchange, subject, callback, "conference_callback", params)
        )
        room.told = exchange.spawn(told)


async def _tell_after(last: "asyncio.Task[Any] | None", work: Coroutine[Any, Any, None]) -> None:
    """In their order, one after the other."""
    if last is not None:
        await asyncio.wait({last})
    await work
