"""Of an agent's file, what it may know of whom calls before they have said a word."""

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class CallerRules:
    """What is looked up by the number that a caller is seen with. Nothing, unless it is asked for:
    a number can be faked, and a telephone is shared.
    """

    look_up: bool = False  # name and next appointment, at the business and in batches
    memory_days: float = Field(default=0.0, ge=0, le=3650)  # what earlier calls were about; 0: none
    resume_mins: float = Field(
        default=0.0, ge=0, le=60
    )  # a call that broke is gone on with; 0: not

    @property
    def asks(self) -> bool:
        """Whether anything is to be looked up."""
        return self.look_up or self.memory_days > 0 or self.resume_mins > 0
