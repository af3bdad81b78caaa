"""What all calls of a process share: each is joined in `bot/app.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.brains import Brain, Clips
from bot.calls.call import Call
from bot.calls.opt_outs import OptOuts
from tools import Business, Messages, Texts


@dataclass(frozen=True, kw_only=True)
class SharedServices:
    """What conversations share."""

    brains: Mapping[str, Brain]
    business: Business
    opt_outs: OptOuts
    clips: Clips
    human_available: bool
    messages_of: Callable[[Call], Messages | None] = lambda call: None
    texts_of: Callable[[Call], Texts | None] = lambda call: None
