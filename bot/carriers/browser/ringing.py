"""A browser calls an agent: the call is taken as any other that comes in."""

from dataclasses import dataclass

from bot.calls import CallService
from bot.carriers import Connect, IncomingCall
from bot.carriers.browser.lines import new_call_sid
from bot.carriers.browser.stream_route import STREAM
from bot.console.phone import NotTaken, Ringing, caller_name
from config import AgentError


@dataclass(frozen=True, kw_only=True)
class BrowserCalls:
    """Fills `bot.console.phone.Ring`."""

    calls: CallService
    our_number: str  # which number is called, as the record has it, if the agent has none

    async def ring(self, agent: str, user: str) -> Ringing:
        """Begins a call of this user with this agent; its stream is awaited for some seconds.

        Raises:
            NotTaken.
        """
        try:
            found = self.calls.inbound.check(agent)
        except AgentError as error:
            raise NotTaken(str(error)) from error
        number = found.numbers[0] if found.numbers else self.our_number
        call_sid = new_call_sid()
        answer = await self.calls.inbound.take(
            IncomingCall(call_sid=call_sid, from_=caller_name(user), to=number, agent=agent)
        )
        if not isinstance(answer, Connect):
            raise NotTaken("there is no room for another call just now")
        worker = "" if answer.worker is None else f"/{answer.worker}"
        return Ringing(
            call_id=answer.call_id,
            call_sid=call_sid,
            token=answer.token,
            stream=f"{STREAM}{worker}",
        )
