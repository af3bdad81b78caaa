"""Who has answered a call we placed, by what three witnesses say. Plain code, no clock of its own.

The carrier, the beep or tone and the words of the other side vote. In this order:

| what they say | who it is |
|---|---|
| two turns answer the agent | a person, whatever else was said |
| words no person would say, or the tone of a fax | a machine |
| the carrier: a person; or two turns are as of a person | a person |
| two of carrier, beep and words that hint at it, one more for a turn as of a person | a machine |
| a beep that ends a monologue, no turn as of a person, and no such words come | a machine |
| the carrier alone, no turn as of a person, and nobody speaks for a while | a machine |

A turn is as of a person when it picks up or asks back, or answers the agent in words that are no
machine's.
"""

from enum import Enum
from typing import Any

from processors.machines.greetings import Says

BELIEVED_SECS = 3.5  # nobody speaks for this long: the carrier's word is believed
BEEP_BELIEVED_SECS = 1.5  # the words before a beep have come by then
MONOLOGUE_SECS = 3.0  # who speaks for longer before a beep has not picked up to listen
CONVERSATION = 2  # turns
_KEPT = 20  # votes for the record

# Words that prove a machine.
PROOF = frozenset({Says.FULL, Says.SCREENING, Says.MACHINE})


class AmdVerdict(Enum):
    """The verdict on who has answered; `OPEN` while there is none."""

    OPEN = "open"
    PERSON = "person"
    MACHINE = "machine"


class AmdClassifier:
    """Tell it what happens, in seconds since the answer."""

    def __init__(self) -> None:
        self.cast: list[dict[str, Any]] = []  # for the call's record
        self.carrier = ""  # its first verdict that says anything
        self.speaking = False  # the other side
        self.spoke_at = 0.0  # when it last began, or was last heard
        self.agent_speaks = False
        self._agent_spoke_at = 0.0
        self._agent_waits = False  # a line of the agent is over, and nobody has spoken since
        self._turn_answers = False  # the last turn of the other side did so
        self._monologue_secs = 0.0  # how long it has spoken to an agent it never listened to
        self._proof = self._hint = self._beep = self._fax = False
        self._like_a_person = 0  # turns
        self._answers = 0  # turns
        self._beep_ends_monologue_at: float | None = None

    # -- what happens -------------------------------------------------------------------------

    def carrier_says(self, answered_by: str, now: float) -> bool:
        """Takes the carrier's verdict; false if it is known already."""
        if any(vote["by"] == "carrier" and vote["says"] == answered_by for vote in self.cast):
            return False
        self._note("carrier", answered_by, now)
        if answered_by != "unknown":
            self.carrier = self.carrier or answered_by
        return True

    def beep(self, now: float) -> None:
        """A beep was heard, then silence: no one is speaking, whatever a tone sounded like."""
        self.stops_speaking(now)
        self._note("beep", "beep", now)
        self._beep = True
        if self._monologue_secs >= MONOLOGUE_SECS:
            self._beep_ends_monologue_at = now

    def fax(self, now: float) -> None:
        """A fax's answering tone was heard: no one is speaking."""
        self.stops_speaking(now)
        self._note("tone", "fax", now)
        self._proof = self._fax = True

    def said(self, says: Says, now: float) -> None:
        """Words of the other side, some time after their sound."""
        if says in (*PROOF, Says.HINT, Says.PERSON):
            self._note("words", says.value, now)
        self._proof = self._proof or says in PROOF
        self._hint = self._hint or says is Says.HINT
        if says in (*PROOF, Says.HINT, Says.NOTHING):
            return
        self._answers += self._turn_answers
        self._like_a_person += self._turn_answers or says is Says.PERSON

    def starts_speaking(self, now: float) -> None:
        """The other side starts speaking."""
        self.speaking, self.spoke_at = True, now
        self._turn_answers, self._agent_waits = self._agent_waits, False
        self._beep_ends_monologue_at = None

    def stops_speaking(self, now: float) -> None:
        """The other side stops speaking."""
        if self.speaking:
            self._monologue_secs += now - self.spoke_at
        self.speaking, self.spoke_at = False, now

    def agent_starts(self) -> None:
        """The agent's voice starts."""
        self.agent_speaks = True

    def agent_stops(self, now: float) -> None:
        """The agent's voice stops."""
        self.agent_speaks, self._agent_spoke_at = False, now

    def agent_was_heard(self) -> None:
        """A line of the agent was heard to its end."""
        if not self.speaking:
            self._agent_waits = True
            self._monologue_secs = 0.0

    def person_came(self) -> None:
        """A person has come to a machine's phone: what was said before tells nothing of them."""
        self._proof = self._hint = self._beep = self._agent_waits = self._turn_answers = False
        self._like_a_person = CONVERSATION
        self._answers = 0

    # -- what it means ------------------------------------------------------------------------

    def verdict(self, now: float) -> AmdVerdict:
        """The verdict of all votes, by the table above."""
        if self._answers >= CONVERSATION:
            return AmdVerdict.PERSON
        if self._proof:
            return AmdVerdict.MACHINE
        if self.carrier == "human" or self._like_a_person >= CONVERSATION:
            return AmdVerdict.PERSON
        votes = self._carrier_says_machine + self._beep + self._hint
        believed_at = self.believed_at
        silence_tells = believed_at is not None and now >= believed_at
        if votes - self._like_a_person >= 2 or silence_tells:
            return AmdVerdict.MACHINE
        return AmdVerdict.OPEN

    @property
    def is_fax(self) -> bool:
        """Whether a machine is a fax: its tone was heard, or the carrier says so, and no words are
        against it.
        """
        return self._fax or (self.carrier == "fax" and not (self._proof or self._hint))

    @property
    def believed_at(self) -> float | None:
        """When a single vote is believed unless speech comes before; None: never."""
        if self._like_a_person:
            return None
        if self._beep_ends_monologue_at is not None:
            return self._beep_ends_monologue_at + BEEP_BELIEVED_SECS
        if self._carrier_says_machine and not (self.speaking or self.agent_speaks):
            return max(self.spoke_at, self._agent_spoke_at) + BELIEVED_SECS
        return None

    @property
    def _carrier_says_machine(self) -> bool:
        return self.carrier.startswith("machine") or self.carrier == "fax"

    def _note(self, by: str, says: str, now: float) -> None:
        if len(self.cast) < _KEPT:
            self.cast.append({"by": by, "says": says, "after_ms": round(now * 1000)})
