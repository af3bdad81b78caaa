"""Executes <Dial>."""

import asyncio

from bot.simulator.carrier import twiml
from bot.simulator.carrier.answers import Fails
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.exchange import Exchange
from bot.simulator.carrier.legs import DialLeg, new_leg, plan_dial
from bot.simulator.carrier.request import is_callable_address
from bot.simulator.carrier.status import post_callback


async def dial(call: SimCall, exchange: Exchange, verb: twiml.Dial) -> dict[str, str]:
    """Call the callees, connect the first who answers, and return when that is over.

    Returns the parameters an `action` is told. Cancelled when the caller's own call ends or is
    redirected; the legs then end as well.
    """
    legs = [new_leg(callee, verb.caller_id) for callee in verb.callees]
    policies = {}
    for leg in legs:
        call.legs.append(leg)
        call.note("dial", address=leg.address, kind=leg.callee.kind)
        policies[leg.address] = exchange.answer_at(leg.address)
        if not is_callable_address(leg.address):
            call.complain(13224, "<Dial> to a number that is not valid", leg.address)
            policies[leg.address] = Fails(ring_secs=0)
    plan = plan_dial(legs, policies, verb.timeout_secs)
    connected = plan.answered_by
    try:
        await asyncio.sleep(plan.ring_secs)
        if connected:
            _report(call, exchange, connected)
            await _talk(call, connected, min(plan.talk_secs, verb.time_limit_secs or float("inf")))
    except asyncio.CancelledError:
        if connected and connected.status == "in-progress":
            connected.status = "canceled"
        raise
    call.note("dial_ended", status=plan.status)
    return _action_params(legs, connected, plan.status)


def _report(call: SimCall, exchange: Exchange, leg: DialLeg) -> None:
    """Tells that the callee has answered, to whoever asked for that."""
    callback = leg.callee.callback
    if callback is None or "answered" not in callback.events:
        return
    params = call.voice_params() | {
        "CallSid": leg.sid,
        "ParentCallSid": call.sid,
        "CallStatus": "in-progress",
        "Direction": "outbound-dial",
        "From": leg.caller_id or call.from_number,
        "To": leg.address,
    }
    exchange.spawn(post_callback(exchange, call, callback, "dial_callback", params))


async def _talk(call: SimCall, leg: DialLeg, secs: float) -> None:
    loop = asyncio.get_running_loop()
    call.note("dial_answered", address=leg.address)
    began_at = loop.time()
    try:
        await asyncio.sleep(secs)
    finally:
        leg.talked_secs = loop.time() - began_at
        leg.status = "completed"


def _action_params(legs: list[DialLeg], connected: DialLeg | None, status: str) -> dict[str, str]:
    params = {"DialCallStatus": status, "DialBridged": "true" if connected else "false"}
    if legs:
        params["DialCallSid"] = (connected or legs[-1]).sid
    if connected:
        params["DialCallDuration"] = str(round(connected.talked_secs))
    return params
