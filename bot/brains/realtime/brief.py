"""What the model's processor must know of the agent it speaks for."""

from dataclasses import dataclass, field

from bot.brains.realtime.clips import Speaker
from bot.brains.realtime.function_rounds import MOST_IN_CALL
from bot.brains.realtime.hearing import Turns


@dataclass(frozen=True, kw_only=True)
class Brief:
    """One agent, as the model's side needs it."""

    speaker: Speaker
    turns: Turns = "hybrid"
    first_line: str | None = None  # None: the model finds its own first words
    placed_in: str | None = None  # we have placed the call, in this language; None: it came in
    filler: str = ""  # spoken when a tool takes long; empty: nothing
    waiting: tuple[str, ...] = ()  # spoken in turn while the model is away, if they are clips
    farewell: str = ""  # spoken when the model hangs up without a word
    most_functions: int = MOST_IN_CALL  # that the model may call
    always: frozenset[str] = frozenset()  # functions that it may call however many it has called
    fixed_lines: frozenset[str] = field(default_factory=frozenset)  # worth keeping as clips
