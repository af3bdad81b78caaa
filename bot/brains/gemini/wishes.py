"""What is wanted of the model, and one turn of it: plain data."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Something that the model is to say."""

    kind: Literal["answer", "say", "summary"]
    text: str = ""  # of a line, word for word; of a summary, what it is to hold
    instructions: str = ""
    of_caller: bool = False  # the model answers what it heard without being asked


@dataclass(kw_only=True, eq=False, slots=True)
class ModelTurn:
    """One turn of the model, from the first that is heard of it on."""

    id: str
    wish: Wish
    cancelled: bool = False  # nothing more of it may reach the caller
    has_sound: bool = False  # that can be heard
    has_called: bool = False  # a function
    generated: bool = False  # all of its sound has come
    gave_owed: bool = False  # it has spoken since the last result of a function that it called
    chunks: int = 0  # of one that thinks in between: utterances that have ended
    words: str = ""  # of one that the caller does not hear

    @property
    def utterance_id(self) -> str:
        """Of what it says now."""
        return f"{self.id}_{self.chunks}" if self.chunks else self.id

    @property
    def is_fruitful(self) -> bool:
        """It has said or done something."""
        return self.has_sound or self.has_called
