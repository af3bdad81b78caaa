"""Holds: the caller speaks over the agent, and nobody knows yet whether they want the turn. Plain
code.

The model answers what it hears, a nod too. That answer waits until it is known whether it is
wanted.
"""

from collections import deque
from dataclasses import dataclass, field

from bot.brains.gemini.asking import Asking
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.server_messages import Told
from bot.brains.gemini.wishes import ModelTurn


@dataclass(kw_only=True)
class Holding:
    """One hold."""

    older_wishes: int = 0
    owed: bool = False  # an answer to what they said in it
    cut: bool = False  # the server cut what the agent was saying
    withheld: deque[Told] = field(default_factory=deque)


class Holds:
    """Those of one call, one after the other."""

    def __init__(self, dialogue: Dialogue, asking: Asking) -> None:
        self._dialogue = dialogue
        self._asking = asking
        self._now: Holding | None = None
        self._put_off: deque[Told] = deque()  # withheld, and to be taken in now, one by one

    # -- their beginning and end --------------------------------------------------------------

    def begin(self) -> None:
        """The agent is held."""
        if self._now is None and not self._dialogue.summing_up:
            self._now = Holding(older_wishes=len(self._dialogue.wishes))
            self._asking.holding = True
            if self._dialogue.activity:
                self._dialogue.caller.hold()

    def give_back(self) -> None:
        """The agent goes on. The model forgets nothing: it is told that nobody has heard its answer
        to a nod."""
        holding = self._end()
        if holding is None or self._dialogue.summing_up:
            return
        if holding.owed:
            self._withdraw(holding)
        if holding.cut:
            self._asking.go_on()

    def interrupt(self, *, speaking: bool) -> bool:
        """The caller has the turn. What the model began to answer in the hold is kept, unless they
        are `speaking` again. False: there was no hold."""
        dialogue, holding = self._dialogue, self._end()
        if holding is None:
            return False
        younger = max(0, len(dialogue.wishes) - holding.older_wishes)
        if speaking or dialogue.activity or dialogue.hushed:
            self._withdraw(holding)
            dialogue.call_off(but_last=younger)
        else:
            dialogue.call_off(but_last=younger, keep_asked=holding.owed)
            self._put_off.extend(holding.withheld)
        return True

    def session_lost(self) -> None:
        """Another session gives anew what was withheld."""
        self._put_off.clear()
        if self._now is not None:
            self._now.withheld.clear()

    def _end(self) -> Holding | None:
        holding, self._now = self._now, None
        self._asking.holding = False
        return holding

    # -- what the caller says in one ----------------------------------------------------------

    def speech_restarts(self) -> None:
        """They speak again: an answer that waits is to half of what they say."""
        holding = self._now
        if holding is not None and (holding.owed or holding.withheld):
            self._withdraw(holding)

    def speech_begins(self) -> None:
        """What they say now is said in a hold, if there is one."""
        if self._now is not None:
            self._dialogue.caller.hold()

    def speech_ends(self) -> bool:
        """The model will answer what they have said; false: there is no hold."""
        if self._now is None:
            return False
        self._now.owed = True
        return True

    # -- what the model says in one -----------------------------------------------------------

    def keep(self, told: Told) -> bool:
        """Whether this message about an answer waits: it is of an answer to what the caller said in
        the hold, or others wait that came before it."""
        holding = None if self._dialogue.summing_up else self._now
        active = self._dialogue.active
        over = active is None or active.generated
        if holding is not None and holding.owed and over:
            return self._withhold(holding, told)
        if self._put_off:
            self._put_off.append(told)
        return bool(self._put_off)

    def next_due(self) -> Told | None:
        """The oldest message that waits no more."""
        return self._put_off.popleft() if self._put_off else None

    def server_cut(self, was_active: ModelTurn | None) -> None:
        """The server has cut what the model was saying."""
        if self._now is not None and was_active is not None:
            self._now.cut |= not (was_active.cancelled or was_active.generated)

    def _withhold(self, holding: Holding, told: Told) -> bool:
        """False: it is still of the end of what they have cut."""
        of_the_last = self._dialogue.closing or self._dialogue.active is not None
        if of_the_last and not told.begins and not holding.withheld:
            return False
        if not holding.withheld:
            self._dialogue.caller.close_if_worded()
        if told.complete:
            self._dialogue.caller.close()
        holding.withheld.append(told)
        return True

    def _withdraw(self, holding: Holding) -> None:
        """An answer that waits is not to be heard; what is known of it is taken in as such."""
        withheld, holding.withheld = holding.withheld, deque()
        owed, holding.owed = holding.owed, False
        if owed and self._dialogue.active is None and self._dialogue.asked is not None:
            self._dialogue.asked, self._dialogue.unwanted = None, True
        self._put_off.extend(withheld)
        self._dialogue.note_generating()
