"""What the responses that begin are for, also where the model's side does not say. Plain code.

OpenAI gives back the `metadata` of what was asked for, and a response without it is its own answer
to a turn of the caller. Other endpoints give none back: there a response is what was asked for
first, unless a turn that their ear has ended is still to be answered.
"""

from collections import deque


class Purposes:
    """Those of one session."""

    def __init__(self) -> None:
        self._asked: deque[str] = deque()  # and not begun, in order
        self._says_so = False  # it has given metadata back
        self._turn_ended = False  # by their ear; the response that answers it has not begun

    def asked(self, purpose: str) -> None:
        """A response was asked for."""
        self._asked.append(purpose)

    def refused(self, *purposes: str) -> None:
        """The one that was asked for first, of those for one of these purposes, will not begin."""
        first = next((purpose for purpose in self._asked if purpose in purposes), None)
        if first is not None:
            self._asked.remove(first)

    def turn_ended(self) -> None:
        """Their ear has ended a turn of the caller, which they will answer."""
        self._turn_ended = True

    def turn_goes_unanswered(self) -> None:
        """They will not."""
        self._turn_ended = False

    def begins(self, said: str | None) -> str | None:
        """A response begins, for the purpose said, if any is: returns what it is for. None: it is
        their own answer to the caller."""
        if said is not None:
            self._says_so = True
            self.refused(said)
            return said
        if self._says_so or self._turn_ended or not self._asked:
            self._turn_ended = False
            return None
        return self._asked.popleft()
