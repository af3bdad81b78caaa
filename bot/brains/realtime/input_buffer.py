"""Which of the caller's sound the model is sent.

With server turns the model's side listens all the time; what may wait is gathered into larger
pieces. With local turns it is sent speech only, from half a second before it was noticed. A turn
that has no answer yet is kept, should the session that heard it be lost.
"""

from collections import deque

from bot.brains.config import Turns
from bot.media.g711 import BYTES_PER_MS
from processors.sound import CallerSound

PRE_ROLL_MS = 500  # Silero needs 200 ms to be sure; the breath before belongs to the word
GATHERED_MS = 100  # a message to the model costs more than the sound in it
UNHEARD_MS = 20_000  # kept for a session that is being opened, or takes the place of a stalled one
_PRE_ROLL, _UNHEARD = PRE_ROLL_MS * BYTES_PER_MS, UNHEARD_MS * BYTES_PER_MS
_GATHERED = GATHERED_MS * BYTES_PER_MS


class InputAudioBuffer:
    """Holds sound back until it is due."""

    def __init__(self, *, turns: Turns) -> None:
        self._turns = turns
        self._open = False
        self._speaking = False
        self._turn_waits = False  # the caller has said something before the session was open
        self._turn_open = False  # the caller speaks, or waits for an answer
        self._held: deque[CallerSound] = deque()
        self._held_bytes = 0
        self._sent: deque[CallerSound] = deque()  # the open turn, or what may begin one
        self._sent_bytes = 0

    def hear(self, sound: CallerSound, *, may_wait: bool = False) -> list[CallerSound]:
        """What to send now that this sound has come, in order. If it `may_wait`: nothing until
        there are `GATHERED_MS` of it."""
        due = self._due
        if due and not (may_wait or self._held):
            self._note_sent(sound)
            return [sound]
        self._held.append(sound)
        self._held_bytes += len(sound.ulaw)
        if due:
            return [] if may_wait and self._held_bytes < _GATHERED else self._release()
        keep = _PRE_ROLL if self._open else _UNHEARD
        while self._held_bytes > keep and len(self._held) > 1:
            self._held_bytes -= len(self._held.popleft().ulaw)
        return []

    def opened(self) -> list[CallerSound]:
        """The session is open: what to send of the sound that waited."""
        self._open = True
        due = self._release() if self._due or self._turn_waits else []
        self._turn_waits = False  # it waits for this session alone
        return due

    def caller_started(self) -> list[CallerSound]:
        """The caller began to speak: what to send of the sound before."""
        self._speaking = self._turn_open = True
        return self._release() if self._due else []

    def caller_stopped(self) -> None:
        """The caller's turn is over."""
        self._speaking = False
        self._turn_waits = not self._open

    def answered(self) -> None:
        """What the caller has said is known or answered: it need not be heard again."""
        self._turn_open = self._speaking

    @property
    def turn_is_open(self) -> bool:
        """What the caller says or said last is neither known nor answered."""
        return self._turn_open

    def lost(self) -> None:
        """The session is gone: sound is held back until another is open."""
        self._open = False

    def forget(self) -> None:
        """What was heard until now is of no use to anybody."""
        self._speaking = self._turn_open = self._turn_waits = False
        self._held, self._held_bytes = deque(), 0
        self._sent, self._sent_bytes = deque(), 0

    def again(self) -> None:
        """The turn that is open is to be heard by the next session too."""
        self._held.extendleft(reversed(self._sent))
        self._held_bytes += self._sent_bytes
        self._sent, self._sent_bytes = deque(), 0
        self._turn_waits = True

    @property
    def _due(self) -> bool:
        return self._open and (self._turns != "local" or self._speaking)

    def _release(self) -> list[CallerSound]:
        due, self._held, self._held_bytes = list(self._held), deque(), 0
        for sound in due:
            self._note_sent(sound)
        return due

    def _note_sent(self, sound: CallerSound) -> None:
        self._sent.append(sound)
        self._sent_bytes += len(sound.ulaw)
        keep = _UNHEARD if self._turn_open else _PRE_ROLL
        while self._sent_bytes > keep and len(self._sent) > 1:
            self._sent_bytes -= len(self._sent.popleft().ulaw)
