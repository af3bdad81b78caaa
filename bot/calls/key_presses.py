"""Keys that the agent presses: asked of the carrier, and what it says told to the call."""

from loguru import logger

from bot.calls.call import Call
from bot.calls.events import KeysAnswered
from bot.calls.troubles import Troubles
from bot.carriers import Carrier, CarrierError, Connect


async def press_keys(
    call: Call, keys: str, *, carrier: Carrier, then: Connect, troubles: Troubles
) -> None:
    """Posts what the carrier says."""
    if call.call_sid is None:
        raise ValueError("keys are pressed in a call that the carrier has")
    try:
        stays = await carrier.press_keys(call.call_sid, keys, then)
    except CarrierError as error:
        troubles.carrier_refused(error)
        said = "would not press" if error.settled else "does not say whether it has pressed"
        logger.warning("the carrier {} keys: {}", said, error, event="keys_not_pressed")
        call.post(KeysAnswered("refused" if error.settled else "unclear"))
    except ValueError as error:
        logger.warning("keys cannot be pressed: {}", error, event="keys_not_pressed")
        call.post(KeysAnswered("refused"))
    else:
        call.post(KeysAnswered("pressed" if stays else "away"))
