"""The model's functions in a call: begun by the model or in its stead, and what they ask of it."""

from collections.abc import Awaitable, Callable

from pipecat.processors.frame_processor import FrameDirection

from bot.brains.call_requests import CallRequests
from bot.brains.realtime.context import Context
from bot.brains.realtime.events import FunctionCalled
from bot.brains.realtime.function_calls import FunctionCalls
from processors.frames import (
    ConsultFrame,
    EndCallRequestFrame,
    HandOverRequestFrame,
    HoldRequestFrame,
    KeysRequestFrame,
    NumberRequestFrame,
    ProvenFrame,
    RunToolFrame,
    ToolsRunningFrame,
    TransferRequestFrame,
)
from tools.tool import ToolAnswer
from tools.toolbox import Toolbox

# Failures on our side or of the business. The model's own mistakes are none of them.
_FAILURES = frozenset({"failed", "too_slow", "unavailable"})


class FunctionSide:
    """What tools do in one call, and what they have asked of it."""

    def __init__(
        self,
        context: Context,
        *,
        toolbox: Toolbox,
        requests: CallRequests,
        fill_silence: Callable[[], Awaitable[bool]],
        silent_secs: Callable[[], float],
    ) -> None:
        self._context = context
        self._conversation = context.conversation
        self._requests = requests
        self._toolbox = toolbox
        self._failed = 0  # results in a row
        self._calls = FunctionCalls(
            toolbox=toolbox,
            log=context.log,
            start=context.spawn,
            answered=self._answered,
            fill_silence=fill_silence,
            silent_secs=silent_secs,
        )

    @property
    def count(self) -> int:
        """How many are under way."""
        return self._calls.count

    def heard(self) -> None:
        """The caller or the agent is heard: the caller waits anew after that."""
        self._calls.heard()

    async def called(self, call: FunctionCalled) -> None:
        """The model wants one run."""
        if not self._context.closing:
            await self._begin(call)

    async def run(self, frame: RunToolFrame) -> None:
        """Whatever the model is doing, and also when the call is over: last words count."""
        if not self._calls.done_or_under_way(frame.tool):
            await self._begin(self._conversation.call_function(frame.tool, frame.arguments or {}))

    async def _begin(self, call: FunctionCalled) -> None:
        self._calls.begin(call)
        await self._tell()

    async def _tell(self, *, answers: bool = True) -> None:
        await self._context.push(
            ToolsRunningFrame(count=self.count, failed=self._failed, answers=answers)
        )

    async def _answered(self, call: FunctionCalled, answer: ToolAnswer) -> None:
        requests, farewell = self._requests, self._context.config.farewell
        if answer.ok:
            self._failed = 0
            if proven := self._toolbox.covers(call.name):
                await self._context.push(ProvenFrame(claims=proven))
        elif answer.output.get("error") in _FAILURES:
            self._failed += 1
        number, requests.number_kind = requests.number_kind, None
        leaves = (requests.transfer_reason, requests.next_agent, requests.end_summary)
        ends = any(each is not None for each in leaves)
        speak = answer.speak and not ends
        self._conversation.function_result(call.call_id, answer.output, speak=speak)
        await self._tell(answers=answer.speak)
        if not (answer.speak or ends or self.count):
            self._context.turn_taking.stays_silent()
        if number is not None:
            await self._context.push(NumberRequestFrame(kind=number))
        if requests.consultation is not None:
            (to, why, brief), requests.consultation = requests.consultation, None
            await self._context.push(ConsultFrame(to=to, reason=why, brief=brief))
        if requests.transfer_reason is not None:
            reason, requests.transfer_reason = requests.transfer_reason, None
            await self._context.pump()
            await self._context.push(TransferRequestFrame(reason=reason, to=requests.transfer_to))
        elif requests.next_agent is not None:
            (agent, reason), requests.next_agent = requests.next_agent, None
            await self._context.pump()
            await self._context.push(HandOverRequestFrame(agent=agent, reason=reason))
        elif requests.end_summary is not None and call.wordless and farewell:
            self._conversation.asking.say(farewell)
        await self._context.pump()
        if requests.keys:
            keys, requests.keys = requests.keys, ""
            await self._context.push(KeysRequestFrame(keys=keys))
        if requests.hold:
            requests.hold = False
            await self._context.push(HoldRequestFrame(), FrameDirection.UPSTREAM)

    def call_off_end(self) -> None:
        """The wish to hang up was in an answer that is cut: it does not count."""
        self._requests.end_summary = None

    async def maybe_end(self) -> None:
        """Passes on the model's wish to hang up, once its last words have been asked for."""
        summary = self._requests.end_summary
        if summary is not None and not self._conversation.asking.waiting:
            self._requests.end_summary = None
            await self._context.push(EndCallRequestFrame(summary=summary))
