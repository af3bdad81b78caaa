"""A hold: the caller speaks over the agent, and nobody knows yet whether they want the turn. Plain
code.

The model answers what it hears, a nod too. That answer waits until it is known whether it is
wanted.
"""

from collections import deque
from dataclasses import dataclass, field

from bot.brains.gemini.server_messages import Told


@dataclass(kw_only=True)
class Holding:
    """One hold."""

    older_wishes: int = 0
    owed: bool = False  # an answer to what they said in it
    cut: bool = False  # the server cut what the agent was saying
    withheld: deque[Told] = field(default_factory=deque)
