"""Opening the model's session for a call, and anew for one whose session is lost."""

from dataclasses import dataclass

from bot.brains.realtime import (
    Clips,
    RealtimeError,
    RealtimeSession,
    line_broke_off,
    opening_request,
)
from bot.calls import brief
from bot.calls.call import Call
from bot.calls.pipeline import brief_of, tools_of
from bot.calls.retelling import retelling
from bot.calls.troubles import KEY, Troubles
from tools.signature import signature_of


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Opens them. Both methods raise RealtimeError."""

    realtime_url: str
    openai_api_key: str
    clips: Clips
    troubles: Troubles

    async def open(self, call: Call) -> RealtimeSession:
        """Opens the session and, unless a prepared greeting will be played, has the model begin."""
        session = await self.reopen(call)
        if call.earlier is not None:
            session.post(line_broke_off())
        told = brief_of(call)
        line = told.first_line
        if not (line and self.clips.get(told.speaker, line)):
            session.post(opening_request(line))
        return session

    async def reopen(self, call: Call) -> RealtimeSession:
        """A session that knows what an earlier process heard of this call, and nothing else."""
        schemas = [signature_of(tool).schema() for tool in tools_of(call)]
        try:
            session = await RealtimeSession.open(
                url=self.realtime_url,
                api_key=self.openai_api_key,
                model=call.agent.model,
                config=brief.session_config(call.agent, call.request, call.direction, schemas),
            )
        except RealtimeError as error:
            self.troubles.model_refused(error)
            raise
        self.troubles.over(KEY)
        for event in retelling(call.earlier.turns) if call.earlier else ():
            session.post(event)
        return session
