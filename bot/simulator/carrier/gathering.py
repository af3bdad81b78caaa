"""Executes <Gather>: what the other side presses or says, while a line is spoken and after it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.simulator.carrier import twiml
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.timeline import Event


async def gather(
    call: SimCall, verb: twiml.Gather, speak: Callable[[twiml.Say], Awaitable[None]]
) -> dict[str, str] | None:
    """Returns the parameters that an `action` is told; None: nothing came, and it is not asked.

    As at Twilio, whoever presses or speaks cuts the line short, and the wait begins after it.
    """
    heard = asyncio.create_task(_hear(call, verb, len(call.events)))
    spoken = asyncio.create_task(_speak_all(verb.lines, speak))
    try:
        await asyncio.wait({spoken, heard}, return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            spoken.result()
            await asyncio.wait({heard}, timeout=verb.timeout_secs)
        if heard.done():
            return heard.result()
        return {"Digits": ""} if verb.tells_silence else None
    finally:
        for task in (heard, spoken):
            task.cancel()
        await asyncio.gather(heard, spoken, return_exceptions=True)


async def _speak_all(
    lines: Sequence[twiml.Say], speak: Callable[[twiml.Say], Awaitable[None]]
) -> None:
    for line in lines:
        await speak(line)


async def _hear(call: SimCall, verb: twiml.Gather, since: int) -> dict[str, str]:
    """The first keys or words after that event."""
    digits, seen = "", since
    while True:
        for event in call.events[seen:]:
            seen += 1
            digits += _key(event) if "dtmf" in verb.inputs else ""
            if digits and (digits[-1] == verb.finish_key or len(digits) == verb.digits):
                return {"Digits": digits.rstrip(verb.finish_key), "FinishedOnKey": ""}
            if "speech" in verb.inputs and event.kind == "caller_said":
                return {"SpeechResult": f"{event.detail['text']}", "Confidence": "0.9"}
        await call.timeline.news()


def _key(event: Event) -> str:
    return str(event.detail["digit"]) if event.kind == "caller_pressed" else ""
