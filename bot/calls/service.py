"""Calls, as the rest of the service uses them: taken in, sent out, given streams, ended.

Webhooks, the media socket and the API speak to what is here in plain values; none of it knows HTTP.
"""

import asyncio
from dataclasses import dataclass

from loguru import logger

from bot.calls.arrivals import Arrivals
from bot.calls.call import Call, new_token
from bot.calls.callbacks import CarrierCallbacks
from bot.calls.colleagues import Colleagues, Release, Webhook, WebhookAnswer
from bot.calls.events import (
    HangUpAsked,
    KeysAsked,
    OperatorCame,
    OperatorLeft,
    TakenElsewhere,
    TransferAsked,
    WordsSent,
)
from bot.calls.feed import Feed
from bot.calls.inbound import InboundCalls
from bot.calls.legs import Stream
from bot.calls.outbound import OutboundCalls
from bot.calls.outcome import Ending
from bot.calls.peers import PeerWorkers
from bot.calls.reaching import Act, Reached, refusal
from bot.calls.registry import Registry
from bot.calls.timers import FAREWELL_SECS
from bot.carriers.leg import Leg
from bot.store import digest_of

LET_GO_SECS = 30.0  # the carrier is told, a summary made, the record written


@dataclass(frozen=True, kw_only=True)
class CallService:
    """The calls of this process."""

    inbound: InboundCalls
    outbound: OutboundCalls
    callbacks: CarrierCallbacks
    registry: Registry
    peers: PeerWorkers
    colleagues: Colleagues
    arrivals: Arrivals
    feed: Feed

    async def stream(self, leg: Leg, *, token: str, call_sid: str, call_id: str = "") -> bool:
        """A media stream has come: returns when it is let go. False: it belongs to no call.

        With the `call_id` that it names, it may be for a call of another process: that comes here.
        """
        let_go = asyncio.Event()
        stream = Stream(leg=leg, let_go=let_go.set)
        if not self.registry.connect(stream, token=token, call_sid=call_sid):
            here = await self.arrivals.claim(call_id=call_id, token=token, call_sid=call_sid)
            if not here or not self.registry.connect(stream, token=token, call_sid=call_sid):
                return False
        await let_go.wait()
        return True

    async def let_go(self, call_id: str, stream_digest: str) -> Release:
        """Forgets a call whose awaited stream, with a token of that digest, has come to another
        process; returns when all that was noted of it here is stored. It is kept if its stream is
        here, or if it ends.
        """
        call = self.registry.find(call_id)
        if call is None:
            return Release(gone=True)
        if not call.state.elsewhere:  # else it is being left already
            awaited = digest_of(call.state.caller.token) == stream_digest
            if not awaited or not call.post(TakenElsewhere()):
                return Release(gone=False)
        await call.until(lambda state: state.stored)
        return Release(gone=True, machine_reports=call.state.machine_reports)

    async def forward(self, call_id: str, webhook: Webhook) -> WebhookAnswer | None:
        """The answer of the process that has this call. None: it is to be answered here."""
        if self.registry.find(call_id) is not None:
            return None
        return await self.colleagues.forward(call_id, webhook)

    def hang_up(self, id_or_sid: str, *, farewell: bool = False) -> bool:
        """Ends a live call of this process: at once, or after a last line. False when it has none
        of that id.
        """
        call = self.registry.find(id_or_sid)
        if call is None:
            return False
        call.post(HangUpAsked(Ending.HUNG_UP_BY_API, farewell))
        return True

    async def hang_up_anywhere(self, call_id: str, *, farewell: bool = False) -> bool:
        """The same for a call of ours, whichever worker has it. False when none has."""
        here = self.hang_up(call_id, farewell=farewell)
        return here or await self.peers.hang_up(call_id, farewell=farewell)

    def reach(self, id_or_sid: str, act: Act) -> Reached:
        """Does this in a live call of this process: whether the call takes it, or why not."""
        call = self.registry.find(id_or_sid)
        if call is None:
            return Reached.ELSEWHERE
        who = act.text if act.kind == "take_over" else ""
        if (refused := refusal(call.state, act.kind, who)) is not None:
            return refused
        match act.kind:
            case "listen" | "take_over":
                return Reached.TAKEN  # a place; they come over a socket (`take_over`)
            case "give_back":
                call.post(OperatorLeft())
            case "transfer":
                call.post(TransferAsked(act.text))
            case "keys":
                call.post(KeysAsked(act.text, new_token(), from_outside=True))
            case how:
                call.post(WordsSent(how, act.text))
        logger.info("reached into the call: {}", act.kind, call_id=call.id, event="call_reached")
        return Reached.TAKEN

    def take_over(self, call: Call, *, who: str, seat: str) -> Reached:
        """Has this operator heard in the agent's place, from a seat that nobody else has."""
        if (refused := refusal(call.state, "take_over", who)) is not None:
            return refused
        call.post(OperatorCame(who, seat))
        logger.info("an operator speaks", call_id=call.id, event="operator_speaks")
        return Reached.TAKEN

    def give_back(self, call: Call, *, seat: str) -> bool:
        """The agent goes on, unless another seat was taken since; whether it does by that."""
        given = call.post(OperatorLeft(seat))
        if given:
            logger.info("the agent speaks again", call_id=call.id, event="operator_left")
        return given

    async def reach_elsewhere(self, call_id: str, act: Act) -> Reached:
        """Has the worker that our id names do it. ELSEWHERE: none has the call, or says so in
        time.
        """
        return await self.peers.reach(call_id, act)

    async def drain(self, *, within_secs: float, goodbye: bool = False) -> None:
        """Takes no new calls, lets those under way finish, with `goodbye` has the agents of those
        left say their last line, then ends what is left even now.
        """
        self.registry.closed = True
        await self._see_calls_end("to finish", within_secs)
        if goodbye:
            for call in self.registry:
                call.post(HangUpAsked(Ending.SHUTDOWN, farewell=True))
            await self._see_calls_end("to say goodbye", FAREWELL_SECS)
        for call in self.registry:
            call.post(HangUpAsked(Ending.SHUTDOWN))
        await self._see_calls_end("to be let go", LET_GO_SECS)

    async def _see_calls_end(self, what: str, within_secs: float) -> None:
        """Returns when all calls there are now are over, at the latest after so long."""
        live = [asyncio.create_task(_is_over(call)) for call in self.registry]
        if not live:
            return
        logger.info(
            "waiting up to {:g} s for {} calls {}",
            within_secs,
            len(live),
            what,
            event="calls_waited_for",
        )
        try:
            await asyncio.wait(live, timeout=within_secs)
        finally:
            for waiting in live:
                waiting.cancel()


async def _is_over(call: Call) -> None:
    await call.until(lambda state: state.stored)
