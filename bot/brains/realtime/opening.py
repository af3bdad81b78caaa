"""The first words of a call that we have placed: who calls, and that it is a machine. Plain code.

The other side has to hear them. They often say "Hello?" over them, and what was cut is then said
again, once; whoever took the turn with words of their own is told by the model, which learns what
they have missed.
"""

from processors.words.hellos import Hellos

_CUT = (
    "The other person spoke over your first words and has {heard}. They may not know yet who is "
    "calling, nor that they speak to a machine. Begin what you say next with that{line}, and then "
    "go on with what they said."
)


class Opening:
    """That of one call; of one that came in, nothing follows."""

    def __init__(self, line: str | None, *, language: str | None) -> None:
        """`language` is that of the call; None: the call came in."""
        self._line = line
        self._hellos = Hellos(language) if language is not None else None
        self._due = self._hellos is not None
        self._cut = False  # they spoke over it, and what follows is not known yet
        self._untold = False  # the model does not know of that
        self._heard = ""
        self._was_repeated = False
        self._too_soon: set[str] = set()  # turns that began before the agent was heard

    def nods(self, words: str) -> bool:
        """Whether these words, said over the agent, want nothing."""
        return self._due and self._hellos is not None and self._hellos.want_nothing(words)

    def interrupted(self) -> None:
        """They have the turn."""
        if self._due:
            self._cut = self._untold = True
            self._heard = ""

    def agent_said(self, text: str, *, interrupted: bool) -> None:
        """These words of the agent were heard."""
        if interrupted and not (self._line and text.split() == self._line.split()):
            self._heard = text
        else:
            self._due = self._cut = self._untold = False

    def note(self) -> str:
        """What the model is to be told of it, once; mostly nothing."""
        if not self._untold:
            return ""
        self._untold = False
        heard = f'heard only: "{self._heard}"' if self._heard else "heard nothing of them"
        return _CUT.format(heard=heard, line=f': "{self._line}"' if self._line else "")

    def caller_speaks(self, turn: str) -> bool:
        """They begin to speak before anything was said to them. True: no answer is wanted, for the
        agent's first words are one."""
        if self._due and not self._cut:
            self._too_soon.add(turn)
        return turn in self._too_soon

    def missed(self, turn: str, words: str) -> bool:
        """These are the words of a turn that was to have no answer, and they want one."""
        if turn not in self._too_soon or self._hellos is None:
            return False
        self._too_soon.discard(turn)
        return not (self._hellos.ask_nothing(words) or self._hellos.answer_the_phone(words))

    def again(self, words: str = "") -> str:
        """They have said this, or nothing at all, and wait: the line that is to be said again now.
        Empty: none; the model answers them."""
        cut, self._cut = self._cut, False
        if not cut or self._was_repeated or self._hellos is None or not self._line:
            return ""
        if not self._hellos.ask_nothing(words):
            return ""
        self._was_repeated = True
        return self._line
