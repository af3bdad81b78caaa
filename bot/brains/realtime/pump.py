"""What goes between the conversation and the call, in order and one thing at a time."""

from bot.brains.realtime.agent_side import AgentSide
from bot.brains.realtime.context import Context
from bot.brains.realtime.function_side import FunctionSide
from bot.brains.realtime.link import Link
from bot.brains.realtime.router import Router


class Pump:
    """That of one call."""

    def __init__(
        self,
        context: Context,
        *,
        agent: AgentSide,
        functions: FunctionSide,
        link: Link,
        router: Router,
    ) -> None:
        self._conversation = context.conversation
        self._agent = agent
        self._functions = functions
        self._link = link
        self._router = router
        self._pumping = False

    async def run(self) -> None:
        """Sends what is to be sent and passes on what happened.

        Passing something on may lead back here; the outermost call does the work.
        """
        if self._pumping:
            return
        self._pumping = True
        try:
            while not await self._is_done():
                pass
        finally:
            self._pumping = False

    async def _is_done(self) -> bool:
        """One round; false: something happened in it."""
        happened = self._conversation.happened
        while happened or self._conversation.catch_up():
            if happened:
                await self._router.pass_on(happened.popleft())
        await self._agent.speak_next()
        self._link.send()
        if not happened:
            await self._functions.maybe_end()
        if happened:
            return False
        self._link.see_cancelled_end()
        return True
