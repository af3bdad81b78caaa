"""The life of a call, from the first ring to the last callback. Every way it can end is here or
is an order given to it (see `SimCall.order`)."""

import asyncio
from dataclasses import replace

from loguru import logger

from bot.simulator.caller import CallerScript, perform, render_words
from bot.simulator.carrier.answers import AnswerPolicy, Answers, Busy, NoAnswer
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.exchange import Exchange
from bot.simulator.carrier.interpreter import Interpreter, digits_secs
from bot.simulator.carrier.request import MachineDetection
from bot.simulator.carrier.states import CallStatus, End, EndReason, Fetch, Source
from bot.simulator.carrier.status import post_callback


class CallLife:
    """Lives one call; `run` once. `policy` is None for an inbound call."""

    def __init__(
        self,
        *,
        call: SimCall,
        exchange: Exchange,
        script: CallerScript,
        policy: AnswerPolicy | None = None,
    ) -> None:
        self._call = call
        self._exchange = exchange
        self._script = script
        self._policy = policy
        self._words: dict[str, bytes] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Returns when the call is over."""
        end = End(status=CallStatus.FAILED, reason=EndReason.FAILED)
        try:
            end = await self._live()
        except Exception:
            logger.bind(call_sid=self._call.sid).exception("The simulated carrier lost a call")
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._call.end(end)

    async def _live(self) -> End:
        words = await self._call.unless_ordered(render_words(self._script))
        if isinstance(words, End):
            return words
        if isinstance(words, dict):
            self._words = words
        return await (self._inbound() if self._policy is None else self._outbound(self._policy))

    async def _inbound(self) -> End:
        self._call.note("status", status="ringing")
        return await self._converse(self._call.request.source)

    async def _outbound(self, policy: AnswerPolicy) -> End:
        if end := await self._wait(self._exchange.queue_secs):
            return end
        self._call.move(CallStatus.INITIATED)
        self._call.move(CallStatus.RINGING)
        timeout_secs = self._call.request.timeout_secs
        ring_secs = timeout_secs if policy.ring_secs is None else policy.ring_secs
        if end := await self._wait(min(ring_secs, timeout_secs)):
            return end
        if ring_secs > timeout_secs:
            return _unanswered(NoAnswer())
        if isinstance(policy, Answers | NoAnswer) and policy.waits_for is not None:
            order = await self._call.unless_ordered(policy.waits_for.wait())
            if isinstance(order, End):
                return order
        if not isinstance(policy, Answers):
            return _unanswered(policy)
        self._answer()
        return await self._answered(policy)

    async def _answered(self, policy: Answers) -> End:
        source = self._call.request.source
        if digits := self._call.request.send_digits:
            self._call.note("digits_played", digits=digits)
            if end := await self._wait(digits_secs(digits)):
                return end
        if detection := self._call.request.machine_detection:
            if detection.is_async:
                self._tasks.append(asyncio.create_task(self._detect(policy, detection)))
            else:
                if end := await self._wait(policy.detection_ms / 1000):
                    return end
                source = self._with_detection(source, policy, detection)
        return await self._converse(source)

    async def _converse(self, source: Source) -> End:
        interpreter = Interpreter(call=self._call, exchange=self._exchange, answer=self._answer)
        following: Source | End = source
        while not isinstance(following, End):
            following = await self._call.unless_ordered(interpreter.run(following))
        return following

    async def _wait(self, secs: float) -> End | None:
        """Let time pass; the end, if one was ordered meanwhile."""
        order = await self._call.unless_ordered(asyncio.sleep(secs))
        return order if isinstance(order, End) else None

    def _answer(self) -> None:
        if self._call.line is None:
            line = self._call.answer()
            self._tasks.append(asyncio.create_task(line.run()))
            self._tasks.append(asyncio.create_task(self._perform()))

    async def _perform(self) -> None:
        try:
            await perform(self._script, self._call, self._words)
        except Exception as error:
            logger.bind(call_sid=self._call.sid).exception("A caller's script failed")
            self._call.note("caller_failed", error=repr(error))
            await self._call.hang_up()

    async def _detect(self, policy: Answers, detection: MachineDetection) -> None:
        await asyncio.sleep(policy.detection_ms / 1000)
        answered_by = policy.answered_by(detection.mode)
        self._call.answered_by = answered_by
        self._call.note("machine_detection", answered_by=answered_by)
        if detection.callback is None:
            return
        params = {
            "AccountSid": self._exchange.account_sid,
            "CallSid": self._call.sid,
            "AnsweredBy": answered_by,
            "MachineDetectionDuration": str(policy.detection_ms),
        }
        for _ in range(policy.verdict_copies):
            self._exchange.spawn(
                post_callback(
                    self._exchange,
                    self._call,
                    detection.callback,
                    "amd_callback",
                    params,
                    failure_code=21262,
                )
            )

    def _with_detection(
        self, source: Source, policy: Answers, detection: MachineDetection
    ) -> Source:
        answered_by = policy.answered_by(detection.mode)
        self._call.answered_by = answered_by
        self._call.note("machine_detection", answered_by=answered_by)
        if not isinstance(source, Fetch):
            return source
        found = (
            ("AnsweredBy", answered_by),
            ("MachineDetectionDuration", str(policy.detection_ms)),
        )
        return replace(source, params=(*source.params, *found))


def _unanswered(policy: AnswerPolicy) -> End:
    match policy:
        case Busy():
            return End(status=CallStatus.BUSY, reason=EndReason.BUSY)
        case NoAnswer():
            return End(status=CallStatus.NO_ANSWER, reason=EndReason.NO_ANSWER)
        case _:
            return End(status=CallStatus.FAILED, reason=EndReason.FAILED)
