"""What is done about who has answered a call we placed. Plain code, no clock of its own."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from processors.machines.amd_classifier import PROOF, AmdClassifier, AmdVerdict
from processors.machines.greetings import Says, what_is_said

Then = Literal["ignore", "hang_up", "leave_message"]

GREETING_OVER_SECS = 4.0  # silence for this long ends a greeting; most beeps come within two
GREETING_SECS = 120.0  # longer than any greeting; menus go on for ever
SCREENED_SECS = 60.0  # an assistant that has fetched no one by then will not
WORDS_SECS = 3.0  # words of what cut our line have come by then, or there were none
NO_SOUND_SECS = 15.0  # a model that was lost and replaced has begun to speak by then
AFTER_MESSAGE_SECS = 0.3  # the machine's recording ends after the last syllable
ATTEMPTS = 3  # to say one thing to a machine


class Phase(Enum):
    """The state of the flow."""

    OPEN = "open"  # it is unknown who answered
    PERSON = "person"
    GREETING = "greeting"  # a machine speaks, or is about to beep
    MESSAGE = "message"  # ours is being said
    SCREENED = "screened"  # an assistant is told who calls and why
    OVER = "over"  # the call is being ended


@dataclass(frozen=True, kw_only=True)
class Hush:
    """Action: silence the agent for good."""


@dataclass(frozen=True, kw_only=True)
class SayLine:
    """Action: say this, word for word."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Greet:
    """Action: greet the person."""


@dataclass(frozen=True, kw_only=True)
class EndCall:
    """Action: end the call, for this reason."""

    reason: Literal["machine", "voicemail"]


Order = Hush | SayLine | Greet | EndCall


@dataclass(kw_only=True)
class _Line:
    """What is said to a machine."""

    text: str
    asked_at: float
    after_beep: bool
    cut_at: float | None = None  # and what follows is not known yet
    said_at: float | None = None  # to its end


