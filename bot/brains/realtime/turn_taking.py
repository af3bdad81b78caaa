"""Who has the floor: who speaks, who waits and who was cut short. Plain code.

By our own ear, by what the carrier plays, and by what the model's ear tells. Seconds are those of
one steady clock. It is for the model's side, which must know since when: how long a caller waits,
and which of two ears heard them first; the processors' own `Floor` knows only what is so now.
"""

from datetime import datetime, timedelta

from bot.brains.config import Turns
from bot.brains.realtime.events import CallerSpeaks
from bot.clock import utcnow

LATE_SECS = 1.5  # the model's ear tells of speech within this time, its padding included
ECHO_SECS = 0.7  # our ear has heard nobody for this long before the model's ear does
FALSE_ALARM_SECS = 1.2  # quiet for this long and unheard by the server: it was no turn


class TurnTaking:
    """That of one call."""

    def __init__(self, *, turns: Turns) -> None:
        self._turns = turns
        self.caller_speaking = False
        self.caller_started_at = utcnow()
        self.caller_waits_since: float | None = None  # their last word; None: no answer is due
        self.agent_audible = False
        self.agent_was_heard = False  # at any time in this call
        self._ran_dry = False  # in the middle of something it says: more of it has to come
        self._silent_since = 0.0  # where nobody is to be heard now
        self.line_is_down = False
        self.cut_by_line = False  # an answer was being given, or was due, when the line broke
        self.keys_pending = False  # keys are being pressed: the line may be away on purpose
        self._cut_short = False  # the agent, by the caller
        self._interrupted_at = float("-inf")
        self._held_at: float | None = None  # None: the agent is not held
        self._server_heard_at = float("-inf")  # when the server last heard speech
        self._their_ear_since = float("-inf")  # what it hears now, it has heard since then
        self._ear_heard_at = float("-inf")  # when our ear last heard them, if they are silent now
        self._told_of_speech = False  # the pipeline believes that the model's ear hears the caller
        self._latency_ms: int | None = None  # of the turn being spoken
        self._answered_word_at = 0.0  # the last word that it answers

    @property
    def caller_waits(self) -> bool:
        """They have said something and heard no answer."""
        return self.caller_waits_since is not None

    @property
    def is_silent(self) -> bool:
        """Whether there is a media stream and neither side is speaking on it."""
        agent_heard = self.agent_audible and not self._ran_dry
        return not (agent_heard or self.caller_speaking or self.line_is_down)

    @property
    def nobody_waits(self) -> bool:
        """Whether the agent is heard and the caller, who listens, is not."""
        agent_heard = self.agent_audible and not self._ran_dry and self._held_at is None
        return agent_heard and not (self.caller_speaking or self.caller_waits)

    @property
    def nobody_speaks(self) -> bool:
        """Whether neither side is heard, and the caller waits for nothing that they have asked."""
        held = self._held_at is not None or self._ran_dry
        return self.is_silent and not (held or self.caller_waits)

    def silent_secs(self, now: float) -> float:
        """How long both sides have been silent."""
        return now - self._silent_since if self.is_silent else 0.0

    def opened(self, now: float) -> None:
        """The call begins."""
        self._silent_since = now

    @property
    def is_open(self) -> bool:
        """The agent may begin to say something, after what it is saying."""
        return not (self.caller_speaking or self._held_at is not None or self.line_is_down)

    # -- the caller ---------------------------------------------------------------------------

    def caller_started(self, at: datetime) -> None:
        """They speak since then."""
        self.caller_speaking = True
        self.caller_waits_since = None
        self.caller_started_at = at

    def caller_stopped(self, at: float) -> None:
        """Their last word was then: they wait for an answer."""
        self.caller_speaking = False
        self.caller_waits_since = self._ear_heard_at = at
        self._silent_since = max(self._silent_since, at)

    def hold(self, now: float) -> bool:
        """They speak over the agent, which is held; false if it is already."""
        if self._held_at is not None:
            return False
        self._held_at = now
        return True

    @property
    def held_for_an_echo(self) -> bool:
        """Whether the agent is held though our ear, which knows what was sent, hears no speech."""
        if self._held_at is None or self.caller_speaking or self._turns != "hybrid":
            return False
        return self._ear_heard_at < self._held_at - ECHO_SECS

    def resume(self) -> None:
        """It was a nod: the agent goes on, and no answer is due."""
        self._held_at = None
        self.caller_waits_since = None

    @property
    def caller_goes_on(self) -> bool:
        """They speak, and not only by the model's ear."""
        return self.caller_speaking and self._turns != "server"

    def interrupted(self, now: float, *, response_cut: bool) -> None:
        """They have the turn."""
        if self._held_at is None:
            self._interrupted_at = self._silent_since = now
            self._cut_short = self._cut_short or response_cut or self.agent_audible
        else:  # of speech that is over already the model's side has told
            self._interrupted_at, self._held_at = self._held_at, None
            self._cut_short = self.caller_goes_on
        self.agent_audible = self._ran_dry = False

    def settle(self) -> bool:
        """They have been quiet for `FALSE_ALARM_SECS`: whether the agent, cut short, is to take up
        its thread, for the server took the interruption for no turn."""
        cut_short, self._cut_short = self._cut_short, False
        unheard = self._server_heard_at < self._interrupted_at - FALSE_ALARM_SECS
        return cut_short and unheard and not self.agent_audible

    def deaf_secs(self, now: float) -> float:
        """For how long the model's ear has heard them where ours did not. In server turns it is the
        one that counts."""
        if self._turns == "server" or self.caller_speaking:
            return 0.0
        return now - max(self._their_ear_since, self._ear_heard_at)

    @property
    def both_heard(self) -> bool:
        """Our ear has heard something of what the model's ear hears still."""
        return self._ear_heard_at > self._their_ear_since - LATE_SECS

    def server_tells(self, caller: CallerSpeaks, now: float) -> bool:
        """The model's ear hears them, or no longer: whether the pipeline is to be told.

        Not in local turns; and not of speech long past, which a session that replaced another
        hears for the second time.
        """
        if not caller.speaking:
            is_news = self._told_of_speech
        else:
            self._server_heard_at = self._their_ear_since = now
            late = utcnow() - caller.at > timedelta(seconds=LATE_SECS)
            is_news = self._turns != "local" and (self.caller_speaking or not late)
        if is_news:
            self._told_of_speech = caller.speaking
        return is_news

    # -- the agent ----------------------------------------------------------------------------

    def agent_started(self, now: float, *, answers: bool) -> None:
        """It can be heard; unless it only asks to wait, the caller has their answer."""
        self.agent_audible, self._ran_dry = True, False
        if self.caller_waits_since is not None and answers:
            self._latency_ms = round((now - self.caller_waits_since) * 1000)
            self._answered_word_at = self.caller_waits_since
            self.caller_waits_since = None

    def agent_stopped(self, now: float) -> None:
        """It is not heard any more."""
        if not self._ran_dry:
            self._silent_since = now
        self.agent_audible = self._ran_dry = False

    def agent_goes_on(self) -> None:
        """More of what it says has come."""
        self._ran_dry = False

    def ran_dry(self, now: float) -> None:
        """It is not heard any more until more comes of what it says."""
        self._ran_dry, self._silent_since = True, now

    def take_latency_ms(self, heard_from: float) -> int | None:
        """How long the caller waited for what has been said, and was heard from then on; told
        once."""
        latency_ms, self._latency_ms = self._latency_ms, None
        if latency_ms is None:
            return None
        return max(latency_ms, round((heard_from - self._answered_word_at) * 1000))

    def stays_silent(self) -> None:
        """It has chosen to say nothing: no answer is due any more."""
        self.caller_waits_since = None

    def taken_over(self) -> None:
        """Somebody else answers the caller from here on, or did so until now."""
        self.caller_waits_since = self._latency_ms = None

    def on_hold(self) -> None:
        """The other side does not speak to us, and waits for nothing."""
        self.caller_speaking = False
        self.caller_waits_since = None
        self._cut_short = False

    # -- the line -----------------------------------------------------------------------------

    def line_lost(self, *, answering: bool) -> None:
        """The media stream is lost; `answering`: the agent spoke, or was about to. Where keys are
        being pressed, they wait for what those lead to, and for no answer.
        """
        waits = self.caller_waits_since is not None and not self.keys_pending
        self.cut_by_line = not self.caller_speaking and (answering or waits)
        self.line_is_down = True

    def line_back(self, now: float) -> None:
        """They hear each other again."""
        self.line_is_down = False
        self._silent_since = now

    def forget_cut(self) -> None:
        """What follows the agent's being cut short is decided elsewhere."""
        self._cut_short = False
