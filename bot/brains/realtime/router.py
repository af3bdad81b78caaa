"""Where each event of the conversation goes."""

from loguru import logger
from pipecat.frames.frames import (
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from bot.brains.errors import ModelLost
from bot.brains.realtime import events
from bot.brains.realtime.agent_side import AgentSide
from bot.brains.realtime.caller_side import CallerSide
from bot.brains.realtime.context import Context
from bot.brains.realtime.function_side import FunctionSide
from bot.brains.realtime.link import Link
from bot.brains.realtime.sound_format import WrongFormat
from processors.frames import UsageFrame


class Router:
    """Passes on what happened in the conversation of one call."""

    def __init__(
        self,
        context: Context,
        *,
        agent: AgentSide,
        caller: CallerSide,
        functions: FunctionSide,
        link: Link,
    ) -> None:
        self._context = context
        self._agent = agent
        self._caller = caller
        self._functions = functions
        self._link = link
        self._complaints: set[str] = set()  # codes of those that stand in the log

    async def pass_on(self, event: events.ModelEvent) -> None:
        """To the side that it is about."""
        try:
            if not await self._of_speech(event):
                await self._of_the_model(event)
        except WrongFormat:
            await self._link.disbelieve()

    async def _of_speech(self, event: events.ModelEvent) -> bool:
        """What the caller and the agent say, or are heard to; false for anything else. Raises
        WrongFormat."""
        match event:
            case events.AgentSound():
                await self._agent.sound_came(event)
            case events.AgentSoundEnd():
                await self._agent.sound_ended(event)
            case events.AgentWords():
                self._context.log.agent_words(key=event.key, text=event.text)
            case events.LineSpoken():
                self._agent.voice.keep(event)
            case events.AgentSaid():
                if not self._agent.voice.is_aside(event.utterance_id):
                    self._caller.answered(event)
                await self._agent.said(event)
            case events.CallerSpeaks():
                if self._caller.model_hears(event):
                    await self._context.broadcast(
                        UserStartedSpeakingFrame if event.speaking else UserStoppedSpeakingFrame
                    )
            case events.CallerSaid():
                await self._caller.said(event)
            case events.CallerWords():
                self._caller.words_grow(event)
            case events.HeldWords():
                await self._caller.said_in_hold(event)
            case _:
                return False
        return True

    async def _of_the_model(self, event: events.ModelEvent) -> None:
        """What the model does beside that, and how it fails. Raises WrongFormat."""
        match event:
            case events.FunctionCalled():
                await self._functions.called(event)
            case events.Generating():
                await self._generating(under_way=event.under_way)
            case events.Used():
                usd = self._context.log.used(event.usage)
                await self._context.push(UsageFrame(model_usd=usd))
                self._agent.format.told(lasted_ms=event.sound_ms)
            case events.Transcribed():
                self._caller.words_came.set()  # also of a turn in which there were no words
                usd = self._context.log.transcribed(event.usage)
                await self._context.push(UsageFrame(model_usd=usd))
            case events.SummaryMade():
                self._link.summary_made(event.text)
            case events.Complaint():
                self._complain(event)
            case events.AskLater():
                self._link.ask_later(event.after_secs)
            case events.SessionEnds():
                self._link.keeper.ends_in(event.in_secs)
            case events.ModelFailed(reason=ModelLost.reason):
                self._link.keeper.expired()
            case events.ModelFailed():
                await self._context.fail(event.reason, event.detail)

    async def _generating(self, *, under_way: bool) -> None:
        if not under_way:
            await self._agent.speak_next()
            if self._context.conversation.asking.busy:
                return  # the next one has been asked for: nobody is to think that it is over
        if under_way:
            self._link.keeper.expect(anew=False)
        await self._context.broadcast(
            LLMFullResponseStartFrame if under_way else LLMFullResponseEndFrame
        )

    def _complain(self, complaint: events.Complaint) -> None:
        known = complaint.code in self._complaints  # of one thing it may complain all the time
        self._complaints.add(complaint.code)
        level = "DEBUG" if known else "WARNING"
        logger.log(
            level,
            "the model's side reports {}: {}",
            complaint.code,
            complaint.message,
            event="model_complained",
        )