class VoicemailFlow:
    """Tell it what happens, in seconds since the answer; `orders` collects what is to be done.

    `wake` wants to be called when `wake_at` has come.
    """

    def __init__(self, *, then: Then, voicemail: str, who_and_why: str) -> None:
        self._then = then
        self._voicemail = voicemail
        self._who_and_why = who_and_why or voicemail
        self.orders: deque[Order] = deque()
        self.phase = Phase.OPEN
        self._since = 0.0  # of the phase
        self._classifier = AmdClassifier()
        self._screening = False
        self._ended_by_carrier = False  # the greeting, and nobody has spoken since
        self._beep_at: float | None = None  # and nobody has spoken since
        self._answered = False  # the other side has begun to speak since the phase or line began
        self._line: _Line | None = None
        self._attempts: dict[str, int] = {}
        self._evidence: dict[str, Any] = {
            "beep_after_ms": None,
            "message_played_ms": None,
            "delivered_after_beep": False,
        }

    @property
    def note(self) -> dict[str, Any] | None:
        """The note for the call's record; None until it is known who answered."""
        if self.phase is Phase.OPEN:
            return None
        machine = "fax" if self._classifier.is_fax else "machine"
        machine = "screening" if self._screening else machine
        who = "person" if self.phase is Phase.PERSON else machine
        return {"is": who, "votes": list(self._classifier.cast), **self._evidence}

    # -- what happens -------------------------------------------------------------------------

    def carrier_says(self, answered_by: str, now: float) -> None:
        """Takes the carrier's verdict, which may come twice, and late."""
        if not self._classifier.carrier_says(answered_by, now):
            return
        if answered_by.startswith("machine_end") and not self._classifier.speaking:
            self._ended_by_carrier = True
        self._consider(now)

    def beep(self, now: float) -> None:
        """A beep was heard, and a little silence after it."""
        self._classifier.beep(now)
        self._beep_at = now
        line = self._line
        if line is None or line.said_at is None:
            self._evidence["beep_after_ms"] = round(now * 1000)
        if self.phase is Phase.MESSAGE and line and not line.after_beep and line.said_at is None:
            if self._classifier.agent_speaks:
                self._say(self._voicemail, now)  # what was said before it is not recorded
            else:
                line.after_beep = True
        self._consider(now)

    def fax(self, now: float) -> None:
        """A fax's answering tone was heard."""
        self._classifier.fax(now)
        if self.phase in (Phase.GREETING, Phase.MESSAGE):
            self._machine(Says.NOTHING, now)
        else:
            self._consider(now)

    def starts_speaking(self, now: float) -> None:
        """The other side starts speaking."""
        self._classifier.starts_speaking(now)
        self._ended_by_carrier, self._beep_at = False, None
        self._answered = True

    def stops_speaking(self, now: float) -> None:
        """The other side stops speaking."""
        self._classifier.stops_speaking(now)

    def said(self, text: str, now: float) -> None:
        """Words of the other side, some time after their sound."""
        says = what_is_said(text)
        self._classifier.said(says, now)
        if self.phase in (Phase.GREETING, Phase.MESSAGE, Phase.SCREENED):
            self._said_to_hushed(says, now)
        else:
            self._consider(now, says)

    def agent_starts(self) -> None:
        """The agent's voice starts."""
        self._classifier.agent_starts()

    def agent_stops(self, now: float) -> None:
        """The agent's voice stops."""
        self._classifier.agent_stops(now)

    def agent_said(self, *, is_line: bool, whole: bool, played_ms: int, now: float) -> None:
        """The agent was heard. `is_line`: with the last `SayLine`; `whole`: every word of it."""
        line = self._line
        if self.phase not in (Phase.MESSAGE, Phase.SCREENED):
            if whole:
                self._classifier.agent_was_heard()
        elif line is None or not is_line or line.said_at is not None:
            return
        elif not whole:
            line.cut_at = now
        else:
            line.said_at, line.cut_at = now, None
            if self.phase is Phase.MESSAGE:
                self._evidence["message_played_ms"] = played_ms
                self._evidence["delivered_after_beep"] = line.after_beep

    # -- time ---------------------------------------------------------------------------------

    @property
    def wake_at(self) -> float | None:
        """When the next timeout is due; None: there is none."""
        match self.phase:
            case Phase.OPEN:
                return None if self._then == "ignore" else self._classifier.believed_at
            case Phase.GREETING:
                give_up_at = self._since + GREETING_SECS
                over_at = self._heard_until + GREETING_OVER_SECS
                return give_up_at if self._classifier.speaking else min(over_at, give_up_at)
            case Phase.MESSAGE | Phase.SCREENED if self._line is not None:
                return self._wake_for(self._line)
        return None

    def _wake_for(self, line: _Line) -> float | None:
        if line.said_at is not None:
            secs = AFTER_MESSAGE_SECS if self.phase is Phase.MESSAGE else SCREENED_SECS
            return line.said_at + secs
        if line.cut_at is not None:
            heard_at = max(line.cut_at, self._classifier.spoke_at)
            return None if self._classifier.speaking else heard_at + WORDS_SECS
        return None if self._classifier.agent_speaks else line.asked_at + NO_SOUND_SECS

    @property
    def _heard_until(self) -> float:
        return self._classifier.spoke_at or self._since

    def wake(self, now: float) -> None:
        """Acts on a timeout that is due."""
        wake_at, line = self.wake_at, self._line
        if wake_at is None or now < wake_at:
            return
        if self.phase is Phase.OPEN:
            self._consider(now)
        elif self.phase is Phase.GREETING and now < self._since + GREETING_SECS:
            self._leave_message(now)
        elif line is not None and line.cut_at is not None:
            self._say(line.text, now)
        elif self.phase is Phase.MESSAGE and line is not None and line.said_at is not None:
            self._hang_up("voicemail", now)
        else:
            self._hang_up("machine", now)

    # -- what is done -------------------------------------------------------------------------

    def _consider(self, now: float, says: Says = Says.NOTHING) -> None:
        """What the votes come to by now; `says` are the words that came last."""
        if self._then == "ignore":
            return
        if self.phase is Phase.GREETING:
            self._leave_message_if_over(now)
        elif self.phase in (Phase.OPEN, Phase.PERSON):
            verdict = self._classifier.verdict(now)
            if verdict is AmdVerdict.MACHINE:
                self._machine(says, now)
            elif verdict is AmdVerdict.PERSON:
                self._move(Phase.PERSON, now)

    def _machine(self, says: Says, now: float) -> None:
        """A machine has answered, or goes on speaking."""
        self._hush()
        self._screening = says is Says.SCREENING and bool(self._who_and_why)
        leaves = self._then == "leave_message" and self._voicemail and not self._classifier.is_fax
        if self._screening:
            self._move(Phase.SCREENED, now)
            self._say(self._who_and_why, now)
        elif leaves and says is not Says.FULL:
            self._move(Phase.GREETING, now)
            self._leave_message_if_over(now)
        else:
            self._hang_up("machine", now)

    def _said_to_hushed(self, says: Says, now: float) -> None:
        """Words after or into what is being said: older ones, a machine's, or a person's."""
        if says is Says.FULL or (self._answered and says in (*PROOF, Says.HINT)):
            if says in (Says.FULL, Says.SCREENING) or self.phase is not Phase.GREETING:
                self._machine(says, now)
        elif self._answered and self._is_person(says):
            self._greet(now)

    def _is_person(self, says: Says) -> bool:
        """Whether such words mean that a person has come to the phone: a machine that records does
        not speak, one that greets or screens does."""
        if self.phase is Phase.MESSAGE:
            return says is not Says.NOTHING
        if self.phase is Phase.SCREENED:
            return says in (Says.PERSON, Says.ELSE)
        return says is Says.PERSON

    def _greet(self, now: float) -> None:
        """A person has come to the phone."""
        self.orders.append(Greet())
        self._classifier.person_came()
        self._move(Phase.PERSON, now)

    def _leave_message_if_over(self, now: float) -> None:
        ended = self._beep_at is not None or self._ended_by_carrier
        if ended and not self._classifier.speaking:
            self._leave_message(now)

    def _leave_message(self, now: float) -> None:
        self._move(Phase.MESSAGE, now)
        self._say(self._voicemail, now)

    def _say(self, text: str, now: float) -> None:
        """Has this said, unless it was tried too often."""
        if self._classifier.agent_speaks:
            self._hush()
        self._attempts[text] = self._attempts.get(text, 0) + 1
        if self._attempts[text] > ATTEMPTS:
            self._hang_up("machine", now)
            return
        self._answered = False
        by_carrier = self._ended_by_carrier and self._classifier.carrier == "machine_end_beep"
        self._line = _Line(
            text=text, asked_at=now, after_beep=self._beep_at is not None or by_carrier
        )
        self.orders.append(SayLine(text=text))

    def _hush(self) -> None:
        if not self.orders or not isinstance(self.orders[-1], Hush):
            self.orders.append(Hush())

    def _hang_up(self, reason: Literal["machine", "voicemail"], now: float) -> None:
        self._move(Phase.OVER, now)
        self.orders.append(EndCall(reason=reason))

    def _move(self, phase: Phase, now: float) -> None:
        if self.phase is not phase:
            self.phase, self._since, self._line = phase, now, None
            self._answered = self._classifier.speaking
