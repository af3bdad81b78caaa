"""A call whose stream is missing: it may be with another process, or the carrier is asked."""

from loguru import logger

from bot.calls.call import Call
from bot.calls.colleagues import Colleagues
from bot.calls.events import CarrierAnswered, TakenElsewhere
from bot.calls.outcome import Ending, ending_of_status
from bot.carriers import Carrier, CarrierError


async def ask_carrier(call: Call, carrier: Carrier, colleagues: Colleagues) -> None:
    """Tells the call that another process has it; or how it ended according to the carrier, if it
    did and the carrier can tell.
    """
    if await colleagues.is_elsewhere(call.id):
        call.post(TakenElsewhere())
        return
    ending, call_sid = None, call.call_sid
    if call_sid is not None:
        try:
            known = await carrier.fetch(call_sid)
            ending = ending_of_status(known.status.value)
        except CarrierError as error:
            logger.warning(
                "the carrier does not say how the call stands: {}",
                error,
                event="call_status_unknown",
            )
            ending = Ending.CALLER_HUNG_UP if error.gone else None
        except Exception:
            logger.exception("asking the carrier failed", event="call_status_unknown")
    call.post(CarrierAnswered(ending))
