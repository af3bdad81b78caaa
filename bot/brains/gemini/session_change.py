"""One session takes the place of another: what was under way, and what the other has to know. Plain
code.
"""

from bot.brains.gemini import client_messages
from bot.brains.gemini.asking import Asking
from bot.brains.gemini.dialogue import Dialogue
from bot.brains.gemini.model_turns import ModelTurns
from bot.brains.gemini.resumption import Resumption
from bot.brains.realtime.events import SummaryMade


class SessionChange:
    """Those of one call."""

    def __init__(
        self, dialogue: Dialogue, asking: Asking, turns: ModelTurns, resumption: Resumption
    ) -> None:
        self._dialogue = dialogue
        self._asking = asking
        self._turns = turns
        self._resumption = resumption
        self.broken_off = False  # what was being said when the session was lost stays unfinished

    def lost(self) -> None:
        """The session is gone."""
        self.broken_off |= self._turns.break_off()
        active, asked = self._dialogue.active, self._dialogue.asked
        wish = active.wish if active is not None else asked
        if wish is not None and wish.kind == "summary":
            self._dialogue.happened.append(SummaryMade(text=""))

    def begin_again(self, *, unheard: bool) -> bool:
        """See `bot.brains.realtime.conversation.Conversation`."""
        dialogue = self._dialogue
        dialogue.rounds.session_lost()
        dialogue.functions.session_lost()
        active = dialogue.active
        barren = active is not None and not (active.is_fruitful or active.cancelled)
        lost = active.wish if active is not None and barren else dialogue.asked
        owed = lost is not None and lost.of_caller
        unheard = unheard or (owed and dialogue.caller.awaits_words)
        wanted = [] if lost is None or lost.kind == "summary" else [lost]
        wishes = [*wanted, *dialogue.wishes]
        cut = active is not None and not (active.cancelled or active.generated or barren)
        goes_on = self.broken_off and cut and not (unheard or dialogue.hushed)
        self.broken_off = False
        dialogue.to_send.clear()
        dialogue.meet_session()
        dialogue.wishes.clear()
        for wish in wishes:
            if wish.kind == "say":
                dialogue.wishes.append(wish)
            elif not unheard:
                self._asking.answer(wish.instructions)
        if unheard:
            dialogue.caller.again()
        if goes_on:
            self._asking.go_on()
        self._retell()
        dialogue.note_generating()
        return unheard

    def _retell(self) -> None:
        """All that was said and done; to one that goes on from a state, what came after that."""
        dialogue, resumption = self._dialogue, self._resumption
        after, resumption.goes_on_from = resumption.goes_on_from, None
        if turns := dialogue.memory.retell(dialogue.speech.under_way(), after=after):
            dialogue.to_send.append(client_messages.content(turns, complete=after is None))
        if after is None:
            resumption.handle = ""
