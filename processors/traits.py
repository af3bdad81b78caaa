"""What processors may know of the agent that speaks in their call."""

from collections.abc import Sequence
from typing import Literal, Protocol

OnMachine = Literal["ignore", "hang_up", "leave_message"]
"""What is done when an answering machine takes an outbound call; ignore: talk as to a person."""


class AgentTraits(Protocol):
    """What an agent's file and the request of its call say to processors."""

    @property
    def language(self) -> str:
        """Two letters (ISO 639-1), like "en"."""

    @property
    def turns(self) -> Literal["hybrid", "server", "local"]:
        """Who decides that the caller cuts in and that his turn is over: the local ear the
        first and the model the second, the model both, or the local ear both."""

    @property
    def barge_in(self) -> Literal["hold", "cut"]:
        """Whether speech over the agent takes the turn at once, or only if it is found to."""

    @property
    def hold_secs(self) -> float:
        """Speech over the agent that is longer than this always takes the turn."""

    @property
    def backchannels(self) -> Sequence[str]:
        """Words that leave the agent its turn; empty: those of the language."""

    @property
    def farewells(self) -> Sequence[str]:
        """Regular expressions for lines that end the call; empty: those of the language."""

    @property
    def silence_prompts(self) -> Sequence[str]:
        """What is asked into a silence, in this order."""

    @property
    def silence_goodbye(self) -> str:
        """The last line when no prompt was answered."""

    @property
    def silence_secs(self) -> float:
        """How long nobody speaks before the next prompt."""

    @property
    def max_call_secs(self) -> float:
        """How long a call may last."""

    @property
    def max_call_usd(self) -> float | None:
        """What the model may cost in one call, in US dollars; None: no limit."""

    @property
    def time_limit_goodbye(self) -> str:
        """The last line of a call that has used up its time or its money."""

    @property
    def hangup_grace_secs(self) -> float:
        """How long the caller has to say one more thing behind the agent's farewell."""

    @property
    def first_line(self) -> str:
        """Its first words in this call: who calls; empty where it finds them itself."""

    @property
    def screening(self) -> str:
        """Who calls and why, in one sentence for an assistant that asks; may be empty."""

    @property
    def on_machine(self) -> OnMachine:
        """What this call is to do when an answering machine takes it."""

    @property
    def voicemail(self) -> str:
        """What is said behind the beep, word for word; empty unless a message is to be left."""

    @property
    def opt_out_key(self) -> str:
        """The key by which no more calls are asked for; empty: none."""

    @property
    def opt_outs(self) -> Sequence[str]:
        """Regular expressions for words that ask for it, beside those of the language."""

    @property
    def human_available(self) -> bool:
        """Whether there is a person to whom calls can be put through."""

    @property
    def nobody(self) -> str:
        """The line for whoever wants that person where there is none."""
