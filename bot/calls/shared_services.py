"""What all calls of a process share: each is joined in `bot/app.py`."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.brains import Brain, Clips
from bot.calls.opt_outs import OptOuts
from tools import Business


@dataclass(frozen=True, kw_only=True)
class SharedServices:
    """What conversations share."""

    brains: Mapping[str, Brain]
    business: Business
    opt_outs: OptOuts
    clips: Clips
    human_available: bool
